"""``marksample``: mark the observations that a program was asked to use."""

from __future__ import annotations

from ..syntax.parser import parse, parse_varlist
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._macro.expansion import macro_name
from ._shared.data import invalid_syntax
from ._shared.marking import complete, marked, with_mark
from ._shared.temporary import temporary_name
from .context import Context
from .registry import command

OPTIONS = (
    Option("novarlist", "nov", help="missing values in varlist do not matter"),
    Option("strok", "s", help="string variables are allowed in varlist; empty means missing"),
    Option("zeroweight", "zero", help="observations with weight zero stay in"),
    Option("noby", "noby", help="leave the by-group aside"),
)


@command("marksample", start="names", options=OPTIONS)
def marksample(context: Context, statement: Statement) -> None:
    """marksample name [, novarlist strok zeroweight]

    Make a temporary variable, whose name goes into the local macro `name`: 1 in the observations that the local macros
    if, in, weight, exp and varlist, filled by syntax, leave in, 0 elsewhere.
    """
    options = context.options(statement, OPTIONS)
    if len(statement.arguments) != 1:
        raise invalid_syntax()
    name = macro_name(statement.arguments[0].text)
    held = context.frame.locals
    mask = marked(context, _qualifiers(context), options["zeroweight"])
    if not options["novarlist"] and held.get("varlist"):
        mask &= complete(context.data, parse_varlist(held["varlist"]), options["strok"])
    made = temporary_name(context)
    context.frame.variables.append(made)
    context.data = with_mark(context.data, made, mask)
    context.set_local(name, made)


def _qualifiers(context: Context) -> Statement:
    """The local macros if, in, weight and exp as a command line."""
    held = context.frame.locals
    weight = f"[{held['weight']}{held.get('exp', '')}]" if held.get("weight") else ""
    clauses = [_with_word(word, held.get(word, "")) for word in ("if", "in")]
    return parse(" ".join((*clauses, weight)), "standard")


def _with_word(word: str, text: str) -> str:
    """``x > 1`` (of ``syntax [if/]``) as ``if x > 1``."""
    return text if not text or text.split()[0] == word else f"{word} {text}"
