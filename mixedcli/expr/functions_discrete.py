"""The binomial, negative binomial, Poisson and hypergeometric distributions.

``x(n, k, p)`` is the probability of at most k, ``xp`` that of exactly k, ``xtail`` that of at least k, and the ``inv``
functions give the parameter for which it has a given value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .functions import Function
from .functions_special import special
from .pointmass import binomial_mass, poisson_mass


def _open(p: Any) -> Any:
    """``p`` strictly between 0 and 1, else NaN: at the ends no parameter is determined."""
    return np.where(np.greater(p, 0) & np.less(p, 1), p, np.nan)


# ---- binomial ------------------------------------------------------------------------------------------------


def _trials(result: Any, n: Any, k: Any, p: Any) -> Any:
    valid = np.greater_equal(k, 0) & np.greater_equal(n, k) & np.greater_equal(p, 0) & np.less_equal(p, 1)
    return np.where(valid, result, np.nan)


def binomial(n: Any, k: Any, p: Any) -> Any:
    """Pr(at most floor(k) successes in floor(n) trials)."""
    n, k = np.floor(n), np.floor(k)
    below = special().betaincc(np.maximum(k + 1, 1), np.maximum(n - k, 1), p)
    return _trials(np.where(k < n, below, 1.0), n, k, p)


def binomial_tail(n: Any, k: Any, p: Any) -> Any:
    """Pr(at least floor(k) successes in floor(n) trials)."""
    n, k = np.floor(n), np.floor(k)
    above = special().betainc(np.maximum(k, 1), np.maximum(n - k + 1, 1), p)
    return _trials(np.where(k > 0, above, 1.0), n, k, p)


def binomial_density(n: Any, k: Any, p: Any) -> Any:
    """Pr(exactly floor(k) successes in floor(n) trials)."""
    n, k = np.floor(n), np.floor(k)
    return _trials(binomial_mass(k, n, p), n, k, p)


def inverse_binomial(n: Any, k: Any, p: Any) -> Any:
    """The probability of success for which at most floor(k) successes have probability p."""
    n, k, p = np.floor(n), np.floor(k), _open(p)
    theta = special().betainccinv(np.maximum(k + 1, 1), np.maximum(n - k, 1), p)
    return np.where((k >= 0) & (k < n), theta, np.where(k == n, 1.0 + 0.0 * p, np.nan))


def inverse_binomial_tail(n: Any, k: Any, p: Any) -> Any:
    """The probability of success for which at least floor(k) successes have probability p."""
    n, k, p = np.floor(n), np.floor(k), _open(p)
    theta = special().betaincinv(np.maximum(k, 1), np.maximum(n - k + 1, 1), p)
    return np.where((k >= 1) & (k <= n), theta, np.where(k == 0, 0.0 * p, np.nan))


# ---- negative binomial ---------------------------------------------------------------------------------------


def _failures(result: Any, n: Any, k: Any, p: Any) -> Any:
    return np.where(np.greater(n, 0) & np.greater_equal(k, 0) & np.greater(p, 0) & np.less_equal(p, 1), result, np.nan)


def negative_binomial(n: Any, k: Any, p: Any) -> Any:
    """Pr(at most floor(k) failures before the nth success); n need not be whole."""
    k = np.floor(k)
    return _failures(special().betainc(n, np.maximum(k, 0) + 1, p), n, k, p)


def negative_binomial_tail(n: Any, k: Any, p: Any) -> Any:
    """Pr(at least floor(k) failures before the nth success)."""
    k = np.floor(k)
    return _failures(np.where(k > 0, special().betaincc(n, np.maximum(k, 1), p), 1.0), n, k, p)


def negative_binomial_density(n: Any, k: Any, p: Any) -> Any:
    k = np.floor(k)
    return _failures(np.divide(n, np.add(n, k)) * binomial_mass(n, np.add(n, k), p), n, k, p)


def inverse_negative_binomial(n: Any, k: Any, q: Any) -> Any:
    k = np.floor(k)
    return _failures(special().betaincinv(n, np.maximum(k, 0) + 1, _open(q)), n, k, 0.5)


def inverse_negative_binomial_tail(n: Any, k: Any, q: Any) -> Any:
    k = np.floor(k)
    return _failures(special().betainccinv(n, np.maximum(k, 1), _open(q)), n, k - 1, 0.5)


# ---- Poisson -------------------------------------------------------------------------------------------------


def _events(result: Any, m: Any, k: Any) -> Any:
    return np.where(np.greater(m, 0) & np.greater_equal(k, 0), result, np.nan)


def poisson(m: Any, k: Any) -> Any:
    """Pr(at most floor(k) events) with mean m."""
    return _events(special().pdtr(np.floor(k), m), m, k)


def poisson_tail(m: Any, k: Any) -> Any:
    """Pr(at least floor(k) events) with mean m."""
    k = np.floor(k)
    return _events(np.where(k > 0, special().gammainc(np.maximum(k, 1), m), 1.0), m, k)


def poisson_density(m: Any, k: Any) -> Any:
    k = np.floor(k)
    return _events(poisson_mass(k, m), m, k)


def inverse_poisson(k: Any, p: Any) -> Any:
    """The mean for which at most floor(k) events have probability p."""
    return np.where(np.greater_equal(k, 0), special().gammainccinv(np.floor(k) + 1, _open(p)), np.nan)


def inverse_poisson_tail(k: Any, q: Any) -> Any:
    """The mean for which at least floor(k) events have probability q."""
    return np.where(np.greater_equal(k, 1), special().gammaincinv(np.floor(k), _open(q)), np.nan)


# ---- hypergeometric ------------------------------------------------------------------------------------------


def _urn(code: Callable[[int, int, int, int], float]) -> Callable[..., Any]:
    """``code`` over whole numbers: population, marked, drawn, marked among the drawn."""

    def one(population: float, marked: float, drawn: float, k: float) -> float:
        if not (2 <= population <= 100_000 and 1 <= marked < population and 1 <= drawn < population and np.isfinite(k)):
            return np.nan
        big_n, big_k, n, k = (int(np.floor(v)) for v in (population, marked, drawn, k))
        if not max(0, n - big_n + big_k) <= k <= min(big_k, n):
            return np.nan
        return code(big_n, big_k, n, k)

    def run(*values: Any) -> Any:
        return np.asarray(np.frompyfunc(one, 4, 1)(*values), dtype=np.float64)

    return run


@cache
def _exactly(big_n: int, big_k: int, n: int, k: int) -> float:
    from fractions import Fraction
    from math import comb

    return float(Fraction(comb(big_k, k) * comb(big_n - big_k, n - k), comb(big_n, n)))


def _at_most(big_n: int, big_k: int, n: int, k: int) -> float:
    """The sum of `_exactly` up to k, from the likeliest of these outcomes on by the ratios of neighbours."""
    least = max(0, n - big_n + big_k)
    start = max(min(k, (n + 1) * (big_k + 1) // (big_n + 2)), least)

    def ratio(j: Any) -> Any:
        """Outcome j relative to j - 1."""
        return (big_k - j + 1) * (n - j + 1) / (j * (big_n - big_k - n + j))

    up = np.cumprod(ratio(np.arange(start + 1, k + 1, dtype=np.float64)))
    down = np.cumprod(1 / ratio(np.arange(start, least, -1, dtype=np.float64)))
    return min(_exactly(big_n, big_k, n, start) * float(1 + up.sum() + down.sum()), 1.0)


def _three(code: Any) -> Function:
    return Function(code, least=3, most=3)


def _two(code: Any) -> Function:
    return Function(code, least=2, most=2)


FUNCTIONS = {
    "binomial": _three(binomial),
    "binomialtail": _three(binomial_tail),
    "Binomial": _three(binomial_tail),
    "binomialp": _three(binomial_density),
    "invbinomial": _three(inverse_binomial),
    "invbinomialtail": _three(inverse_binomial_tail),
    "nbinomial": _three(negative_binomial),
    "nbinomialtail": _three(negative_binomial_tail),
    "nbinomialp": _three(negative_binomial_density),
    "invnbinomial": _three(inverse_negative_binomial),
    "invnbinomialtail": _three(inverse_negative_binomial_tail),
    "poisson": _two(poisson),
    "poissontail": _two(poisson_tail),
    "poissonp": _two(poisson_density),
    "invpoisson": _two(inverse_poisson),
    "invpoissontail": _two(inverse_poisson_tail),
    "hypergeometric": Function(_urn(_at_most), least=4, most=4),
    "hypergeometricp": Function(_urn(_exactly), least=4, most=4),
}
