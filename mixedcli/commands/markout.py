"""``markout``: unmark the observations in which variables are missing."""

from __future__ import annotations

import numpy as np

from ..data.columns import numeric
from ..data.storage import is_numeric
from ..errors import StataError, type_mismatch
from ..expr.names import resolve_variable
from ..syntax.spec import Option
from ..syntax.tree import NamePattern, Statement
from ._shared.data import invalid_syntax
from ._shared.marking import complete, with_mark
from .context import Context
from .registry import command

OPTIONS = (
    Option("strok", "strok", help="string variables are allowed; empty means missing"),
    Option("sysmissok", "sysmissok", help="only . counts as missing"),
)


@command("markout", options=OPTIONS)
def markout(context: Context, statement: Statement) -> None:
    """markout markvar [varlist] [, strok]

    Set the 0/1 variable markvar to 0 in observations in which a variable of varlist is missing.
    """
    options = context.options(statement, OPTIONS)
    if not statement.varlist:
        raise StataError("varlist required", 100)
    first, data = statement.varlist[0], context.data
    if not isinstance(first, NamePattern):
        raise invalid_syntax(first.span)
    name = resolve_variable(first.pattern, data, first.span)
    column = data.columns[name]
    if not is_numeric(column.storage):
        raise type_mismatch(first.span)
    kept = complete(data, statement.varlist[1:], options["strok"], system=not options["sysmissok"])
    context.data = with_mark(data, name, np.asarray(numeric(column) != 0) & kept)
