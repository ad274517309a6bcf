"""``dir``: the files of a folder, as ``ls`` does."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._macro.expansion import unquoted
from .context import Context
from .ls import FileListing, listing
from .registry import command


@command("dir", start="raw")
def dir_(context: Context, statement: Statement) -> FileListing:
    """dir [pattern or folder]

    The same as ls.
    """
    return listing(unquoted(statement.rest) or ".")
