"""Poisson counts of panels with a gamma effect of mean one: a likelihood in closed form (Hausman, Hall and Griliches
1984, Econometrica 52, section 2).

With means m_it = exp(x b + offset), Y and M the sums of counts and means of a panel, and theta = 1/alpha the inverse of
the effect's variance, a panel's likelihood is

    prod_t m_it^y / y!  *  Gamma(theta + Y) / (Gamma(theta) theta^Y)  *  (1 + M / theta)^-(theta + Y).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine import scaling
from mixedcli.engine.batched import Array
from mixedcli.engine.likelihood import Point, Step, maximize

from ..records import record, replace
from .response.logfactorial import log_factorial
from .response.rising import rising

_STARTS = np.log([0.01, 0.03, 0.1, 0.3, 1.0, 3.0])        # where ln alpha may begin


@record(eq=False)
class GammaFit:
    """The maximum: theta = (beta (p), ln alpha), ``vcov`` (p + 1, p + 1) its variance, ``scores`` (J, p + 1) by panel.

    Where the data vary no more than Poisson counts do, ln alpha is -inf, with zeros in ``vcov`` and ``scores``.
    """

    theta: Array
    vcov: Array
    loglik: float
    scores: Array
    log: tuple[Step, ...]
    converged: bool
    scaled_gradient: float


@record(eq=False)
class GammaPanels:
    """The likelihood in phi, (beta, ln alpha) = ``change`` @ phi.

    x (n, p); y, offset (n,); codes (n,): 0 .. J - 1; weights (J,) of the panels.
    """

    x: Array
    y: Array
    offset: Array
    codes: NDArray[np.int64]
    weights: Array
    change: Array

    @property
    def size(self) -> int:
        return int(self.change.shape[1])

    @property
    def totals(self) -> Array:
        """Y (J,)."""
        return self._summed(self.y)

    def _summed(self, values: Array) -> Array:
        return np.asarray(np.bincount(self.codes, values, len(self.weights)), dtype=float)

    def mapped(self, change: Array) -> GammaPanels:
        """The same likelihood in psi, phi = change @ psi."""
        return replace(self, change=self.change @ change)

    def evaluate(self, phi: Array) -> Point:
        """Minus the log likelihood with its gradient and Hessian."""
        theta = self.change @ phi
        with np.errstate(all="ignore"):
            value, gradient, hessian = self._derivatives(theta)
        if not (math.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return Point(math.inf, np.zeros(self.size), np.eye(self.size))
        return Point(-value, -self.change.T @ gradient, -self.change.T @ hessian @ self.change)

    def _derivatives(self, theta: Array) -> tuple[float, Array, Array]:
        p, w = self.x.shape[1], self.weights
        eta, mu, Y, M = self._means(theta)
        inverse = math.exp(-theta[-1])                       # 1 / alpha
        share, length = M / (inverse + M), np.log1p(M / inverse)
        level = (inverse + Y) / (inverse + M)
        f = rising(Y, np.full_like(Y, -theta[-1]), 2)
        value = float(w @ (self._summed(self.y * eta - log_factorial(self.y)) + f[0] - (inverse + Y) * length))
        slopes = self._panel_means(mu)
        gradient, hessian = np.empty(p + 1), np.empty((p + 1, p + 1))
        gradient[:p] = self.x.T @ (w[self.codes] * self.y) - slopes.T @ (w * level)
        gradient[p] = -float(w @ (f[1] - inverse * length + (inverse + Y) * share))
        inside = (w * level)[self.codes] * mu
        hessian[:p, :p] = slopes.T @ ((w * level / (inverse + M))[:, None] * slopes) - self.x.T @ (
            inside[:, None] * self.x
        )
        hessian[p, :p] = hessian[:p, p] = slopes.T @ (w * inverse * (M - Y) / (inverse + M) ** 2)
        curvature = f[2] - inverse * length + 2 * inverse * share - (inverse + Y) * share * (1 - share)
        hessian[p, p] = float(w @ curvature)
        return value, gradient, hessian

    def _means(self, theta: Array) -> tuple[Array, Array, Array, Array]:
        eta = self.x @ theta[:-1] + self.offset
        mu = np.exp(eta)
        return eta, mu, self.totals, self._summed(mu)

    def _panel_means(self, mu: Array) -> Array:
        """The derivative of M by beta, (J, p)."""
        columns = [self._summed(mu * column) for column in self.x.T]
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.weights), 0))

    def scores(self, theta: Array) -> Array:
        """The gradient of each panel's log likelihood, without its weight: (J, p + 1)."""
        _, mu, Y, M = self._means(theta)
        out = np.empty((len(self.weights), len(theta)))
        if np.isneginf(theta[-1]):
            level, out[:, -1] = np.ones(len(Y)), 0.0
        else:
            inverse = math.exp(-theta[-1])
            level = (inverse + Y) / (inverse + M)
            slope = rising(Y, np.full_like(Y, -theta[-1]), 1)[1]
            out[:, -1] = -(slope - inverse * np.log1p(M / inverse) + (inverse + Y) * M / (inverse + M))
        own = [self._summed(self.y * column) for column in self.x.T]
        out[:, :-1] = (np.stack(own, axis=1) if own else out[:, :-1]) - level[:, None] * self._panel_means(mu)
        return out


def fit_gamma_panels(
    x: Array,
    y: Array,
    codes: NDArray[np.int64],
    offset: Array,
    weights: Array,
    poisson: tuple[Array, Array, float],
    start: Array | None = None,
    iterations: int = 300,
    stretch: bool = True,
) -> GammaFit:
    """``poisson``: the coefficients (p,), their variance (p, p) and the log likelihood without the effect.

    x (n, p) of full column rank; codes (n,): 0 .. J - 1; weights (J,); ``start`` (p + 1,): where to begin.  When panels
    do not vary more than Poisson counts, the slope of the likelihood at alpha = 0 is negative and the maximum is there:
    the derivative by alpha is half the sum of (Y - M)^2 - Y.
    """
    beta, variance, loglik = poisson
    p = x.shape[1]
    problem = GammaPanels(x, y, offset, codes, weights, np.eye(p + 1))
    with np.errstate(all="ignore"):
        M = problem._means(np.append(beta, 0.0))[3]
        Y = problem.totals
    if float(weights @ ((Y - M) ** 2 - Y)) <= 0.0:
        return _no_effect(problem, beta, variance, loglik)
    columns = scaling.orthonormal(x)
    change = np.eye(p + 1)
    if columns is not None and p:
        change[:p, :p] = columns.map
    if start is None:
        trials = [np.append(beta, each) for each in _STARTS]
        start = min(trials, key=lambda theta: problem.evaluate(theta).value)
    fit = maximize(problem, start, change, iterations, stretch)
    scores = problem.scores(fit.theta)
    return GammaFit(fit.theta, fit.inverse, fit.ll, scores, fit.log, fit.converged, fit.scaled_gradient)


def _no_effect(problem: GammaPanels, beta: Array, variance: Array, loglik: float) -> GammaFit:
    theta = np.append(beta, -math.inf)
    V = np.zeros((len(theta), len(theta)))
    V[:-1, :-1] = variance
    return GammaFit(theta, V, loglik, problem.scores(theta), (Step(loglik),), True, 0.0)
