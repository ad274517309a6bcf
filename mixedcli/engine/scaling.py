"""Linear maps of the columns that make the numerics independent of units and origins.

The likelihood does not change when X is replaced by X T, nor when the columns of an unstructured random part are
replaced by Z T; other structures allow rescaling only.  The fit works with such columns and transforms its results
back.
"""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ..records import record

_SMALL = 200_000
_SLAB = 16384
_DEPENDENT = 1e-12


@record
class Columns:
    """rows (p, n): the transformed columns, one per row; map (p, p): transformed = original @ map; inverse: its
    inverse."""

    rows: Array
    map: Array
    inverse: Array

    @property
    def log_determinant(self) -> float:
        """ln |det map|."""
        return float(np.linalg.slogdet(self.map)[1])


def root_mean_squares(columns: Array) -> Array:
    """Per column of (n, q), 1 for a column of zeros; safe from overflow and underflow."""
    largest = np.maximum(columns.max(axis=0, initial=0.0), -columns.min(axis=0, initial=0.0))
    largest[largest == 0.0] = 1.0
    ordinary = bool(((largest < 1e140) & (largest > 1e-140)).all())
    scaled, factor = (columns, 1.0) if ordinary else (columns / largest, largest)
    result: Array = factor * np.sqrt(np.einsum("ij,ij->j", scaled, scaled) / max(columns.shape[0], 1))
    result[result == 0.0] = 1.0
    return result


def rescaled(columns: Array, common: bool = False, out: Array | None = None) -> Columns:
    """Columns of root mean square one; with ``common`` one factor for all, as identity and exchangeable need.

    out: where to put the rows (q, n).
    """
    scale = root_mean_squares(columns)
    if common and scale.size:
        scale = np.full(scale.size, np.sqrt(np.mean(scale**2)))
    rows = np.empty(columns.shape[::-1]) if out is None else out
    np.divide(columns.T, scale[:, None], out=rows)
    return Columns(rows, np.diag(1.0 / scale), np.diag(scale))


def orthonormal(columns: Array, out: Array | None = None) -> Columns | None:
    """Columns Q with Q'Q = n I spanning the same space (n, p); None when the columns are linearly dependent.

    out: where to put the rows (p, n); for large data, fresh memory is a good part of the cost.
    Small problems use Householder QR; large ones Cholesky QR applied twice (Yamamoto et al. 2015), which needs two
    passes of matrix products only, and falls back on Householder QR when the columns are nearly dependent.
    """
    n, p = columns.shape
    if p == 0:
        return Columns(np.zeros((0, n)), np.zeros((0, 0)), np.zeros((0, 0)))
    if p > n:
        return None
    scaled = rescaled(columns, out=out)
    r = _cholesky_twice(scaled.rows) if n * p > _SMALL else None
    if r is None:
        q, r = np.linalg.qr(scaled.rows.T)
        if np.abs(np.diag(r)).min() < _DEPENDENT * np.sqrt(n):
            return None
        np.multiply(q.T, np.sqrt(n), out=scaled.rows)
        r = r / np.sqrt(n)
    return Columns(scaled.rows, scaled.map @ np.linalg.inv(r), r @ scaled.inverse)


def _cholesky_twice(rows: Array) -> Array | None:
    """R with rows' = Q R, Q'Q = n I, and Q' put in the place of rows, slab by slab.

    None (and rows untouched) when one round would lose too many digits.
    """
    n = rows.shape[1]
    total = np.eye(rows.shape[0])
    gram = slab_gram(rows) / n
    for step in range(2):
        if step == 0 and np.linalg.cond(gram) > 1e12:
            return None
        lower = np.linalg.cholesky(gram)
        undo = np.linalg.inv(lower)
        gram = np.zeros_like(gram)
        for start in range(0, n, _SLAB):
            part = undo @ rows[:, start : start + _SLAB]
            rows[:, start : start + _SLAB] = part
            gram += part @ part.T
        gram /= n
        total = lower.T @ total
    return total


def slab_gram(rows: Array) -> Array:
    """rows @ rows.T (p, p) for rows (p, n), in slabs that stay in the cache."""
    total = np.zeros((rows.shape[0], rows.shape[0]))
    for start in range(0, rows.shape[1], _SLAB):
        part = rows[:, start : start + _SLAB]
        total += part @ part.T
    return total
