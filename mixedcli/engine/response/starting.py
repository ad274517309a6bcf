"""Where the fit of a model without random effects starts."""

from __future__ import annotations

import math

import numpy as np

from mixedcli.engine.batched import Array

_SOUND = 1e6


def least_squares(x: Array, y: Array, weights: Array) -> Array:
    """The coefficients (p,) of the weighted regression of y (n,) on x (n, p), which may be collinear.

    By the normal equations where they lose no digits that matter, which for long columns is a multiple faster.
    """
    weighted = x.T * weights
    gram = weighted @ x
    if gram.size and np.isfinite(gram).all() and np.linalg.cond(gram) < _SOUND:
        return np.asarray(np.linalg.solve(gram, weighted @ y))
    root = np.sqrt(weights)
    return np.asarray(np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0])


def linearised(x: Array, offset: Array, weights: Array, eta: Array, residual: Array, slope: Array) -> Array:
    """One step towards the least squares fit of means mu(eta), from a first guess eta (n,) for every observation.

    ``residual``: y - mu, ``slope``: the derivative of mu.  The squares are those of y - mu, not divided by its variance:
    this is the start that the iteration logs of Stata's me commands show.
    """
    with np.errstate(over="ignore"):
        size = slope / max(float(np.abs(slope).max()), 1e-300)
    return least_squares(x, eta + residual / slope - offset, weights * size**2)


def half_log_mean_square(residual: Array, weights: Array) -> float:
    """ln of the root mean square; zero where all residuals vanish."""
    mean = float(np.average(residual**2, weights=weights))
    return 0.5 * math.log(mean) if mean > 0 else 0.0
