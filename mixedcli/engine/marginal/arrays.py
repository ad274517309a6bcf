"""Sums over rows within groups, and small matrices per group: arrays (..., groups) with the groups last.

Two ways lead to every product.  With few random effects per group, plain arithmetic over the last axis serves all groups
at once; with many effects in a few groups (crossed effects are one group with an effect per level), a matrix product per
group.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

from ...records import record

Index = NDArray[np.intp]
_MANY = 6


@record(eq=False)
class Groups:
    """Consecutive units in J groups: where each starts (J,), and how many units it has (J,).  None is empty."""

    starts: Index
    counts: Index

    def sum(self, values: Array) -> Array:
        """(..., n) to (..., J)."""
        if self.starts.size == values.shape[-1]:
            return values
        return np.add.reduceat(values, self.starts, axis=-1)

    def spread(self, values: Array) -> Array:
        """(..., J) to (..., n): each unit gets the value of its group."""
        if self.counts.size == 1:
            return np.broadcast_to(values, (*values.shape[:-1], int(self.counts[0])))
        return values.repeat(self.counts, axis=-1)


def cross(groups: Groups, weights: Array | None, left: Array, right: Array) -> Array:
    """``out[a, b, j]``: the sum over the rows i of group j of weights_i left[a, i] right[b, i]."""
    weighted = left if weights is None else left * weights
    if left.shape[0] * right.shape[0] > _MANY**2 and groups.starts.size * 4 < left.shape[1]:
        return _cross_by_group(groups, weighted, right)
    if left.shape[0] == right.shape[0] == 1:
        return groups.sum(weighted * right)[None]
    out = np.empty((left.shape[0], right.shape[0], groups.starts.size))
    for a in range(left.shape[0]):
        for b in range(right.shape[0]):
            if left is right and b < a:
                out[a, b] = out[b, a]
            else:
                out[a, b] = groups.sum(weighted[a] * right[b])
    return out


def _cross_by_group(groups: Groups, left: Array, right: Array) -> Array:
    out = np.empty((left.shape[0], right.shape[0], groups.starts.size))
    for j, (start, count) in enumerate(zip(groups.starts, groups.counts, strict=True)):
        rows = slice(start, start + count)
        out[:, :, j] = left[:, rows] @ right[:, rows].T
    return out


def apply(groups: Groups, matrices: Array, columns: Array) -> Array:
    """``out[a, i] = sum_b matrices[a, b, j(i)] columns[b, i]``: (A, B, J) with (B, n) gives (A, n)."""
    if matrices.shape[0] * matrices.shape[1] > _MANY**2 and groups.starts.size * 4 < columns.shape[1]:
        out = np.empty((matrices.shape[0], columns.shape[1]))
        for j, (start, count) in enumerate(zip(groups.starts, groups.counts, strict=True)):
            rows = slice(start, start + count)
            out[:, rows] = matrices[:, :, j] @ columns[:, rows]
        return out
    out = np.zeros((matrices.shape[0], columns.shape[1]))
    for a in range(matrices.shape[0]):
        for b in range(matrices.shape[1]):
            out[a] += groups.spread(matrices[a, b]) * columns[b]
    return out


def product(left: Array, right: Array) -> Array:
    """Matrix products per group: (A, B, ...) with (B, C, ...) gives (A, C, ...)."""
    if left.shape[0] == left.shape[1] == right.shape[1] == 1:
        return left * right
    if max(left.shape[0], left.shape[1], right.shape[1]) > _MANY:
        moved = np.matmul(np.moveaxis(left, (0, 1), (-2, -1)), np.moveaxis(right, (0, 1), (-2, -1)))
        return np.ascontiguousarray(np.moveaxis(moved, (-2, -1), (0, 1)))
    shape = np.broadcast_shapes(left.shape[2:], right.shape[2:])
    out = np.zeros((left.shape[0], right.shape[1], *shape))
    for b in range(left.shape[1]):
        out += left[:, b, None] * right[None, b]
    return out


def mixed(matrix: Array, values: Array) -> Array:
    """One matrix for all: (A, B) with (B, ...) gives (A, ...)."""
    if matrix.size == 1:
        return matrix[0, 0] * values
    return np.tensordot(matrix, values, 1)


def dot(left: Array, right: Array) -> Array:
    """(A, ...) with (A, ...) gives (...): the sum over the first axis of the products."""
    out = left[0] * right[0]
    for a in range(1, left.shape[0]):
        out += left[a] * right[a]
    return out


def transposed(matrices: Array) -> Array:
    """(A, B, ...) to (B, A, ...)."""
    return np.swapaxes(matrices, 0, 1)


def times(matrices: Array, vectors: Array) -> Array:
    """(A, B, ...) with (B, ...) gives (A, ...)."""
    return product(matrices, vectors[:, None])[:, 0]


def outer(left: Array, right: Array) -> Array:
    """(A, ...) with (B, ...) gives (A, B, ...)."""
    return left[:, None] * right[None]


def inverse(matrices: Array) -> tuple[Array, Array]:
    """Inverses (q, q, J) of symmetric positive definite matrices and their log determinants (J,).

    The log determinant of a matrix that is not positive definite is nan.
    """
    q = matrices.shape[0]
    with np.errstate(all="ignore"):
        if q == 1:
            return 1.0 / matrices, np.log(matrices[0, 0])
        if q == 2:
            determinant = matrices[0, 0] * matrices[1, 1] - matrices[0, 1] * matrices[1, 0]
            out = np.empty_like(matrices)
            out[0, 0], out[1, 1] = matrices[1, 1], matrices[0, 0]
            out[0, 1] = out[1, 0] = -matrices[0, 1]
            out /= determinant
            return out, np.log(np.where(matrices[0, 0] > 0, determinant, -1.0))
        return _inverse_many(matrices)


def _inverse_many(matrices: Array) -> tuple[Array, Array]:
    stack = np.moveaxis(matrices, (0, 1), (-2, -1))
    try:
        roots = np.linalg.cholesky(stack)
        logs = 2.0 * np.log(np.diagonal(roots, axis1=-2, axis2=-1)).sum(-1)
        inverses = np.linalg.inv(stack)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(np.nan_to_num(stack))
        logs = np.where(values[..., 0] > 0, np.log(np.abs(values)).sum(-1), np.nan)
        inverses = np.einsum("...ab,...b,...cb->...ac", vectors, 1.0 / np.maximum(np.abs(values), 1e-300), vectors)
    return np.ascontiguousarray(np.moveaxis(inverses, (-2, -1), (0, 1))), logs


def cholesky(matrices: Array) -> Array:
    """Lower triangular C (q, q, ...) with C C' = matrices; nan where they are not positive definite."""
    q = matrices.shape[0]
    out = np.zeros_like(matrices)
    with np.errstate(invalid="ignore", divide="ignore"):
        for j in range(q):
            rest = matrices[j, j] - (out[j, :j] ** 2).sum(0)
            out[j, j] = np.sqrt(rest)
            for i in range(j + 1, q):
                out[i, j] = (matrices[i, j] - (out[i, :j] * out[j, :j]).sum(0)) / out[j, j]
    return out


def lower_inverse(factors: Array) -> Array:
    """The inverses of lower triangular (q, q, ...)."""
    q = factors.shape[0]
    out = np.zeros_like(factors)
    for j in range(q):
        out[j, j] = 1.0 / factors[j, j]
        for i in range(j + 1, q):
            out[i, j] = -(factors[i, j:i] * out[j:i, j]).sum(0) / factors[i, i]
    return out
