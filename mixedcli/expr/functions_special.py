"""Distribution functions and the gamma family.  scipy.special is loaded when a function first needs it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .functions import Function


def special() -> Any:
    """scipy.special, loaded on first use."""
    import scipy.special

    return scipy.special


def normal(z: Any) -> Any:
    """Standard normal distribution function; a scalar needs no scipy."""
    if np.ndim(z) == 0:
        return 0.5 * math.erfc(-float(z) / math.sqrt(2.0))
    return special().ndtr(z)


def normal_density(z: Any, *rest: Any) -> Any:
    """``normalden(z)``, ``normalden(x, s)``, ``normalden(x, m, s)``."""
    mean, sd = ((0.0, 1.0), (0.0, rest[0] if rest else 1.0), rest)[len(rest)]
    scaled = np.divide(np.subtract(z, mean), sd)
    density = np.exp(-0.5 * scaled**2) / (math.sqrt(2 * math.pi) * sd)
    return np.where(np.greater(sd, 0), density, np.nan)


def log_normal_density(z: Any) -> Any:
    return -0.5 * np.square(z) - 0.5 * math.log(2 * math.pi)


def valid_df(result: Any, *df: Any) -> Any:
    """``.`` where a number of degrees of freedom is not positive."""
    for k in df:
        result = np.where(np.greater(k, 0), result, np.nan)
    return result


def positive_part(x: Any) -> Any:
    """Chi-squared and F arguments below zero count as zero."""
    return np.maximum(x, 0.0)


def student_tail(df: Any, t: Any) -> Any:
    """Pr(T > t)."""
    return valid_df(special().stdtr(df, np.negative(t)), df)


def inverse_student_tail(df: Any, p: Any) -> Any:
    """The t with Pr(T > t) = p, from the beta distribution of df/(df + t^2) or, near the centre, of its complement."""
    p = _probability(p)
    tail = np.minimum(p, 1 - p)
    half = np.divide(df, 2.0)
    far = special().betaincinv(half, 0.5, 2 * tail)
    near = special().betaincinv(0.5, half, 1 - 2 * tail)
    squared = np.where(tail < 0.25, (1 - far) / far, near / (1 - near))
    return valid_df(np.where(p <= 0.5, 1.0, -1.0) * np.sqrt(df * squared), df)


def _probability(p: Any) -> Any:
    """``p`` where it is a probability, else NaN."""
    return np.where(np.greater_equal(p, 0) & np.less_equal(p, 1), p, np.nan)


def inverse_f_tail(df1: Any, df2: Any, p: Any) -> Any:
    """The f with Pr(F > f) = p, from the beta distribution; exact also for very small p."""
    p = _probability(p)
    w = special().betaincinv(np.divide(df2, 2.0), np.divide(df1, 2.0), p)   # w = df2 / (df2 + df1 f)
    return valid_df(np.divide(np.multiply(df2, 1 - w), np.multiply(df1, w)), df1, df2)


def factorial_log(n: Any) -> Any:
    whole = np.equal(np.floor(n), n) & np.greater_equal(n, 0)
    return np.where(whole, special().gammaln(np.add(n, 1.0)), np.nan)


def combinations(n: Any, k: Any) -> Any:
    """``comb(n, k)`` for whole 0 <= k <= n, else ``.``."""
    valid = np.equal(np.floor(n), n) & np.equal(np.floor(k), k) & np.greater_equal(k, 0) & np.greater_equal(n, k)
    return np.where(valid, special().binom(n, k), np.nan)


def _binomial_valid(result: Any, n: Any, k: Any, p: Any) -> Any:
    valid = np.greater_equal(k, 0) & np.greater_equal(n, k) & np.greater_equal(p, 0) & np.less_equal(p, 1)
    return np.where(valid, result, np.nan)


def binomial(n: Any, k: Any, p: Any) -> Any:
    """Pr(at most floor(k) successes in floor(n) trials), by the incomplete beta function."""
    n, k = np.floor(n), np.floor(k)
    below = special().betainc(np.maximum(n - k, 1), np.maximum(k + 1, 1), np.subtract(1.0, p))
    return _binomial_valid(np.where(k < n, below, 1.0), n, k, p)


def binomial_tail(n: Any, k: Any, p: Any) -> Any:
    """Pr(at least floor(k) successes in floor(n) trials)."""
    n, k = np.floor(n), np.floor(k)
    above = special().betainc(np.maximum(k, 1), np.maximum(n - k + 1, 1), p)
    return _binomial_valid(np.where(k > 0, above, 1.0), n, k, p)


def binomial_density(n: Any, k: Any, p: Any) -> Any:
    """Pr(exactly floor(k) successes in floor(n) trials)."""
    n, k = np.floor(n), np.floor(k)
    logs = special().gammaln(n + 1) - special().gammaln(k + 1) - special().gammaln(n - k + 1)
    return _binomial_valid(np.exp(logs + special().xlogy(k, p) + special().xlog1py(n - k, np.negative(p))), n, k, p)


def poisson(m: Any, k: Any) -> Any:
    """Pr(at most floor(k) events) with mean m."""
    return np.where(np.greater(m, 0) & np.greater_equal(k, 0), special().pdtr(np.floor(k), m), np.nan)


def poisson_density(m: Any, k: Any) -> Any:
    k = np.floor(k)
    logs = special().xlogy(k, m) - m - special().gammaln(k + 1)
    return np.where(np.greater(m, 0) & np.greater_equal(k, 0), np.exp(logs), np.nan)


FUNCTIONS = {
    "normal": Function(normal),
    "normprob": Function(normal),
    "normalden": Function(normal_density, most=3),
    "lnnormalden": Function(log_normal_density),
    "lnnormal": Function(lambda z: special().log_ndtr(z)),
    "invnormal": Function(lambda p: special().ndtri(p)),
    "chi2": Function(lambda df, x: valid_df(special().chdtr(df, positive_part(x)), df), least=2, most=2),
    "chi2tail": Function(lambda df, x: valid_df(special().chdtrc(df, positive_part(x)), df), least=2, most=2),
    "invchi2tail": Function(lambda df, p: valid_df(special().chdtri(df, _probability(p)), df), least=2, most=2),
    "invchi2": Function(
        lambda df, p: valid_df(2.0 * special().gammaincinv(np.divide(df, 2.0), _probability(p)), df), least=2, most=2
    ),
    "t": Function(lambda df, t: valid_df(special().stdtr(df, t), df), least=2, most=2),
    "ttail": Function(student_tail, least=2, most=2),
    "invttail": Function(inverse_student_tail, least=2, most=2),
    "invt": Function(lambda df, p: -inverse_student_tail(df, p), least=2, most=2),
    "F": Function(lambda a, b, f: valid_df(special().fdtr(a, b, positive_part(f)), a, b), least=3, most=3),
    "Ftail": Function(lambda a, b, f: valid_df(special().fdtrc(a, b, positive_part(f)), a, b), least=3, most=3),
    "invFtail": Function(inverse_f_tail, least=3, most=3),
    "invF": Function(lambda a, b, p: valid_df(special().fdtri(a, b, _probability(p)), a, b), least=3, most=3),
    "lngamma": Function(lambda x: np.where(np.greater(x, 0), special().gammaln(x), np.nan)),
    "lnfactorial": Function(factorial_log),
    "comb": Function(combinations, least=2, most=2),
    "digamma": Function(lambda x: special().digamma(x)),
    "trigamma": Function(lambda x: special().polygamma(1, x)),
    "gammap": Function(lambda a, x: valid_df(special().gammainc(a, positive_part(x)), a), least=2, most=2),
    "gammaptail": Function(lambda a, x: valid_df(special().gammaincc(a, positive_part(x)), a), least=2, most=2),
    "ibeta": Function(lambda a, b, x: valid_df(special().betainc(a, b, np.clip(x, 0, 1)), a, b), least=3, most=3),
    "binomial": Function(binomial, least=3, most=3),
    "binomialtail": Function(binomial_tail, least=3, most=3),
    "binomialp": Function(binomial_density, least=3, most=3),
    "poisson": Function(poisson, least=2, most=2),
    "poissonp": Function(poisson_density, least=2, most=2),
}
