"""ln y! without scipy, and in the form that keeps its digits for large counts."""

from __future__ import annotations

import math

import numpy as np

from mixedcli.engine.batched import Array

from .tails import HALF_LOG_TWO_PI

# Stirling's series for ln Gamma (Abramowitz and Stegun 1964, 6.1.40); from 16 on six terms reach the last digit.
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
FAR = 16.0


def stirling_rest(z: Array) -> Array:
    """ln Gamma(z) - ((z - 1/2) ln z - z + ln(2 pi) / 2) for z >= FAR."""
    inverse = 1.0 / z
    square = inverse * inverse
    out = np.full_like(z, STIRLING[-1])
    for each in STIRLING[-2::-1]:
        out *= square
        out += each
    return np.asarray(out * inverse)


def log_factorial_rest(y: Array) -> Array:
    """ln Gamma(y + 1) - (y ln y - y) for y >= 0, any reals: small where the two parts are large (0 ln 0 is 0)."""
    out = np.empty_like(y)
    far = y >= FAR
    large = y[far]
    out[far] = 0.5 * np.log(large) + HALF_LOG_TWO_PI + stirling_rest(large)
    small, where = np.unique(y[~far], return_inverse=True)
    table = [math.lgamma(v + 1.0) - (v * math.log(v) - v if v > 0 else 0.0) for v in small.tolist()]
    out[~far] = np.array(table, dtype=np.float64)[where.reshape(-1)]
    return out


def log_factorial(y: Array) -> Array:
    """ln Gamma(y + 1) for y >= 0."""
    return log_factorial_rest(y) + y * np.log(np.where(y > 0, y, 1.0)) - y
