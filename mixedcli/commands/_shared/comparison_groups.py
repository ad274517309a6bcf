"""Group codes of pairwise comparisons: means that share a letter do not differ significantly (Piepho 2004).

Letters stand for the largest sets of means of which no two differ, from the set with the smallest mean on; a mean that
differs from all others has none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...errors import NotBuilt
from ...results.coefficients import CoefficientRow
from ...results.comparisons import GroupBlock

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def group_block(
    name: str, labels: Sequence[str], b: np.ndarray, V: np.ndarray, pairs: Sequence[CoefficientRow], level: float,
    equation: str = "",
) -> GroupBlock:
    """The means ``b`` (m,) with variance ``V`` (m, m), and their codes; ``pairs``: the m (m - 1) / 2 comparisons, those
    with the first mean first."""
    rows = tuple(
        CoefficientRow(label, float(value), math.sqrt(max(float(variance), 0.0)), tested=False)
        for label, value, variance in zip(labels, b, np.diag(V), strict=True)
    )
    return GroupBlock(name, rows, letters(b, [row.p for row in pairs], 1 - level / 100), equation)


def letters(b: np.ndarray, p: Sequence[float], alpha: float) -> tuple[str, ...]:
    """The code of each mean: a place per letter, blank where the mean is not in that group.

    Raises `NotBuilt` for more groups than letters.
    """
    m = len(b)
    alike = np.eye(m, dtype=bool)
    places = [(i, j) for i in range(m) for j in range(i + 1, m)]
    for (i, j), value in zip(places, p, strict=True):
        alike[i, j] = alike[j, i] = not value < alpha
    order = np.argsort(b, kind="stable")
    rank = {int(k): place for place, k in enumerate(order)}
    groups = [group for group in _cliques(alike, set(), set(range(m)), set()) if len(group) > 1]
    groups.sort(key=lambda group: sorted(rank[k] for k in group))
    if len(groups) > len(_LETTERS):
        raise NotBuilt("more than 26 groups")
    return tuple("".join(_LETTERS[g] if k in group else " " for g, group in enumerate(groups)) for k in range(m))


def _cliques(alike: np.ndarray, inside: set[int], open_: set[int], done: set[int]) -> list[set[int]]:
    """All largest sets of mutual neighbours (Bron and Kerbosch 1973, with a pivot)."""
    if not open_ and not done:
        return [inside]

    def neighbours(k: int) -> set[int]:
        return {int(j) for j in np.flatnonzero(alike[k]) if j != k}

    pivot = max(open_ | done, key=lambda k: len(neighbours(k) & open_))
    found: list[set[int]] = []
    for k in sorted(open_ - neighbours(pivot)):
        near = neighbours(k)
        found += _cliques(alike, inside | {k}, open_ & near, done & near)
        open_ = open_ - {k}
        done = done | {k}
    return found
