"""``continue``: go on with the next turn of a loop, or leave it."""

from __future__ import annotations

from ..errors import LoopSignal, StataError
from ..syntax.spec import Option
from ..syntax.tree import Statement
from .context import Context
from .registry import command

OPTIONS = (Option("break", "br", help="leave the loop"),)


@command("continue", shortest="cont", start="names", options=OPTIONS, control=True)
def continue_(context: Context, statement: Statement) -> None:
    """continue [, break]

    Go on with the next turn of the loop around it; with break, leave the loop.
    """
    options = context.options(statement, OPTIONS)
    if not context.frame.loops:
        raise StataError("continue not allowed outside of a loop", 198)
    raise LoopSignal(options["break"])
