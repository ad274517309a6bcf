"""The random-intercept model by maximum likelihood, from the cross-products of panels that may have weights.

With d = sigma_e^2 + T sigma_u^2, a panel's log likelihood is -1/2 [T ln 2 pi + (T-1) ln sigma_e^2 + ln d + W/sigma_e^2 +
A/d], W and A the residual sums of squares within the panel and of its mean.  A panel with weight w counts w times.
"""

from __future__ import annotations

import math

import numpy as np

from mixedcli.engine.batched import Array
from mixedcli.engine.panel import PanelProducts, about_origin, solve_gram

from ..records import record

_GRID = np.linspace(-16.0, 16.0, 65)      # of ln(sigma_u^2 / sigma_e^2), where the maximum is looked for first
_HALVINGS = 60


@record(eq=False)
class Search:
    """The log likelihood at every step, and why the search ended."""

    loglik: tuple[float, ...]
    reason: str


@record(eq=False)
class PanelMaximum:
    """The maximum: ``beta`` (p,), the constant last; ``sigma2`` = sigma_e^2; ``covariances``: ((sigma_u^2)), shape (1, 1).

    ``loglik_linear``: without the effects of panels.
    """

    beta: Array
    sigma2: float
    covariances: tuple[Array, ...]
    loglik: float
    loglik_linear: float
    convergence: Search


def maximize(products: PanelProducts, constant: bool = True) -> PanelMaximum:
    """The ML estimates of weighted panels.

    The likelihood is profiled: given the ratio psi of the variances, beta is that of generalized least squares and
    sigma_e^2 its mean square.  The best point of a grid of psi is refined by halving the interval in which the
    derivative changes its sign.
    """
    linear = _Profile(products, 0.0, constant)
    points = [_Profile(products, math.exp(each), constant) for each in _GRID]
    best = int(np.argmax([each.loglik for each in points]))
    if linear.loglik >= points[best].loglik and linear.slope <= 0.0:
        return _found(products, linear, linear, (linear.loglik,), constant)
    low, high = _GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _Profile(products, math.exp(middle), constant).slope > 0.0 else (low, middle)
    final = _Profile(products, math.exp(0.5 * (low + high)), constant)
    return _found(products, final, linear, (points[best].loglik, final.loglik), constant)


class _Profile:
    """The log likelihood at ``psi`` = sigma_u^2 / sigma_e^2 and the other parameters at their best, and its slope."""

    def __init__(self, products: PanelProducts, psi: float, constant: bool) -> None:
        T, w = products.counts, products.mass / products.counts
        d = 1.0 + T * psi
        n = float(products.mass.sum())
        self.psi = psi
        gram = _gram(products, products.mass / d, constant)
        found = solve_gram(gram)
        self.beta = found.beta
        self.sigma2 = found.rss / n
        with np.errstate(all="ignore"):
            log = n * np.log(2.0 * math.pi * self.sigma2) if self.sigma2 > 0.0 else -math.inf
            self.loglik = -0.5 * float(log + n + (w * np.log(d)).sum())
            r = _means(products, constant) @ np.append(-found.beta, 1.0)
            self.slope = -0.5 * float((w * (T / d - T**2 * r**2 / (d**2 * self.sigma2))).sum())


def _means(products: PanelProducts, constant: bool) -> Array:
    """Panel means of [x, 1, y], the constant only if there is one; about the centre then, else about zero."""
    if constant:
        return np.insert(products.means, -1, 1.0, axis=1)
    return products.means + products.centre


def _gram(products: PanelProducts, weights: Array, constant: bool) -> Array:
    """Cross-products of [x, 1, y], the means with ``weights``."""
    if constant:
        return products.gram(weights)
    means = _means(products, False)
    return np.asarray(means.T @ (means * weights[:, None]) + products.within)


def _found(products: PanelProducts, at: _Profile, linear: _Profile, log: tuple[float, ...], constant: bool) -> PanelMaximum:
    beta = at.beta
    if constant:
        beta = about_origin(products, beta, np.zeros((len(beta), len(beta))))[0]
    reason = "perfect fit" if at.sigma2 == 0.0 else "converged"
    effect = np.array([[at.psi * at.sigma2]])
    return PanelMaximum(beta, at.sigma2, (effect,), at.loglik, linear.loglik, Search(log, reason))


def ml_variance(products: PanelProducts, beta: Array, sigma_u: float, sigma_e: float, constant: bool) -> Array:
    """The inverse of the joint information of (beta, sigma_u, sigma_e), shape (p + 2, p + 2), at the ML estimates.

    Rows of zeros for a sigma_u of zero; nan for standard deviations that are not identified.
    """
    e, T = sigma_e**2, products.counts
    w = products.mass / T
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
    H[:p, :p] = -(inside / e + (means[:, :-1] * (w * T / d)[:, None]).T @ means[:, :-1])
    H[:p, p] = -(xr * (w * T / d**2)[:, None]).sum(axis=0)
    H[:p, p + 1] = -cross / e**2 - (xr * (w / d**2)[:, None]).sum(axis=0)
    H[p, p] = -0.5 * float((w * (-(T**2) / d**2 + 2 * T**2 * A / d**3)).sum())
    H[p, p + 1] = -0.5 * float((w * (-T / d**2 + 2 * T * A / d**3)).sum())
    H[p + 1, p + 1] = -0.5 * (float((w * (-(T - 1) / e**2 - 1 / d**2 + 2 * A / d**3)).sum()) + 2 * W / e**3)
    H = np.triu(H) + np.triu(H, 1).T
    slope = np.ones(p + 2)
    slope[p:] = 2.0 * sigma_u, 2.0 * sigma_e                   # d sigma^2 / d sigma; the gradient is zero
    free = np.flatnonzero(np.arange(p + 2) != p) if sigma_u == 0.0 else np.arange(p + 2)
    H = (H * slope[:, None] * slope)[np.ix_(free, free)]
    scale = np.sqrt(np.abs(np.diag(H)))
    out = np.zeros((p + 2, p + 2))
    try:
        out[np.ix_(free, free)] = np.linalg.inv(-H / np.outer(scale, scale)) / np.outer(scale, scale)
    except np.linalg.LinAlgError:       # panels of one row cannot tell sigma_u from sigma_e; b is uncorrelated with both
        out[p:, p:] = np.nan
        out[:p, :p] = np.linalg.inv(-H[:p, :p])
    return out
