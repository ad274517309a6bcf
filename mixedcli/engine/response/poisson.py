"""Counts: the Poisson distribution with a log link (McCullagh and Nelder 1989, chapter 6)."""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record
from .logfactorial import log_factorial_rest
from .plain import ByRow, NoExtra
from .starting import linearised
from .tails import bounded_exp


def poisson(y: Array) -> Poisson:
    """``y`` (n,), not negative; need not be whole."""
    y = np.asarray(y, dtype=np.float64)
    shift = np.where(y > 0, np.log(np.where(y > 0, y, 1.0)) - 1.0, 0.0)
    return Poisson(y, shift, log_factorial_rest(y))


@record(eq=False)
class Poisson(ByRow, NoExtra):
    """ln p = y eta - exp(eta) - ln y!.

    Written as y (eta - ``shift``) - exp(eta) - ``rest`` with shift = ln y - 1: then large counts lose no digits.
    """

    y: Array
    shift: Array
    rest: Array

    @property
    def count(self) -> int:
        return len(self.y)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        mean = bounded_exp(eta)
        value = eta - self.shift
        value *= self.y
        value -= mean
        value -= self.rest
        if order == 0:
            return (value,)
        first = self.y - mean
        np.negative(mean, out=mean)
        return (value, first, mean) if order == 2 else (value, first, mean, mean.copy())[: order + 1]

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        return log_link_start(x, offset, weights, self.y)


def log_link_start(x: Array, offset: Array, weights: Array, y: Array) -> Array:
    """One linearised step from means half way between the outcomes and their average."""
    average = float(np.average(y, weights=weights))
    mean = np.maximum(0.5 * (y + average), 1e-3 * abs(average) + 1e-300)
    return linearised(x, offset, weights, np.log(mean), y - mean, mean)
