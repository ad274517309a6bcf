"""Counts with more than Poisson variation: the negative binomial with a log link, in its two forms.

Cameron and Trivedi (1998), Regression Analysis of Count Data, chapter 3: the variance is mu (1 + alpha mu) (mean
dispersion, NB2) or mu (1 + delta) (constant dispersion, NB1).
"""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ...errors import NotBuilt
from ...records import record
from .base import Startable
from .logfactorial import log_factorial
from .plain import ByRow, OneExtra
from .poisson import log_link_start
from .rising import rising
from .tails import LIMIT, bounded_exp

# Beyond this size of ln alpha or ln delta the distribution no longer changes visibly.
_BOUND = 200.0


def nbinomial(y: Array, dispersion: str = "mean") -> Startable:
    """``y`` (n,), not negative.  ``dispersion``: "mean" (extra: ln alpha) or "constant" (extra: ln delta)."""
    y = np.asarray(y, dtype=np.float64)
    if dispersion == "mean":
        return MeanDispersion(y, log_factorial(y))
    if dispersion == "constant":
        return ConstantDispersion(y, log_factorial(y))
    raise NotBuilt(f"dispersion({dispersion})")


@record(eq=False)
class _Counts(ByRow, OneExtra):
    """``y`` (n,) and ``constant`` (n,): ln y!."""

    y: Array
    constant: Array

    @property
    def count(self) -> int:
        return len(self.y)

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        return np.append(log_link_start(x, offset, weights, self.y), 0.0)


@record(eq=False)
class MeanDispersion(_Counts):
    """ln p = R - ln y! + y eta - (m + y) L(w): m = 1/alpha, w = eta + ln alpha, L(w) = ln(1 + exp(w)), and
    R = ln Gamma(m+y) - ln Gamma(m) - y ln m.

    With the logistic share P = L'(w): the derivative in eta is y - (m + y) P, that of P is P (1 - P).
    """

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        t = _bounded(extra)
        m, (level, share, rest) = np.exp(-t), _logistic(eta + t)
        jump = rising(self.y, -t, 0)[0]
        value = self.y * eta - (m + self.y) * level + (jump - self.constant)
        if order == 0:
            return (value,)
        first = self.y * rest - m * share
        second = -(m + self.y) * share * rest
        return (value, first, second, second * (rest - share))[: order + 1]

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        """w moves with ln alpha as with eta, and m falls: the derivatives in eta, less y, plus those of m."""
        t = _bounded(extra)
        m, (level, share, rest) = np.exp(-t), _logistic(eta + t)
        slope = share * rest
        jump = rising(self.y, -t, 1)[1]
        value = -jump - self.y * share + m * _less_share(level, share)
        first = m * share - (m + self.y) * slope
        second = slope * (m - (m + self.y) * (rest - share))
        third = slope * (m * (rest - share) - (m + self.y) * (1.0 - 6.0 * slope))
        return tuple(each[None] for each in (value, first, second, third)[: order + 1])

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        t = _bounded(extra)
        m, (level, share, rest) = np.exp(-t), _logistic(eta + t)
        jump = rising(self.y, -t, 2)[2]
        # the derivative of m (L - P) is -m (L - P) + m (P - P (1 - P)), and that of -y P is -y P (1 - P)
        less = _less_share(level, share)
        return np.asarray(jump + m * (share * share - less) - self.y * share * rest)[None, None]


@record(eq=False)
class ConstantDispersion(_Counts):
    """ln p = R - ln y! - m L + y (eta - L): m = mu / delta, L = ln(1 + delta), R as in `MeanDispersion`.

    R is a function of ln m = eta - ln delta.
    """

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        t = _bounded(extra)
        level, _, _ = _logistic(t)
        jump = rising(self.y, eta - t, order)
        mass = bounded_exp(eta - t + np.log(level))
        out = [each - mass for each in jump]
        out[0] += self.y * (eta - level) - self.constant
        if order >= 1:
            out[1] += self.y
        return tuple(out)

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        t = _bounded(extra)
        level, share, _ = _logistic(t)
        jump = rising(self.y, eta - t, order + 1)[1:]
        mass = bounded_exp(eta - t + np.log(_less_share(level, share)))      # m (L - P), P = delta / (1 + delta)
        out = [mass - each for each in jump]
        out[0] -= self.y * share
        return tuple(each[None] for each in out)

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        t = _bounded(extra)
        level, share, rest = _logistic(t)
        jump = rising(self.y, eta - t, 2)[2]
        less = bounded_exp(eta - t + np.log(_less_share(level, share)))
        bend = bounded_exp(eta - t + np.log(share * share))
        return np.asarray(jump - less + bend - self.y * share * rest)[None, None]


def _bounded(extra: Array) -> Array:
    """The parameter of scale as an array (1,) within bounds."""
    return np.clip(np.asarray(extra, dtype=np.float64)[:1], -_BOUND, _BOUND)


def _logistic(w: Array) -> tuple[Array, Array, Array]:
    """ln(1 + exp(w)), the logistic share exp(w) / (1 + exp(w)) and one minus it, all with full relative precision."""
    odds = bounded_exp(w)
    level = np.log1p(odds)
    if w.size and w.max() > LIMIT:
        level = level + np.maximum(w - LIMIT, 0.0)
    rest = 1.0 / (1.0 + odds)
    odds *= rest
    return level, odds, rest


def _less_share(level: Array, share: Array) -> Array:
    """L - P, P = 1 - exp(-L): for small L by the series L^2/2 - L^3/6 + ..., where the difference has no digits."""
    small = np.minimum(level, 0.05)
    series = np.zeros_like(small)
    for k in range(10, 1, -1):
        series = series * small + (-1.0) ** k / _FACTORIAL[k]
    return np.where(level < 0.05, small * small * series, level - share)


_FACTORIAL = (1.0, 1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5040.0, 40320.0, 362880.0, 3628800.0)
