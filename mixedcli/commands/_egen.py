"""The statistics of egen, for all groups at once.

Every function takes ``x``, the values (float64, no missing ones, shape (m,)), ``codes``, the group of each (int64 in
0..groups-1, shape (m,)), and ``groups``.  A statistic of a group has shape (groups,), missing (``.``) where a group
has too few values; a rank has shape (m,).
"""

from __future__ import annotations

import numpy as np

from ..data.storage import MISSING

Array = np.ndarray


def count(x: Array, codes: Array, groups: int) -> Array:
    """The number of values."""
    return np.bincount(codes, minlength=groups).astype(np.float64)


def total(x: Array, codes: Array, groups: int) -> Array:
    """The sum; 0 for a group without values."""
    return np.bincount(codes, weights=x, minlength=groups)


def mean(x: Array, codes: Array, groups: int) -> Array:
    """The mean."""
    n = count(x, codes, groups)
    return np.where(n > 0, total(x, codes, groups) / np.maximum(n, 1), MISSING)


def sd(x: Array, codes: Array, groups: int) -> Array:
    """The standard deviation with divisor n-1, from deviations about the mean; missing for a single value."""
    n = count(x, codes, groups)
    deviations = x - mean(x, codes, groups)[codes]
    variance = total(deviations**2, codes, groups) / np.maximum(n - 1, 1)
    return np.where(n > 1, np.sqrt(variance), MISSING)


def smallest(x: Array, codes: Array, groups: int) -> Array:
    """The minimum."""
    return _nth(x, codes, groups, lambda n: np.zeros_like(n))


def largest(x: Array, codes: Array, groups: int) -> Array:
    """The maximum."""
    return _nth(x, codes, groups, lambda n: n - 1)


def percentile(x: Array, codes: Array, groups: int, p: float) -> Array:
    """The ``p``-th percentile as summarize counts it.

    With P = n p/100 in ascending order: the mean of the P-th and the next value if P is whole, else the value after P.
    """

    def at(n: Array) -> Array:
        return n * p / 100

    low = _nth(x, codes, groups, lambda n: np.ceil(at(n)) - 1)
    high = _nth(x, codes, groups, lambda n: np.floor(at(n)))
    return np.where(low < MISSING, low + (high - low) / 2, MISSING)


def iqr(x: Array, codes: Array, groups: int) -> Array:
    """The 75th less the 25th percentile."""
    low, high = percentile(x, codes, groups, 25), percentile(x, codes, groups, 75)
    return np.where(low < MISSING, high - low, MISSING)


def _nth(x: Array, codes: Array, groups: int, place) -> Array:  # type: ignore[no-untyped-def]
    """The value at ``place(n)`` (0-based, cut to the group) in ascending order of each group of n values."""
    ordered = x[np.lexsort((x, codes))]
    n = np.bincount(codes, minlength=groups)
    first = np.cumsum(n) - n
    out = np.full(groups, MISSING)
    some = n > 0
    within = np.clip(place(n[some]), 0, n[some] - 1).astype(np.int64)
    out[some] = ordered[first[some] + within]
    return out


def rank(x: Array, codes: Array, groups: int, ties: str = "mean") -> Array:
    """The rank of each value in its group, 1 for the smallest.

    ``ties``: ``mean`` gives equal values the mean of their ranks, ``track`` one more than the number of smaller values,
    ``field`` one more than the number of larger values (so that the largest has rank 1), ``unique`` breaks ties by the
    order of the observations.
    """
    order = np.lexsort((x, codes))
    xs, gs = x[order], codes[order]
    n = np.bincount(codes, minlength=groups)
    first = (np.cumsum(n) - n)[gs]
    position = np.arange(len(x))
    new = np.ones(len(x), dtype=bool)
    new[1:] = (xs[1:] != xs[:-1]) | (gs[1:] != gs[:-1])
    run = np.cumsum(new) - 1
    begins = np.flatnonzero(new)
    ends = np.append(begins[1:], len(x))
    if ties == "unique":
        ranks = position - first + 1.0
    elif ties == "track":
        ranks = begins[run] - first + 1.0
    elif ties == "field":
        ranks = first + n[gs] - ends[run] + 1.0
    else:
        ranks = (begins[run] + ends[run] + 1) / 2 - first
    out = np.empty(len(x))
    out[order] = ranks
    return out
