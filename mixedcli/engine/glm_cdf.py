"""Distribution functions of the outcomes of generalized linear models: the probability of a value no larger."""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array


def binomial_cdf(y: Array, trials: Array, p: Array) -> Array:
    """All (n,); ``trials`` whole."""
    from scipy.special import bdtr  # type: ignore[import-untyped]

    return np.asarray(bdtr(y, np.asarray(trials).astype(np.int64), p))


def poisson_cdf(y: Array, mu: Array) -> Array:
    from scipy.special import pdtr

    return np.asarray(pdtr(y, mu))


def negative_binomial_cdf(y: Array, size: Array | float, p: Array | float) -> Array:
    """I_p(size, y + 1): counts of failures before ``size`` successes of probability ``p``."""
    from scipy.special import betainc

    return np.asarray(betainc(size, y + 1, p))


def gamma_cdf(y: Array, mu: Array, scale: float) -> Array:
    """Mean mu, standard deviation ``scale`` times the mean."""
    from scipy.special import gammainc

    shape = scale**-2
    return np.asarray(gammainc(shape, shape * y / mu))


def gamma_median(scale: float) -> float:
    """The median of the gamma distribution with mean one."""
    from scipy.special import gammaincinv

    shape = scale**-2
    return float(gammaincinv(shape, 0.5)) / shape
