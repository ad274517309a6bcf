"""Times to an event with a gamma distribution: mean exp(eta), standard deviation s times the mean."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

from ...records import record
from .gamma import Gamma, bounded_expm1, shape_terms
from .plain import ByRow, OneExtra
from .starting import half_log_mean_square, least_squares
from .tails import LIMIT

# The derivative of the incomplete gamma function in its shape has no closed form: differences of order eight.
_STEP = 0.02
_FIRST = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
_SECOND = (8 / 5, -1 / 5, 8 / 315, -1 / 560)
_CENTRE = -205 / 72
_TERMS = 100


@record(eq=False)
class GammaTime(ByRow, OneExtra):
    """The density of `Gamma` where ``failed``, else the survivor function Q(kappa, kappa exp(w)), w = ln t - eta, over
    that of the entry.  extra = (ln s,), kappa = s^-2; ``log_time``, ``log_entry`` (0 where not ``late``): each (n,)."""

    log_time: Array
    log_entry: Array
    late: NDArray[np.bool_]
    failed: Array

    @property
    def count(self) -> int:
        return len(self.failed)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        seen = Gamma(self.log_time).derivatives(eta, extra, order)
        return self._joined(seen, lambda log_t: tuple(_survivor(log_t - eta, extra, order)))

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        seen = Gamma(self.log_time).extra_derivatives(eta, extra, order)
        return self._joined(seen, lambda log_t: tuple(each[None] for each in _shape_slopes(log_t - eta, extra, order)))

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        seen = Gamma(self.log_time).extra_curvature(eta, extra)
        return self._joined((seen,), lambda log_t: (_shape_curvature(log_t - eta, extra)[None, None],))[0]

    def _joined(self, seen: tuple[Array, ...], survivor: Callable[[Array], tuple[Array, ...]]) -> tuple[Array, ...]:
        """``seen`` for events, ``survivor``(log time) for the others, less that of the entry."""
        event = self.failed > 0
        if event.all():
            out = seen
        else:
            out = tuple(np.where(event, a, b) for a, b in zip(seen, survivor(self.log_time), strict=True))
        if not self.late.any():
            return out
        start = survivor(self.log_entry)
        return tuple(a - np.where(self.late, b, 0.0) for a, b in zip(out, start, strict=True))

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        """Least squares of the log times, censored or not; the scale from their spread."""
        beta = least_squares(x, self.log_time - offset, weights)
        return np.append(beta, half_log_mean_square(self.log_time - offset - x @ beta, weights))


def _survivor(w: Array, extra: Array, order: int) -> list[Array]:
    """ln Q(kappa, x), x = kappa exp(w), and its derivatives in eta = ln t - w: h = -d ln Q / dw, and dh/dw = h b with
    b = kappa - x + h."""
    value, hazard, bend, x = _log_survivor(w, extra)
    second = hazard * bend
    return [value, hazard, -second, second * bend + hazard * (second - x)][: order + 1]


def _log_survivor(w: Array, extra: Array) -> tuple[Array, Array, Array, Array]:
    """ln Q, h, b and x; in the right tail by Legendre's continued fraction (Abramowitz and Stegun 6.5.31), which gives b
    without cancellation."""
    from scipy.special import gammaincc  # type: ignore[import-untyped]

    shape, (level, _, _) = shape_terms(extra)
    w = np.minimum(w, 100.0)
    beyond = bounded_expm1(w)
    x = shape * (beyond + 1.0)
    log_density = shape * (w - beyond) + level                     # of ln t: ln(x^kappa e^-x / Gamma(kappa))
    far = x > 1.5 * shape + 15.0
    value = np.log(np.where(far, 1.0, gammaincc(shape, x)))
    hazard = np.exp(np.minimum(log_density - value, LIMIT))
    bend = shape - x + hazard
    if far.any():
        rest = _fraction(shape, x[far])
        hazard[far] = x[far] + (1.0 - shape) - rest
        bend[far] = 1.0 - rest
        value[far] = log_density[far] - np.log(hazard[far])
    return value, hazard, bend, x


def _fraction(shape: float, x: Array) -> Array:
    """What the continued fraction takes from x + 1 - kappa."""
    rest = np.zeros_like(x)
    for k in range(_TERMS, 0, -1):
        rest = k * (k - shape) / (x + (2 * k + 1) - shape - rest)
    return rest


def _shape_slopes(w: Array, extra: Array, order: int) -> list[Array]:
    """The derivative in ln s of ln Q and of its derivatives in eta."""
    out = [np.zeros_like(w) for _ in range(order + 1)]
    for k, factor in enumerate(_FIRST, start=1):
        up, down = (_survivor(w, extra + step * k, order) for step in (_STEP, -_STEP))
        for target, a, b in zip(out, up, down, strict=True):
            target += factor / _STEP * (a - b)
    return out


def _shape_curvature(w: Array, extra: Array) -> Array:
    """The second derivative of ln Q in ln s."""
    out = _CENTRE * _survivor(w, extra, 0)[0]
    for k, factor in enumerate(_SECOND, start=1):
        out += factor * (_survivor(w, extra + k * _STEP, 0)[0] + _survivor(w, extra - k * _STEP, 0)[0])
    return out / _STEP**2
