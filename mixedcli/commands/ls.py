"""``ls``: the files of a folder."""

from __future__ import annotations

import glob
import os
import time
from typing import TYPE_CHECKING

from ..data.files import could_not_open
from ..errors import StataError
from ..records import record
from ..results.base import Result
from ..syntax.tree import Statement
from ._macro.expansion import unquoted
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style


@record
class FileListing(Result):
    """Files in order of their names: (name, bytes or None for a folder, seconds since 1970 of the last change)."""

    files: tuple[tuple[str, int | None, float], ...]


@command("ls", start="raw")
def ls(context: Context, statement: Statement) -> FileListing:
    """ls [pattern or folder]

    List files with their sizes and when they were changed.
    """
    return listing(unquoted(statement.rest) or ".")


def listing(typed: str) -> FileListing:
    """The files of a folder, or those that fit a pattern; r(601) if there are none, r(603) for a closed folder."""
    pattern = os.path.expanduser(typed)
    folder = os.path.isdir(pattern)
    try:
        paths = [os.path.join(pattern, name) for name in os.listdir(pattern)] if folder else glob.glob(pattern)
    except OSError:
        raise could_not_open(typed) from None
    if not paths and not folder:
        raise StataError(f"file {typed} not found", 601)
    found = []
    for path in sorted(paths):
        status = os.stat(path) if os.path.exists(path) else os.lstat(path)
        found.append((os.path.basename(path), None if os.path.isdir(path) else status.st_size, status.st_mtime))
    return FileListing(tuple(found))


@layout(FileListing)
def lay_out(result: FileListing, style: Style) -> Document:
    from ..report.document import Document, line

    return Document(tuple(line(f"{_size(size):>7}  {_when(changed)}  {name}") for name, size, changed in result.files))


def _size(size: int | None) -> str:
    if size is None:
        return "<dir>"
    for unit, bytes_in in (("G", 1e9), ("M", 1e6)):
        if size >= bytes_in:
            return f"{size / bytes_in:.1f}{unit}"
    return f"{size / 1e3:.1f}k"


def _when(changed: float) -> str:
    then = time.localtime(changed)
    return f"{then.tm_mon:2d}/{then.tm_mday:02d}/{then.tm_year % 100:02d} {then.tm_hour:2d}:{then.tm_min:02d}"
