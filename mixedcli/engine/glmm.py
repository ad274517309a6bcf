"""Generalized linear mixed models: the public fit.  Arrays in, a frozen record out.

Outcomes are independent given eta = X b + offset + sum over equations Z u, u ~ N(0, G) per group, any number of nested
levels.  The marginal likelihood is integrated numerically (package `marginal`) and maximised by a quasi-Newton search;
standard errors come from the joint observed information, by central differences of the exact gradient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mixedcli.engine import scaling
from mixedcli.engine.batched import Array
from mixedcli.engine.boundary import Pair
from mixedcli.engine.glm_fixed import FixedFit, fit_fixed
from mixedcli.engine.inference import inverse_within, loads_on
from mixedcli.engine.model import GroupSizes, RandomEquation
from mixedcli.engine.quasi_newton import Descent, descend

from ..records import field, record
from .marginal.effects import RandomPart, random_part, reported_part, restrictions
from .marginal.layout import Layout, arrange
from .marginal.likelihood import Marginal
from .marginal.start import StartingPoint
from .response.base import Response, Startable
from .response.weighted import Weighted

__all__ = ["METHODS", "GlmmConvergence", "GlmmFit", "fit_glmm"]

METHODS = ("mvaghermite", "mcaghermite", "ghermite", "laplace")
# g' H^-1 g at which the search ends; the Hessian found there then gives the last steps
_SEARCH = 1e-12
_EXACT = 1e-18
# the same where the search can see no further progress: what rounding leaves with counts of millions
_ROUNDING = 1e-9
_HELD_STEPS = 20
_THRESHOLDS = (1e-6, 1e-10)
# elements of a block's arrays of all nodes, so that they stay in the cache
_CACHE = 131072
_KEPT = 3_000_000


@record
class GlmmConvergence:
    """How the fit ended.

    reason: "converged", "iteration limit", "no further progress" or "initial values not feasible".  scaled_gradient:
    g' H^-1 g of minus the log likelihood.  loglik: at every accepted point, the start included.  boundary: positions in
    ``theta`` of random-part parameters at their boundary (sd zero, corr +-1).  unidentified: positions in theta of
    those the data do not determine.
    """

    converged: bool
    reason: str
    iterations: int
    scaled_gradient: float
    loglik: tuple[float, ...]
    boundary: tuple[int, ...]
    unidentified: tuple[int, ...] = ()


@record(eq=False)
class GlmmFit:
    """A fitted generalized linear mixed model.

    theta = (beta (p), extra (k), for every equation its ln sds and then atanh corrs: `structure.parameter_pairs`);
    vcov: the inverse of minus the joint Hessian of the log likelihood in theta, from which all standard errors come;
    rows and columns of parameters at their boundary are zero, of unidentified ones nan.  theta_pairs: per equation, the
    element of G that each of its parameters describes.  covariances: G (q, q) per equation.  loglik_fixed: of the model
    without random effects; fixed_log: its iterations; fixed: its estimates (p + k).  scores (J, P): what each top-level
    group, with its weight, adds to the gradient in theta (boundary parameters: zero; without random effects: of each
    row).  groups: sizes per equation, None without columns.  marginal (None without random effects), psi: what
    `marginal.posterior` needs.
    """

    n: int
    beta: Array
    extra: Array
    theta: Array
    vcov: Array
    theta_pairs: tuple[tuple[Pair, ...], ...]
    covariances: tuple[Array, ...]
    loglik: float
    loglik_fixed: float
    fixed: Array
    fixed_log: tuple[float, ...]
    scores: Array
    groups: tuple[GroupSizes | None, ...]
    convergence: GlmmConvergence
    method: str
    points: tuple[int, ...]
    part: RandomPart = field(repr=False)
    marginal: Marginal | None = field(repr=False)
    psi: Array = field(repr=False)


@record(eq=False)
class _Problem:
    """The likelihood in the fitted metric."""

    part: RandomPart
    layout: Layout
    fixed_columns: scaling.Columns
    sizes: tuple[int, int]
    method: str
    points: tuple[int, ...]

    @property
    def unweighted(self) -> bool:
        """Whether no group counts more than once."""
        block = self.layout.blocks[0]
        return block.top_weights is None and all(level.weights is None for level in block.levels)

    def marginal(self, bases: Sequence[Array]) -> Marginal:
        return Marginal(self.layout, self.sizes, self.part.directions(bases), self.method, self.points)


@record(eq=False)
class _Solution:
    """The optimum; per equation with columns its basis and the elements held at their boundary."""

    marginal: Marginal
    bases: tuple[Array, ...]
    held: tuple[frozenset[Pair], ...]
    descent: Descent
    log: tuple[float, ...]


def fit_glmm(
    response: Startable,
    x: ArrayLike,
    equations: Sequence[RandomEquation],
    offset: ArrayLike | None = None,
    method: str = "mvaghermite",
    points: Sequence[int] | int = 7,
    weights: Sequence[ArrayLike | None] = (),
    start: Array | str = "unit",
    max_iterations: int = 200,
    errors: bool = True,
    hold_nodes: bool = False,
) -> GlmmFit:
    """Maximum likelihood by quadrature or Laplace's approximation.

    x (n, p) of full column rank, p may be 0; offset (n,).  ``equations`` from the top level down, as in `fit_lmm`
    (equations that repeat a level are independent of each other).  points: number of quadrature points per random
    effect, one for all levels or one per grouping level; 1 is Laplace's approximation, and 2, which cannot tell a
    posterior's variance, is centred at modes.  weights: for the observations (n,) first, then for the groups of every
    level from the BOTTOM up, each (n,) and constant in the group; None means one.  start: theta to begin from, or where
    variances begin: "unit" (one, as Stata's me commands do) or "moments" (usually nearer).  errors: whether ``vcov``,
    ``scores`` (nan otherwise) and the last Newton steps, which take the Hessian, are wanted.  hold_nodes: with
    mean-variance adaptation, treat the nodes as given when the derivatives are taken, as Stata's me commands do:
    estimates and standard errors are then theirs to the last printed digit, but not those of a maximum (the gradient of
    the adapted integral is not zero there, and with few points and small groups the difference shows).

    ValueError for dependent columns of X, levels that are not nested, or points that do not fit the levels.
    """
    if method not in METHODS:
        raise ValueError(f"unknown integration method {method!r}")
    x = np.asarray(x, dtype=float)
    off = np.zeros(response.count) if offset is None else np.asarray(offset, dtype=float)
    given = [None if w is None else np.asarray(w, dtype=float) for w in weights]
    row_weights = given[0] if given else None
    columns = scaling.orthonormal(x)
    if columns is None:
        raise ValueError("the columns of X are linearly dependent")
    _keep_freed_memory()
    with np.errstate(all="ignore"):
        fixed = fit_fixed(response, columns.rows.T, off, row_weights)
        if all(np.asarray(equation.z).shape[1] == 0 for equation in equations):
            return _without_effects(response, x, off, row_weights, columns, fixed, random_part(equations))
        problem = _prepare(response, columns, off, random_part(equations), given, method, points)
        solution = _optimise(problem, fixed, start, max_iterations)
        return _assemble(problem, fixed, solution, errors, hold_nodes and problem.method == "mvaghermite")


def _keep_freed_memory() -> None:
    """Have the C library keep what arrays give back.

    glibc returns free memory to the system as soon as there is a little of it, and every temporary array then pays for
    fresh pages: a third of the time of a small fit.  Freeing one large block raises that limit (mallopt(3),
    M_TRIM_THRESHOLD); the block is never written to.
    """
    np.empty(_KEPT)


def _without_effects(
    response: Startable,
    x: Array,
    offset: Array,
    weights: Array | None,
    columns: scaling.Columns,
    fixed: FixedFit,
    part: RandomPart,
) -> GlmmFit:
    """The generalized linear model as it is; its scores are those of the rows."""
    p, k = x.shape[1], response.extra_count
    jacobian = np.eye(p + k)
    jacobian[:p, :p] = columns.map
    theta = jacobian @ fixed.theta
    vcov, lost = _variance(fixed.information, jacobian, fixed.theta)
    eta = x @ theta[:p] + offset
    scores = x * response.derivatives(eta, theta[p:], 1)[1][:, None]
    if k:
        scores = np.concatenate([scores, response.extra_derivatives(eta, theta[p:], 0)[0].T], axis=1)
    reason = "converged" if fixed.converged else "no further progress"
    return GlmmFit(
        n=response.count,
        beta=theta[:p],
        extra=theta[p:],
        theta=theta,
        vcov=vcov,
        theta_pairs=((),) * len(part.places),
        covariances=tuple(np.zeros((0, 0)) for _ in part.places),
        loglik=fixed.loglik,
        loglik_fixed=fixed.loglik,
        fixed=theta,
        fixed_log=tuple(fixed.log),
        scores=scores if weights is None else scores * weights[:, None],
        groups=part.sizes,
        convergence=GlmmConvergence(
            fixed.converged, reason, len(fixed.log) - 1, 0.0, tuple(fixed.log), (), lost
        ),
        method="",
        points=(),
        part=part,
        marginal=None,
        psi=fixed.theta,
    )


def _prepare(
    response: Response,
    columns: scaling.Columns,
    offset: Array,
    part: RandomPart,
    weights: list[Array | None],
    method: str,
    points: Sequence[int] | int,
) -> _Problem:
    counts = _points(points, len(part.levels))
    if method == "mvaghermite" and counts and min(counts) < 3:
        method = "mcaghermite"
    if method == "laplace":
        counts = (1,) * len(counts)
    if any(w is not None for w in weights[1 : len(part.levels)]) and method in ("mcaghermite", "laplace"):
        raise ValueError("weights of intermediate levels need mean-variance or non-adaptive quadrature")
    if weights and weights[0] is not None:
        response = Weighted(response, weights[0])
    nodes = math.prod(k ** z.shape[0] for k, (z, _) in zip(counts, part.levels, strict=True)) if max(
        counts, default=1
    ) > 1 else 1
    block = min(max(_CACHE // nodes, 512), 16384)
    layout = arrange(response, columns.rows, offset, part.levels, [None, *weights[1:]], block)
    return _Problem(part, layout, columns, (columns.rows.shape[0], response.extra_count), method, counts)


def _points(points: Sequence[int] | int, levels: int) -> tuple[int, ...]:
    if isinstance(points, int):
        return (points,) * levels
    if len(points) not in (1, levels):
        raise ValueError("one number of points, or one per level")
    return tuple(points) if len(points) == levels else tuple(points) * levels


# ---- the search --------------------------------------------------------------------------------------------------


def _optimise(problem: _Problem, fixed: FixedFit, start: Array | str, max_iterations: int) -> _Solution:
    """The quasi-Newton search; where the optimum lies on the boundary, once more in what is free there."""
    bases = problem.part.bases()
    marginal = problem.marginal(bases)
    sources = StartingPoint(problem.part, problem.layout, problem.fixed_columns, problem.sizes)
    psi = sources.search(fixed, marginal, start == "unit") if isinstance(start, str) else sources.at(start)
    found = _descend(problem, marginal, psi, max_iterations)
    if -found.value < fixed.loglik - 1e-6 * abs(fixed.loglik) and problem.unweighted:
        # a local maximum below the model without random effects, of densities that have several: begin at that model
        again = _descend(problem, marginal, sources.nearly_fixed(fixed), max_iterations)
        found = again if again.value < found.value else found
    log = tuple(-v for v in found.values)
    none: tuple[frozenset[Pair], ...] = tuple(frozenset() for _ in bases)
    return _at_boundary(problem, _Solution(marginal, tuple(bases), none, found, log), max_iterations)


def _descend(problem: _Problem, marginal: Marginal, psi: Array, max_iterations: int) -> Descent:
    def negative(at: Array) -> tuple[float, Array]:
        value, gradient = marginal.gradient(at)
        return -value, -gradient

    return descend(negative, psi, lambda at: _approximate_inverse(problem, marginal, at), _SEARCH, max_iterations)


def _approximate_inverse(problem: _Problem, marginal: Marginal, psi: Array) -> Array:
    """An approximate inverse Hessian; directions of which it says nothing get a unit step."""
    information = marginal.approximate_information(psi)
    if not np.isfinite(information).all():
        return np.eye(psi.size) / problem.layout.order.size
    values, vectors = np.linalg.eigh(information)
    return np.asarray((vectors / np.maximum(values, max(1e-8 * values[-1], 1.0))) @ vectors.T, dtype=float)


def _at_boundary(problem: _Problem, solution: _Solution, max_iterations: int) -> _Solution:
    """Set variances that are numerically zero to zero, if the likelihood does not mind, and polish the rest."""
    outer = sum(problem.sizes)
    phi = solution.descent.phi[outer:]
    for threshold in _THRESHOLDS:
        found = restrictions(problem.part, phi, threshold)
        if all(each is None for each in found):
            return solution
        bases, parts, held, at = [], [], [], 0
        for basis, each in zip(solution.bases, found, strict=True):
            bases.append(basis if each is None else _with_a_column(each.basis))
            parts.append(phi[at : at + basis.shape[0]] if each is None else each.phi)
            held.append(frozenset() if each is None else each.held)
            at += basis.shape[0]
        marginal = problem.marginal(bases)
        psi = np.concatenate([solution.descent.phi[:outer], *parts])
        value = marginal.value(psi)
        if value >= -solution.descent.value - 1e-6 - 1e-10 * abs(value):
            polished = _descend(problem, marginal, psi, max_iterations)
            log = (*solution.log, *(-v for v in polished.values[1:]))
            return _Solution(marginal, tuple(bases), tuple(held), polished, log)
    return solution


def _with_a_column(basis: Array) -> Array:
    """A factor of rank zero as one column of zeros: every level has random effects, if only of no size."""
    return basis if basis.shape[2] else np.zeros((0, basis.shape[1], 1))


# ---- the record --------------------------------------------------------------------------------------------------


def _is_maximum(hessian: Array) -> bool:
    """Whether minus the Hessian has no direction that clearly goes up."""
    if not np.isfinite(hessian).all():
        return False
    values = np.linalg.eigvalsh(hessian)
    return bool(values[0] > -1e-8 * max(values[-1], 0.0))


def _polished(marginal: Marginal, psi: Array, hessian: Array, gradient: Array) -> tuple[Array, float]:
    """Newton steps with the Hessian at hand, while they make the scaled gradient smaller; that gradient."""
    inverse, _ = inverse_within(hessian, 1.0 + np.abs(psi), 1)
    scaled = float(gradient @ inverse @ gradient)
    for _ in range(4):
        if scaled < _EXACT:
            break
        trial = psi + inverse @ gradient
        value, slope = marginal.gradient(trial)
        new = float(slope @ inverse @ slope)
        if not math.isfinite(value) or not new < 0.5 * scaled:
            break
        psi, gradient, scaled = trial, slope, new
    return psi, scaled


def _held_solution(marginal: Marginal, psi: Array, errors: Array) -> tuple[Array, Array, float]:
    """Where the gradient with the nodes held is zero, the Hessian with them held, and g'H^-1 g.

    The nodes are found anew after every Newton step.
    """
    for _ in range(_HELD_STEPS):
        held = marginal.held(psi)
        hessian = held.hessian(psi, errors)
        gradient = held.gradient(psi)[1]
        step = inverse_within(hessian, 1.0 + np.abs(psi), 1)[0] @ gradient
        scaled = float(gradient @ step)
        if not math.isfinite(scaled) or abs(scaled) < _EXACT:
            break
        psi = psi + step
    return psi, hessian, scaled


@record(eq=False)
class _Summit:
    """The solution to the last digit: psi, minus the Hessian there (nan where it was not wanted), g' H^-1 g, why the
    search ended, and the likelihood whose derivatives count (that with its nodes held, if they are)."""

    psi: Array
    hessian: Array
    scaled: float
    reason: str
    derivatives: Marginal


def _summit(solution: _Solution, errors: bool, hold_nodes: bool) -> _Summit:
    """Newton's last steps with the Hessian that the standard errors need."""
    marginal, descent = solution.marginal, solution.descent
    psi, scaled = descent.phi, float(descent.gradient @ descent.inverse @ descent.gradient)
    unknown = np.full((psi.size, psi.size), np.nan)
    if not math.isfinite(descent.value):
        return _Summit(psi, unknown, scaled, "initial values not feasible", marginal)
    if not (errors or hold_nodes):
        return _Summit(psi, unknown, scaled, descent.reason, marginal)
    near = np.sqrt(np.maximum(np.diag(descent.inverse), 0.0))
    derivatives = marginal
    if hold_nodes:
        psi, hessian, scaled = _held_solution(marginal, psi, near)
        derivatives = marginal.held(psi)
    else:
        hessian = marginal.hessian(psi, near)
        if np.isfinite(hessian).all() and descent.reason != "iteration limit":
            psi, scaled = _polished(marginal, psi, hessian, -descent.gradient)
    reason = descent.reason
    if reason == "no further progress" and 0.0 <= scaled < _ROUNDING and _is_maximum(hessian):
        reason = "converged"                # the search had reached what rounding lets it see
    return _Summit(psi, hessian, scaled, reason, derivatives)


def _assemble(problem: _Problem, fixed: FixedFit, solution: _Solution, errors: bool, hold_nodes: bool) -> GlmmFit:
    p, k = problem.sizes
    found = _summit(solution, errors, hold_nodes)
    psi, feasible = found.psi, math.isfinite(solution.descent.value)
    back = problem.fixed_columns.map
    reported = reported_part(problem.part, solution.bases, solution.held, psi[p + k :])
    theta = np.concatenate([back @ psi[:p], psi[p : p + k], reported.theta])
    jacobian = np.zeros((theta.size, psi.size))
    jacobian[:p, :p], jacobian[p : p + k, p : p + k] = back, np.eye(k)
    jacobian[p + k :, p + k :] = reported.jacobian
    vcov, lost = _variance(found.hessian, jacobian, psi)
    boundary = tuple(p + k + r for r in reported.boundary)
    return GlmmFit(
        n=problem.layout.order.size,
        beta=theta[:p],
        extra=theta[p : p + k],
        theta=theta,
        vcov=vcov,
        theta_pairs=reported.pairs,
        covariances=reported.covariances,
        loglik=solution.marginal.value(psi) if feasible else -math.inf,
        loglik_fixed=fixed.loglik,
        fixed=np.concatenate([back @ fixed.theta[:p], fixed.theta[p:]]),
        fixed_log=tuple(fixed.log),
        scores=_scores(found.derivatives, psi, jacobian) if errors and feasible else np.full((0, theta.size), np.nan),
        groups=problem.part.sizes,
        convergence=GlmmConvergence(
            found.reason == "converged", found.reason, len(solution.log) - 1, found.scaled, solution.log, boundary, lost
        ),
        method=problem.method,
        points=problem.points,
        part=problem.part,
        marginal=solution.marginal,
        psi=psi,
    )


def _variance(hessian: Array, jacobian: Array, psi: Array) -> tuple[Array, tuple[int, ...]]:
    """J H^-1 J', nan for what the data do not determine."""
    if not np.isfinite(hessian).all():
        return np.full((jacobian.shape[0],) * 2, np.nan), ()
    inverse, null = inverse_within(hessian, 1.0 + np.abs(psi), 1)
    vcov = jacobian @ inverse @ jacobian.T
    lost = loads_on(jacobian, null)
    vcov[lost, :] = vcov[:, lost] = np.nan
    return vcov, tuple(int(i) for i in np.flatnonzero(lost))


def _scores(marginal: Marginal, psi: Array, jacobian: Array) -> Array:
    """Scores in theta: those in psi times the inverse of the Jacobian, zero for parameters at their boundary."""
    scores = marginal.scores(psi)
    free = np.abs(jacobian).max(axis=1, initial=0.0) > 0
    out = np.zeros((scores.shape[0], jacobian.shape[0]))
    out[:, free] = scores @ np.linalg.pinv(jacobian[free])
    return out
