"""``do``: run the commands of a file."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._shared.do_ import run_file
from .context import Context
from .registry import command


@command("do", start="raw", control=True)
def do(context: Context, statement: Statement) -> None:
    """do filename [arguments] [, nostop]

    Run the commands of a file, showing each; arguments are its local macros 1, 2, ...
    """
    run_file(context, statement.rest, echo=True)
