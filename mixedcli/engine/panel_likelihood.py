"""The information matrix of the random-intercept model by maximum likelihood, from the cross-products of panels."""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array
from mixedcli.engine.panel import PanelProducts


def ml_variance(products: PanelProducts, beta: Array, sigma_u: float, sigma_e: float, constant: bool) -> Array:
    """The inverse of the joint information of (beta, sigma_u, sigma_e), shape (p + 2, p + 2), at the ML estimates.

    With d = sigma_e^2 + T sigma_u^2, a panel's log likelihood is -1/2 [(T-1) ln sigma_e^2 + ln d + W/sigma_e^2 + A/d],
    W and A the residual sums of squares within the panel and of its mean.  Rows of zeros for a sigma_u of zero.
    """
    e, T = sigma_e**2, products.counts
    d = e + T * sigma_u**2
    means = np.insert(products.means, -1, 1.0, axis=1) + np.insert(products.centre, -1, 0.0)
    if not constant:
        means = np.delete(means, -2, axis=1)
    p = means.shape[1] - 1
    inside = np.zeros((p, p))
    k = products.means.shape[1] - 1
    inside[:k, :k] = products.within[:k, :k]
    cross = np.zeros(p)
    cross[:k] = products.within[:k, -1] - products.within[:k, :k] @ beta[:k]
    signed = np.append(-beta[:k], 1.0)
    W = float(signed @ products.within @ signed)
    r = means[:, -1] - means[:, :-1] @ beta
    A, xr = T * r**2, means[:, :-1] * (T * r)[:, None]
    H = np.zeros((p + 2, p + 2))
    H[:p, :p] = -(inside / e + (means[:, :-1] * (T / d)[:, None]).T @ means[:, :-1])
    H[:p, p] = -(xr * (T / d**2)[:, None]).sum(axis=0)
    H[:p, p + 1] = -cross / e**2 - (xr / (d**2)[:, None]).sum(axis=0)
    H[p, p] = -0.5 * float((-(T**2) / d**2 + 2 * T**2 * A / d**3).sum())
    H[p, p + 1] = -0.5 * float((-T / d**2 + 2 * T * A / d**3).sum())
    H[p + 1, p + 1] = -0.5 * (float((-(T - 1) / e**2 - 1 / d**2 + 2 * A / d**3).sum()) + 2 * W / e**3)
    H = np.triu(H) + np.triu(H, 1).T
    slope = np.ones(p + 2)
    slope[p:] = 2.0 * sigma_u, 2.0 * sigma_e                   # d sigma^2 / d sigma; the gradient is zero
    free = np.flatnonzero(np.arange(p + 2) != p) if sigma_u == 0.0 else np.arange(p + 2)
    H = (H * slope[:, None] * slope)[np.ix_(free, free)]
    scale = np.sqrt(np.abs(np.diag(H)))
    out = np.zeros((p + 2, p + 2))
    out[np.ix_(free, free)] = np.linalg.inv(-H / np.outer(scale, scale)) / np.outer(scale, scale)
    return out
