"""A safeguarded Newton method for a smooth function of a few parameters, with a record of how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import numpy as np

from mixedcli.engine.batched import Array

from ..records import record

_FLOOR = 1e-8
_SLACK = 1e-13
# When g'H^-1 g is below _CLOSE the decrease drowns in the function's rounding error: steps are then judged by the
# gradient, and the search is over when that has not halved for _PATIENCE steps.
_CLOSE = 1e-7
_ROUNDING = 1e-10
_PATIENCE = 12


class Point(Protocol):
    """What the minimiser needs to know of an evaluation."""

    @property
    def value(self) -> float: ...
    @property
    def gradient(self) -> Array: ...
    @property
    def hessian(self) -> Array: ...


P = TypeVar("P", bound=Point)


@record
class Minimum(Generic[P]):
    """Where the search ended.

    reason: "converged", "iteration limit", "no further progress", or the word the caller's ``stop`` returned.
    scaled_gradient: g' |H|^-1 g there.  values: the function at every accepted point, the start included.
    """

    phi: Array
    point: P
    reason: str
    scaled_gradient: float
    values: tuple[float, ...]


def minimize(
    evaluate: Callable[[Array], P],
    start: Array,
    tolerance: float = 1e-12,
    max_iterations: int = 100,
    stop: Callable[[P], str | None] = lambda _: None,
) -> Minimum[P]:
    """Minimise; the parameters should be of order one.

    Each step is -|H|^-1 g, |H| having the eigenvalues' absolute values (with a floor), so that it always descends; in
    units of 1 + |phi| it is no longer than one, and it is shortened until the function decreases.
    Converged means g' |H|^-1 g < tolerance with no direction of marked negative curvature.
    """
    phi = np.asarray(start, dtype=float).copy()
    point = evaluate(phi)
    values = [point.value]
    best, since = np.inf, 0
    while True:
        step, scaled, convex = _direction(phi, point)
        best, since = (scaled, 0) if scaled < 0.5 * best else (best, since + 1)
        close = convex and scaled < _CLOSE
        if (convex and scaled < tolerance) or (close and since >= _PATIENCE):
            return Minimum(phi, point, "converged", scaled, tuple(values))
        word = stop(point)
        if word is None and len(values) > max_iterations:
            word = "iteration limit"
        if word is not None:
            return Minimum(phi, point, word, scaled, tuple(values))
        slack = _ROUNDING if close else _SLACK
        moved = _search(evaluate, phi, point, step, slack)
        if moved is None:
            reason = "converged" if close else "no further progress"
            return Minimum(phi, point, reason, scaled, tuple(values))
        phi, point = moved
        values.append(point.value)


def _direction(phi: Array, point: Point) -> tuple[Array, float, bool]:
    """The step, g' |H|^-1 g, and whether H has no markedly negative eigenvalue; worked out in units of 1 + |phi|."""
    unit = 1.0 + np.abs(phi)
    gradient = point.gradient * unit
    if gradient.size == 0:
        return gradient, 0.0, True
    eigenvalues, vectors = np.linalg.eigh(point.hessian * unit[:, None] * unit)
    largest = max(float(np.abs(eigenvalues).max()), 1e-300)
    inside = vectors.T @ gradient
    moduli = np.maximum(np.abs(eigenvalues), _FLOOR * largest)
    scaled = float(inside**2 @ (1.0 / moduli))
    step = -inside / moduli
    convex = bool(eigenvalues[0] > -1e-6 * largest)
    if not convex and abs(inside[0]) < 1e-6 * moduli[0]:
        step[0] = 0.1  # at a saddle or a maximum in this direction the gradient does not say where to go
    step *= min(1.0, 1.0 / max(float(np.linalg.norm(step)), 1e-300))
    return unit * (vectors @ step), scaled, convex


def _search(evaluate: Callable[[Array], P], phi: Array, point: P, step: Array, slack: float) -> tuple[Array, P] | None:
    """The first of the step, a quarter of it, and so on, that lowers the function enough (but for rounding, ``slack``).

    Enough is 1e-4 of what the slope promises (Armijo); without it a step to the mirror image -phi would be accepted.
    """
    promised = min(0.0, float(point.gradient @ step))
    allowed = point.value + slack * (1.0 + abs(point.value))
    for quarter in range(20):
        share = 0.25**quarter
        trial = phi + share * step
        new = evaluate(trial)
        if np.isfinite(new.value) and new.value <= allowed + 1e-4 * share * promised:
            return trial, new
    return None
