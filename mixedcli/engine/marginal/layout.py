"""The rows in the order of the tree of groups, in blocks of whole top-level groups that stay in the cache."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record
from ..response.base import Response
from .arrays import Groups, Index

BLOCK = 16384


@record(eq=False)
class Level:
    """One grouping level of a block.

    z (q, n): the columns of its random effects.  rows, units: its J groups as groups of rows, and of units of the level
    below (rows again at the bottom).  above: per higher level, its groups as groups of this level's groups.
    weights: of the units of the level below, (units,) or None.
    """

    z: Array
    rows: Groups
    units: Groups
    above: tuple[Groups, ...]
    weights: Array | None


@record(eq=False)
class Block:
    """Some whole top-level groups: x (p, n), offset (n,), the outcomes, and the levels from the top down.

    first: the number of top-level groups before it.  top_weights: of its top-level groups, or None.
    """

    x: Array
    offset: Array
    response: Response
    levels: tuple[Level, ...]
    first: int
    top_weights: Array | None

    @property
    def count(self) -> int:
        """The number of top-level groups."""
        return int(self.levels[0].rows.starts.size)


@record(eq=False)
class Layout:
    """All blocks; order (n,): the original positions of the sorted rows; keys: per level its group codes in order."""

    blocks: tuple[Block, ...]
    order: Index
    keys: tuple[np.ndarray, ...]


def arrange(
    response: Response,
    x: Array,
    offset: Array,
    levels: Sequence[tuple[Array, np.ndarray]],
    weights: Sequence[Array | None],
    block: int = BLOCK,
) -> Layout:
    """Sort and cut into blocks.

    x (p, n); levels: z (q, n) and group codes (n,), top down; weights: of the rows, then of the groups from the bottom
    up, each (n,) or None; block: about so many rows at a time.  ValueError where a level is not nested in the one above.
    """
    codes = [np.asarray(c) for _, c in levels]
    order = np.lexsort(codes[::-1])
    ordered = [c[order] for c in codes]
    if np.array_equal(order, np.arange(order.size)):
        order = np.arange(order.size)
    starts = [_starts(c) for c in ordered]
    for above, below in itertools.pairwise(starts):
        if not np.isin(above, below).all():
            raise ValueError("the levels are not nested")
    for c, start in zip(ordered, starts, strict=True):
        keys = np.sort(c[start])  # np.unique would load numpy.ma
        if (keys[1:] == keys[:-1]).any():
            raise ValueError("the levels are not nested")
    x, offset, response = x[:, order], offset[order], response.take(order)
    zs = [z[:, order] for z, _ in levels]
    given = [None if w is None else np.asarray(w, dtype=float)[order] for w in weights]
    given += [None] * (len(levels) + 1 - len(given))
    blocks = tuple(
        _block(response, x, offset, zs, starts, given, first, low, high)
        for first, low, high in _cuts(starts[0], order.size, block)
    )
    return Layout(blocks, order, tuple(c[s] for c, s in zip(ordered, starts, strict=True)))


def _starts(codes: np.ndarray) -> Index:
    return np.concatenate([[0], np.flatnonzero(codes[1:] != codes[:-1]) + 1]).astype(np.intp)


def _cuts(starts: Index, n: int, block: int) -> list[tuple[int, int, int]]:
    """(number of groups before, first row, last row) of blocks of about ``block`` rows."""
    ends = np.append(starts[1:], n)
    out, low, first = [], 0, 0
    for j, end in enumerate(ends):
        if end - low >= block or j == ends.size - 1:
            out.append((first, low, int(end)))
            low, first = int(end), j + 1
    return out


def _block(
    response: Response,
    x: Array,
    offset: Array,
    zs: list[Array],
    starts: list[Index],
    weights: list[Array | None],
    first: int,
    low: int,
    high: int,
) -> Block:
    rows = slice(low, high)
    own = [s[(s >= low) & (s < high)] - low for s in starts]
    units = [*own, np.arange(high - low)]
    levels = []
    for number, z in enumerate(zs):
        below = units[number + 1]
        weight = weights[len(zs) - 1 - number]
        levels.append(
            Level(
                np.ascontiguousarray(z[:, rows]),
                _groups(own[number], units[-1], high - low),
                _groups(own[number], below, high - low),
                tuple(_groups(own[a], own[number], high - low) for a in range(number)),
                None if weight is None else weight[rows][below],
            )
        )
    top = weights[len(zs)]
    return Block(
        np.ascontiguousarray(x[:, rows]),
        np.ascontiguousarray(offset[rows]),
        response if high - low == offset.size else response.take(rows),
        tuple(levels),
        first,
        None if top is None else top[rows][own[0]],
    )


def _groups(starts: Index, units: Index, n: int) -> Groups:
    """The groups that begin at the rows ``starts``, as groups of the units that begin at the rows ``units``."""
    positions = np.searchsorted(units, starts)
    counts = np.diff(np.append(positions, np.searchsorted(units, n)))
    return Groups(positions.astype(np.intp), counts.astype(np.intp))
