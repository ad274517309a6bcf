"""Positive outcomes: the gamma distribution with a log link (McCullagh and Nelder 1989, chapter 8)."""

from __future__ import annotations

import math

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record
from .logfactorial import FAR, STIRLING
from .plain import ByRow, OneExtra
from .poisson import log_link_start
from .starting import half_log_mean_square
from .tails import HALF_LOG_TWO_PI, bounded_exp


def gamma(y: Array) -> Gamma:
    """``y`` (n,), positive; extra: ln s, s the standard deviation over the mean."""
    return Gamma(np.log(np.asarray(y, dtype=np.float64)))


@record(eq=False)
class Gamma(ByRow, OneExtra):
    """Mean exp(eta), variance s^2 exp(2 eta), extra = (ln s,): shape kappa = s^-2, scale exp(eta) / kappa.

    With w = ln y - eta, ln p = kappa (w - exp(w) + 1) + c(kappa) - ln y and
    c = kappa ln kappa - kappa - ln Gamma(kappa), which for large kappa is found without loss of digits.
    """

    log_y: Array

    @property
    def count(self) -> int:
        return len(self.log_y)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        shape, (level, _, _) = shape_terms(extra)
        w = self.log_y - eta
        beyond = bounded_expm1(w)
        value = shape * (w - beyond) + level - self.log_y
        scaled = shape * (beyond + 1.0)
        return (value, shape * beyond, -scaled, scaled)[: order + 1]

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        shape, (_, slope, _) = shape_terms(extra)
        w = self.log_y - eta
        beyond = bounded_expm1(w)
        scaled = -2.0 * shape * (beyond + 1.0)
        values = (-2.0 * (shape * (w - beyond) + slope), -2.0 * shape * beyond, -scaled, scaled)
        return tuple(each[None] for each in values[: order + 1])

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        shape, (_, _, bend) = shape_terms(extra)
        w = self.log_y - eta
        return np.asarray(4.0 * (shape * (w - bounded_expm1(w)) + bend))[None, None]

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        y = np.exp(self.log_y)
        beta = log_link_start(x, offset, weights, y)
        return np.append(beta, half_log_mean_square(y / bounded_exp(x @ beta + offset) - 1.0, weights))


def shape_terms(extra: Array) -> tuple[float, tuple[float, float, float]]:
    """kappa = exp(-2 ln s), and c(kappa) = kappa ln kappa - kappa - ln Gamma(kappa) with its first two derivatives in
    ln kappa."""
    log_shape = float(np.clip(-2.0 * extra[0], -200.0, 200.0))
    shape = math.exp(log_shape)
    return shape, _level(shape, log_shape)


def _level(shape: float, log_shape: float) -> tuple[float, float, float]:
    """c(kappa) and its derivatives: by Stirling's series from 16 on, which lifts reach from below."""
    lifts = max(0, math.ceil(FAR - shape))
    z = shape + lifts
    ratio = shape / z
    # ln Gamma(z), z Gamma'/Gamma and z^2 times the next derivative by Stirling, less the lifts
    value = 0.5 * math.log(z) - HALF_LOG_TWO_PI
    powers = [(2 * j + 1, c * (1.0 / z) ** (2 * j + 1)) for j, c in enumerate(STIRLING)]
    rest = sum(term for _, term in powers)
    rest_1, rest_2 = -sum(k * term for k, term in powers), sum(k * k * term for k, term in powers)
    if not lifts:
        return value - rest, 0.5 - rest_1, -rest_2
    # kappa psi(kappa) and kappa^2 psi'(kappa)
    psi = ratio * (z * math.log(z) - 0.5 + rest_1) - sum(shape / (shape + i) for i in range(lifts))
    psi_1 = ratio**2 * (z + 0.5 + rest_2 - rest_1) + sum((shape / (shape + i)) ** 2 for i in range(lifts))
    return (
        shape * log_shape - shape - math.lgamma(shape),
        shape * log_shape - psi,
        shape * log_shape + shape - psi - psi_1,
    )


def bounded_expm1(w: Array) -> Array:
    """exp(w) - 1, bounded so that its product with the largest shape is finite."""
    return np.expm1(np.minimum(w, 500.0))
