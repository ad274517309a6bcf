"""Groups of nested levels: each row's group as a number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..data.dataset import Dataset
from ..data.storage import is_numeric
from ..errors import variable_not_found
from ..expr.evaluate import as_text
from ..records import record


@record(eq=False)
class GroupIndex:
    """The groups of one level within the estimation sample.

    ``codes``: int64, shape (n_used,): 0 .. count-1 in ascending order of the keys (parents first).
    ``sizes``: int64, shape (count,): rows per group.  ``first``: int64, shape (count,): the first used row of each.
    """

    codes: np.ndarray
    count: int
    sizes: np.ndarray
    first: np.ndarray

    @property
    def minimum(self) -> int:
        return int(self.sizes.min()) if self.count else 0

    @property
    def mean(self) -> float:
        return len(self.codes) / self.count if self.count else 0.0

    @property
    def maximum(self) -> int:
        return int(self.sizes.max()) if self.count else 0


def group_index(dataset: Dataset, names: Sequence[str], mask: np.ndarray) -> GroupIndex:
    """Groups by the combination of the variables ``names``, outermost level first; ``_all`` is one group of everything.

    So the groups of ``|| school: || class:`` at the class level are those of ``("school", "class")``, whatever the
    numbering of classes.  ``mask``: bool, shape (n,), without missing group values.  Raises r(111).
    """
    codes = np.zeros(int(np.count_nonzero(mask)), dtype=np.int64)
    for name in names:
        if name != "_all":
            codes = _within(codes, _codes_of(dataset, name, mask))
    return from_codes(codes)


def nested_groups(dataset: Dataset, names: Sequence[str], mask: np.ndarray) -> tuple[GroupIndex, ...]:
    """One `GroupIndex` per level, outermost first, each unique within its parents."""
    return tuple(group_index(dataset, names[: k + 1], mask) for k in range(len(names)))


def from_codes(codes: np.ndarray) -> GroupIndex:
    """The index of codes 0 .. count-1 that all occur."""
    sizes = np.bincount(codes)
    first = np.full(len(sizes), len(codes), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)   # the last write wins, so the first row does
    return GroupIndex(codes, len(sizes), sizes, first)


def _within(parent: np.ndarray, child: np.ndarray) -> np.ndarray:
    """Codes of pairs, in the order of parents and then of children."""
    if not len(parent) or not parent.any():
        return child
    return factorize(parent * (int(child.max()) + 1) + child)


def _codes_of(dataset: Dataset, name: str, mask: np.ndarray) -> np.ndarray:
    if name not in dataset.columns:
        raise variable_not_found(name)
    column = dataset.columns[name]
    values = column.values[mask]
    return factorize(values if is_numeric(column.storage) else as_text(values))


def factorize(values: np.ndarray) -> np.ndarray:
    """int64 codes 0 .. k-1 of the k distinct values in ascending order; shape as ``values``.

    Rows already in order and whole numbers in a short range, the usual cases, need no sort.
    """
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    if values.dtype == object:
        return _factorize_text(values)
    steps = values[1:] != values[:-1]
    if np.all(values[1:] >= values[:-1]):
        return np.concatenate([[0], np.cumsum(steps)]).astype(np.int64)
    if values.dtype.kind == "i":
        low, high = int(values.min()), int(values.max())
        if high - low < 4 * len(values) + 1000:
            shifted = values.astype(np.int64) - low
            seen = np.zeros(high - low + 1, dtype=bool)
            seen[shifted] = True
            return (np.cumsum(seen) - 1)[shifted].astype(np.int64)
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _factorize_text(values: np.ndarray) -> np.ndarray:
    order = {text: code for code, text in enumerate(sorted(set(values.tolist())))}
    return np.fromiter((order[text] for text in values), dtype=np.int64, count=len(values))
