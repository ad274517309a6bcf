"""Intervals of a latent variable: ordered outcomes (cut points known up to parameters) and censored normal data."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mixedcli.engine.batched import Array

from .glm import HALF_LOG_TWO_PI
from .likelihood import Family, Rows

# ln P(a < Z < b) and the two densities at the ends over that probability.
Interval = Callable[[Array, Array], tuple[Array, Array, Array]]


def normal_cdf(z: Array) -> Array:
    """P(Z < z) for every element of z."""
    from scipy.special import ndtr  # type: ignore[import-untyped]

    return np.asarray(ndtr(z), dtype=np.float64)


def normal_interval(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """ln(Phi(b) - Phi(a)), phi(a) and phi(b) over the difference; the smaller tail is used so that nothing cancels."""
    from scipy.special import log_ndtr

    flip = a > 0
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    top = log_ndtr(high)
    gap = log_ndtr(low) - top
    log = top + np.log1p(-np.exp(np.minimum(gap, 0.0)))
    return log, np.exp(-0.5 * a * a - HALF_LOG_TWO_PI - log), np.exp(-0.5 * b * b - HALF_LOG_TWO_PI - log)


def logistic_interval(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """ln(F(b) - F(a)) for the logistic F, and the densities at a and b over the difference.

    F(b) - F(a) = F(b) (1 - F(a)) (1 - exp(a - b)) with -ln F(z) = max(-z, 0) + ln(1 + exp(-|z|)), and the density is
    exp(-|z|) F(|z|)^2.
    """
    size_a, size_b = np.abs(a), np.abs(b)
    rest_a, rest_b = np.log1p(np.exp(-size_a)), np.log1p(np.exp(-size_b))
    log = np.minimum(b, 0.0) - rest_b - np.maximum(a, 0.0) - rest_a + np.log1p(-np.exp(a - b))
    return log, np.exp(-size_a - 2.0 * rest_a - log), np.exp(-size_b - 2.0 * rest_b - log)


def logistic_slope(z: Array, density: Array) -> Array:
    """The derivative of the logistic density f: f (1 - 2 F), given f over something."""
    return -density * np.tanh(0.5 * z)


def normal_slope(z: Array, density: Array) -> Array:
    """The derivative of the normal density: -z phi."""
    return -z * density


Slope = Callable[[Array, Array], Array]


def ordered(lowest: Array, highest: Array, interval: Interval, slope: Slope) -> Family:
    """Outcomes between u_1 (below) and u_2 (above); ``lowest`` and ``highest`` (n,) say which have no end there."""

    def rows(u: Sequence[Array]) -> Rows:
        a, b = np.where(lowest, -np.inf, u[0]), np.where(highest, np.inf, u[1])
        value, at_a, at_b = interval(a, b)
        value = np.where(a < b, value, -np.inf)
        first, second = _ends(a, b, at_a, at_b, slope)
        return Rows(value, first, second)

    return rows


def _ends(a: Array, b: Array, at_a: Array, at_b: Array, slope: Slope) -> tuple[list[Array], list[list[Array]]]:
    """Derivatives of ln P(a < Z < b) in a and b, zero at an end that is infinite."""
    at_a, at_b = np.where(np.isinf(a), 0.0, at_a), np.where(np.isinf(b), 0.0, at_b)
    inner, outer = np.where(np.isinf(a), 0.0, a), np.where(np.isinf(b), 0.0, b)
    aa = -slope(inner, at_a) - at_a * at_a
    bb = slope(outer, at_b) - at_b * at_b
    ab = at_a * at_b
    return [-at_a, at_b], [[aa, ab], [ab, bb]]


def censored_normal(low: Array, high: Array) -> Family:
    """y ~ N(u_1, exp(u_2)^2) known to lie in [low, high] (each (n,), infinite where open); equal ends are a value."""
    exact = low == high
    point = np.where(exact, low, 0.0)

    def rows(u: Sequence[Array]) -> Rows:
        mean, log_sd = u
        unit = np.exp(-log_sd)
        z = (point - mean) * unit
        a, b = (np.where(exact, 0.0, low) - mean) * unit, (np.where(exact, 1.0, high) - mean) * unit
        log, at_a, at_b = normal_interval(a, b)
        (da, db), second = _ends(a, b, at_a, at_b, normal_slope)
        inner, outer = np.where(np.isinf(a), 0.0, a), np.where(np.isinf(b), 0.0, b)
        by_s = -inner * da - outer * db
        uu = unit * unit * (second[0][0] + 2.0 * second[0][1] + second[1][1])
        us = unit * (inner * second[0][0] + (inner + outer) * second[0][1] + outer * second[1][1] + da + db)
        ss = inner**2 * second[0][0] + 2.0 * inner * outer * second[0][1] + outer**2 * second[1][1] - by_s
        value = np.where(exact, -0.5 * z * z - log_sd - HALF_LOG_TWO_PI, log)
        first = [np.where(exact, z * unit, -unit * (da + db)), np.where(exact, z * z - 1.0, by_s)]
        mixed = np.where(exact, -2.0 * z * unit, us)
        return Rows(value, first, [
            [np.where(exact, -unit * unit, uu), mixed], [mixed, np.where(exact, -2.0 * z * z, ss)],
        ])

    return rows
