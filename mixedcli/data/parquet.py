"""Parquet files, through pandas and pyarrow: the optional extra ``parquet``."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import StataError
from .dataset import Dataset
from .files import could_not_open, write_aside
from .frames import from_frame, to_frame
from .names import valid_names


def read_parquet(path: str, names: Iterable[str] | None = None) -> Dataset:
    """The data set in the file at ``path``; only the columns ``names`` if given.  Column names are made valid.

    Raises: StataError r(199) without pyarrow, r(601) no such file, r(603) cannot be opened, r(610) not Parquet,
    r(111) a column that is not there.
    """
    _need_pyarrow()
    import pandas as pd

    if not os.path.exists(path):
        raise StataError(f"file {path} not found", 601)
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        raise could_not_open(path) from None
    try:
        frame = pd.read_parquet(io.BytesIO(raw))
    except Exception:  # pyarrow raises many kinds on a damaged file, and any of them means just that
        raise StataError(f"file {path} not Parquet format", 610) from None
    if names is not None:
        for name in (wanted := list(names)):
            if name not in frame.columns:
                raise StataError(f"variable {name} not found", 111)
        frame = frame[wanted]
    given = [str(name) for name in frame.columns]
    frame.columns = valid_names(given, str)
    return from_frame(frame)


def write_parquet(dataset: Dataset, path: str, names: Iterable[str], rows: np.ndarray | None = None) -> None:
    """Write the named variables at ``rows`` to ``path``.  Raises: StataError r(199), r(603), r(693)."""
    _need_pyarrow()
    out = io.BytesIO()
    to_frame(dataset, names, rows).to_parquet(out, index=False)
    write_aside(path, [out.getvalue()])


def _need_pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise StataError(
            "Parquet files need pyarrow, which is not installed\n    pip install 'mixedcli[parquet]' installs it", 199
        ) from None
    return pyarrow
