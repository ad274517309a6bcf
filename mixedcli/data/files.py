"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..errors import StataError


def write_aside(path: str, pieces: Iterable[bytes]) -> None:
    """Write ``pieces`` aside, then rename: a reader sees the old file or the new one, a failure leaves the old one.

    Raises: StataError r(603) if the file cannot be made, r(693) if writing it fails half-way.
    """
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        raise could_not_open(path)
    aside = f"{target}.{os.getpid()}.tmp"
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    except (OSError, ValueError):
        raise could_not_open(path) from None
    try:
        with open(handle, "wb") as file:
            file.writelines(pieces)
        if os.path.exists(target):
            os.chmod(aside, os.stat(target).st_mode & 0o777)
        os.replace(aside, target)
    except OSError:
        _remove(aside)
        raise StataError(f"I/O error writing file {path}", 693) from None
    except BaseException:
        _remove(aside)
        raise


def could_not_open(path: str) -> StataError:
    return StataError(f"file {path} could not be opened", 603)


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.remove(path)
