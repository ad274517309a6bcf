"""Cutting points for xtile and pctile."""

from __future__ import annotations

import numpy as np

from ..errors import StataError
from ..syntax.spec import Kind, Option
from . import _grouped

NQUANTILES = Option("nquantiles", "n", Kind.INTEGER, low=2, help="how many groups (2)")
ALTDEF = Option("altdef", "alt", help="interpolate between values, as centile does")


def quantiles(x: np.ndarray, w: np.ndarray | None, count: int, alternative: bool) -> np.ndarray:
    """The ``count`` - 1 values that cut ``x`` (none missing, shape (m,)) into groups of about the same size."""
    which = tuple(100 * k / count for k in range(1, count))
    if not alternative:
        codes = np.zeros(len(x), dtype=np.int64)
        return np.concatenate(_grouped.percentiles(x, codes, 1, which, w))
    if w is not None:
        raise StataError("weights not allowed with option altdef", 101)
    return np.array([interpolated(np.sort(x), p) for p in which])


def interpolated(ordered: np.ndarray, p: float) -> float:
    """The p-th percentile at the place (n + 1) p/100 between the values, cut to the smallest and the largest."""
    at = (len(ordered) + 1) * p / 100
    low = int(np.floor(at))
    if low < 1:
        return float(ordered[0])
    if low >= len(ordered):
        return float(ordered[-1])
    return float(ordered[low - 1] + (at - low) * (ordered[low] - ordered[low - 1]))


def check_count(count: int, n: int) -> None:
    """Raise r(198) for more groups than the observations allow."""
    if count > n + 1:
        text = "nquantiles() must be less than or equal to number of observations plus one"
        raise StataError(text, 198)
