"""A quasi-Newton search for a smooth function whose gradient is exact but whose Hessian is not at hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mixedcli.engine.batched import Array

from ..records import record

# value and gradient; the value is inf where the function is not defined
Function = Callable[[Array], tuple[float, Array]]
_SLACK = 1e-12
_FAR = 1.0
# a function that is not smooth: this many steps in a row that had to be cut so often
_PATIENCE, _MANY = 4, 5


@record(eq=False)
class Descent:
    """Where the search ended: phi, value, gradient, the approximate inverse Hessian, the values on the way.

    reason: "converged" (g' B g < tolerance), "iteration limit", or "no further progress" (no step lowers the function,
    or only steps cut again and again do).
    """

    phi: Array
    value: float
    gradient: Array
    inverse: Array
    reason: str
    values: tuple[float, ...]


def descend(
    function: Function,
    start: Array,
    inverse: Callable[[Array], Array],
    tolerance: float = 1e-10,
    max_iterations: int = 200,
) -> Descent:
    """Minimise by BFGS (Nocedal and Wright 2006, algorithm 6.1) from ``start``.

    ``inverse``: an approximation to the inverse Hessian anywhere.  It is used as it is while the minimum is far away
    (g' B g above _FAR), and is what the updates begin with after that.  Steps satisfy Armijo's condition; the update is
    left out where the curvature along the step is not positive.
    """
    phi = np.asarray(start, dtype=float).copy()
    value, gradient = function(phi)
    values = [value]
    here = inverse(phi)
    fresh = True
    struggles = 0
    while True:
        step = -here @ gradient
        decrement = -float(gradient @ step)
        if phi.size == 0 or (0.0 <= decrement < tolerance):
            return Descent(phi, value, gradient, here, "converged", tuple(values))
        if len(values) > max_iterations:
            return Descent(phi, value, gradient, here, "iteration limit", tuple(values))
        # no longer than one in units of 1 + |phi|: a quadratic is a poor guide far from where it was made
        longest = float((np.abs(step) / (1.0 + np.abs(phi))).max(initial=0.0))
        step /= max(1.0, longest)
        found = _search(function, phi, value, gradient, step) if decrement > 0 else None
        if found is None:
            if fresh:
                return Descent(phi, value, gradient, here, "no further progress", tuple(values))
            here, fresh = inverse(phi), True
            continue
        trial, new_value, new_gradient, cuts = found
        struggles = struggles + 1 if cuts > _MANY else 0
        if struggles > _PATIENCE:
            return Descent(phi, value, gradient, here, "no further progress", tuple(values))
        # a step that had to be cut shows what the approximation does not know, and the update learns it
        if decrement > _FAR and cuts == 0:
            here, fresh = inverse(trial), True
        else:
            here, fresh = _updated(here, trial - phi, new_gradient - gradient), False
        phi, value, gradient = trial, new_value, new_gradient
        values.append(value)


def _search(
    function: Function, phi: Array, value: float, gradient: Array, step: Array
) -> tuple[Array, float, Array, int] | None:
    """The step, or a shorter one, that lowers the function enough, by interpolation with a parabola; how often cut."""
    slope = float(gradient @ step)
    share = 1.0
    for cuts in range(30):
        trial = phi + share * step
        new_value, new_gradient = function(trial)
        if new_value <= value + 1e-4 * share * slope + _SLACK * (1.0 + abs(value)):
            return trial, new_value, new_gradient, cuts
        shrink = 0.25
        if math.isfinite(new_value):
            best = -slope * share / (2.0 * (new_value - value - slope * share))
            shrink = min(max(best, 0.1), 0.5)
        share *= shrink
    return None


def _updated(inverse: Array, step: Array, change: Array) -> Array:
    curvature = float(step @ change)
    if curvature <= 1e-10 * math.sqrt(float(step @ step) * float(change @ change)):
        return inverse
    moved = inverse @ change
    return (
        inverse
        + (1.0 + float(change @ moved) / curvature) * np.outer(step, step) / curvature
        - (np.outer(moved, step) + np.outer(step, moved)) / curvature
    )
