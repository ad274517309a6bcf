"""``while``: a loop that goes on as long as an expression is true."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.macros import expand
from ..syntax.tree import Statement
from ._macro.expansion import ContextMacros
from ._shared.program import MOST_TURNS, needs_body, run_turn
from .context import Context
from .if_ import is_true
from .registry import command


@command("while", start="raw", control=True, expands=False)
def while_(context: Context, statement: Statement) -> None:
    """while exp { ... }

    Run the statements as long as exp is true; macros in exp are replaced anew before each turn.
    """
    body = needs_body(statement.body, statement.text)
    macros = ContextMacros(context)
    for _ in range(MOST_TURNS):
        if not is_true(context, expand(statement.rest, macros).text):
            return
        if run_turn(context, body):
            return
    raise StataError(f"while loop still running after {MOST_TURNS:,} turns", 1000)
