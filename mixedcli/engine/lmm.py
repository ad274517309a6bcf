"""Linear mixed models: the public fit.  Arrays in, a frozen record out.

y = X b + sum over equations Z u + e with u ~ N(0, G) per group and e ~ N(0, sigma_e^2), any number of nested levels,
by maximum likelihood or restricted maximum likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mixedcli.engine.batched import Array
from mixedcli.engine.boundary import Pair, Restriction, restrict
from mixedcli.engine.crossproducts import CrossProducts
from mixedcli.engine.inference import ReportedParameters, equation_pairs, reported_parameters
from mixedcli.engine.model import (
    EquationPlace,
    GroupSizes,
    Model,
    RandomEquation,
    directions_for,
    full_bases,
    prepare,
    starting_values,
)
from mixedcli.engine.nested import Evaluation, NestedProfile
from mixedcli.engine.newton import Minimum, minimize

from ..records import field, record

__all__ = ["Convergence", "GroupSizes", "LmmFit", "RandomEquation", "fit_lmm"]

# residual variance over that of least squares: below this, rounding in X'V^-1X would show in beta
_PERFECT = 1e-11
_THRESHOLDS = (1e-6, 1e-10)


@record
class Convergence:
    """How the fit ended.

    reason: "converged", "iteration limit", "no further progress" or "perfect fit" (the residual variance is zero, so
    the likelihood has no maximum).  scaled_gradient: g' H^-1 g of -2 log likelihood.  loglik: at every iteration, the
    start included.  boundary: positions in theta of parameters at their boundary (sd zero, corr +-1).  unidentified:
    positions in theta of those the data do not determine.  singular: equations whose G is on the boundary, whether or
    not one of their parameters shows it (a 3 x 3 G of rank 2 need not).
    """

    converged: bool
    reason: str
    iterations: int
    scaled_gradient: float
    loglik: tuple[float, ...]
    boundary: tuple[int, ...]
    unidentified: tuple[int, ...]
    singular: tuple[int, ...] = ()


@record
class LmmFit:
    """A fitted linear mixed model.

    beta (p,), vcov_beta (p, p) = sigma_e^2 (X' V^-1 X)^-1 at the estimates.
    theta: for every equation its ln sds and then atanh corrs (see `structure.parameter_pairs`), last ln sigma_e.
    theta_pairs: per equation, the element of G that each of its parameters describes.
    vcov_theta: inverse of minus the Hessian of the profiled (restricted) log likelihood in that metric; parameters at
    their boundary are held there (rows of zeros; values -inf, +-inf or nan), unidentified ones have rows of nan.
    covariances: G (q, q) per equation.  loglik_linear: of the model without random effects, by the same method.
    groups: sizes per equation (None for an equation without columns).
    model, relative: what `predict.random_effects` needs (no rows: only group products).
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
    relative: tuple[Array, ...] = field(repr=False, compare=False)

    def level_covariances(self) -> list[Array]:
        """D = G / sigma_e^2 (w, w) of every level in the fitted columns; its equations are independent blocks."""
        out = [np.zeros((width, width)) for width in self.model.widths]
        for place, relative in zip(self.model.equations, self.relative, strict=True):
            if place is not None:
                out[place.level][place.own, place.own] = relative
        return out


@record
class _Solution:
    """The optimum in the fitted metric; per equation with columns its basis, the restriction if any, the held
    elements."""

    bases: tuple[Array, ...]
    restricted: tuple[bool, ...]
    held: tuple[frozenset[Pair], ...]
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
            return _perfect(model)
        solution = _optimise(model, tolerance, max_iterations)
        return _assemble(model, solution)


# -- the search --------------------------------------------------------------------------------------------------


def _perfect_fit(point: Evaluation, df: int) -> str | None:
    return "perfect fit" if point.quadratic / df < _PERFECT else None


def _optimise(model: Model, tolerance: float, max_iterations: int) -> _Solution:
    """Newton's method in the factors' entries; where the optimum lies on the boundary, once more in what is free."""
    bases = full_bases(model)
    minimum = _minimize(model, bases, starting_values(model), tolerance, max_iterations)
    if minimum.reason == "perfect fit" or not bases:
        return _Solution(tuple(bases), (False,) * len(bases), (frozenset(),) * len(bases), minimum)
    return _at_boundary(model, bases, minimum, tolerance, max_iterations)


def _minimize(
    model: Model, bases: Sequence[Array], start: Array, tolerance: float, max_iterations: int
) -> Minimum[Evaluation]:
    profile, directions = model.profile, directions_for(model, bases)
    return minimize(
        lambda phi: profile.evaluate(phi, directions),
        start,
        tolerance,
        max_iterations,
        lambda point: _perfect_fit(point, profile.df),
    )


def _at_boundary(
    model: Model, bases: list[Array], found: Minimum[Evaluation], tolerance: float, max_iterations: int
) -> _Solution:
    """Set variances that are numerically zero to zero, if the likelihood does not mind, and polish the rest."""
    cuts = np.cumsum([basis.shape[0] for basis in bases])[:-1]
    parts = np.split(found.phi, cuts)
    chosen: list[Restriction | None] = []
    for e, place in enumerate(place for place in model.equations if place is not None):
        restriction = _acceptable(model, place, bases, parts, e, found.point.value)
        chosen.append(restriction)
        if restriction is not None:
            bases = [*bases[:e], restriction.basis, *bases[e + 1 :]]
            parts = [*parts[:e], restriction.phi, *parts[e + 1 :]]
    restricted = tuple(c is not None for c in chosen)
    held = tuple(frozenset() if c is None else c.held for c in chosen)
    if not any(restricted):
        return _Solution(tuple(bases), restricted, held, found)
    polished = _minimize(model, bases, np.concatenate(parts), tolerance, max_iterations)
    reason = polished.reason if found.reason == "converged" else found.reason
    values = found.values + polished.values[1:]
    minimum = Minimum(polished.phi, polished.point, reason, polished.scaled_gradient, values)
    return _Solution(tuple(bases), restricted, held, minimum)


def _acceptable(
    model: Model, place: EquationPlace, bases: list[Array], parts: list[Array], e: int, value: float
) -> Restriction | None:
    """The boundary nearest to equation e's estimate, if the deviance there is no higher."""
    for threshold in _THRESHOLDS:
        candidate = restrict(place, parts[e], threshold)
        if candidate is None:
            return None
        directions = directions_for(model, [*bases[:e], candidate.basis, *bases[e + 1 :]])
        phi = np.concatenate([*parts[:e], candidate.phi, *parts[e + 1 :]])
        there = model.profile.evaluate(phi, directions, order=0).value
        if there <= value + 1e-7 + 1e-12 * abs(value):
            return candidate
    return None


# -- the record --------------------------------------------------------------------------------------------------


def _assemble(model: Model, solution: _Solution) -> LmmFit:
    profile, point = model.profile, solution.minimum.point
    scale = model.response.scale
    sigma2 = scale * scale * point.quadratic / profile.df
    fixed_map = model.fixed.map
    vcov_beta = sigma2 * fixed_map @ np.linalg.solve(point.precision, fixed_map.T)
    reported = reported_parameters(model, solution.bases, solution.held, solution.minimum, sigma2)
    constant = _loglik_constant(model)
    return LmmFit(
        n=model.data.n,
        reml=profile.reml,
        beta=fixed_map @ (model.response.offset + scale * point.beta),
        vcov_beta=0.5 * (vcov_beta + vcov_beta.T),
        loglik=-0.5 * point.value + constant,
        loglik_linear=_linear_loglik(model, constant),
        theta=reported.theta,
        vcov_theta=reported.vcov,
        theta_pairs=reported.pairs,
        covariances=reported.covariances,
        sigma2=sigma2,
        groups=_sizes(model),
        convergence=_convergence(model, solution, constant, reported),
        model=model,
        relative=reported.relative,
    )


def _sizes(model: Model) -> tuple[GroupSizes | None, ...]:
    return tuple(None if place is None else place.sizes for place in model.equations)


def _convergence(model: Model, solution: _Solution, constant: float, reported: ReportedParameters) -> Convergence:
    minimum = solution.minimum
    restricted = iter(solution.restricted)
    singular = tuple(e for e, place in enumerate(model.equations) if place is not None and next(restricted))
    return Convergence(
        converged=minimum.reason == "converged",
        reason=minimum.reason,
        iterations=len(minimum.values) - 1,
        scaled_gradient=minimum.scaled_gradient,
        loglik=tuple(-0.5 * value + constant for value in minimum.values),
        boundary=reported.boundary,
        unidentified=reported.unidentified,
        singular=singular,
    )


def _loglik_constant(model: Model) -> float:
    """From -f/2 in the fitted metric to the log likelihood of the data: the scales of y and (for REML) of X."""
    constant = -model.profile.df * math.log(model.response.scale)
    return constant + model.fixed.log_determinant if model.profile.reml else constant


def _linear_loglik(model: Model, constant: float) -> float:
    """The same method's log likelihood without random effects."""
    alone = CrossProducts(model.data.n, model.data.total, ())
    return -0.5 * NestedProfile(alone, model.profile.reml).evaluate(np.zeros(0), [], order=0).value + constant


def _perfect(model: Model) -> LmmFit:
    """The fixed part fits exactly: nothing is left to explain and the likelihood is unbounded."""
    p = model.fixed.map.shape[0]
    pairs = equation_pairs(model)
    theta = np.array([-math.inf if i == j else math.nan for part in pairs for i, j in part] + [-math.inf])
    everything = tuple(range(theta.size))
    return LmmFit(
        n=model.data.n,
        reml=model.profile.reml,
        beta=model.fixed.map @ model.response.offset,
        vcov_beta=np.zeros((p, p)),
        loglik=math.inf,
        loglik_linear=math.inf,
        theta=theta,
        vcov_theta=np.zeros((theta.size, theta.size)),
        theta_pairs=pairs,
        covariances=tuple(np.zeros((0, 0)) if e is None else np.zeros((e.q, e.q)) for e in model.equations),
        sigma2=0.0,
        groups=_sizes(model),
        convergence=Convergence(False, "perfect fit", 0, 0.0, (), everything, ()),
        model=model,
        relative=tuple(np.zeros((0, 0)) if e is None else np.zeros((e.q, e.q)) for e in model.equations),
    )
