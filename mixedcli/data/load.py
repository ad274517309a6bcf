"""Finds the data set that a name means (a path, a path without its suffix, a bundled name, ``-``) and reads it."""

from __future__ import annotations

import os
import re
from typing import IO

from ..errors import NotBuilt, StataError
from ..records import replace
from ..resources import dataset_path
from .dataset import Dataset

_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")


def load(name: str, bundled_first: bool = False, stream: IO[str] | IO[bytes] | None = None) -> Dataset:
    """The data set called ``name``, not changed since, with its ``filename``.

    In order: ``-`` is delimited text on ``stream``; a file of that name, with ``.dta`` added where it has no suffix,
    or, ending in .csv, .tsv or .txt, delimited text; a data set bundled with this program.  With ``bundled_first`` a
    bundled one comes before a file, as ``sysuse`` wants.  A bundled data set's ``filename`` has no folder, so that a
    later ``save`` goes to the working directory; delimited text leaves it empty.
    Raises: StataError r(601) not found, r(603), r(610), r(612), r(688) as `read_dta`; NotBuilt for an address.
    """
    if name == "-" and stream is not None:
        from .csv_read import read_csv

        return read_csv(stream)
    if re.match(r"[a-z]+://", name):
        raise NotBuilt("reading data from the web")
    bundled = dataset_path(name)
    path = _path(name)
    if bundled and (bundled_first or not os.path.exists(path)):
        from .dta_read import read_dta

        return replace(read_dta(bundled), filename=os.path.basename(bundled))
    return _read(path)


def _path(name: str) -> str:
    """``name`` with a leading ~ resolved and ``.dta`` added where Stata adds it."""
    path = os.path.expanduser(name)
    if os.path.splitext(os.path.basename(path))[1]:
        return path
    if not os.path.exists(path + ".dta") and os.path.isfile(path):
        return path
    return path + ".dta"


def _read(path: str) -> Dataset:
    if not os.path.basename(path).removesuffix(".dta"):
        raise StataError("invalid file specification", 198)
    if path.lower().endswith(_TEXT_SUFFIXES):
        from .csv_read import read_csv

        return read_csv(path)
    from .dta_read import read_dta

    return read_dta(path)
