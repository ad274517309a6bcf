"""The generalized linear model without random effects: where the fit of the mixed model starts, and its comparison."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mixedcli.engine.batched import Array

from ..records import record, replace
from . import likelihood
from .likelihood import Point
from .response.base import Response, Startable


@record(eq=False)
class FixedFit:
    """The maximum likelihood fit of y given x beta + offset.

    theta = (beta (p), extra (k)); ``log``: the log likelihood at the start and after each step; ``information`` (p + k,
    p + k): minus the Hessian at theta.
    """

    theta: Array
    loglik: float
    log: tuple[float, ...]
    information: Array
    converged: bool


def fit_fixed(
    response: Startable,
    x: ArrayLike,
    offset: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    start: Array | None = None,
    iterations: int = 300,
    stretch: bool = True,
) -> FixedFit:
    """x (n, p) of full column rank, p may be 0; offset and weights (n,); ``start`` (p + k,): where to begin.

    ``stretch``: Newton steps are made longer while that raises the log likelihood, as in Stata from version 17 on.  Where
    the data are separated the search ends after ``iterations`` steps, or when the likelihood has become flat.
    """
    n = response.count
    x = np.asarray(x, dtype=np.float64).reshape(n, -1)
    offset = np.zeros(n) if offset is None else np.asarray(offset, dtype=np.float64)
    weights = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    problem = FixedProblem(response, x, offset, weights, np.eye(x.shape[1] + response.extra_count))
    if start is None:
        start = _feasible(problem, response.starting_values(x, offset, weights))
    change = _search_units(x, response.extra_count)
    fit = likelihood.maximize(problem, start, change, iterations, stretch)
    log = tuple(step.ll for step in fit.log)
    return FixedFit(fit.theta, fit.ll, log, problem.evaluate(fit.theta).hessian, fit.converged)


@record(eq=False)
class FixedProblem:
    """The likelihood as a function of phi, theta = ``change`` @ phi; what `likelihood.maximize` asks of a problem."""

    response: Response
    x: Array
    offset: Array
    weights: Array
    change: Array

    @property
    def size(self) -> int:
        return int(self.change.shape[1])

    def mapped(self, change: Array) -> FixedProblem:
        """The same likelihood in psi, phi = change @ psi."""
        return replace(self, change=self.change @ change)

    def evaluate(self, phi: Array) -> Point:
        """Minus the log likelihood with its gradient and Hessian."""
        theta, p, w = self.change @ phi, self.x.shape[1], self.weights
        eta, extra = self.x @ theta[:p] + self.offset, theta[p:]
        value, first, second = self.response.derivatives(eta, extra, 2)
        total = float(w @ value)
        gradient, hessian = np.empty(len(theta)), np.empty((len(theta), len(theta)))
        gradient[:p] = self.x.T @ (w * first)
        hessian[:p, :p] = (self.x.T * (w * second)) @ self.x
        if len(extra):
            by_extra, mixed = self.response.extra_derivatives(eta, extra, 1)
            gradient[p:] = by_extra @ w
            hessian[p:, :p] = (mixed * w) @ self.x
            hessian[:p, p:] = hessian[p:, :p].T
            hessian[p:, p:] = self.response.extra_curvature(eta, extra) @ w
        sound = math.isfinite(total) and bool(np.isfinite(gradient).all()) and bool(np.isfinite(hessian).all())
        if not sound:
            return Point(math.inf, np.zeros(self.size), np.eye(self.size))
        return Point(-total, -self.change.T @ gradient, -self.change.T @ hessian @ self.change)


def _feasible(problem: FixedProblem, start: Array) -> Array:
    """The start, drawn towards zero effects until the likelihood is defined there."""
    p = problem.x.shape[1]
    for _ in range(60):
        if math.isfinite(problem.evaluate(start).value):
            return start
        start = np.concatenate([0.5 * start[:p], start[p:]])
    return start


def _search_units(x: Array, extra: int) -> Array:
    """theta = change @ phi with which the columns of x become orthonormal (times the root of n): (p + k, p + k)."""
    p = x.shape[1]
    change = np.eye(p + extra)
    if p and len(x) >= p:
        r = np.asarray(np.linalg.qr(x, mode="r")) / math.sqrt(len(x))
        diagonal = np.abs(np.diag(r))
        if diagonal.min() > 1e-10 * diagonal.max():
            change[:p, :p] = np.linalg.inv(r)
    return change
