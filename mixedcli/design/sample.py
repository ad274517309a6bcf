"""Rows that can be used: those without missing values in the variables of a command."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..data.dataset import Column, Dataset
from ..data.storage import LARGEST, is_missing, is_numeric, to_double
from ..expr.timeseries import column_of


def mark_sample(dataset: Dataset, mask: np.ndarray, names: Iterable[str]) -> np.ndarray:
    """``mask`` (bool, shape (n,)) without the rows in which one of the named variables is missing or empty.

    ``names`` are full names, which may carry a time-series operator (``L.x``); r(111) if one is no variable.
    """
    used = mask.copy()
    for name in names:
        used &= present(column_of(dataset, name))
    return used


def present(column: Column) -> np.ndarray:
    """Where a column has a value: bool, shape (n,); a string is missing if it is empty."""
    if column.storage in LARGEST:
        return column.values <= LARGEST[column.storage]
    if is_numeric(column.storage):
        return ~is_missing(to_double(column.values, column.storage))
    return np.fromiter((bool(text) for text in column.values), dtype=bool, count=len(column.values))
