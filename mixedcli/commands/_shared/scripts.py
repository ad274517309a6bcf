"""Reading do-files."""

from __future__ import annotations

import os

from ...errors import StataError
from ...resources import script_path


def script_name(path: str) -> str:
    """``path`` as messages call it: with the ``.do`` that may have been left out."""
    return path if os.path.isfile(os.path.expanduser(path)) or os.path.splitext(path)[1] else f"{path}.do"


def read_script(path: str) -> str:
    """The text of a do-file; ``.do`` may be left out.  A bundled one is found when no file of its name is in the way.

    Raises r(601) if there is none, r(603) if it cannot be read.
    """
    path = os.path.expanduser(path)
    for candidate in (path, f"{path}.do", script_path(path)):
        if candidate is not None and os.path.isfile(candidate):
            try:
                with open(candidate, "rb") as stream:
                    return decode_script(stream.read(), path)
            except OSError as error:
                raise StataError(f"file {path} could not be opened", 603) from error
    raise StataError(f"file {script_name(path)} not found", 601)


def decode_script(raw: bytes, name: str) -> str:
    """A script as text; r(610) if it is something else."""
    if b"\0" in raw:
        raise StataError(f"file {name} is not a text file", 610)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Do-files written before Stata 14 are in the author's code page, nearly always this one.
        return raw.decode("cp1252", errors="replace")
