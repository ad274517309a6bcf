"""The linear model: which columns are independent, and its fit by least squares."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mixedcli.engine import scaling
from mixedcli.engine.batched import Array

from ..records import record

_CONSTANT = 1e-26


@record
class LinearFit:
    """y = X beta + e: beta (p,), inverse (p, p) = (X'X)^-1, rss, n, p, and the ML and REML log likelihoods.

    s2 = rss / (n - p); vcov for regress is s2 * inverse.  A perfect fit has rss 0 and infinite log likelihoods.
    """

    beta: Array
    inverse: Array
    rss: float
    n: int
    p: int
    loglik: float
    loglik_reml: float

    @property
    def s2(self) -> float:
        return self.rss / (self.n - self.p) if self.n > self.p else math.nan


def independent_columns(x: ArrayLike, constant: bool = True, tolerance: float = 1e-13) -> NDArray[np.bool_]:
    """Which columns of x (n, k) to keep, (k,): one that depends linearly on those before it is dropped.

    constant: the model has a constant besides x, which comes first, so constant columns are dropped.  A column
    depends on others when what they leave of its (centred) sum of squares is below ``tolerance`` of it; columns of
    zeros are dropped.
    """
    columns = np.asarray(x, dtype=float)
    n, k = columns.shape
    keep = np.zeros(k, dtype=bool)
    basis = np.zeros((k, n))
    rank = 0
    for j in range(k):
        column = _unit_range(columns[:, j])
        size = float(column @ column)
        if constant:
            column = column - column.mean()
            column = column - column.mean()
        before = float(column @ column)
        if before <= _CONSTANT * size or rank + constant >= n:
            continue
        for _ in range(2):  # twice is enough for orthogonality to the last digit (Giraud et al. 2005)
            column = column - (basis[:rank] @ column) @ basis[:rank]
        left = float(column @ column)
        if left > tolerance * before:
            basis[rank] = column / math.sqrt(left)
            keep[j] = True
            rank += 1
    return keep


def _unit_range(column: Array) -> Array:
    largest = np.abs(column).max(initial=0.0)
    return column / largest if largest > 0.0 else column


def fit_linear(y: ArrayLike, x: ArrayLike) -> LinearFit:
    """Least squares with x (n, p) of full column rank (else ValueError), p may be 0.

    loglik: -n/2 [ln(2 pi rss / n) + 1]; loglik_reml: -(n-p)/2 [ln(2 pi rss / (n-p)) + 1] - ln|X'X| / 2.
    """
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    n, p = x.shape
    with np.errstate(all="ignore"):
        columns = scaling.orthonormal(x)
        if columns is None:
            raise ValueError("the columns of X are linearly dependent")
        coefficients, residual = np.zeros(p), y
        for _ in range(2):
            step = columns.rows @ residual / n
            residual = residual - step @ columns.rows
            coefficients += step
        rss = float(residual @ residual)
        if math.sqrt(rss) <= 1e-13 * float(np.linalg.norm(y)):
            rss = 0.0
        half_log_det = 0.5 * p * math.log(n) - columns.log_determinant if p else 0.0
    inverse = columns.map @ columns.map.T / n
    reml = _gaussian(rss, n - p) - half_log_det
    return LinearFit(columns.map @ coefficients, inverse, rss, n, p, _gaussian(rss, n), reml)


def _gaussian(rss: float, df: int) -> float:
    if df <= 0:
        return math.nan
    return math.inf if rss == 0.0 else -0.5 * df * (math.log(2.0 * math.pi * rss / df) + 1.0)
