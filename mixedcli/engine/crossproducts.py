"""One pass over the rows: what a linear mixed model needs to know about the data, group by group.

For nested levels 0 (top) .. L-1 with random-effect columns Z_l and W = [X, y], the likelihood depends on the data only
through W'W and, for every group of level l, the products of Z_l with [Z_0, .., Z_l, W] (Woodbury's identity applied
level by level).  These add up over parts of the data by group key, so a large file may be read in chunks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array
from mixedcli.engine.scaling import slab_gram

from ..records import record

Codes = NDArray[np.intp]


@record
class LevelProducts:
    """The groups of one level.

    keys (J,): group codes, ascending.  parents (J,): the key of each group's parent one level up (zeros at the top).
    counts (J,): rows per group.  products (c, q, J): row c is a column of [Z_0, .., Z_l, W], column a one of Z_l.
    """

    keys: Codes
    parents: Codes
    counts: Codes
    products: Array


@record
class CrossProducts:
    """n rows, total = W'W (m, m), and the levels from the top down."""

    n: int
    total: Array
    levels: tuple[LevelProducts, ...]


class _RowGroups:
    """Sums of row values by group: contiguous groups use reduceat, scattered ones bincount."""

    def __init__(self, codes: Codes) -> None:
        codes = np.asarray(codes, dtype=np.intp)
        self.contiguous = bool((codes[1:] >= codes[:-1]).all())
        if self.contiguous:
            self.starts = np.concatenate(([0], np.flatnonzero(codes[1:] != codes[:-1]) + 1))
            self.keys = codes[self.starts]
            self.counts = np.diff(self.starts, append=codes.size)
            self.first = self.starts
        else:
            self.keys, self.first, self.position = _positions(codes)
            self.counts = np.bincount(self.position, minlength=self.keys.size)

    def sum(self, values: Array) -> Array:
        if self.contiguous:
            return np.asarray(np.add.reduceat(values, self.starts))
        return np.bincount(self.position, values, self.keys.size).astype(float, copy=False)


def _positions(codes: Codes) -> tuple[Codes, Codes, Codes]:
    """Distinct codes, a row of each, and every row's position among them; linear time when the codes are 0..J-1."""
    lowest, highest = codes.min(), codes.max()
    if lowest >= 0 and highest < 4 * codes.size:
        seen = np.full(highest + 1, -1, dtype=np.intp)
        seen[codes[::-1]] = np.arange(codes.size - 1, -1, -1)
        keys = np.flatnonzero(seen >= 0)
        lookup = np.cumsum(seen >= 0) - 1
        return keys, seen[keys], lookup[codes]
    keys, first, position = np.unique(codes, return_index=True, return_inverse=True)
    return keys, first, position.reshape(-1)


def collect(fixed: Array, levels: Sequence[tuple[Array, Codes]]) -> CrossProducts:
    """Cross-products of the rows given.

    fixed: W' (m, n), the columns of X and then y, one per row.  levels: from the top down, (Z' (q, n), codes (n,)).
    ValueError when a group of one level lies in two groups of the level above.
    """
    n = fixed.shape[1]
    total = slab_gram(fixed)
    out: list[LevelProducts] = []
    above: list[Array] = []
    for depth, (z, codes) in enumerate(levels):
        groups = _RowGroups(codes)
        parents = np.zeros(groups.keys.size, dtype=np.intp)
        if depth:
            upper = np.asarray(levels[depth - 1][1], dtype=np.intp)
            parents = upper[groups.first]
            _check_nested(groups, upper)
        above.append(z)
        columns = [column for block in above for column in block] + list(fixed)
        products = _group_products(z, columns, sum(block.shape[0] for block in above[:-1]), groups)
        out.append(LevelProducts(groups.keys, parents, groups.counts, products))
    return CrossProducts(n, total, tuple(out))


def _check_nested(groups: _RowGroups, upper: Codes) -> None:
    if groups.contiguous:
        changes = np.flatnonzero(upper[1:] != upper[:-1]) + 1
        nested = bool(np.isin(changes, groups.starts, assume_unique=True).all())
    else:
        nested = bool((upper[groups.first][groups.position] == upper).all())
    if not nested:
        raise ValueError("levels are not nested")


def _group_products(z: Array, columns: list[Array], own: int, groups: _RowGroups) -> Array:
    """products (c, q, J); own: where Z_l itself begins among the columns (that block is symmetric)."""
    q = z.shape[0]
    products = np.empty((len(columns), q, groups.keys.size))
    buffer = np.empty(z.shape[1])
    for a in range(q):
        for c, column in enumerate(columns):
            if own <= c < own + a:
                products[c, a] = products[own + a, c - own]
            else:
                products[c, a] = groups.sum(np.multiply(z[a], column, out=buffer))
    return products


def merge(first: CrossProducts, second: CrossProducts) -> CrossProducts:
    """The cross-products of two parts of the data together; groups with the same key are one group."""
    levels = tuple(_merge_level(a, b) for a, b in zip(first.levels, second.levels, strict=True))
    return CrossProducts(first.n + second.n, first.total + second.total, levels)


def _merge_level(a: LevelProducts, b: LevelProducts) -> LevelProducts:
    keys = np.union1d(a.keys, b.keys)
    parents = np.zeros(keys.size, dtype=np.intp)
    counts = np.zeros(keys.size, dtype=np.intp)
    products = np.zeros((*a.products.shape[:2], keys.size))
    for part in (a, b):
        where = np.searchsorted(keys, part.keys)
        parents[where] = part.parents
        counts[where] += part.counts
        products[:, :, where] += part.products
    for part in (a, b):
        if not (parents[np.searchsorted(keys, part.keys)] == part.parents).all():
            raise ValueError("levels are not nested")
    return LevelProducts(keys, parents, counts, products)
