"""Log probabilities as functions of one standardised argument, with their derivatives: the bricks of the densities.

Every function returns a list: the value and its derivatives up to ``order``, 0 to 4, arrays shaped as the argument.  All
stand any finite argument without overflow.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

# exp() overflows above 709.78; beyond the limit the functions are linear or flat to the last digit.
LIMIT = 700.0
# Left of this, normal probabilities are taken from the scaled complementary error function, which keeps more digits.
DEEP = -5.0
ROOT_HALF = 0.7071067811865476
ROOT_TWO_OVER_PI = 0.7978845608028654
ROOT_TWO_PI_INVERSE = 0.3989422804014327
HALF_LOG_TWO_PI = 0.9189385332046727


def bounded_exp(z: Array) -> Array:
    """exp(z), at most exp(LIMIT); a new array."""
    if z.size and z.max() > LIMIT:
        z = np.minimum(z, LIMIT)
    return np.exp(z)


def log_logistic(minus: Array, order: int) -> list[Array]:
    """ln F(v) for the logistic F(v) = 1 / (1 + exp(-v)), given -v in a buffer that is OVERWRITTEN.

    The hot road of logit models: ln(1 + t) rather than log1p, which is slower and no better in absolute terms.
    """
    excess = None
    if minus.size and minus.max() > LIMIT:
        excess = np.maximum(minus - LIMIT, 0.0)
        minus = np.minimum(minus, LIMIT)
    odds = np.exp(minus, out=minus)
    if order == 0:
        odds += 1.0
        value = np.log(odds, out=odds)
        np.negative(value, out=value)
        return [value if excess is None else value - excess]
    whole = odds + 1.0
    odds /= whole
    out = [whole, odds]
    if order >= 2:
        second = odds / whole
        np.negative(second, out=second)
        out.append(second)
    if order >= 3:
        third = 2.0 * odds
        third -= 1.0
        third *= second
        out.append(third)
    if order >= 4:
        out.append(second * (1.0 + 6.0 * second))
    value = np.log(whole, out=whole)
    np.negative(value, out=value)
    if excess is not None:
        value -= excess
    return out


def log_normal(v: Array, order: int) -> list[Array]:
    """ln Phi(v); its first derivative is the ratio h = phi/Phi."""
    from scipy.special import ndtr  # type: ignore[import-untyped]

    chance = ndtr(v)
    deep = v < DEEP if v.size and v.min() < DEEP else None
    if deep is not None:
        chance[deep] = 1.0
    out = [np.log(chance)]
    if order >= 1:
        ratio = v * v
        ratio *= -0.5
        np.exp(ratio, out=ratio)
        ratio *= ROOT_TWO_PI_INVERSE
        ratio /= chance
        out.append(ratio)
    if deep is not None:
        _left_tail(v, deep, out)
    if order >= 2:
        shift = v + out[1]
        out.append(-out[1] * shift)
    if order >= 3:
        bend = 1.0 + out[2]
        out.append(-(out[2] * shift + out[1] * bend))
    if order >= 4:
        out.append(-(out[3] * shift + 2.0 * out[2] * bend + out[1] * out[3]))
    return out


def _left_tail(v: Array, deep: NDArray[np.bool_], out: list[Array]) -> None:
    """Put ln Phi and phi/Phi where ``deep``: there Phi underflows, and the scaled complementary error function keeps all
    digits."""
    from scipy.special import erfcx, log_ndtr

    far = v[deep]
    out[0][deep] = log_ndtr(far)
    if len(out) > 1:
        out[1][deep] = ROOT_TWO_OVER_PI / erfcx(-ROOT_HALF * far)


def log_extreme(u: Array, order: int) -> list[Array]:
    """ln(1 - exp(-exp(u))): an event before time exp(u) of a unit exponential; the complementary log-log link."""
    inside = np.clip(u, -LIMIT, 100.0)          # above, the function and its derivatives vanish
    rate = np.exp(inside)
    chance = -np.expm1(-rate)
    value = np.log(chance)
    value += np.minimum(u - inside, 0.0)        # far to the left the function is u
    out = [value]
    if order >= 1:
        out.append(rate * (1.0 - chance) / chance)
    if order >= 2:
        bend = 1.0 - rate - out[1]
        out.append(out[1] * bend)
    if order >= 3:
        slope = -rate - out[2]
        out.append(out[2] * bend + out[1] * slope)
    if order >= 4:
        out.append(out[3] * bend + 2.0 * out[2] * slope - out[1] * (rate + out[3]))
    return out


def minus_exp(u: Array, order: int) -> list[Array]:
    """-exp(u): the log probability of no event by time exp(u)."""
    value = bounded_exp(u)
    np.negative(value, out=value)
    return [value] * (order + 1)


def log_normal_density(z: Array, order: int) -> list[Array]:
    """ln phi(z)."""
    flat = np.zeros_like(z)
    return [-0.5 * z * z - HALF_LOG_TWO_PI, -z, flat - 1.0, flat, flat][: order + 1]


def log_logistic_density(z: Array, order: int) -> list[Array]:
    """ln f(z) for the logistic density, ln F(z) + ln F(-z)."""
    up, down = log_logistic(-z, order), log_logistic(z.copy(), order)
    return [a + (-1.0) ** j * b for j, (a, b) in enumerate(zip(up, down, strict=True))]


def log_extreme_density(z: Array, order: int) -> list[Array]:
    """ln f(z) = z - exp(z), the density of the log of a unit exponential."""
    out = minus_exp(z, order)
    return [out[0] + z, *(each + 1.0 for each in out[1:2]), *out[2:]]


def mirrored(values: list[Array]) -> list[Array]:
    """The derivatives of z -> f(-z), given those of f at -z."""
    return [-each if j % 2 else each for j, each in enumerate(values)]
