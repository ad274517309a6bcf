"""Where packaged files lie: in the wheel beside the code, in a checkout at the top of the tree."""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_WHEEL = os.path.join(_PACKAGE, "_files")
_ROOT = _WHEEL if os.path.isdir(_WHEEL) else os.path.dirname(_PACKAGE)


def grammar_path(name: str) -> str:
    """The path of ``grammar/<name>.lark``."""
    return os.path.join(_ROOT, "grammar", f"{name}.lark")


def dataset_path(name: str) -> str | None:
    """The path of the bundled data set ``name`` (with or without ``.dta``), or None if there is none."""
    stem = name.removesuffix(".dta")
    if os.path.basename(stem) != stem:
        return None
    path = os.path.join(_ROOT, "datasets", f"{stem}.dta")
    return path if os.path.isfile(path) else None


def script_path(name: str) -> str | None:
    """The path of the bundled do-file ``name`` (with or without ``.do``), or None if there is none."""
    stem = name.removesuffix(".do")
    if os.path.basename(stem) != stem:
        return None
    path = os.path.join(_ROOT, "datasets", f"{stem}.do")
    return path if os.path.isfile(path) else None


def dataset_names() -> tuple[str, ...]:
    """The names of the bundled data sets, sorted."""
    folder = os.path.join(_ROOT, "datasets")
    return tuple(sorted(f.removesuffix(".dta") for f in os.listdir(folder) if f.endswith(".dta")))


def cache_path(name: str) -> str | None:
    """Where a file that can always be made again may be kept; None where there is no such place.

    The folder is ``$XDG_CACHE_HOME/mixedcli`` (``~/.cache/mixedcli``).  It must be the user's own, because what is read
    back from it is trusted.  Setting ``MIXEDCLI_CACHE`` to ``0`` turns it off.
    """
    if os.environ.get("MIXEDCLI_CACHE") == "0":
        return None
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = os.path.join(base, "mixedcli")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        status = os.stat(folder)
    except OSError:
        return None
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return os.path.join(folder, name) if mine and not status.st_mode & 0o022 and os.access(folder, os.W_OK) else None
