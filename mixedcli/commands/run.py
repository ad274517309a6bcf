"""``run``: run the commands of a file silently."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._shared.do_ import run_file
from .context import Context
from .registry import command


@command("run", shortest="ru", start="raw", control=True)
def run(context: Context, statement: Statement) -> None:
    """run filename [arguments]

    As do, but showing neither commands nor results.
    """
    run_file(context, statement.rest, echo=False)
