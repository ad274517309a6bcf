"""Variance estimators for least squares that do not take the errors to be alike or independent.

All are D M D with D = (X'WX)^-1 (White 1980; MacKinnon and White 1985; Liang and Zeger 1986).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

_OWN_FIT = 1e-12       # one less the leverage, where nothing is left of it but rounding


def robust(
    x: Array, residual: Array, inverse: Array, n: int, weights: Array | None = None, repeats: bool = False
) -> Array:
    """M = sum (w e)^2 x x', times n / (n - k).

    x (m, k) with the constant, residual (m,), inverse (k, k).  ``repeats``: the weights are frequencies, a row standing
    for w observations of its own, so that M = sum w e^2 x x'.
    """
    half = (x * (residual * _factor(weights, repeats))[:, None]) @ inverse
    return np.asarray(half.T @ half * (n / (n - x.shape[1])))


def leverage_adjusted(
    x: Array, residual: Array, inverse: Array, power: int, frequencies: Array | None = None
) -> Array:
    """M = sum e^2 / (1 - h)^power x x' with the leverage h = x (X'X)^-1 x': HC2 for power 1, HC3 for power 2.

    nan where an observation alone determines its own fit (h = 1).
    """
    left = 1.0 - np.einsum("ij,ij->i", x @ inverse, x)
    scaled = residual / np.where(left > _OWN_FIT, left, math.nan) ** (power / 2)
    half = (x * (scaled * _factor(frequencies, True))[:, None]) @ inverse
    return np.asarray(half.T @ half)


def clustered(
    x: Array, residual: Array, inverse: Array, n: int, codes: NDArray[np.int64], weights: Array | None = None
) -> Array:
    """M = sum over the G clusters of s s' with s = sum w e x, times G/(G-1) (n-1)/(n-k); nan for a single cluster.

    ``codes`` (m,): 0 .. G-1, all of which occur.
    """
    G, k = int(codes.max()) + 1, x.shape[1]
    if G < 2:
        return np.full((k, k), math.nan)
    weighted = residual if weights is None else residual * weights
    sums = np.array([np.bincount(codes, column * weighted, G) for column in x.T]).reshape(k, G)
    half = inverse @ sums
    return np.asarray(half @ half.T * (G / (G - 1.0) * (n - 1.0) / (n - k)))


def _factor(weights: Array | None, repeats: bool) -> Array | float:
    """What the residual is multiplied by before its square is summed."""
    if weights is None:
        return 1.0
    return np.sqrt(weights) if repeats else weights
