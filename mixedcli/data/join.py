"""Which row of one data set goes with which row of another: the arithmetic of merge, on row numbers only.

Both sides are put in the order of the keys.  Within a key's group the first rows pair off in order, and the last row of
the shorter side is repeated, which is what 1:1, m:1, 1:m and m:m all mean.  Pairs that begin with a row of the master
come first, in the order of the keys; what is left of the using data follows, in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..records import record, replace
from .columns import group_codes
from .combine import common_storage, recast
from .dataset import Column


@record(eq=False)
class Join:
    """Row numbers of both sides for every row of the result, int64 of shape (m,); -1 where a side has none.

    ``appended``: how many rows at the end were no rows of the master before.  ``in_order``: the first rows are the
    master's own rows, in the order they had.
    """

    master: np.ndarray
    using: np.ndarray
    appended: int
    in_order: bool


@record(eq=False)
class Keys:
    """The key's group number of each row of both sides, numbered 0..groups-1 in Stata's sort order."""

    master: np.ndarray
    using: np.ndarray
    groups: int


def key_codes(master: Sequence[Column], using: Sequence[Column]) -> Keys:
    """The groups that the key columns form over both sides together.  Values compare as numbers: 1 is 1 in any type."""
    columns = [_stack(one, other) for one, other in zip(master, using, strict=True)]
    codes, first = group_codes(columns)
    n = len(master[0].values)
    return Keys(codes[:n], codes[n:], len(first))


def _stack(one: Column, other: Column) -> Column:
    storage = common_storage(one.storage, other.storage)
    values = np.concatenate([recast(one, storage).values, recast(other, storage).values])
    return replace(one, storage=storage, values=values)


def is_unique(codes: np.ndarray, groups: int) -> bool:
    """Whether no group number comes twice."""
    return len(codes) <= groups and (len(codes) == 0 or int(np.bincount(codes, minlength=groups).max()) <= 1)


def join(keys: Keys) -> Join:
    """Pair the rows of two sides by key."""
    order_m, sorted_m, in_order = _sorted(keys.master, keys.groups)
    order_u, sorted_u, _ = _sorted(keys.using, keys.groups)
    count_m = np.bincount(keys.master, minlength=keys.groups)
    count_u = np.bincount(keys.using, minlength=keys.groups)
    start_m, start_u = _starts(count_m), _starts(count_u)
    using = _partners(sorted_m, start_m, count_m, start_u, count_u, order_u)
    extra = _extra(sorted_u, start_u, count_m, order_u)
    masters = np.full(len(extra), -1, dtype=np.int64)
    with_master = count_m[keys.using[extra]] > 0
    group = keys.using[extra][with_master]
    masters[with_master] = order_m[start_m[group] + count_m[group] - 1]
    return Join(np.concatenate([order_m, masters]), np.concatenate([using, extra]), len(extra), in_order)


def _partners(
    sorted_m: np.ndarray, start_m: np.ndarray, count_m: np.ndarray, start_u: np.ndarray, count_u: np.ndarray,
    order_u: np.ndarray,
) -> np.ndarray:
    """The using row of each master row in key order; -1 for none."""
    if len(order_u) == 0:
        return np.full(len(sorted_m), -1, dtype=np.int64)
    last = count_u - 1
    if count_u.max() <= 1 or count_m.max(initial=0) <= 1:
        first = np.where(count_u > 0, order_u[np.minimum(start_u, len(order_u) - 1)], -1)
        return first[sorted_m]
    position = np.arange(len(sorted_m)) - start_m[sorted_m]
    place = start_u[sorted_m] + np.minimum(position, last[sorted_m])
    return np.where(last[sorted_m] >= 0, order_u[np.clip(place, 0, len(order_u) - 1)], -1)


def _extra(sorted_u: np.ndarray, start_u: np.ndarray, count_m: np.ndarray, order_u: np.ndarray) -> np.ndarray:
    """The using rows that no row of the master took, in key order."""
    position = np.arange(len(sorted_u)) - start_u[sorted_u]
    return order_u[position >= count_m[sorted_u]]


def join_in_sequence(n_master: int, n_using: int) -> Join:
    """First with first, second with second (``merge 1:1 _n``)."""
    rows = np.arange(max(n_master, n_using), dtype=np.int64)
    master, using = np.where(rows < n_master, rows, -1), np.where(rows < n_using, rows, -1)
    return Join(master, using, max(n_using - n_master, 0), True)


def _starts(counts: np.ndarray) -> np.ndarray:
    return np.cumsum(counts) - counts


def _sorted(codes: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """(row numbers in the stable order of ``codes``, the codes in that order, whether they were in order already)."""
    if bool((codes[1:] >= codes[:-1]).all()):
        return np.arange(len(codes), dtype=np.int64), codes, True
    order = stable_order(codes, groups)
    return order, codes[order], False


def stable_order(codes: np.ndarray, groups: int) -> np.ndarray:
    """Row numbers that put codes 0..groups-1 in ascending order, equal ones as they came.

    numpy sorts 16-bit numbers by counting, an order of magnitude faster than wide ones; so wide ones go in two rounds.
    """
    order = np.argsort((codes & 0xFFFF).astype(np.uint16), kind="stable")
    if groups > 1 << 16:
        high = codes >> 16
        kind = np.uint16 if groups <= 1 << 32 else np.int64
        order = order[np.argsort(high[order].astype(kind), kind="stable")]
    return order
