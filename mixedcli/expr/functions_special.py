"""The gamma and beta families.  scipy.special is loaded when a function first needs it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .functions import Function
from .pointmass import binomial_mass, poisson_mass


def special() -> Any:
    """scipy.special, loaded on first use."""
    import scipy.special

    return scipy.special


def where_positive(result: Any, *parameters: Any) -> Any:
    """``result`` where all parameters (degrees of freedom, shapes, scales) are positive, else NaN."""
    for k in parameters:
        result = np.where(np.greater(k, 0), result, np.nan)
    return result


def positive_part(x: Any) -> Any:
    """Arguments below the support of a distribution count as its lower end."""
    return np.maximum(x, 0.0)


def unit_part(x: Any) -> Any:
    return np.clip(x, 0.0, 1.0)


def probability(p: Any) -> Any:
    """``p`` where it is a probability, else NaN."""
    return np.where(np.greater_equal(p, 0) & np.less_equal(p, 1), p, np.nan)


def log_gamma(x: Any) -> Any:
    """ln|gamma(x)|; ``.`` at the poles 0, -1, -2, ..."""
    return np.where(np.less_equal(x, 0) & np.equal(np.floor(x), x), np.nan, special().gammaln(x))


def log_factorial(n: Any) -> Any:
    whole = np.equal(np.floor(n), n) & np.greater_equal(n, 0)
    return np.where(whole, special().gammaln(np.add(n, 1.0)), np.nan)


def combinations(n: Any, k: Any) -> Any:
    """``comb(n, k)`` for whole 0 <= k <= n, else ``.``."""
    valid = np.equal(np.floor(n), n) & np.equal(np.floor(k), k) & np.greater_equal(k, 0) & np.greater_equal(n, k)
    return np.where(valid, special().binom(n, k), np.nan)


def trigamma(x: Any) -> Any:
    """The second derivative of ln gamma(x); for negative x by reflection, pi^2 / sin^2(pi x) - trigamma(1 - x)."""
    x = np.asarray(x, dtype=np.float64)
    mirrored = (np.pi / np.sin(np.pi * x)) ** 2 - special().polygamma(1, np.where(x < 0, 1 - x, 1.0))
    direct = special().polygamma(1, np.where(x > 0, x, 1.0))
    return np.where(x > 0, direct, np.where(np.floor(x) == x, np.nan, mirrored))


def gamma_density(a: Any, b: Any, g: Any, x: Any) -> Any:
    """Shape a, scale b, location g."""
    z = np.subtract(x, g) / b
    return where_positive(np.where(np.less(x, g), 0.0, unit_gamma_density(a, np.maximum(z, 0.0)) / b), a, b)


def unit_gamma_density(a: Any, z: Any) -> Any:
    """z^(a-1) exp(-z) / gamma(a) for z not negative: a probability of the Poisson distribution."""
    small = np.less(a, 1)
    at = np.where(z == 0, 1.0, z)
    out = poisson_mass(np.where(small, a, np.subtract(a, 1.0)), at) * np.where(small, np.divide(a, at), 1.0)
    return np.where(z == 0, np.where(small, np.nan, np.equal(a, 1) * 1.0), out)


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """x^(a-1) (1-x)^(b-1) / B(a, b), from probabilities of the binomial distribution; 0 outside 0 to 1."""
    a, b, x = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (a, b, x)))
    inside = (x > 0) & (x < 1)
    at = np.where(inside, x, 0.5)
    # A shape below 1 is raised by one and the surplus factor divided out.
    low, high = a < 1, b < 1
    k, rest = np.where(low, a, a - 1), np.where(high, b, b - 1)
    factor = np.where(low & high, a * b / ((a + b) * at * (1 - at)), a + b - 1)
    factor = np.where(low & ~high, a / at, np.where(high & ~low, b / (1 - at), factor))
    ends = np.where(x == 0, np.where(low, np.nan, b * (a == 1)), np.where(high, np.nan, a * (b == 1)))
    edge = np.where((x == 0) | (x == 1), ends, 0.0)
    return where_positive(np.where(inside, factor * binomial_mass(k, k + rest, at), edge), a, b)


FUNCTIONS = {
    "lngamma": Function(log_gamma),
    "lnfactorial": Function(log_factorial),
    "comb": Function(combinations, least=2, most=2),
    "digamma": Function(lambda x: special().digamma(x)),
    "trigamma": Function(trigamma),
    "gammap": Function(lambda a, x: where_positive(special().gammainc(a, positive_part(x)), a), least=2, most=2),
    "gammaptail": Function(lambda a, x: where_positive(special().gammaincc(a, positive_part(x)), a), least=2, most=2),
    "invgammap": Function(
        lambda a, p: where_positive(special().gammaincinv(a, probability(p)), a), least=2, most=2
    ),
    "invgammaptail": Function(
        lambda a, p: where_positive(special().gammainccinv(a, probability(p)), a), least=2, most=2
    ),
    "gammaden": Function(gamma_density, least=4, most=4),
    "ibeta": Function(lambda a, b, x: where_positive(special().betainc(a, b, unit_part(x)), a, b), least=3, most=3),
    "ibetatail": Function(
        lambda a, b, x: where_positive(special().betaincc(a, b, unit_part(x)), a, b), least=3, most=3
    ),
    "invibeta": Function(
        lambda a, b, p: where_positive(special().betaincinv(a, b, probability(p)), a, b), least=3, most=3
    ),
    "invibetatail": Function(
        lambda a, b, p: where_positive(special().betainccinv(a, b, probability(p)), a, b), least=3, most=3
    ),
    "betaden": Function(beta_density, least=3, most=3),
}
