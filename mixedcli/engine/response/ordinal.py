"""Ordered categories (McCullagh 1980): a latent variable between cut points, P(y=k) = F(cut_k - eta) - F(cut_k-1 - eta)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

from ...errors import NotBuilt
from ...records import record
from ..tails import normal_quantile
from .interval import Ends, normal_ends
from .plain import ByRow
from .tails import log_extreme, log_logistic, minus_exp

_LINKS = ("logit", "probit", "cloglog")


def ordinal(codes: NDArray[np.int64], categories: int, link: str = "logit") -> Ordinal:
    """``codes`` (n,): 0 .. ``categories`` - 1; ``link``: "logit", "probit" or "cloglog"; extra: the cut points."""
    if link not in _LINKS:
        raise NotBuilt(f"family(ordinal) link({link})")
    return Ordinal(np.asarray(codes, dtype=np.int64), categories, link)


@record(eq=False)
class Ordinal(ByRow):
    """``codes`` (n,), extra = cut points (categories - 1,), ascending; where a pair is not, the density is zero."""

    codes: NDArray[np.int64]
    categories: int
    link: str

    @property
    def count(self) -> int:
        return len(self.codes)

    @property
    def extra_count(self) -> int:
        return self.categories - 1

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        low, high = self._cuts(extra)
        return tuple(_values(eta, low, high, self.link, order))

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        low, high = self._cuts(extra)
        ends = _ends(eta, low, high, self.link, order)
        out = []
        for down, up in zip(ends.low, ends.high, strict=True):
            each = np.empty((self.extra_count, *eta.shape))
            for k in range(self.extra_count):
                np.multiply(up, self.codes == k, out=each[k])
                each[k] -= down * (self.codes == k + 1)
            out.append(each)
        return tuple(out)

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        low, high = self._cuts(extra)
        ends = _ends(eta, low, high, self.link, 1)
        cross = _cross(ends, low, high, self.link, eta)
        out = np.zeros((self.extra_count, self.extra_count, *eta.shape))
        for k in range(self.categories):
            rows = self.codes == k
            if k > 0:
                # both ends moving by -1 changes the low end's slope; what the high end contributes is the cross term
                out[k - 1, k - 1][..., rows] = ends.low[1][..., rows] - cross[..., rows]
            if k < self.extra_count:
                out[k, k][..., rows] += -ends.high[1][..., rows] - cross[..., rows]
            if 0 < k < self.extra_count:
                out[k - 1, k][..., rows] = out[k, k - 1][..., rows] = cross[..., rows]
        return out

    def _cuts(self, extra: Array) -> tuple[Array, Array]:
        """The cut points below and above every outcome, (n,); infinite at the outside."""
        edges = np.concatenate([[-np.inf], np.asarray(extra, dtype=np.float64), [np.inf]])
        return edges[self.codes], edges[self.codes + 1]

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        """No effects, and the cut points that give the shares of the categories."""
        counts = np.bincount(self.codes, weights=weights, minlength=self.categories)
        counts = np.maximum(counts, 1e-6 * counts.sum())
        shares = np.cumsum(counts)[:-1] / counts.sum()
        cuts = [_quantile(float(each), self.link) for each in shares]
        return np.concatenate([np.zeros(x.shape[1]), cuts])


def _quantile(p: float, link: str) -> float:
    if link == "logit":
        return math.log(p / (1.0 - p))
    return normal_quantile(p) if link == "probit" else math.log(-math.log1p(-p))


def _values(eta: Array, low: Array, high: Array, link: str, order: int) -> list[Array]:
    """The log density and its derivatives in eta.  For the logistic F and 1 - exp(-exp(z)) the difference of F at the
    ends is a product, of which one factor does not depend on eta."""
    if link == "probit":
        ends = normal_ends(low - eta, high - eta, order)
        return [ends.value, *(a - b for a, b in zip(ends.low, ends.high, strict=True))]
    if link == "logit":
        # ln P = ln F(b) + ln F(-a) + ln(1 - exp(a - b)); at an infinite end the factor is one
        up, down = log_logistic(_finite(eta - high), order), log_logistic(_finite(low - eta), order)
        out = [down[j] + (-1.0) ** j * up[j] for j in range(order + 1)]
        out[0] += _log_gap(high - low)
        return out
    rest, part = _extreme_parts(eta, low, high, order)
    out = [(-1.0) ** j * (a + b) for j, (a, b) in enumerate(zip(rest, part, strict=True))]
    out[0] = np.where(low < high, out[0], -np.inf)
    return out


def _extreme_parts(eta: Array, low: Array, high: Array, order: int) -> tuple[list[Array], list[Array]]:
    """ln P = -exp(a) + ln(1 - exp(-exp(u))), u = a + ln(exp(b - a) - 1): both parts and their derivatives in a and u.

    The first category has no a, and u = b; the last has no second part.
    """
    first, last = np.isinf(low), np.isinf(high)
    below = np.where(first, 0.0, low)
    rest = minus_exp(below - eta, order)
    part = log_extreme(np.where(first, high, np.where(last, 0.0, below + _log_expm1(high - low))) - eta, order)
    return [np.where(first, 0.0, each) for each in rest], [np.where(last, 0.0, each) for each in part]


def _ends(eta: Array, low: Array, high: Array, link: str, order: int) -> Ends:
    """Minus the derivative in the low cut point and the derivative in the high one, each with derivatives in eta up to
    ``order``; ``value`` is not filled."""
    if link == "probit":
        return normal_ends(low - eta, high - eta, order + 1)
    odds = _odds(low, high)
    if link == "logit":
        down = log_logistic(_finite(low - eta), order + 1)[1:]
        up = [(-1.0) ** j * each for j, each in enumerate(log_logistic(_finite(eta - high), order + 1)[1:])]
        down[0], up[0] = down[0] + odds, up[0] + odds
    else:
        rest, part = _extreme_parts(eta, low, high, order + 1)
        down = [(-1.0) ** j * (odds * p - r) for j, (r, p) in enumerate(zip(rest[1:], part[1:], strict=True))]
        up = [(-1.0) ** j * (odds + 1.0) * p for j, p in enumerate(part[1:])]
    disordered = low >= high
    zero = np.isinf(low) | disordered, np.isinf(high) | disordered
    return Ends(
        eta,
        [np.where(zero[0], 0.0, each) for each in down],
        [np.where(zero[1], 0.0, each) for each in up],
    )


def _cross(ends: Ends, low: Array, high: Array, link: str, eta: Array) -> Array:
    """The second derivative of ln P in both cut points."""
    if link == "probit":
        return ends.low[0] * ends.high[0]
    inside = np.isfinite(low) & np.isfinite(high) & (low < high)
    odds = _odds(low, high)
    if link == "logit":
        return np.broadcast_to(odds * (1.0 + odds), eta.shape)
    _, part = _extreme_parts(eta, low, high, 2)
    # of T(u): T'' du/da du/db + T' d2u/(da db), du/da = -odds, du/db = 1 + odds, d2u/(da db) = odds (1 + odds)
    return odds * (1.0 + odds) * np.where(inside, part[1] - part[2], 0.0)


def _finite(minus: Array) -> Array:
    """-inf, which stands for an end that is not there, as a number at which ln F is zero."""
    return np.maximum(minus, -1e4)


def _odds(low: Array, high: Array) -> Array:
    """1 / (exp(high - low) - 1); zero where an end is infinite or the two are disordered."""
    gap = high - low
    good = (gap > 0) & np.isfinite(gap)
    return np.where(good, 1.0 / np.expm1(np.where(good, np.minimum(gap, 700.0), 1.0)), 0.0)


def _log_expm1(gap: Array) -> Array:
    """ln(exp(gap) - 1) for positive finite gaps; zero for others."""
    good = (gap > 0) & np.isfinite(gap)
    size = np.where(good, gap, 1.0)
    return np.where(good, size + np.log(-np.expm1(-size)), 0.0)


def _log_gap(gap: Array) -> Array:
    """ln(1 - exp(-gap)); -inf where gap is zero or negative."""
    good = gap > 0
    return np.where(good, np.log(-np.expm1(-np.where(good, gap, 1.0))), -np.inf)
