"""exit: end the session."""

from __future__ import annotations

from ..data.storage import MISSING
from ..errors import Leave
from ..expr.evaluate import evaluate_scalar
from ..syntax.parser import parse_expression
from ..syntax.spec import Option
from ..syntax.tree import Span, Statement
from ._shared.data import invalid_syntax, refuse_unsaved
from .context import Context
from .registry import command

OPTIONS = (
    Option("clear", "clear", help="leave even if the data have changed"),
    Option("STATA", "STATA", help="leave the program, not only the do-file"),
)


@command("exit", shortest="e", start="names", options=OPTIONS)
def exit_(context: Context, statement: Statement) -> None:
    """exit [#] [, clear STATA]

    End the do-file or the one-liner, with exit status # (0 if not given).  With STATA it is refused while the data have
    changes that were not saved, unless `clear` is given too.
    """
    options = context.options(statement, OPTIONS)
    words = statement.arguments
    status = _status(context, statement.text, (words[0].span[0], words[-1].span[1])) if words else 0
    if options["STATA"]:
        refuse_unsaved(context, options["clear"])
    raise Leave(status, options["STATA"])


def _status(context: Context, text: str, span: Span) -> int:
    """The exit status that the expression in ``text[span]`` gives."""
    exp = parse_expression(text[slice(*span)], span[0])
    value = evaluate_scalar(exp, context.data, context.environment())
    if isinstance(value, str) or not 0 <= value < MISSING or value != int(value):
        raise invalid_syntax(span)
    return int(value)
