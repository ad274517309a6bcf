"""Linear maps of the columns that make the numerics independent of units and origins.

The likelihood does not change when X is replaced by X T, nor when the columns of an unstructured random part are replaced by
Z T; other structures allow rescaling only.  The fit works with such columns and transforms its results back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixedcli.engine.batched import Array

_SMALL = 2_000_000
_DEPENDENT = 1e-12


@dataclass(frozen=True, slots=True)
class Columns:
    """rows (p, n): the transformed columns, one per row; map (p, p): transformed = original @ map; inverse: its inverse."""

    rows: Array
    map: Array
    inverse: Array

    @property
    def log_determinant(self) -> float:
        """ln |det map|."""
        return float(np.linalg.slogdet(self.map)[1])


def root_mean_squares(columns: Array) -> Array:
    """Per column of (n, q), 1 for a column of zeros; safe from overflow."""
    largest = np.abs(columns).max(axis=0, initial=0.0)
    largest[largest == 0.0] = 1.0
    scaled = columns / largest
    return largest * np.sqrt(np.einsum("ij,ij->j", scaled, scaled) / columns.shape[0])


def rescaled(columns: Array, common: bool = False) -> Columns:
    """Columns of root mean square one; with ``common`` one factor for all, as identity and exchangeable need."""
    scale = root_mean_squares(columns)
    if common and scale.size:
        scale = np.full(scale.size, np.sqrt(np.mean(scale**2)))
    scale[scale == 0.0] = 1.0
    return Columns(np.ascontiguousarray(columns.T) / scale[:, None], np.diag(1.0 / scale), np.diag(scale))


def orthonormal(columns: Array) -> Columns | None:
    """Columns Q with Q'Q = n I spanning the same space (n, p); None when the columns are linearly dependent.

    Small problems use Householder QR; large ones Cholesky QR applied twice (Yamamoto et al. 2015), which needs two
    passes of matrix products only, and falls back on Householder QR when the columns are nearly dependent.
    """
    n, p = columns.shape
    if p == 0:
        return Columns(np.zeros((0, n)), np.zeros((0, 0)), np.zeros((0, 0)))
    if p > n:
        return None
    scaled = rescaled(columns)
    triangle = _cholesky_twice(scaled.rows) if n * p > _SMALL else None
    if triangle is None:
        q, r = np.linalg.qr(scaled.rows.T)
        if np.abs(np.diag(r)).min() < _DEPENDENT * np.sqrt(n):
            return None
        triangle = np.ascontiguousarray(q.T) * np.sqrt(n), r / np.sqrt(n)
    rows, r = triangle
    return Columns(rows, scaled.map @ np.linalg.inv(r), r @ scaled.inverse)


def _cholesky_twice(rows: Array) -> tuple[Array, Array] | None:
    """(Q', R) with rows' = Q R and Q'Q = n I, or None when one round would lose too many digits."""
    n = rows.shape[1]
    total = np.eye(rows.shape[0])
    for step in range(2):
        gram = rows @ rows.T / n
        if step == 0 and np.linalg.cond(gram) > 1e12:
            return None
        try:
            lower = np.linalg.cholesky(gram)
        except np.linalg.LinAlgError:
            return None
        rows = np.linalg.inv(lower) @ rows
        total = lower.T @ total
    return rows, total
