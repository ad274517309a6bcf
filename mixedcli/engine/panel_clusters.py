"""Standard errors of panel regressions that allow for correlation within clusters of panels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mixedcli.engine.batched import Array
from mixedcli.engine.panel import PanelProducts, RandomFit, WithinFit, about_origin


def clustered(
    products: PanelProducts, fit: WithinFit | RandomFit, x: ArrayLike, y: ArrayLike, clusters: ArrayLike,
    weights: ArrayLike | None = None,
) -> tuple[Array, int]:
    """The variance (k + 1, k + 1) that allows for any correlation within clusters, and how many clusters there are.

    x (n, k), y (n,) are the rows of ``products``; ``clusters`` (n,) codes.  Scaled by G/(G-1)
    (n-1)/(n-k-1).
    """
    codes = np.asarray(clusters, dtype=np.intp)
    G, k = int(codes.max()) + 1, products.means.shape[1] - 1
    share = np.ones(products.panels) if isinstance(fit, WithinFit) else fit.theta
    rows = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)]) - products.centre
    rows -= (share[:, None] * products.means)[products.codes]
    constant = np.ones(products.n) if isinstance(fit, WithinFit) else (1.0 - share)[products.codes]
    at_centre = fit.beta[-1] + products.centre[:-1] @ fit.beta[:-1] - products.centre[-1]
    residual = rows[:, -1] - rows[:, :-1] @ fit.beta[:-1] - constant * at_centre
    if weights is not None:
        residual = residual * np.asarray(weights)
    regressors = np.column_stack([rows[:, :-1], constant])
    scores = np.array([np.bincount(codes, column * residual, G) for column in regressors.T])
    factor = G / (G - 1.0) * (products.n - 1.0) / (products.n - k - 1.0) if G > 1 else math.nan
    half = fit.inverse @ scores
    return about_origin(products, fit.beta, factor * half @ half.T)[1], G
