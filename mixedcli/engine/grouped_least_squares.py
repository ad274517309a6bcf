"""One regression per group, for all groups at once, from cross-products about the means of each group.

A few passes over the data in place of a fit for each group.  Groups in which cross-products would lose digits (columns
far from orthogonal, a fit close to perfect) or do not decide everything (too few rows, a column that does not vary) are
marked, for the caller to fit one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..records import record

Array = NDArray[Any]
_WELL = 1e3           # condition number of the scaled cross-products up to which no digits that matter are lost
_FLAT = 1e-12         # spread, relative to size, below which a column counts as constant
_PERFECT = 1e-10      # residuals this small beside y are left to the careful fit


@record
class GroupedFits:
    """``beta`` (groups, p), the constant last, ``variance`` (groups, p) of its elements, ``rss`` and ``mss`` (groups,).

    ``n`` (groups,): rows; ``trusted`` (groups,): False where the other numbers are not to be used.
    """

    beta: Array
    variance: Array
    rss: Array
    mss: Array
    n: Array
    trusted: Array


def grouped_least_squares(y: Array, x: Array, codes: Array, starts: Array, constant: bool = True) -> GroupedFits:
    """Regress y (m,) on x (k, m), columns as rows, within groups: rows in order of the groups.

    ``codes`` (m,): 0, 0, ..., 1, ...; ``starts`` (groups,): the first row of each.
    """
    m, k = len(y), len(x)
    n = np.diff(np.append(starts, m))
    with np.errstate(all="ignore"):
        means, columns = _centred(np.vstack([x, y]), codes, starts, n) if constant else (None, np.vstack([x, y]))
        sizes = np.sqrt(_sums([row * row for row in columns], starts))
        products = np.empty((len(n), k, k + 1))
        for i in range(k):
            for j in range(i, k + 1):
                products[:, i, j] = np.add.reduceat(columns[i] * columns[j], starts) / (sizes[i] * sizes[j])
                if j < k:
                    products[:, j, i] = products[:, i, j]
        gram, right = products[:, :, :k], products[:, :, k]
        p = k + constant
        good = _trusted(gram, sizes, x, y, starts, n, p)
        inverse = np.full_like(gram, np.nan)
        inverse[good] = np.linalg.inv(gram[good])
        slopes = (inverse @ right[:, :, None])[:, :, 0] * sizes[k][:, None] / sizes[:k].T
        mss = np.einsum("gi,gi->g", right * sizes[k][:, None], slopes * sizes[:k].T)
        residual = columns[k].copy()
        for j in range(k):
            residual -= slopes[:, j][codes] * columns[j]
        rss = np.add.reduceat(residual * residual, starts)
        good &= np.sqrt(rss) > _PERFECT * np.sqrt(np.add.reduceat(y * y, starts))
        inverse /= sizes[:k].T[:, :, None] * sizes[:k].T[:, None, :]
        return _finished(slopes, inverse, means, rss, mss, n, good, p)


def _centred(columns: Array, codes: Array, starts: Array, n: Array) -> tuple[Array, Array]:
    """Means (k, groups), and the columns about them; twice, to take off what rounding left of the mean."""
    means = np.zeros((len(columns), len(n)))
    for row, mean in zip(columns, means, strict=True):
        for _ in range(2):
            shift = np.add.reduceat(row, starts) / n
            row -= shift[codes]
            mean += shift
    return means, columns


def _sums(rows: list[Array], starts: Array) -> Array:
    """Group sums of each row: shape (rows, groups)."""
    return np.array([np.add.reduceat(row, starts) for row in rows])


def _trusted(gram: Array, sizes: Array, x: Array, y: Array, starts: Array, n: Array, p: int) -> Array:
    """The groups whose cross-products (groups, k, k) can be relied on."""
    good = n > p
    for size, row in zip(sizes, [*x, y], strict=True):
        good &= size > _FLAT * np.sqrt(np.add.reduceat(row * row, starts))
    good &= np.isfinite(gram).all(axis=(1, 2)) & np.isfinite(sizes).all(axis=0)
    if gram.shape[1]:
        values = np.linalg.eigvalsh(gram[good])
        good[good] = values[:, -1] < _WELL * values[:, 0]
    return good


def _finished(
    slopes: Array, inverse: Array, means: Array | None, rss: Array, mss: Array, n: Array, good: Array, p: int
) -> GroupedFits:
    """With the constant, and the variances of all coefficients."""
    k = slopes.shape[1]
    diagonal = np.einsum("gii->gi", inverse)
    if means is not None:
        of_x = means[:k].T
        constant = means[k] - np.einsum("gi,gi->g", of_x, slopes)
        at_zero = 1 / n + np.einsum("gi,gij,gj->g", of_x, inverse, of_x)
        slopes = np.column_stack([slopes, constant])
        diagonal = np.column_stack([diagonal, at_zero])
    return GroupedFits(slopes, diagonal * (rss / (n - p))[:, None], rss, mss, n, good)
