"""Accurate least squares for `regress`: centred, scaled columns, and extended precision where the data ask for it.

Ordinary data are orthogonalised in double precision.  When the scaled columns are far from orthogonal (polynomials, or
variables that nearly repeat one another) the same steps are taken in ``numpy.longdouble``, which carries 64 binary
digits on x86.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mixedcli.engine import scaling

from ..records import record

Array = NDArray[Any]     # float64, or longdouble on the careful road
_ILL = 100.0             # condition number of the scaled columns from which doubles lose digits that are wanted
_EXTENDED = 5_000_000    # elements; larger matrices stay in double precision
_PERFECT = 1e-13         # residuals this small beside y are rounding


@record
class LeastSquares:
    """y = X beta + e with weights w.

    ``beta`` (p,), the constant last; ``inverse`` (p, p) = (X'WX)^-1.  ``tss`` is about the mean if there is a constant;
    ``mss`` = tss - rss, computed from the fit itself.  ``n``: rows, or the sum of frequencies.
    """

    beta: Array
    inverse: Array
    rss: float
    mss: float
    tss: float
    n: int
    p: int

    @property
    def df_r(self) -> int:
        """Residual degrees of freedom."""
        return self.n - self.p

    @property
    def s2(self) -> float:
        """The residual variance; nan without residual degrees of freedom."""
        return self.rss / self.df_r if self.df_r > 0 else math.nan


@record
class _Scaled:
    """Columns less their means, over their sizes: ``x`` (n, k), ``y`` (n,), with the numbers to go back."""

    x: Array
    y: Array
    mean_x: Array
    mean_y: Array
    scale: Array


def statistics(mss: Array, rss: Array, n: Array, rank: int, constant: bool) -> dict[str, Array]:
    """What regress leaves in e(), by name, of fits whose sums of squares have shape (groups,) or ().

    F is 0 without covariates, and nan with the rest of what does not exist; ll is that of normal errors.
    """
    df_m = rank - constant
    with np.errstate(all="ignore"):
        df_r = np.subtract(n, rank)
        some = df_r > 0
        tss = mss + rss
        s2 = np.where(some, rss / df_r, np.nan)
        r2 = np.where(tss > 0, mss / tss, np.nan)
        F = np.where(rss > 0, (mss / df_m) / s2, np.nan) if df_m else np.zeros_like(s2)
        return {
            "N": n, "df_m": np.full(np.shape(n), df_m), "df_r": df_r, "F": F, "r2": r2,
            "rmse": np.where(some, np.sqrt(s2), 0.0), "mss": mss, "rss": rss,
            "r2_a": np.where(some, 1 - (1 - r2) * np.subtract(n, int(constant)) / df_r, np.nan),
            "ll": _gaussian(rss, n), "ll_0": _gaussian(tss, n), "rank": np.full(np.shape(n), rank),
        }


def _gaussian(rss: Array, n: Array) -> Array:
    """The log likelihood of n normal residuals with sum of squares rss, at its maximum over their variance."""
    return np.where((rss > 0) & (rss < np.inf), -0.5 * n * (np.log(2 * math.pi * rss / n) + 1), np.nan)


def least_squares(
    y: ArrayLike, x: ArrayLike, constant: bool = True, weights: ArrayLike | None = None, n: int | None = None
) -> LeastSquares:
    """Fit y (m,) on x (m, k), of full column rank together with the constant (else ValueError); k may be 0.

    ``weights`` (m,) positive; ``n`` is the number of observations they stand for (m without it).
    The inverse with a constant: partitioned, [S^-1, -S^-1 xbar; ., 1/W + xbar' S^-1 xbar] with S = X'WX about the mean.
    """
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    w = None if weights is None else np.asarray(weights, dtype=float)
    unit_y, units = _unit(y), np.array([_unit(x[:, j]) for j in range(x.shape[1])])
    with np.errstate(all="ignore"):
        fit = _fit(y / unit_y, x / units if x.shape[1] else x, constant, w, len(y) if n is None else n)
        factor = np.append(units, 1.0) if constant else units
        square = float(unit_y) ** 2
        return LeastSquares(
            fit.beta * unit_y / factor, fit.inverse / np.outer(factor, factor),
            fit.rss * square, fit.mss * square, fit.tss * square, fit.n, fit.p,
        )


def _unit(values: Array) -> float:
    """A power of two that brings extreme values near one, so that their squares are numbers; 1 for ordinary ones."""
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0.0 or 1e-100 < largest < 1e100:
        return 1.0
    return math.ldexp(1.0, math.frexp(largest)[1])


def _fit(y: Array, x: Array, constant: bool, w: Array | None, n: int) -> LeastSquares:
    scaled = _scaled(y, x, constant, w, np.dtype(float))
    found = scaling.orthonormal(scaled.x)
    if found is not None and (not x.size or np.linalg.cond(found.map) < _ILL):
        root = math.sqrt(len(y))
        q, back = found.rows.T / root, found.map / root
    elif x.size <= _EXTENDED:
        scaled = _scaled(y, x, constant, w, np.dtype(np.longdouble))
        q, back = _gram_schmidt(scaled.x)
    elif found is not None:
        root = math.sqrt(len(y))
        q, back = found.rows.T / root, found.map / root
    else:
        raise ValueError("the columns of X are linearly dependent")
    return _solved(scaled, q, back, constant, w, n, float(np.linalg.norm(y if w is None else y * np.sqrt(w))))


def _scaled(y: Array, x: Array, constant: bool, w: Array | None, dtype: np.dtype) -> _Scaled:  # type: ignore[type-arg]
    """The columns about their (weighted) means, each over its root mean square, times the roots of the weights.

    The mean is taken off twice: what rounding leaves of it the first time is small beside the spread the second time.
    """
    xs, ys = x.astype(dtype), y.astype(dtype)
    mean_x, mean_y = np.zeros(x.shape[1], dtype=np.longdouble), np.zeros((), dtype=np.longdouble)
    if constant:
        for _ in range(2):
            shift_y = np.average(ys, weights=w)
            shift_x = np.average(xs, axis=0, weights=w) if x.size else mean_x
            xs -= shift_x
            ys -= shift_y
            mean_x, mean_y = mean_x + shift_x, mean_y + shift_y
    scale = np.sqrt(np.mean(xs**2, axis=0)) if x.size else np.ones(x.shape[1], dtype=dtype)
    xs /= np.where(scale > 0, scale, 1)
    if w is not None:
        root = np.sqrt(w.astype(dtype))
        xs *= root[:, None]
        ys *= root
    return _Scaled(xs, ys, mean_x, mean_y, scale)


def _solved(
    scaled: _Scaled, q: Array, back: Array, constant: bool, w: Array | None, n: int, size: float
) -> LeastSquares:
    """From the orthonormal columns q = x @ back to the fit; the projection is done twice to take up its own rounding."""
    coefficients, residual = np.zeros(q.shape[1], dtype=q.dtype), scaled.y
    for _ in range(2):
        step = q.T @ residual
        residual = residual - q @ step
        coefficients = coefficients + step
    rss, mss, tss = (float(v @ v) for v in (residual, coefficients, scaled.y))
    if math.sqrt(rss) <= _PERFECT * size:
        rss = 0.0
    lower = back / scaled.scale[:, None]
    slopes = lower @ coefficients
    inverse = lower @ lower.T
    if constant:
        total = float(len(scaled.y)) if w is None else float(w.sum())
        edge = inverse @ scaled.mean_x
        slopes = np.append(slopes, scaled.mean_y - scaled.mean_x @ slopes)
        inverse = np.block([[inverse, -edge[:, None]], [-edge[None, :], 1 / total + scaled.mean_x @ edge]])
    return LeastSquares(slopes.astype(float), inverse.astype(float), rss, mss, tss, n, len(slopes))


def _gram_schmidt(x: Array) -> tuple[Array, Array]:
    """Orthonormal q (n, k) and ``back`` (k, k) with q = x @ back, by Gram-Schmidt done twice (Giraud et al. 2005)."""
    n, k = x.shape
    q = np.zeros((n, k), dtype=x.dtype)
    r = np.zeros((k, k), dtype=x.dtype)
    for j in range(k):
        column = x[:, j].copy()
        for _ in range(2):
            along = q[:, :j].T @ column
            column -= q[:, :j] @ along
            r[:j, j] += along
        r[j, j] = np.sqrt(column @ column)
        if not r[j, j] > 1e-16 * math.sqrt(n):
            raise ValueError("the columns of X are linearly dependent")
        q[:, j] = column / r[j, j]
    return q, _inverse_triangular(r)


def _inverse_triangular(r: Array) -> Array:
    """The inverse of an upper triangular matrix in its own precision, which LAPACK does not offer."""
    k = len(r)
    out = np.zeros_like(r)
    for j in range(k):
        out[j, j] = 1 / r[j, j]
        for i in range(j - 1, -1, -1):
            out[i, j] = -(r[i, i + 1 : j + 1] @ out[i + 1 : j + 1, j]) / r[i, i]
    return out
