"""``include``: run the commands of a file as if they stood here."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._shared.do_ import run_file
from .context import Context
from .registry import command


@command("include", shortest="inc", start="raw", control=True)
def include(context: Context, statement: Statement) -> None:
    """include filename

    As do, but local macros of the file are those of the place it is included in.
    """
    run_file(context, statement.rest, echo=True, own_frame=False)
