"""``erase``: delete a file."""

from __future__ import annotations

import os

from ..errors import StataError
from ..syntax.tree import Statement
from ._macro.expansion import unquoted
from .context import Context
from .registry import command


@command("erase", shortest="era", start="raw")
def erase(context: Context, statement: Statement) -> None:
    """erase filename

    Delete a file.
    """
    name = unquoted(statement.rest)
    if not name:
        raise StataError("invalid file specification", 198)
    path = os.path.expanduser(name)
    if not os.path.isfile(path):
        raise StataError(f"file {name} not found", 601)
    try:
        os.remove(path)
    except OSError:
        raise StataError(f"file {name} could not be erased", 608) from None
