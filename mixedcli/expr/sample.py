"""``if`` and ``in``: which observations a command uses."""

from __future__ import annotations

import numpy as np

from ..data.dataset import Dataset
from ..errors import StataError, type_mismatch
from ..syntax import tree
from .environment import Environment
from .evaluate import evaluate, is_string


def sample_mask(
    dataset: Dataset,
    condition: tree.Expr | None = None,
    in_range: tree.InRange | None = None,
    env: Environment | None = None,
) -> np.ndarray:
    """The rows that satisfy ``if`` and lie ``in`` the range: bool, shape (n,).

    A condition holds where it is not zero, so a missing value counts as true.
    Raises r(109) for a string condition, r(198) for a range outside the data.
    """
    mask = range_mask(dataset, in_range)
    if env is not None and env.within is not None:
        mask &= env.within
    if condition is None:
        return mask
    value = evaluate(condition, dataset, env)
    if is_string(value):
        raise type_mismatch(condition.span)
    return mask & (np.asarray(value) != 0)


def range_mask(dataset: Dataset, in_range: tree.InRange | None) -> np.ndarray:
    """The rows of ``in first/last``; negative numbers count from the end."""
    if in_range is None:
        return np.ones(dataset.n, dtype=bool)
    first, last = (k if k > 0 else dataset.n + 1 + k for k in (in_range.first, in_range.last))
    if in_range.first == 0 or in_range.last == 0 or not 1 <= first <= last <= dataset.n:
        raise StataError("observation numbers out of range", 198, in_range.span)
    mask = np.zeros(dataset.n, dtype=bool)
    mask[first - 1 : last] = True
    return mask
