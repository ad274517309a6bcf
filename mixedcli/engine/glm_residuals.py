"""Pearson, deviance and Anscombe residuals of generalized linear models, given the mean (McCullagh and Nelder 1989,
section 2.4).

Anscombe's is (A(y) - A(mu)) / V(mu)^(1/6), where A(t) is the integral of V^(-1/3) from 0 to t and V the variance
function: with F the hypergeometric function, 3/2 t^(2/3) F(1/3, 2/3; 5/3; t) for a probability.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mixedcli.engine.batched import Array

KINDS = ("pearson", "deviance", "anscombe")


def residual(kind: str, family: str, y: Array, mu: Array, trials: Array | float = 1.0, scale: float = 1.0) -> Array:
    """The residual ``kind`` (one of `KINDS`) of each outcome, (n,), given its mean ``mu``.

    ``family``: bernoulli, binomial (``trials``), poisson, nbinomial (variance mu + scale mu^2), gamma or gaussian.
    """
    with np.errstate(all="ignore"):
        if kind == "pearson":
            return np.asarray((y - mu) / np.sqrt(_variance(family, mu, trials, scale)))
        if kind == "deviance":
            return np.asarray(np.sign(y - mu) * np.sqrt(np.maximum(_deviance(family, y, mu, trials, scale), 0.0)))
        transform = _transform(family, trials, scale)
        return np.asarray((transform(y) - transform(mu)) / _variance(family, mu, trials, scale) ** (1 / 6))


def _variance(family: str, mu: Array, trials: Array | float, scale: float) -> Array:
    if family in ("bernoulli", "binomial"):
        return mu * (1 - mu / trials)
    if family == "nbinomial":
        return mu * (1 + scale * mu)
    return {"poisson": mu, "gamma": mu**2}.get(family, np.ones(len(mu)))


def _deviance(family: str, y: Array, mu: Array, trials: Array | float, scale: float) -> Array:
    if family in ("bernoulli", "binomial"):
        return 2 * (_times_log(y, y / mu) + _times_log(trials - y, (trials - y) / (trials - mu)))
    if family == "poisson":
        return 2 * (_times_log(y, y / mu) - (y - mu))
    if family == "nbinomial":
        return 2 * (_times_log(y, y / mu) - (y + 1 / scale) * np.log((1 + scale * y) / (1 + scale * mu)))
    if family == "gamma":
        return -2 * (np.log(y / mu) - (y - mu) / mu)
    return (y - mu) ** 2


def _times_log(y: Array, ratio: Array) -> Array:
    """y ln(ratio), zero where y is."""
    return np.where(y > 0, y * np.log(np.where(y > 0, ratio, 1.0)), 0.0)


def _transform(family: str, trials: Array | float, scale: float) -> Callable[[Array], Array]:
    """A(t)."""
    if family == "gamma":
        return lambda t: 3 * t ** (1 / 3)
    if family == "gaussian":
        return lambda t: t
    if family == "poisson":
        return lambda t: 1.5 * t ** (2 / 3)
    from scipy.special import hyp2f1  # type: ignore[import-untyped]

    if family == "nbinomial":
        return lambda t: 1.5 * t ** (2 / 3) * hyp2f1(1 / 3, 2 / 3, 5 / 3, -scale * t)
    return lambda t: 1.5 * t ** (2 / 3) * hyp2f1(1 / 3, 2 / 3, 5 / 3, t / trials)
