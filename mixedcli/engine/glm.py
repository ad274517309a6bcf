"""Binary and count outcomes with one linear predictor: logit, probit, complementary log-log, Poisson, and the negative
binomial in its two forms (Cameron and Trivedi 1998, chapter 3).

A family takes the predictors and gives values and derivatives for every observation (`likelihood.Rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

from .likelihood import Family, Rows

HALF_LOG_TWO_PI = 0.9189385332046727
# Sums over the counts are quicker than the gamma functions up to this many terms a row, and this long.
_MEAN_TERMS, _LONGEST_SUM = 40, 20_000


def logit(y: Array) -> Family:
    """y (n,) of zeros and ones; P(y=1) = 1 / (1 + exp(-u))."""
    sign = np.where(y > 0, 1.0, -1.0)

    def rows(u: Sequence[Array]) -> Rows:
        v = sign * u[0]
        tail = np.exp(-np.abs(v))
        other = np.where(v > 0, tail, 1.0) / (1.0 + tail)          # the probability of the other outcome
        value = np.minimum(v, 0.0) - np.log1p(tail)
        return Rows(value, [sign * other], [[-tail / (1.0 + tail) ** 2]])

    return rows


def probit(y: Array) -> Family:
    """y (n,) of zeros and ones; P(y=1) = Phi(u)."""
    from scipy.special import log_ndtr  # type: ignore[import-untyped]

    sign = np.where(y > 0, 1.0, -1.0)

    def rows(u: Sequence[Array]) -> Rows:
        v = sign * u[0]
        value = log_ndtr(v)
        ratio = np.exp(-0.5 * v * v - HALF_LOG_TWO_PI - value)
        return Rows(value, [sign * ratio], [[-ratio * (v + ratio)]])

    return rows


def cloglog(y: Array) -> Family:
    """y (n,) of zeros and ones; P(y=1) = 1 - exp(-exp(u))."""
    one = y > 0

    def rows(u: Sequence[Array]) -> Rows:
        rate = np.exp(np.minimum(u[0], 700.0))
        fails = -np.expm1(-rate)
        # of ln(1 - exp(-t)): t / (exp(t) - 1) is its derivative in u
        ratio = np.where(rate > 0, rate * np.exp(-rate) / np.where(fails > 0, fails, 1.0), 1.0)
        log_one = np.where(rate < 1e-300, u[0], np.log(np.where(fails > 0, fails, 1.0)))
        value = np.where(one, log_one, -rate)
        first = np.where(one, ratio, -rate)
        bend = np.where(rate < 1e-8, -0.5 * rate, 1.0 - rate - ratio)
        return Rows(value, [first], [[np.where(one, ratio * bend, -rate)]])

    return rows


def poisson(y: Array) -> Family:
    """y (n,) of counts with mean exp(u)."""
    from scipy.special import gammaln

    constant = gammaln(y + 1.0)

    def rows(u: Sequence[Array]) -> Rows:
        mean = np.exp(u[0])
        return Rows(y * u[0] - mean - constant, [y - mean], [[-mean]])

    return rows


def nbreg_mean(y: Array) -> Family:
    """Counts with mean mu = exp(u_1) and variance mu (1 + alpha mu), alpha = exp(u_2)."""
    from scipy.special import gammaln

    constant = gammaln(y + 1.0)

    steps = _gamma_steps(y)

    def rows(u: Sequence[Array]) -> Rows:
        mu, m = np.exp(u[0]), np.exp(-u[1])
        jump, slope, curve = steps(m)
        share = mu / m
        value = jump - constant - (m + y) * np.log1p(share) + y * (u[0] + u[1])
        by_u = (y - mu) / (1.0 + share)
        by_m = slope - np.log1p(share) + (mu - y) / (m + mu)
        by_mm = curve + mu / (m * (m + mu)) - (mu - y) / (m + mu) ** 2
        cross = -m * mu * (y - mu) / (m + mu) ** 2
        by_uu = -mu * (1.0 + y / m) / (1.0 + share) ** 2
        return Rows(value, [by_u, -m * by_m], [[by_uu, cross], [cross, m * m * by_mm + m * by_m]])

    return rows


def nbreg_constant(y: Array) -> Family:
    """Counts with mean mu = exp(u_1) and variance mu (1 + delta), delta = exp(u_2)."""
    from scipy.special import gammaln

    constant = gammaln(y + 1.0)

    steps = _gamma_steps(y)

    def rows(u: Sequence[Array]) -> Rows:
        m, delta = np.exp(u[0] - u[1]), np.exp(u[1])
        jump, slope, curve = steps(m)
        log = np.log1p(delta)
        value = jump - constant - (m + y) * log + y * u[1]
        a, share = m * (slope - log), delta / (1.0 + delta)
        bend = a + m * m * curve
        by_t = -a + (y - m * delta) / (1.0 + delta)
        cross = -bend - m * share
        by_tt = bend + m * share - (y - m * delta) * share / (1.0 + delta)
        return Rows(value, [a, by_t], [[bend, cross], [cross, by_tt]])

    return rows


def _gamma_steps(y: Array) -> Callable[[Array], tuple[Array, Array, Array]]:
    """A function of m (n,): ln Gamma(m+y) - ln Gamma(m) and its first two derivatives in m.

    For counts these are the sums over j = 0 .. y-1 of ln(m+j), 1/(m+j) and -1/(m+j)^2.
    """
    largest = float(y.max(initial=0.0))
    if largest > _LONGEST_SUM or float(y.sum()) > _MEAN_TERMS * y.size or not np.array_equal(y, np.trunc(y)):
        return lambda m: _gamma_differences(y, m)
    order = np.argsort(-y, kind="stable")
    above = np.searchsorted(-y[order], -np.arange(largest), side="left")        # how many rows have y > j
    counts = y.astype(np.intp)

    def steps(m: Array) -> tuple[Array, Array, Array]:
        if m.size and m.min() == m.max():
            return _from_table(counts, m[0])
        sorted_m = m[order]
        sums = np.zeros((3, m.size))
        for j, many in enumerate(above):
            shifted = sorted_m[:many] + j
            sums[0, :many] += np.log(shifted)
            one = 1.0 / shifted
            sums[1, :many] += one
            sums[2, :many] -= one * one
        out = np.empty_like(sums)
        out[:, order] = sums
        return out[0], out[1], out[2]

    return steps


def _from_table(counts: NDArray[np.intp], m: float) -> tuple[Array, Array, Array]:
    """The sums for one m by count, looked up."""
    shifted = m + np.arange(counts.max(initial=0))
    table = np.zeros((3, shifted.size + 1))
    np.cumsum(np.stack([np.log(shifted), 1.0 / shifted, -1.0 / shifted**2]), axis=1, out=table[:, 1:])
    return table[0][counts], table[1][counts], table[2][counts]


def _gamma_differences(y: Array, m: Array) -> tuple[Array, Array, Array]:
    """The same from the functions themselves, for large or fractional y.

    For large m the differences of the functions lose their digits, and sums over 0 .. y-1 of ln(m+j) take their place,
    by Taylor in 1/m: sums of j and j^2 have closed forms.
    """
    from scipy.special import digamma, gammaln, polygamma

    small = np.minimum(m, 1e6)
    jump = gammaln(y + small) - gammaln(small)
    slope = digamma(y + small) - digamma(small)
    curve = polygamma(1, y + small) - polygamma(1, small)
    s1, s2 = y * (y - 1.0) / 2.0, y * (y - 1.0) * (2.0 * y - 1.0) / 6.0
    far = (m > 1e5) & (y < 1e-3 * m)
    large_jump = y * np.log(m) + s1 / m - s2 / (2.0 * m * m)
    large_slope = y / m - s1 / m**2 + s2 / m**3
    large_curve = -y / m**2 + 2.0 * s1 / m**3 - 3.0 * s2 / m**4
    return np.where(far, large_jump, jump), np.where(far, large_slope, slope), np.where(far, large_curve, curve)
