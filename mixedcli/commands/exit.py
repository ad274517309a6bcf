"""exit: end the session."""

from __future__ import annotations

from ..data.storage import MISSING
from ..errors import Leave
from ..expr.evaluate import evaluate_scalar
from ..syntax.parser import parse
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._data import find_outside, invalid_syntax, options_from, refuse_unsaved
from .context import Context
from .registry import command

OPTIONS = (
    Option("clear", "clear", help="leave even if the data have changed"),
    Option("STATA", "STATA", help="leave the program, not only the do-file"),
)


@command("exit", shortest="e", start="raw", options=OPTIONS)
def exit_(context: Context, statement: Statement) -> None:
    """exit [#] [, clear STATA]

    End the run, with exit status # (0 if not given).  Refused while the data have changes that were not saved, unless
    `clear` is given.
    """
    text, start = statement.text, statement.span[0]
    comma = find_outside(text, ",", start)
    values = _options(context, statement, comma)
    status = _status(context, text[:comma], start)
    refuse_unsaved(context, values["clear"])
    raise Leave(status)


def _options(context: Context, statement: Statement, comma: int) -> dict[str, bool]:
    from dataclasses import replace

    return dict(context.options(replace(statement, options=options_from(statement.text, comma)), OPTIONS))


def _status(context: Context, text: str, start: int) -> int:
    """The exit status that the expression from ``start`` on gives."""
    if not text[start:].strip():
        return 0
    exp = parse(text, "expression_only", offset=start).exp
    value = evaluate_scalar(exp, context.data, context.environment()) if exp is not None else 0.0
    if isinstance(value, str) or not 0 <= value < MISSING or value != int(value):
        raise invalid_syntax((start, len(text)))
    return int(value)
