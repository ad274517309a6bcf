"""The statistics of egen and collapse, for all groups at once.

Every function takes ``x``, the values (float64, no missing ones, shape (m,)), ``codes``, the group of each (int64 in
0..groups-1, shape (m,)), and ``groups``.  A statistic of a group has shape (groups,), missing (``.``) where a group
has too few values; a rank has shape (m,).  ``w``, shape (m,): the weight of each value; None means one each.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...data.storage import MISSING

Array = np.ndarray
_RADIX = 1 << 16                     # numpy sorts 16-bit integers in linear time


def count(x: Array, codes: Array, groups: int, w: Array | None = None) -> Array:
    """The number of values, or the sum of their weights."""
    return np.bincount(codes, weights=w, minlength=groups).astype(np.float64)


def total(x: Array, codes: Array, groups: int, w: Array | None = None) -> Array:
    """The sum; 0 for a group without values."""
    return np.bincount(codes, weights=x if w is None else w * x, minlength=groups).astype(np.float64)


def mean(x: Array, codes: Array, groups: int, w: Array | None = None) -> Array:
    """The mean."""
    n = count(x, codes, groups, w)
    return np.where(n > 0, total(x, codes, groups, w) / np.where(n > 0, n, 1), MISSING)


def squares(x: Array, codes: Array, groups: int, w: Array | None = None) -> Array:
    """The sum of squared deviations about the mean of the group; 0 for a group without values."""
    deviations = x - mean(x, codes, groups, w)[codes]
    return total(deviations * deviations, codes, groups, w)


def sd(x: Array, codes: Array, groups: int) -> Array:
    """The standard deviation with divisor n-1, from deviations about the mean; missing for a single value."""
    n = count(x, codes, groups)
    known = np.maximum(n, 1)
    deviations = x - (total(x, codes, groups) / known)[codes]
    variance = total(deviations * deviations, codes, groups) / np.maximum(n - 1, 1)
    return np.where(n > 1, np.sqrt(variance), MISSING)


def central_moment(x: Array, codes: Array, groups: int, power: int) -> Array:
    """The mean of the deviations about the mean of the group, raised to ``power``."""
    return mean((x - mean(x, codes, groups)[codes]) ** power, codes, groups)


def skewness(x: Array, codes: Array, groups: int) -> Array:
    """m3 m2^(-3/2), with moments of divisor n as in summarize; missing where all values are equal."""
    return _shape(x, codes, groups, 3)


def kurtosis(x: Array, codes: Array, groups: int) -> Array:
    """m4 m2^(-2); 3 for a normal distribution."""
    return _shape(x, codes, groups, 4)


def _shape(x: Array, codes: Array, groups: int, power: int) -> Array:
    second = central_moment(x, codes, groups, 2)
    usable = (second > 0) & (second < MISSING)
    top = central_moment(x, codes, groups, power)
    return np.where(usable, top / np.where(usable, second, 1) ** (power / 2), MISSING)


def mean_deviation(x: Array, codes: Array, groups: int) -> Array:
    """The mean absolute deviation from the mean."""
    return mean(np.abs(x - mean(x, codes, groups)[codes]), codes, groups)


def median_deviation(x: Array, codes: Array, groups: int) -> Array:
    """The median absolute deviation from the median."""
    return percentile(np.abs(x - percentile(x, codes, groups, 50)[codes]), codes, groups, 50)


def smallest(x: Array, codes: Array, groups: int) -> Array:
    """The minimum."""
    out = np.full(groups, np.inf)
    np.minimum.at(out, codes, x)
    return np.where(out < np.inf, out, MISSING)


def largest(x: Array, codes: Array, groups: int) -> Array:
    """The maximum."""
    out = np.full(groups, -np.inf)
    np.maximum.at(out, codes, x)
    return np.where(out > -np.inf, out, MISSING)


def mode(x: Array, codes: Array, groups: int, which: Callable[[Array], Array]) -> tuple[Array, Array]:
    """The most frequent value of each group, and how many values of the group are that frequent.

    ``which`` gives, from the number of modes, the one wanted (0-based, in ascending order; below 0: none of them).
    """
    order = ascending(x, codes, groups)
    xs, gs = x[order], codes[order]
    begins = np.flatnonzero(np.append(True, (xs[1:] != xs[:-1]) | (gs[1:] != gs[:-1]))) if len(xs) else order
    lengths = np.diff(np.append(begins, len(xs)))
    most = np.zeros(groups, dtype=np.int64)
    np.maximum.at(most, gs[begins], lengths)
    begins = begins[lengths == most[gs[begins]]]
    modes = np.bincount(gs[begins], minlength=groups)
    wanted = np.where(modes > 0, which(modes), -1)
    found = (wanted >= 0) & (wanted < modes)
    out = np.full(groups, MISSING)
    out[found] = xs[begins[(np.cumsum(modes) - modes)[found] + wanted[found]]]
    return out, modes


# ---- percentiles ---------------------------------------------------------------------------------------------


def percentile(x: Array, codes: Array, groups: int, p: float, w: Array | None = None) -> Array:
    """The ``p``-th percentile as summarize counts it.

    With P = n p/100 in ascending order: the mean of the P-th and the next value if P is whole, else the value after P.
    With weights: the first value whose running weight exceeds P, or its mean with the one before, where the running
    weight is P itself.
    """
    return percentiles(x, codes, groups, (p,), w)[0]


def percentiles(x: Array, codes: Array, groups: int, which: tuple[float, ...], w: Array | None = None) -> list[Array]:
    """Several percentiles, for one sort."""
    n = np.bincount(codes, minlength=groups)
    if w is None:
        ordered = _ordered(x[_by_group(codes, groups)], n)
        return [_unweighted(ordered, n, p) for p in which]
    order = ascending(x, codes, groups)
    return [_weighted(x[order], codes[order], w[order], n, p) for p in which]


def _ordered(x: Array, n: Array) -> Array:
    """``x``, which stands group by group (``n`` values each), sorted within each group.

    Groups of about the same size are put side by side and sorted as the rows of one table, in numpy's fast sort.
    """
    out, first = x.copy(), np.cumsum(n) - n
    sizes = np.frexp(np.maximum(n - 1, 0))[1]            # sizes 2, 3-4, 5-8, 9-16, ... go together
    for size in np.unique(sizes[n > 1]):
        which = np.flatnonzero((sizes == size) & (n > 1))
        places = np.arange(n[which].max())
        inside = places < n[which, None]
        rows = first[which, None] + np.where(inside, places, 0)
        table = np.where(inside, x[rows], np.inf)
        table.sort(axis=1)
        out[rows[inside]] = table[inside]
    return out


def _unweighted(ordered: Array, n: Array, p: float) -> Array:
    at = n * p / 100
    return _between(ordered, n, np.ceil(at) - 1, np.floor(at))


def _weighted(ordered: Array, codes: Array, w: Array, n: Array, p: float) -> Array:
    running = np.cumsum(w)
    ends = np.cumsum(n)
    sums = np.append(0.0, running)[ends]
    before = np.append(0.0, sums[:-1])
    wanted = (sums - before) * p / 100
    within = running - before[codes]
    below = np.bincount(codes[within < wanted[codes]], minlength=len(n))
    not_above = np.bincount(codes[within <= wanted[codes]], minlength=len(n))
    return _between(ordered, n, below, not_above)


def _between(ordered: Array, n: Array, low: Array, high: Array) -> Array:
    """The mean of the two values at the places ``low`` and ``high`` (0-based, cut to the group) of each group."""
    first = np.cumsum(n) - n
    some = n > 0
    ends = [first[some] + np.clip(place[some], 0, n[some] - 1).astype(np.int64) for place in (low, high)]
    out = np.full(len(n), MISSING)
    out[some] = ordered[ends[0]] + (ordered[ends[1]] - ordered[ends[0]]) / 2
    return out


def iqr(x: Array, codes: Array, groups: int, w: Array | None = None) -> Array:
    """The 75th less the 25th percentile."""
    low, high = percentiles(x, codes, groups, (25, 75), w)
    return np.where(low < MISSING, high - low, MISSING)


def ascending(x: Array, codes: Array, groups: int) -> Array:
    """The order of the values: by group, within it from small to large, ties as they stand; int64, shape (m,)."""
    order = np.argsort(x, kind="stable")
    return order[_by_group(codes[order], groups)]


def _by_group(codes: Array, groups: int) -> Array:
    """The order that puts groups together, otherwise as they stand; int64, shape (m,)."""
    if groups == 1:
        return np.arange(len(codes))
    return np.argsort(codes.astype(np.uint16) if groups <= _RADIX else codes, kind="stable")


# ---- ranks ---------------------------------------------------------------------------------------------------


def rank(x: Array, codes: Array, groups: int, ties: str = "mean") -> Array:
    """The rank of each value in its group, 1 for the smallest.

    ``ties``: ``mean`` gives equal values the mean of their ranks, ``track`` one more than the number of smaller values,
    ``field`` one more than the number of larger values (so that the largest has rank 1), ``unique`` breaks ties by the
    order of the observations.
    """
    order = ascending(x, codes, groups)
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
