"""``rm``: delete a file, as ``erase`` does."""

from __future__ import annotations

from ..syntax.tree import Statement
from .context import Context
from .erase import erase
from .registry import command


@command("rm", start="raw")
def rm(context: Context, statement: Statement) -> None:
    """rm filename

    The same as erase.
    """
    erase(context, statement)
