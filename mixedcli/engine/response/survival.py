"""Times to an event, possibly right-censored and entering late: the families of parametric survival regression.

Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, chapters 2 and 3.  An outcome is at risk
from ``entry`` (0: from the start) to ``time`` and ``failed`` there or not; it contributes f(t)^d S(t)^(1-d) / S(entry), a
density in t itself.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

from ...errors import NotBuilt
from ...records import record
from .base import Startable
from .plain import ByRow
from .starting import least_squares
from .survival_gamma import GammaTime
from .survival_scale import accelerated
from .tails import LIMIT


def survival(
    distribution: str, time: Array, failed: Array, entry: Array | None = None, aft: bool = False
) -> Startable:
    """``time`` > 0, ``failed`` (1 or 0), ``entry`` >= 0 (None: zero), each (n,).

    ``distribution``: "exponential" (no extra), "weibull" (extra: ln p), "lognormal", "loglogistic", "gamma" (extra: ln of
    the scale).  ``aft``: ln t rather than the log hazard is linear in eta; always so for the last three.
    """
    time, failed = np.asarray(time, dtype=np.float64), np.asarray(failed, dtype=np.float64)
    entry = np.zeros_like(time) if entry is None else np.asarray(entry, dtype=np.float64)
    late = entry > 0
    log_time, log_entry = np.log(time), np.log(np.where(late, entry, 1.0))
    if distribution in ("exponential", "weibull") and not aft:
        return ProportionalHazards(log_time, log_entry, late, failed, distribution == "weibull")
    if distribution == "gamma":
        return GammaTime(log_time, log_entry, late, failed)
    if distribution in ("exponential", "weibull", "lognormal", "loglogistic"):
        return accelerated(distribution, log_time, log_entry, late, failed)
    raise NotBuilt(f"distribution({distribution})")


@record(eq=False)
class ProportionalHazards(ByRow):
    """The Weibull hazard exp(eta) p t^(p-1), extra = (ln p,); p = 1 and no extra where not ``shaped``.

    ``log_time``, ``log_entry``: logs (0 where not ``late``, an entry after time zero); ``failed``: 1 or 0; each (n,).
    """

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

    def _hazards(self, eta: Array, extra: Array) -> tuple[float, Array, Array]:
        """p, and the cumulative hazards exp(eta) t^p at the end and at the entry."""
        p = math.exp(min(max(float(extra[0]), -40.0), 40.0)) if self.shaped else 1.0
        end = np.exp(np.minimum(eta + p * self.log_time, 0.5 * LIMIT))
        if not self.late.any():
            return p, end, np.zeros_like(end)
        return p, end, np.where(self.late, np.exp(np.minimum(eta + p * self.log_entry, 0.5 * LIMIT)), 0.0)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        p, end, start = self._hazards(eta, extra)
        log_p = float(extra[0]) if self.shaped else 0.0
        risk = end - start
        value = self.failed * (eta + (log_p + (p - 1.0) * self.log_time)) - risk
        return (value, self.failed - risk, -risk, -risk)[: order + 1]

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        if not self.shaped:
            return (np.zeros((0, *eta.shape)),) * (order + 1)
        p, end, start = self._hazards(eta, extra)
        change = -(p * self.log_time * end - p * self.log_entry * start)
        value = self.failed * (1.0 + p * self.log_time) + change
        return (value[None], change[None], change[None], change[None])[: order + 1]

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        if not self.shaped:
            return np.zeros((0, 0, *eta.shape))
        p, end, start = self._hazards(eta, extra)
        a, b = p * self.log_time, p * self.log_entry
        return np.asarray(self.failed * a - a * (1.0 + a) * end + b * (1.0 + b) * start)[None, None]

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        """A constant hazard for all, events over time at risk, and p = 1."""
        risk = np.exp(self.log_time) - np.where(self.late, np.exp(self.log_entry), 0.0)
        events = max(float(weights @ self.failed), 0.5)
        level = math.log(events / max(float(weights @ (risk * np.exp(np.minimum(offset, LIMIT)))), 1e-300))
        beta = least_squares(x, np.full(self.count, level), weights)
        return np.append(beta, np.zeros(self.extra_count))
