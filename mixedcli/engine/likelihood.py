"""Maximum likelihood for models whose observations enter through linear predictors.

Observation i contributes l(u_1i, ..., u_mi) with u_j = Z_j theta + offset_j, so gradient and Hessian follow from the
derivatives of l by the chain rule.  The search runs in units in which the columns are orthonormal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine import newton
from mixedcli.engine.batched import Array

from ..records import record, replace

# Stata's rules of convergence (help maximize): steps end when the coefficients or the log likelihood hardly move and
# the gradient, in the metric of the Hessian, is small.
COEFFICIENTS, VALUE, GRADIENT = 1e-6, 1e-7, 1e-5
_HALVINGS = 40
_EXACT = 1e-20
_GAIN = 1e-12
# Where every outcome is determined completely the likelihood is one, and flat to the last digit of a double.
_FLAT = 1e-200


@record(eq=False)
class Rows:
    """What a family says of n observations.

    ``value`` (n,): log densities; ``first``: m arrays (n,), the derivatives; ``second``: m x m arrays (n,).
    """

    value: Array
    first: Sequence[Array]
    second: Sequence[Sequence[Array]]


Family = Callable[[Sequence[Array]], Rows]


@record(eq=False)
class Predictor:
    """One linear predictor: ``matrix`` (n, q) times the parameters at ``columns`` (q,), plus ``offset`` ((n,) or 0)."""

    matrix: Array
    columns: NDArray[np.int64]
    offset: Array | float = 0.0


@record(eq=False)
class Point:
    """The negative log likelihood (``value``) with its gradient (p,) and Hessian (p, p)."""

    value: float
    gradient: Array
    hessian: Array


class Likelihood(Protocol):
    """What `maximize` asks of a likelihood of ``size`` parameters; see `Problem` for the meaning."""

    @property
    def size(self) -> int: ...

    def evaluate(self, theta: Array, /) -> Point: ...

    def mapped(self, change: Array, /) -> Likelihood: ...


@record(eq=False)
class Problem:
    """A likelihood of ``size`` parameters: its predictors, family, and weights of the observations ((n,) or 1)."""

    predictors: tuple[Predictor, ...]
    family: Family
    size: int
    weights: Array | float = 1.0

    def arguments(self, theta: Array) -> list[Array]:
        """The linear predictors u_j (n,) at ``theta``."""
        return [each.matrix @ theta[each.columns] + each.offset for each in self.predictors]

    def loglik(self, theta: Array) -> float:
        """The log likelihood; nan where it is not defined."""
        with np.errstate(all="ignore"):
            return float(np.sum(self.weights * self.family(self.arguments(theta)).value))

    def evaluate(self, theta: Array) -> Point:
        """Minus the log likelihood and its derivatives."""
        with np.errstate(all="ignore"):
            rows = self.family(self.arguments(theta))
            gradient, hessian = np.zeros(self.size), np.zeros((self.size, self.size))
            for j, left in enumerate(self.predictors):
                np.subtract.at(gradient, left.columns, left.matrix.T @ (self.weights * rows.first[j]))
                for k, right in enumerate(self.predictors[: j + 1]):
                    block = (left.matrix.T * (self.weights * rows.second[j][k])) @ right.matrix
                    hessian[np.ix_(left.columns, right.columns)] -= block
                    if k < j:
                        hessian[np.ix_(right.columns, left.columns)] -= block.T
            value = -float(np.sum(self.weights * rows.value))
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            value = math.inf
        return Point(value, gradient, hessian)

    def scores(self, theta: Array) -> Array:
        """The derivative of each observation's log density, without weights: (n, size)."""
        rows = self.family(self.arguments(theta))
        out = np.zeros((len(rows.value), self.size))
        for first, each in zip(rows.first, self.predictors, strict=True):
            out[:, each.columns] += first[:, None] * each.matrix
        return out

    def mapped(self, change: Array) -> Problem:
        """The same likelihood in phi, theta = change @ phi."""
        every = np.arange(self.size)
        # columns in one piece each, so that weighting the rows runs along memory
        predictors = tuple(
            replace(p, matrix=(change[p.columns].T @ p.matrix.T).T, columns=every) for p in self.predictors
        )
        return replace(self, predictors=predictors)


@record(eq=False)
class Step:
    """One line of the iteration log."""

    ll: float
    concave: bool = True


@record(eq=False)
class Fit:
    """The maximum: theta (p,), log likelihood, the inverse of minus the Hessian (p, p), and how it was reached.

    ``scaled_gradient``: g' H^-1 g at theta.  ``log``: the steps up to Stata's convergence; a few more follow unseen.
    """

    theta: Array
    ll: float
    inverse: Array
    log: tuple[Step, ...]
    converged: bool
    scaled_gradient: float


def maximize(
    problem: Likelihood, start: Array, change: Array | None = None, iterations: int = 300, stretch: bool = True
) -> Fit:
    """The maximum of the likelihood, from ``start`` (p,); ``stretch``: try more than the Newton step.

    ``change`` (p, p), invertible: the search takes place in phi with theta = change @ phi, which should make the
    parameters of similar size and nearly uncorrelated.
    """
    change = np.eye(problem.size) if change is None else change
    inside = problem.mapped(change)
    begin = np.asarray(np.linalg.solve(change, start), dtype=np.float64)
    phi, log, converged = _ascend(inside, begin, change, iterations, stretch)
    polished = _polish(inside, phi) if converged else None
    point = inside.evaluate(phi) if polished is None else polished.point
    if polished is not None:
        phi = polished.phi
    inverse, scaled = _inverse(point)
    return Fit(change @ phi, -point.value, change @ inverse @ change.T, tuple(log), converged, scaled)


def _polish(problem: Likelihood, phi: Array) -> newton.Minimum[Point]:
    """Newton steps to the last digit; the search before them stops where printed digits no longer change."""
    return newton.minimize(problem.evaluate, phi, tolerance=_EXACT, max_iterations=30)


def _ascend(
    problem: Likelihood, phi: Array, change: Array, iterations: int, stretch: bool
) -> tuple[Array, list[Step], bool]:
    """Newton-Raphson steps, halved while they do not raise the log likelihood: phi, the log, and if it converged."""
    point = problem.evaluate(phi)
    log: list[Step] = []
    while True:
        step, scaled, concave = direction(point)
        log.append(Step(-point.value, concave))
        if phi.size == 0 or not math.isfinite(point.value):
            return phi, log, phi.size == 0
        if len(log) > iterations:
            return phi, log, False
        trial, new = _climb(problem, phi, point, step, stretch)
        moved = np.max(np.abs(change @ (trial - phi)) / (np.abs(change @ phi) + 1.0))
        gained = abs(new.value - point.value) / (abs(point.value) + 1.0)
        phi, point = trial, new
        _, scaled, concave = direction(point)
        if concave and (moved <= COEFFICIENTS or gained <= VALUE) and scaled <= GRADIENT:
            log.append(Step(-point.value))
            return phi, log, True


def direction(point: Point) -> tuple[Array, float, bool]:
    """Newton's step, g' |H|^-1 g, and whether the log likelihood is concave there."""
    if point.gradient.size == 0 or not math.isfinite(point.value):
        return np.zeros_like(point.gradient), 0.0, True
    eigenvalues, vectors = np.linalg.eigh(point.hessian)
    largest = float(np.abs(eigenvalues).max())
    if largest < _FLAT:
        return np.zeros_like(point.gradient), 0.0, True
    inside = vectors.T @ point.gradient
    moduli = np.maximum(np.abs(eigenvalues), 1e-14 * largest)
    return -(vectors @ (inside / moduli)), float(inside**2 @ (1 / moduli)), bool(eigenvalues[0] > -1e-12 * largest)


def _climb(problem: Likelihood, phi: Array, point: Point, step: Array, stretch: bool) -> tuple[Array, Point]:
    """The step, or half of it and so on, that does not lower the log likelihood by more than rounding.

    A full step that raises it is stretched by 1/8, then 1/4, 1/2 and so on as long as that raises it more, the rule
    that the logs of Stata's later versions follow.
    """
    slack = 1e-12 * (1.0 + abs(point.value))
    for halvings in range(_HALVINGS):
        trial = phi + 0.5**halvings * step
        new = problem.evaluate(trial)
        if math.isfinite(new.value) and new.value <= point.value + slack:
            whole = halvings == 0 and new.value < point.value
            return _stretched(problem, phi, step, (trial, new)) if stretch and whole else (trial, new)
    return phi, point


def _stretched(problem: Likelihood, phi: Array, step: Array, best: tuple[Array, Point]) -> tuple[Array, Point]:
    """The step made longer as long as that raises the log likelihood."""
    length, more = 1.0, 0.125
    while True:
        trial = phi + (length + more) * step
        new = problem.evaluate(trial)
        # a likelihood of one is reached at infinity: no step gets there by gains that are rounding
        if not new.value < best[1].value - _GAIN * (1.0 + abs(best[1].value)):
            return best
        best, length, more = (trial, new), length + more, 2.0 * more


def _inverse(point: Point) -> tuple[Array, float]:
    """H^-1, with zeros for directions in which the likelihood is flat, and g' H^-1 g."""
    if point.gradient.size == 0:
        return np.zeros((0, 0)), 0.0
    eigenvalues, vectors = np.linalg.eigh(point.hessian)
    good = eigenvalues > 1e-14 * max(float(np.abs(eigenvalues).max()), 1e-300)
    reciprocal = np.where(good, 1.0 / np.where(good, eigenvalues, 1.0), 0.0)
    inverse = (vectors * reciprocal) @ vectors.T
    return inverse, float(point.gradient @ inverse @ point.gradient)


def sandwich(inverse: Array, scores: Array, groups: NDArray[np.int64] | None = None) -> Array:
    """The robust variance D M D (Huber 1967): ``inverse`` D (p, p), M the sum over observations, or over the groups
    (codes (n,)), of the outer products of the summed scores (n, p), times n / (n - 1) with n of them."""
    if groups is not None:
        summed = np.zeros((int(groups.max()) + 1, scores.shape[1]))
        np.add.at(summed, groups, scores)
        scores = summed
    n = len(scores)
    return inverse @ (scores.T @ scores) @ inverse * (n / (n - 1) if n > 1 else math.nan)
