"""Fisher's exact test of an r x c table, by the network algorithm of Mehta and Patel (JASA 78, 1983).

Rows are put in one at a time, the smallest first.  A node is what is left of the column totals; a path to it has a past:
the sum of -ln x! over its cells.  If every way to complete a path is as improbable as the observed table, all of them are
counted at once in closed form; if none is, the path is dropped; only the others go on to the next stage.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np

from ..errors import StataError
from ..records import record

MOST_WORK = 3_000_000                # steps before the test is given up
_TIE = 1e-7                          # probabilities this close (relatively) to the observed one count as equal

Node = tuple[int, ...]


@record
class FisherTest:
    """``p``: two-sided.  ``one_sided``: the smaller tail of a 2 x 2 table, nan for others.

    ``stages``: for each stage, the last row first, how many paths were still open.
    """

    p: float
    one_sided: float
    stages: tuple[int, ...]


def fisher_exact(counts: np.ndarray) -> FisherTest:
    """The exact test of independence for ``counts``, whole numbers of shape (r, c).

    Raises r(910) for a table that would take too long.
    """
    table = np.rint(counts).astype(np.int64)
    if table.shape[0] < table.shape[1]:
        table = table.T
    rows = tuple(sorted(int(x) for x in table.sum(axis=1) if x))
    columns = tuple(sorted(int(x) for x in table.sum(axis=0) if x))
    if len(rows) < 2 or len(columns) < 2:
        return FisherTest(1.0, math.nan, (1,))
    observed = -sum(math.lgamma(x + 1) for x in table.ravel().tolist())
    network = _Network(rows, observed)
    p = min(network.tail(columns), 1.0)
    one_sided = _smaller_tail(table) if counts.shape == (2, 2) else math.nan
    return FisherTest(p, one_sided, tuple(network.open))


@functools.cache
def _ln_factorial(n: int) -> float:
    return math.lgamma(n + 1)


def _ln_factorials(numbers: Node) -> float:
    return sum(map(_ln_factorial, numbers))


def allocations(total: int, columns: Node) -> Iterator[Node]:
    """All ways to put ``total`` into cells that hold at most ``columns``."""
    if len(columns) == 1:
        if total <= columns[0]:
            yield (total,)
        return
    rest = sum(columns[1:])
    for first in range(max(0, total - rest), min(total, columns[0]) + 1):
        for more in allocations(total - first, columns[1:]):
            yield (first, *more)


class _Network:
    """``rows``: the row totals in the order they are put in.  ``observed``: sum of -ln x! of the observed table."""

    def __init__(self, rows: Node, observed: float) -> None:
        self.rows = rows
        self.limit = observed + _TIE
        self.open: list[int] = []
        self.work = 0
        self.bounds = functools.cache(self._bounds)

    def tail(self, columns: Node) -> float:
        """The probability of all tables that are no more probable than the observed one."""
        n = sum(columns)
        scale = _ln_factorials(self.rows) + _ln_factorials(columns) - math.lgamma(n + 1)
        paths: dict[Node, dict[float, tuple[float, float]]] = {columns: {0.0: (0.0, 1.0)}}
        found: list[float] = []
        for stage in range(len(self.rows)):
            self.open.append(sum(len(pasts) for pasts in paths.values()))
            paths = self._next(stage, paths, found, scale)
        return math.fsum(found)

    def _next(
        self, stage: int, paths: dict[Node, dict[float, tuple[float, float]]], found: list[float], scale: float
    ) -> dict[Node, dict[float, tuple[float, float]]]:
        """The open paths after one more row; what is decided goes into ``found``.  Per node: past -> (past, ways)."""
        after: dict[Node, dict[float, tuple[float, float]]] = {}
        for node, pasts in paths.items():
            for cells in allocations(self.rows[stage], node):
                self._count_work(len(pasts))
                left = tuple(sorted(c - x for c, x in zip(node, cells, strict=True)))
                step = -_ln_factorials(cells)
                longest, shortest = self.bounds(stage + 1, left)
                for past, ways in pasts.values():
                    reached = past + step
                    if reached + longest <= self.limit:
                        found.append(ways * math.exp(scale + reached + self._completions(stage + 1, left)))
                    elif reached + shortest <= self.limit:
                        kept = after.setdefault(left, {})
                        key = round(reached, 8)
                        kept[key] = (reached, kept.get(key, (0.0, 0.0))[1] + ways)
        return after

    def _completions(self, stage: int, node: Node) -> float:
        """ln of the sum of prod 1/x! over all tables with the remaining rows and these column totals."""
        return math.lgamma(sum(node) + 1) - _ln_factorials(self.rows[stage:]) - _ln_factorials(node)

    def _bounds(self, stage: int, node: Node) -> tuple[float, float]:
        """The largest and the smallest sum of -ln x! with which the remaining rows can complete a table."""
        if stage >= len(self.rows) - 1:
            value = -_ln_factorials(node)
            return value, value
        longest, shortest = -math.inf, math.inf
        for cells in allocations(self.rows[stage], node):
            self._count_work(1)
            left = tuple(sorted(c - x for c, x in zip(node, cells, strict=True)))
            high, low = self.bounds(stage + 1, left)
            step = -_ln_factorials(cells)
            longest, shortest = max(longest, step + high), min(shortest, step + low)
        return longest, shortest

    def _count_work(self, steps: int) -> None:
        self.work += steps
        if self.work > MOST_WORK:
            raise StataError(
                "exceeded memory limits using exact(1); try again with larger #; see help tabulate for details", 910
            )


def _smaller_tail(table: np.ndarray) -> float:
    """The smaller of the two tails of the hypergeometric law of the first cell."""
    (a, b), (c, d) = table.tolist()
    first, column, n = a + b, a + c, a + b + c + d
    scale = math.lgamma(first + 1) + math.lgamma(n - first + 1) + math.lgamma(column + 1) + math.lgamma(n - column + 1)
    scale -= math.lgamma(n + 1)

    def mass(x: int) -> float:
        return math.exp(scale - _ln_factorials((x, first - x, column - x, n - first - column + x)))

    low, high = max(0, first + column - n), min(first, column)
    return min(1.0, math.fsum(mass(x) for x in range(low, a + 1)), math.fsum(mass(x) for x in range(a, high + 1)))
