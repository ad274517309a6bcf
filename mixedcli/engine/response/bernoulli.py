"""Binary and binomial outcomes: the logit, probit and complementary log-log links.

McCullagh and Nelder (1989), Generalized Linear Models, chapter 4.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

from ...errors import NotBuilt
from ...records import record
from ..tails import normal_density, normal_quantile
from .base import Startable
from .logfactorial import log_factorial
from .plain import ByRow, NoExtra
from .starting import linearised
from .tails import log_extreme, log_logistic, log_normal, minus_exp


def bernoulli(y: Array, link: str = "logit", trials: Array | float | None = None) -> Startable:
    """``y`` (n,): zeros and ones, or successes out of ``trials`` ((n,) or one number).

    ``link``: "logit", "probit" or "cloglog".
    """
    y = np.asarray(y, dtype=np.float64)
    size = np.ones_like(y) if trials is None else np.broadcast_to(np.asarray(trials, dtype=np.float64), y.shape).copy()
    if (size == 1.0).all():
        return _binary(y, link)
    ones = np.ones_like(y)
    constant = log_factorial(size) - log_factorial(y) - log_factorial(size - y)
    return Binomial(_binary(ones, link), _binary(0.0 * ones, link), y, size - y, constant, link)


def _binary(y: Array, link: str) -> Logit | Probit | Cloglog:
    if link == "logit":
        return Logit(np.where(y > 0, -1.0, 1.0))
    if link == "probit":
        return Probit(np.where(y > 0, 1.0, -1.0))
    if link == "cloglog":
        return Cloglog(y > 0)
    raise NotBuilt(f"link({link}) for binary outcomes")


@record(eq=False)
class Logit(ByRow, NoExtra):
    """P(y=1) = 1 / (1 + exp(-eta)); ``sign`` (n,): -1 for one, 1 for zero."""

    sign: Array

    @property
    def count(self) -> int:
        return len(self.sign)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        out = log_logistic(eta * self.sign, order)
        turned = -self.sign
        for each in out[1::2]:
            each *= turned
        return tuple(out)

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        ones = np.ones(self.count)
        return _start(x, offset, weights, 0.5 * (1.0 - self.sign), ones, "logit")


@record(eq=False)
class Probit(ByRow, NoExtra):
    """P(y=1) = Phi(eta); ``sign`` (n,): 1 for one, -1 for zero."""

    sign: Array

    @property
    def count(self) -> int:
        return len(self.sign)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        out = log_normal(eta * self.sign, order)
        for each in out[1::2]:
            each *= self.sign
        return tuple(out)

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        ones = np.ones(self.count)
        return _start(x, offset, weights, 0.5 * (1.0 + self.sign), ones, "probit")


@record(eq=False)
class Cloglog(ByRow, NoExtra):
    """P(y=1) = 1 - exp(-exp(eta)); ``success`` (n,), bool."""

    success: NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.success)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        if self.success.all():
            return tuple(log_extreme(eta, order))
        out = minus_exp(eta, order)
        if not self.success.any():
            return tuple(out)
        some = np.flatnonzero(self.success)
        events = log_extreme(eta[..., some], order)
        out = [each.copy() for each in out]
        for target, each in zip(out, events, strict=True):
            target[..., some] = each
        return tuple(out)

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        ones = np.ones(self.count)
        return _start(x, offset, weights, self.success.astype(np.float64), ones, "cloglog")


@record(eq=False)
class Binomial(ByRow, NoExtra):
    """``successes`` and ``failures`` (each (n,)) of independent trials; ``constant`` (n,): ln of the binomial coefficient.

    ``success`` and ``failure``: the density of one trial of each kind.
    """

    success: Logit | Probit | Cloglog
    failure: Logit | Probit | Cloglog
    successes: Array
    failures: Array
    constant: Array
    link: str

    @property
    def count(self) -> int:
        return len(self.successes)

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        yes = self.success.derivatives(eta, extra, order)
        no = self.failure.derivatives(eta, extra, order)
        out = [self.successes * a + self.failures * b for a, b in zip(yes, no, strict=True)]
        out[0] += self.constant
        return tuple(out)

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        return _start(x, offset, weights, self.successes, self.successes + self.failures, self.link)


def _start(x: Array, offset: Array, weights: Array, y: Array, trials: Array, link: str) -> Array:
    """One linearised step from the shares (y + 1/2) / (trials + 1)."""
    share = (y + 0.5) / (trials + 1.0)
    if (trials == 1.0).all():
        distinct, where = np.array([0.25, 0.75]), (y > 0).astype(np.intp)
    else:
        distinct, where = np.unique(share, return_inverse=True)
    eta, slope = np.array([_link(float(each), link) for each in distinct]).reshape(-1, 2).T
    where = where.reshape(-1)
    return linearised(x, offset, weights, eta[where], y - trials * share, trials * slope[where])


def _link(p: float, link: str) -> tuple[float, float]:
    """The predictor that gives the probability p, and the derivative of p there."""
    if link == "logit":
        return math.log(p / (1.0 - p)), p * (1.0 - p)
    if link == "probit":
        z = normal_quantile(p)
        return z, normal_density(z)
    rate = -math.log1p(-p)
    return math.log(rate), rate * (1.0 - p)
