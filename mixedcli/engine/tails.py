"""Tail probabilities and quantiles.

Normal, and chi-squared with whole degrees of freedom, in closed form with math.erfc, so that an ordinary table needs no
scipy; t, F and other degrees of freedom import scipy.special when called.  A nan argument gives nan.
"""

from __future__ import annotations

import math

_ROOT_TWO = math.sqrt(2.0)
_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)


def normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / _ROOT_TWO)


def normal_density(z: float) -> float:
    return math.exp(-0.5 * z * z) / _ROOT_TWO_PI


def normal_two_sided(z: float) -> float:
    """P(|Z| > |z|)."""
    return math.erfc(abs(z) / _ROOT_TWO)


def normal_quantile(p: float) -> float:
    """z with P(Z < z) = p; -inf and inf at 0 and 1, nan outside.

    A rational approximation (Abramowitz and Stegun 1964, 26.2.23, error below 4.5e-4) refined by Halley's method on the
    smaller tail, which triples the number of correct digits each time.
    """
    if math.isnan(p) or p < 0.0 or p > 1.0:
        return math.nan
    if p == 0.5:
        return 0.0
    if p in (0.0, 1.0):
        return math.copysign(math.inf, p - 0.5)
    tail = min(p, 1.0 - p)
    t = math.sqrt(-2.0 * math.log(tail))
    z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    for _ in range(3):
        density = normal_density(z)
        if density == 0.0:
            break
        newton = (0.5 * math.erfc(z / _ROOT_TWO) - tail) / density
        z += newton / (1.0 - 0.5 * z * newton)
    return z if p > 0.5 else -z


def chi2_tail(x: float, df: float) -> float:
    """P(chi2_df > x).  Whole df: Abramowitz and Stegun 26.4.4 (odd) and 26.4.5 (even); others need scipy.

    nan for df <= 0 or nan; one for x <= 0.
    """
    if math.isnan(x) or math.isnan(df) or df <= 0:
        return math.nan
    if x <= 0.0:
        return 1.0
    if math.isinf(x):
        return 0.0
    if df != int(df) or df > 2000:
        from scipy.special import chdtrc  # type: ignore[import-untyped]

        return float(chdtrc(df, x))
    return _chi2_even(x, int(df)) if int(df) % 2 == 0 else _chi2_odd(x, int(df))


def _chi2_even(x: float, df: int) -> float:
    half = 0.5 * x
    logs = (k * math.log(half) - half - math.lgamma(k + 1.0) for k in range(df // 2))
    return min(1.0, math.fsum(math.exp(term) for term in logs))


def _chi2_odd(x: float, df: int) -> float:
    half = 0.5 * x
    logs = ((k + 0.5) * math.log(half) - half - math.lgamma(k + 1.5) for k in range(df // 2))
    return min(1.0, math.fsum([math.erfc(math.sqrt(half)), *(math.exp(term) for term in logs)]))


def chibar2_tail(x: float) -> float:
    """P for the even mixture of chi2_0 and chi2_1, the law of a likelihood ratio for one variance of zero; 1 at x <=
    0."""
    return 1.0 if x <= 0.0 else 0.5 * chi2_tail(x, 1)


def t_two_sided(t: float, df: float) -> float:
    """P(|T_df| > |t|)."""
    from scipy.special import stdtr

    return float(2.0 * stdtr(df, -abs(t)))


def t_quantile(p: float, df: float) -> float:
    """t with P(T_df < t) = p."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


def f_tail(f: float, df1: float, df2: float) -> float:
    """P(F_{df1, df2} > f); one for f <= 0."""
    from scipy.special import fdtrc

    return 1.0 if f <= 0.0 else float(fdtrc(df1, df2, f))
