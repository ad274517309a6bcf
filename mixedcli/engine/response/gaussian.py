"""Continuous outcomes: the normal distribution with mean eta or exp(eta)."""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ...errors import NotBuilt
from ...records import record
from .plain import ByRow, OneExtra
from .poisson import log_link_start
from .starting import half_log_mean_square, least_squares
from .tails import HALF_LOG_TWO_PI, bounded_exp


def gaussian(y: Array, link: str = "identity") -> Gaussian:
    """``y`` (n,); ``link``: "identity" or "log"; extra: ln of the standard deviation."""
    if link not in ("identity", "log"):
        raise NotBuilt(f"family(gaussian) link({link})")
    return Gaussian(np.asarray(y, dtype=np.float64), link == "log")


@record(eq=False)
class Gaussian(ByRow, OneExtra):
    """y ~ N(mu, sigma^2), extra = (ln sigma,); ``log_link``: mu = exp(eta) rather than eta."""

    y: Array
    log_link: bool

    @property
    def count(self) -> int:
        return len(self.y)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        precision, residual, mean = self._parts(eta, extra)
        value = residual * residual
        value *= -0.5 * precision
        value -= HALF_LOG_TWO_PI + float(extra[0])
        return (value, *self._slopes(precision, residual, mean, order))

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        precision, residual, mean = self._parts(eta, extra)
        value = precision * residual * residual - 1.0
        return tuple(each[None] for each in (value, *self._slopes(-2.0 * precision, residual, mean, order)))

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        precision, residual, _ = self._parts(eta, extra)
        return np.asarray(-2.0 * precision * residual * residual)[None, None]

    def _parts(self, eta: Array, extra: Array) -> tuple[float, Array, Array | None]:
        """1/sigma^2, y - mu, and mu where it is not eta."""
        precision = float(np.exp(-2.0 * np.clip(extra[0], -150.0, 150.0)))
        if not self.log_link:
            return precision, self.y - eta, None
        mean = np.exp(np.minimum(eta, 150.0))            # its fourth power is finite
        return precision, self.y - mean, mean

    def _slopes(self, scale: float, residual: Array, mean: Array | None, order: int) -> tuple[Array, ...]:
        """The derivatives in eta, from the first up to ``order``, with ``scale`` in place of 1/sigma^2."""
        if mean is None:
            flat = np.zeros_like(residual)
            return (scale * residual, flat - scale, flat)[:order]
        step = scale * mean
        return tuple(step * (residual - k * mean) for k in (0.0, 1.0, 3.0)[:order])

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        if self.log_link:
            beta = log_link_start(x, offset, weights, self.y)
            fitted = bounded_exp(x @ beta + offset)
        else:
            beta = least_squares(x, self.y - offset, weights)
            fitted = x @ beta + offset
        return np.append(beta, half_log_mean_square(self.y - fitted, weights))
