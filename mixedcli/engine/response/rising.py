"""ln Gamma(m + y) - ln Gamma(m) - y ln m, the part of the negative binomial that tends to zero as m grows."""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from .logfactorial import FAR, STIRLING, stirling_rest

_LIFTS = 16
_FLOOR = 700.0
_BLOCK = 8192                    # temporary arrays of this size stay in the cache


def rising(y: Array, log_m: Array, order: int) -> list[Array]:
    """The function (shapes broadcast) and its derivatives in ln m up to ``order``, 0 to 4; y >= 0.

    It is the sum of ln(1 + j/m) for j below y where y is whole.  From m >= 16 on by Stirling's series; smaller m are
    lifted by 16 with Gamma(z + 1) = z Gamma(z).  In v = ln m, ln(m + c) has the derivatives of a logistic function.
    """
    y, log_m = np.broadcast_arrays(np.asarray(y, dtype=np.float64), np.asarray(log_m, dtype=np.float64))
    if log_m.size <= _BLOCK:
        return _rising(y, log_m, order)
    flat_y, flat_m = y.reshape(-1), log_m.reshape(-1)
    out = np.empty((order + 1, log_m.size))
    for at in range(0, log_m.size, _BLOCK):
        part = slice(at, at + _BLOCK)
        out[:, part] = _rising(flat_y[part], flat_m[part], order)
    return list(out.reshape(order + 1, *log_m.shape))


def _rising(y: Array, log_m: Array, order: int) -> list[Array]:
    inside = np.clip(log_m, -_FLOOR, 690.0)
    m = np.exp(inside)
    near = m < FAR
    if not near.any():
        return _large(y, m, 0.0, order)
    out = _large(y, m, np.where(near, float(_LIFTS), 0.0), order)
    # ln Gamma(m+y) - ln Gamma(m) loses the sum over the lifts of ln((m + y + i) / (m + i))
    lifts = [np.zeros_like(each) for each in out]
    product = np.ones_like(m)
    for i in range(_LIFTS):
        if i:
            product *= (m + i) / (m + y + i)
        _subtract_steps(lifts, m, y, float(i))
    lifts[0] = np.log(product) + inside - np.log(m + y)
    lifts[0] += (1.0 - y) * np.minimum(log_m + _FLOOR, 0.0)          # the function is linear in ln m there
    return [np.where(near & (y > 0), each + lift, each) for each, lift in zip(out, lifts, strict=True)]


def _subtract_steps(out: list[Array], m: Array, y: Array, i: float) -> None:
    """Add the derivatives in ln m of ln(m + i) - ln(m + y + i) to ``out``, from the first on."""
    for sign, shift in ((1.0, i), (-1.0, y + i)):
        part = m / (m + shift)
        slope = part * (1.0 - part)
        terms = (part, slope, slope * (1.0 - 2.0 * part), slope * (1.0 - 6.0 * slope))
        for target, term in zip(out[1:], terms, strict=False):
            target += sign * term


def _large(y: Array, m: Array, lift: Array | float, order: int) -> list[Array]:
    """The function for ln Gamma(m + lift + y) - ln Gamma(m + lift) - y ln m, z = m + lift >= 16."""
    z = m + lift
    a = z + y
    x = y / z
    out = [(a - 0.5) * np.log1p(x) - y + y * np.log1p(lift / m) + stirling_rest(a) - stirling_rest(z)]
    if order == 0:
        return out
    # with c = m/z: derivatives in ln m follow from those in z, times powers of m
    steps = [step * (m / z) ** (k + 1) for k, step in enumerate(_in_z(y, z, a, x, order))]
    steps[0] = steps[0] + y * (m / z - 1.0)
    out.append(steps[0])
    whole = steps[0] + y
    if order >= 2:
        out.append(steps[1] + whole)
    if order >= 3:
        out.append(steps[2] + 3.0 * steps[1] + whole)
    if order >= 4:
        out.append(steps[3] + 6.0 * steps[2] + 7.0 * steps[1] + whole)
    return out


def _in_z(y: Array, z: Array, a: Array, x: Array, order: int) -> list[Array]:
    """z^k times the k-th derivative in z of ln Gamma(z+y) - ln Gamma(z), k = 1 .. order; of the first, less y."""
    r = z / a
    gap = x * r                                          # 1 - r
    rest = _series(z, a, r, order)
    first = z * _log1p_rest(x) + 0.5 * gap + rest[0]
    second = -y * r - 0.5 * gap * (1.0 + r) + rest[1]
    third = y * r * (1.0 + r) + gap * (1.0 + r + r * r) + rest[2]
    fourth = -2.0 * y * r * (1.0 + r + r * r) - 3.0 * gap * (1.0 + r) * (1.0 + r * r) + rest[3]
    return [first, second, third, fourth][:order]


def _series(z: Array, a: Array, r: Array, order: int) -> list[Array]:
    """z^k (S^(k)(a) - S^(k)(z)) for Stirling's series S, k = 1 .. 4."""
    out = [np.zeros_like(z) for _ in range(4)]
    of_z, of_a = 1.0 / z, 1.0 / a
    for j, coefficient in enumerate(STIRLING):
        power = 2 * j + 1
        at_z, at_a = coefficient * of_z**power, coefficient * of_a**power
        factor = 1.0
        for k in range(order):
            factor *= -(power + k)
            out[k] += factor * (at_a * r ** (k + 1) - at_z)
    return out


def _log1p_rest(x: Array) -> Array:
    """ln(1 + x) - x for x >= 0."""
    small = np.minimum(x, 0.02)
    series = np.zeros_like(x)
    for k in range(10, 1, -1):
        series = small * series + (-1.0) ** (k + 1) / k
    return np.where(x < 0.02, small * small * series, np.log1p(x) - x)
