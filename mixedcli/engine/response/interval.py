"""The log probability that a standard normal variable lies between two ends that move together."""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record

_ROOT_HALF = 0.7071067811865476
_NARROW = 1e-5
_ROOT_TWO_OVER_PI = 0.7978845608028654


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
    """``order`` derivatives, 0 to 4, of the value; one less of the ends.  Ends may be infinite, not both; a < b, else the
    value is -inf and the derivatives are zero.

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
    from scipy.special import erfcx, log_ndtr, ndtr  # type: ignore[import-untyped]

    good = a < b
    flip = np.where(np.isinf(b), a > 0, np.where(np.isinf(a), False, a + b > 0)) & good
    low = np.where(flip, -b, np.where(good, a, -1.0))
    high = np.where(flip, -a, np.where(good, b, 1.0))
    left = high < 0
    # the share of P(Z < high) that lies below low
    scale = erfcx(-_ROOT_HALF * np.minimum(high, 37.0))
    near, far = np.maximum(low, -1e150), np.where(left, high, 0.0)
    drop = np.minimum(0.5 * (far - near) * (far + near), 0.0)
    tail = erfcx(-_ROOT_HALF * np.where(np.isinf(low), -1.0, np.minimum(low, 0.0)))
    below = np.where(left, np.exp(drop) * tail / np.where(left, scale, 1.0), ndtr(low) / ndtr(np.maximum(high, 0.0)))
    below = np.where(np.isinf(low), 0.0, below)
    # between ends that nearly meet, the width times the density at the middle
    width, middle = high - low, np.where(good & np.isfinite(low) & np.isfinite(high), 0.5 * (high + low), 0.0)
    narrow = width * (1.0 + np.abs(middle)) < _NARROW
    top = np.where(narrow, high, middle)
    rest = np.where(narrow, width * np.exp(0.5 * (top - middle) * (top + middle)) * _ROOT_TWO_OVER_PI / scale, 1.0 - below)
    safe = np.where(rest > 0, rest, 1.0)
    value = np.where(good & (rest > 0), log_ndtr(high) + np.log(safe), -np.inf)
    inner = np.where(np.isinf(high), 0.0, _ROOT_TWO_OVER_PI / scale) / safe
    outer = np.where(np.isinf(low), 0.0, _ROOT_TWO_OVER_PI / tail) * below / safe
    inner, outer = np.where(good, inner, 0.0), np.where(good, outer, 0.0)
    return value, np.where(flip, inner, outer), np.where(flip, outer, inner)
