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


def dataset_names() -> tuple[str, ...]:
    """The names of the bundled data sets, sorted."""
    folder = os.path.join(_ROOT, "datasets")
    return tuple(sorted(f.removesuffix(".dta") for f in os.listdir(folder) if f.endswith(".dta")))
