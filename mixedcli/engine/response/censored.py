"""Censored and grouped normal outcomes: tobit and interval regression (Amemiya 1985, Advanced Econometrics, ch. 10)."""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record
from .interval import Ends, normal_ends
from .plain import ByRow, OneExtra
from .starting import half_log_mean_square, least_squares
from .tails import HALF_LOG_TWO_PI


def censored(low: Array, high: Array) -> Censored:
    """An outcome known to lie in [``low``, ``high``] (each (n,); infinite where open, equal where observed)."""
    return Censored(np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64))


@record(eq=False)
class Censored(ByRow, OneExtra):
    """y ~ N(eta, sigma^2), extra = (ln sigma,)."""

    low: Array
    high: Array

    @property
    def count(self) -> int:
        return len(self.low)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        unit, exact, z, ends = self._parts(eta, extra, order)
        seen = (-0.5 * z * z - HALF_LOG_TWO_PI - float(extra[0]), z, np.full_like(z, -1.0), np.zeros_like(z))
        hidden = (ends.value, *(a - b for a, b in zip(ends.low, ends.high, strict=True)))
        return tuple(unit**j * np.where(exact, seen[j], hidden[j]) for j in range(order + 1))

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        """The ends in standard units shrink as sigma grows, and so does the unit of eta."""
        unit, exact, z, ends = self._parts(eta, extra, order + 1)
        seen = (z * z - 1.0, -2.0 * z, np.full_like(z, 2.0), np.zeros_like(z))
        a, b = _held(ends, self._scaled(self.low, eta, unit), self._scaled(self.high, eta, unit))
        hidden = [a * down - b * up for down, up in zip(ends.low, ends.high, strict=True)]
        for j in range(1, order + 1):
            hidden[j] = hidden[j] - j * (ends.low[j - 1] - ends.high[j - 1])
        return tuple((unit**j * np.where(exact, seen[j], hidden[j]))[None] for j in range(order + 1))

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        unit, exact, z, ends = self._parts(eta, extra, 1)
        a, b = _held(ends, self._scaled(self.low, eta, unit), self._scaled(self.high, eta, unit))
        inner, outer = a * ends.low[0], b * ends.high[0]
        # a^2 d2/da2 + 2ab d2/dadb + b^2 d2/db2 + a d/da + b d/db of ln P
        hidden = inner * (a * a - 1.0) - outer * (b * b - 1.0) - (inner - outer) ** 2
        return np.asarray(np.where(exact, -2.0 * z * z, hidden))[None, None]

    def _scaled(self, end: Array, eta: Array, unit: float) -> Array:
        return (end - eta) * unit

    def _parts(self, eta: Array, extra: Array, order: int) -> tuple[float, Array, Array, Ends]:
        """1/sigma, which outcomes are known, these in standard units, and the others' intervals."""
        unit = float(np.exp(-np.clip(extra[0], -40.0, 40.0)))
        exact = self.low == self.high
        z = self._scaled(np.where(exact, self.low, 0.0), eta, unit)
        z = np.where(exact, z, 0.0)
        low = np.where(exact, -1.0, self._scaled(self.low, eta, unit))
        high = np.where(exact, 1.0, self._scaled(self.high, eta, unit))
        return unit, exact, z, normal_ends(low, high, order)

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        """Least squares on the ends or middles of the intervals."""
        open_low, open_high = np.isinf(self.low), np.isinf(self.high)
        middle = np.where(open_low, self.high, np.where(open_high, self.low, 0.5 * (self.low + self.high)))
        guess = np.where(open_low & open_high, offset, middle) - offset
        beta = least_squares(x, guess, weights)
        return np.append(beta, half_log_mean_square(guess - x @ beta, weights))


def _held(ends: Ends, a: Array, b: Array) -> tuple[Array, Array]:
    """The ends, zero where they do not matter (so that infinite ones cause no nan)."""
    return np.where(ends.low[0] > 0, a, 0.0), np.where(ends.high[0] > 0, b, 0.0)
