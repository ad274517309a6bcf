"""Accelerated failure times: ln t = eta + sigma e, e extreme-value (Weibull), normal or logistic."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

from ...records import record
from .plain import ByRow
from .starting import half_log_mean_square, least_squares
from .tails import (
    log_extreme_density,
    log_logistic,
    log_logistic_density,
    log_normal,
    log_normal_density,
    minus_exp,
    mirrored,
)

Kernel = Callable[[Array, int], list[Array]]


def _extreme_density(z: Array, order: int) -> list[Array]:
    return log_extreme_density(np.minimum(z, 300.0), order)


def _extreme_survivor(z: Array, order: int) -> list[Array]:
    return minus_exp(np.minimum(z, 300.0), order)


def _normal_survivor(z: Array, order: int) -> list[Array]:
    return mirrored(log_normal(-z, order))


def _logistic_survivor(z: Array, order: int) -> list[Array]:
    return mirrored(log_logistic(z.copy(), order))


# ln f and ln S of e, and its standard deviation
_KERNELS: dict[str, tuple[Kernel, Kernel, float]] = {
    "weibull": (_extreme_density, _extreme_survivor, math.pi / math.sqrt(6.0)),
    "lognormal": (log_normal_density, _normal_survivor, 1.0),
    "loglogistic": (log_logistic_density, _logistic_survivor, math.pi / math.sqrt(3.0)),
}


def accelerated(
    distribution: str, log_time: Array, log_entry: Array, late: NDArray[np.bool_], failed: Array
) -> AcceleratedTime:
    """``distribution``: "exponential", "weibull", "lognormal" or "loglogistic"; arrays as in the class."""
    kernel = "weibull" if distribution == "exponential" else distribution
    return AcceleratedTime(kernel, log_time, log_entry, late, failed, distribution != "exponential")


@record(eq=False)
class AcceleratedTime(ByRow):
    """z = (ln t - eta) / sigma has the density of ``kernel``.

    extra = (ln sigma,), for the Weibull (ln p,) with p = 1 / sigma; none, and sigma = 1, where not ``shaped`` (the
    exponential).  ``log_time``, ``log_entry`` (0 where not ``late``), ``failed``: each (n,).
    """

    kernel: str
    log_time: Array
    log_entry: Array
    late: NDArray[np.bool_]
    failed: Array
    shaped: bool

    @property
    def count(self) -> int:
        return len(self.failed)

    @property
    def extra_count(self) -> int:
        return int(self.shaped)

    @property
    def _sense(self) -> float:
        """The derivative of ln sigma in the extra parameter."""
        return -1.0 if self.kernel == "weibull" else 1.0

    def _log_sigma(self, extra: Array) -> float:
        return self._sense * float(np.clip(extra[0], -40.0, 40.0)) if self.shaped else 0.0

    def _terms(self, eta: Array, extra: Array, order: int) -> list[tuple[Array, list[Array]]]:
        """Pairs of z and the derivatives in z of a part of the log density: of the end, and minus that of the entry."""
        unit = math.exp(-self._log_sigma(extra))
        density, survivor, _ = _KERNELS[self.kernel]
        z = (self.log_time - eta) * unit
        event = self.failed > 0
        if event.all():
            parts = density(z, order)
        else:
            pairs = zip(density(z, order), survivor(z, order), strict=True)
            parts = [np.where(event, a, b) for a, b in pairs]
        out = [(z, parts)]
        if self.late.any():
            start = (self.log_entry - eta) * unit
            out.append((start, [np.where(self.late, -each, 0.0) for each in survivor(start, order)]))
        return out

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        unit = math.exp(-self._log_sigma(extra))
        terms = self._terms(eta, extra, order)
        out = [(-unit) ** j * sum(parts[j] for _, parts in terms) for j in range(order + 1)]
        out[0] = out[0] - self.failed * (self._log_sigma(extra) + self.log_time)
        return tuple(np.asarray(each) for each in out)

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        """z shrinks as sigma grows, and so does the unit of eta."""
        if not self.shaped:
            return (np.zeros((0, *eta.shape)),) * (order + 1)
        unit = math.exp(-self._log_sigma(extra))
        terms = self._terms(eta, extra, order + 1)
        out = []
        for j in range(order + 1):
            change = -sum(j * parts[j] + z * parts[j + 1] for z, parts in terms)
            out.append(self._sense * (-unit) ** j * change)
        out[0] = out[0] - self._sense * self.failed
        return tuple(np.asarray(each)[None] for each in out)

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        if not self.shaped:
            return np.zeros((0, 0, *eta.shape))
        terms = self._terms(eta, extra, 2)
        return np.asarray(sum(z * (parts[1] + z * parts[2]) for z, parts in terms))[None, None]

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        """Least squares of the log times, censored or not; the scale from their spread."""
        beta = least_squares(x, self.log_time - offset, weights)
        if not self.shaped:
            return beta
        spread = half_log_mean_square(self.log_time - offset - x @ beta, weights)
        return np.append(beta, self._sense * (spread - math.log(_KERNELS[self.kernel][2])))
