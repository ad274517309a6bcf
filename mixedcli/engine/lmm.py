"""Linear mixed models: the public fit.  Arrays in, a frozen record out.

y = X b + sum over equations Z u + e with u ~ N(0, G) per group and e ~ N(0, sigma_e^2), any number of nested levels,
by maximum likelihood or restricted maximum likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from mixedcli.engine.batched import Array
from mixedcli.engine.boundary import Pair, restrict
from mixedcli.engine.model import (
    GroupSizes,
    Model,
    RandomEquation,
    directions_for,
    full_bases,
    prepare,
    starting_values,
)
from mixedcli.engine.nested import Directions, Evaluation
from mixedcli.engine.newton import Minimum, minimize
from mixedcli.engine.structure import parameter_pairs, report

__all__ = ["Convergence", "GroupSizes", "LmmFit", "RandomEquation", "fit_lmm"]

_PERFECT = 1e-13
_THRESHOLDS = (1e-6, 1e-10)


@dataclass(frozen=True, slots=True)
class Convergence:
    """How the fit ended.

    reason: "converged", "iteration limit", "no further progress" or "perfect fit" (the residual variance is zero, so the
    likelihood has no maximum).  scaled_gradient: g' H^-1 g of -2 log likelihood.  loglik: at every iteration, the start
    included.  boundary: positions in theta of parameters at their boundary (sd zero, corr +-1).  unidentified: positions
    in theta of those the data do not determine.
    """

    converged: bool
    reason: str
    iterations: int
    scaled_gradient: float
    loglik: tuple[float, ...]
    boundary: tuple[int, ...]
    unidentified: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LmmFit:
    """A fitted linear mixed model.

    beta (p,), vcov_beta (p, p) = sigma_e^2 (X' V^-1 X)^-1 at the estimates.
    theta: for every equation its ln sds and then atanh corrs (see `structure.parameter_pairs`), last ln sigma_e.
    theta_pairs: per equation, the element of G that each of its parameters describes.
    vcov_theta: inverse of minus the Hessian of the profiled (restricted) log likelihood in that metric; parameters at
    their boundary are held there (rows of zeros; values -inf, +-inf or nan), unidentified ones have rows of nan.
    covariances: G (q, q) per equation.  loglik_linear: of the model without random effects, by the same method.
    groups: sizes per equation (None for an equation without columns).
    """

    n: int
    reml: bool
    beta: Array
    vcov_beta: Array
    loglik: float
    loglik_linear: float
    theta: Array
    vcov_theta: Array
    theta_pairs: tuple[tuple[Pair, ...], ...]
    covariances: tuple[Array, ...]
    sigma2: float
    groups: tuple[GroupSizes | None, ...]
    convergence: Convergence
    model: Model = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Solution:
    """The optimum in the fitted metric: per placed equation its basis and held elements; the directions, phi, point."""

    bases: tuple[Array, ...]
    held: tuple[frozenset[Pair], ...]
    directions: list[Directions]
    minimum: Minimum[Evaluation]


def fit_lmm(
    y: ArrayLike,
    x: ArrayLike,
    equations: Sequence[RandomEquation] = (),
    reml: bool = False,
    tolerance: float = 1e-12,
    max_iterations: int = 100,
) -> LmmFit:
    """Fit by ML (default) or REML.

    y (n,), x (n, p) of full column rank (see `ols.independent_columns`), p may be 0; equations from the top level down.
    Without equations, or with empty ones only, this is linear regression by ML or REML.
    tolerance: on the scaled gradient g' H^-1 g.  ValueError for columns of X that are linearly dependent, levels that
    are not nested, or no degrees of freedom.
    """
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    if y.size <= (x.shape[1] if reml else 0):
        raise ValueError("no degrees of freedom")
    with np.errstate(all="ignore"):
        model = prepare(y, x, equations, reml)
        if model.response.exact:
            return _perfect(model, equations, reml)
        solution = _optimise(model, tolerance, max_iterations)
        return _assemble(model, solution, equations)


# -- the search --------------------------------------------------------------------------------------------------


def _perfect_fit(point: Evaluation, df: int) -> str | None:
    return "perfect fit" if point.quadratic / df < _PERFECT else None


def _optimise(model: Model, tolerance: float, max_iterations: int) -> _Solution:
    """Newton's method in the factors' entries; where the optimum lies on the boundary, once more in what is free."""
    bases = full_bases(model)
    directions = directions_for(model, bases)
    minimum = _minimize(model, directions, starting_values(model), tolerance, max_iterations)
    none: tuple[frozenset[Pair], ...] = (frozenset(),) * len(bases)
    if minimum.reason == "perfect fit" or not bases:
        return _Solution(tuple(bases), none, directions, minimum)
    return _at_boundary(model, _Solution(tuple(bases), none, directions, minimum), tolerance, max_iterations)


def _minimize(
    model: Model, directions: list[Directions], start: Array, tolerance: float, max_iterations: int
) -> Minimum[Evaluation]:
    profile = model.profile
    return minimize(
        lambda phi: profile.evaluate(phi, directions),
        start,
        tolerance,
        max_iterations,
        lambda point: _perfect_fit(point, profile.df),
    )


def _at_boundary(model: Model, found: _Solution, tolerance: float, max_iterations: int) -> _Solution:
    """Set variances that are numerically zero to zero, if the likelihood does not mind, and polish the rest."""
    bases, held = list(found.bases), list(found.held)
    parts = _split(found.minimum.phi, found.bases)
    value = found.minimum.point.value
    changed = False
    places = [p for p in model.equations if p is not None]
    for e, place in enumerate(places):
        for threshold in _THRESHOLDS:
            candidate = restrict(place, parts[e], threshold)
            if candidate is None:
                break
            trial_bases = [*bases[:e], candidate.basis, *bases[e + 1 :]]
            trial = np.concatenate([*parts[:e], candidate.phi, *parts[e + 1 :]])
            there = model.profile.evaluate(trial, directions_for(model, trial_bases), order=0).value
            if there <= value + 1e-8 + 1e-13 * abs(value):
                bases, held[e], parts[e] = trial_bases, candidate.held, candidate.phi
                changed = True
                break
    if not changed:
        return found
    directions = directions_for(model, bases)
    polished = _minimize(model, directions, np.concatenate(parts), tolerance, max_iterations)
    before = found.minimum
    minimum = Minimum(
        polished.phi,
        polished.point,
        polished.reason if before.reason == "converged" else before.reason,
        polished.scaled_gradient,
        before.values + polished.values[1:],
    )
    return _Solution(tuple(bases), tuple(held), directions, minimum)


def _split(phi: Array, bases: Sequence[Array]) -> list[Array]:
    cuts = np.cumsum([basis.shape[0] for basis in bases])[:-1]
    return np.split(phi, cuts)


# -- the record --------------------------------------------------------------------------------------------------


def _assemble(model: Model, solution: _Solution, equations: Sequence[RandomEquation]) -> LmmFit:
    profile, point = model.profile, solution.minimum.point
    scale = model.response.scale
    sigma2 = scale**2 * point.quadratic / profile.df
    fixed_map = model.fixed.map
    beta = fixed_map @ (model.response.offset + scale * point.beta)
    vcov_beta = sigma2 * fixed_map @ np.linalg.solve(point.precision, fixed_map.T)
    covariances, theta, jacobian, pairs = _reported(model, solution, sigma2)
    vcov_theta, unidentified = _theta_variance(solution, profile.df, jacobian, theta)
    boundary = tuple(int(i) for i in np.flatnonzero(~np.isfinite(theta) | _held_positions(theta, jacobian, solution)))
    constant = _loglik_constant(model)
    return LmmFit(
        n=model.data.n,
        reml=profile.reml,
        beta=beta,
        vcov_beta=0.5 * (vcov_beta + vcov_beta.T),
        loglik=-0.5 * point.value + constant,
        loglik_linear=_linear_loglik(model),
        theta=theta,
        vcov_theta=vcov_theta,
        theta_pairs=pairs,
        covariances=covariances,
        sigma2=sigma2,
        groups=tuple(None if p is None else p.sizes for p in model.equations),
        convergence=_convergence(solution.minimum, constant, boundary, unidentified),
        model=model,
    )
