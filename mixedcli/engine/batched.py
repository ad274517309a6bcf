"""Small matrices for many groups at once: arrays of shape (rows, columns, groups), groups last and contiguous.

With two or three random coefficients and thousands of groups, plain vector arithmetic over the last axis is several
times faster than a batched LAPACK call per matrix; from ``SMALL`` columns on, LAPACK wins and is used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SMALL = 4


def contract(left: Array, right: Array) -> Array:
    """``out[x, y, j] = sum_a left[x, a, j] * right[y, a, j]``: (x, a, J) with (y, a, J) gives (x, y, J)."""
    inner = left.shape[1]
    if inner > SMALL:
        product = np.matmul(left.transpose(2, 0, 1), right.transpose(2, 1, 0))
        return np.ascontiguousarray(product.transpose(1, 2, 0))
    if inner == 0:
        return np.zeros((left.shape[0], right.shape[0], left.shape[2]))
    out = left[:, None, 0] * right[None, :, 0]
    for a in range(1, inner):
        out += left[:, None, a] * right[None, :, a]
    return out


def inverse(matrix: Array) -> tuple[Array, float]:
    """The inverses of (q, q, J) and the sum over groups of the log determinants (all of which must be positive).

    The matrices are I + A D with A, D positive semidefinite: never singular, but not symmetric, and elimination without
    pivoting could meet a zero; hence the adjugate for q up to 3.
    """
    q = matrix.shape[0]
    if q == 1:
        return 1.0 / matrix, float(np.log(matrix).sum())
    if q == 2:
        return _inverse_two(matrix)
    if q == 3:
        return _inverse_three(matrix)
    stack = np.ascontiguousarray(matrix.transpose(2, 0, 1))
    result = np.linalg.inv(stack)
    return np.ascontiguousarray(result.transpose(1, 2, 0)), float(np.linalg.slogdet(stack)[1].sum())


def _inverse_two(m: Array) -> tuple[Array, float]:
    determinant = m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]
    scale = 1.0 / determinant
    out = np.empty_like(m)
    out[0, 0] = m[1, 1] * scale
    out[1, 1] = m[0, 0] * scale
    out[0, 1] = -m[0, 1] * scale
    out[1, 0] = -m[1, 0] * scale
    return out, float(np.log(determinant).sum())


def _inverse_three(m: Array) -> tuple[Array, float]:
    adjugate = np.empty_like(m)
    for i in range(3):
        for j in range(3):
            r, s = [k for k in range(3) if k != j]
            c, d = [k for k in range(3) if k != i]
            minor = m[r, c] * m[s, d] - m[r, d] * m[s, c]
            adjugate[i, j] = minor if (i + j) % 2 == 0 else -minor
    determinant = m[0, 0] * adjugate[0, 0] + m[0, 1] * adjugate[1, 0] + m[0, 2] * adjugate[2, 0]
    return adjugate / determinant, float(np.log(determinant).sum())
