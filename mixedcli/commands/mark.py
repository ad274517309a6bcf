"""``mark``: mark the observations that if, in and a weight leave in."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.spec import Option
from ..syntax.tree import NamePattern, Statement
from ._shared.data import check_new_variable, invalid_syntax
from ._shared.marking import marked, with_mark
from .context import Context
from .registry import command

OPTIONS = (
    Option("zeroweight", "zero", help="observations with weight zero stay in"),
    Option("noby", "noby", help="leave the by-group aside"),
)


@command("mark", options=OPTIONS)
def mark(context: Context, statement: Statement) -> None:
    """mark newvar [if] [in] [weight] [, zeroweight]

    Make the variable newvar: 1 in the observations that if, in and the weight leave in, 0 elsewhere.
    """
    options = context.options(statement, OPTIONS)
    if len(statement.varlist) != 1:
        raise StataError("varlist required", 100) if not statement.varlist else invalid_syntax()
    term = statement.varlist[0]
    if not isinstance(term, NamePattern):
        raise invalid_syntax(term.span)
    check_new_variable(term.pattern, context.data, term.span)
    context.data = with_mark(context.data, term.pattern, marked(context, statement, options["zeroweight"]))
