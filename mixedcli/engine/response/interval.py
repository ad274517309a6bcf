"""The log probability that a standard normal variable lies between two ends that move together."""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record
from .tails import DEEP, ROOT_HALF, ROOT_TWO_OVER_PI, ROOT_TWO_PI_INVERSE

# Narrower intervals are left to the careful road; the narrowest are taken as a density times the width.
_NARROW, _NARROWEST = 1e-3, 1e-5


@record(eq=False)
class Ends:
    """ln P(a < Z < b) and how it changes with its ends.

    ``value``; ``low`` and ``high``: minus its derivative in a, and its derivative in b (both positive), each followed by
    its derivatives when BOTH ends move by -1 (as they do with the linear predictor).
    """

    value: Array
    low: list[Array]
    high: list[Array]


def normal_ends(a: Array, b: Array, order: int) -> Ends:
    """``order`` derivatives, 0 to 4, of the value; one less of the ends.  Ends may be infinite; where not a < b the value
    is -inf and the derivatives are zero.

    With A = phi(a)/P and B = phi(b)/P: dA = -A (g - a), dB = -B (g - b), g = A - B the derivative of ln P.
    """
    value, at_a, at_b = _ratios(a, b)
    if order == 0:
        return Ends(value, [], [])
    low, high = [at_a], [at_b]
    if order >= 2:
        g = at_a - at_b
        shift_a, shift_b = g - np.where(at_a > 0, a, 0.0), g - np.where(at_b > 0, b, 0.0)
        low.append(-at_a * shift_a)
        high.append(-at_b * shift_b)
    if order >= 3:
        bend = 1.0 + low[1] - high[1]
        low.append(-low[1] * shift_a - at_a * bend)
        high.append(-high[1] * shift_b - at_b * bend)
    if order >= 4:
        third = low[2] - high[2]
        low.append(-low[2] * shift_a - 2.0 * low[1] * bend - at_a * third)
        high.append(-high[2] * shift_b - 2.0 * high[1] * bend - at_b * third)
    return Ends(value, low, high)


def _ratios(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """ln P and the densities at the ends over P; worked out in the left tail, where nothing cancels."""
    from scipy.special import ndtr  # type: ignore[import-untyped]

    good = a < b
    flip = (np.maximum(a, -1e300) + np.minimum(b, 1e300) > 0) & good
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    hard = ~good | (high < DEEP) | (high - low < _NARROW)
    some = bool(hard.any())
    if some:
        low, high = np.where(hard, -1.0, low), np.where(hard, 1.0, high)
    chance = ndtr(high)
    chance -= ndtr(low)
    value = np.log(chance)
    outer, inner = (np.exp(-0.5 * z * z) * (ROOT_TWO_PI_INVERSE / chance) for z in (low, high))
    if some:
        where = np.nonzero(hard)
        turn = flip[where]
        tail = _left_tail(np.where(turn, -b[where], a[where]), np.where(turn, -a[where], b[where]))
        value[where], outer[where], inner[where] = tail
    return value, np.where(flip, inner, outer), np.where(flip, outer, inner)


def _left_tail(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """ln P and the densities at a and b over P, a + b <= 0: far to the left, or the ends close together or disordered.

    P = Phi(b) (1 - Phi(a) / Phi(b)), and the ratio is exp((a + b) (b - a) / 2) times that of two functions erfcx.
    """
    from scipy.special import erfcx, log_ndtr

    good = a < b
    low, high = np.where(good, np.maximum(a, -1e150), -1.0), np.where(good, b, 1.0)
    at_low, at_high = erfcx(-ROOT_HALF * low), erfcx(-ROOT_HALF * high)
    # between ends that nearly meet, 1 - the ratio is the width times the density at the middle over Phi(b)
    width, middle = high - low, 0.5 * (high + low)
    narrow = width * (1.0 + np.abs(middle)) < _NARROWEST
    below = np.exp(np.minimum(width * middle, 0.0)) * at_low / at_high
    top = np.where(narrow, high, middle)
    density = np.exp(0.5 * (top - middle) * (top + middle)) * ROOT_TWO_OVER_PI / at_high
    rest = np.where(narrow, width * density, 1.0 - below)
    value = np.where(good, log_ndtr(high) + np.log(rest), -np.inf)
    inner = np.where(good, ROOT_TWO_OVER_PI / at_high / rest, 0.0)
    outer = np.where(good & np.isfinite(a), ROOT_TWO_OVER_PI / at_low * below / rest, 0.0)
    return value, outer, inner
