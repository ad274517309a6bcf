"""The likelihood of each single-level command, the model that it is compared with, and the search for the maximum."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...engine import glm, ordinal
from ...engine.likelihood import Family, Fit, Predictor, Problem, Step, maximize, sandwich
from ...engine.tails import normal_quantile
from ...errors import StataError
from ...records import record, replace
from ...results.stripe import StripeName
from .model import MlData, search_units

MAX_ITERATIONS = 16_000               # Stata's own
LOG_FLOOR = -18.0                     # the least ln alpha and ln delta; Stata's FAQ on nbreg gives the same limit


@record(eq=False)
class Fitted:
    """A fit of one of these models: ``theta`` holds the coefficients of the design, then those called ``extra``.

    ``logs``: title and iterations of every model fitted for it.  ``ll_0``: that of the constant-only model (nan: none).
    """

    fit: Fit
    problem: Problem
    ll_0: float
    extra: tuple[StripeName, ...] = ()
    logs: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    outcomes: tuple[float, ...] = ()
    ll_c: float = math.nan


def variance(fitted: Fitted, data: MlData, groups: np.ndarray | None) -> np.ndarray:
    """The variance (p, p) of the parameters: the inverse of minus the Hessian, or the sandwich.

    Zero where a single cluster, or observation, says nothing of it.
    """
    if not data.request.robust:
        return fitted.fit.inverse
    V = _sandwich(fitted, data, groups)
    return V if np.isfinite(V).all() else np.zeros_like(V)


def _sandwich(fitted: Fitted, data: MlData, groups: np.ndarray | None) -> np.ndarray:
    scores = fitted.problem.scores(fitted.fit.theta)
    if groups is not None or data.wtype != "fweight":
        return sandwich(fitted.fit.inverse, scores * data.weights[:, None], groups)
    # frequencies are repetitions: each counts as an observation of its own
    n = data.n
    spread = scores.T @ (scores * data.weights[:, None])
    return fitted.fit.inverse @ spread @ fitted.fit.inverse * (n / (n - 1) if n > 1 else math.nan)


# ---- one linear predictor ----------------------------------------------------------------------------------------


def fit_single(data: MlData, family: Family, null: float, iterations: int | None, from_poisson: bool = False) -> Fitted:
    """A model with one linear predictor.  ``null``: the constant alone, if there is no offset."""
    X = data.X
    problem = Problem((Predictor(X, np.arange(X.shape[1]), data.offset),), family, X.shape[1], data.weights)
    start = np.zeros(problem.size)
    ll_0 = math.nan
    if data.design.constant:
        start[-1] = null
        alone = _constant_alone(data, family, null)
        start[-1] = alone.theta[0]
        ll_0 = alone.ll
    if from_poisson:
        start = poisson_start(data)
    fit = maximize(problem, start, search_units(X, 0), _most(iterations), data.stretch)
    return Fitted(fit, problem, ll_0, logs=(("", fit.log),))


def _most(iterations: int | None) -> int:
    return MAX_ITERATIONS if iterations is None else iterations


def _constant_alone(data: MlData, family: Family, null: float) -> Fit:
    ones = np.ones((len(data.weights), 1))
    problem = Problem((Predictor(ones, np.arange(1), data.offset),), family, 1, data.weights)
    return maximize(problem, np.array([null]), stretch=data.stretch)


def poisson_start(data: MlData) -> np.ndarray:
    """Least squares of the linearised response at means half way to the overall mean, one step of the usual kind."""
    y, X, w = data.y[:, 0], data.X, data.weights
    mean = np.average(y, weights=w)
    mu = (y + mean) / 2
    working = np.log(mu) + (y - mu) / mu - data.offset
    root = np.sqrt(w * mu)
    return np.linalg.lstsq(X * root[:, None], working * root, rcond=None)[0]


def share(data: MlData) -> float:
    """The share of positive outcomes."""
    return float(np.average(data.y[:, 0] != 0, weights=data.weights))


def fit_logit(data: MlData, iterations: int | None) -> Fitted:
    p = share(data)
    return fit_single(data, glm.logit(data.y[:, 0] != 0), math.log(p / (1 - p)), iterations)


def fit_probit(data: MlData, iterations: int | None) -> Fitted:
    return fit_single(data, glm.probit(data.y[:, 0] != 0), normal_quantile(share(data)), iterations)


def fit_cloglog(data: MlData, iterations: int | None) -> Fitted:
    return fit_single(data, glm.cloglog(data.y[:, 0] != 0), math.log(-math.log1p(-share(data))), iterations)


def fit_poisson(data: MlData, iterations: int | None) -> Fitted:
    """Raises r(459) for negative values, r(498) where all are zero."""
    y = checked_counts(data)
    mean = float(np.average(y, weights=data.weights))
    exposure = float(np.average(np.exp(data.offset), weights=data.weights))
    return fit_single(data, glm.poisson(y), math.log(mean / exposure), iterations, from_poisson=True)


def checked_counts(data: MlData) -> np.ndarray:
    """The counts.  Raises r(459) for negative ones, r(498) where all are zero."""
    y = data.y[:, 0]
    if (y < 0).any():
        raise StataError(f"{data.depvars[0]} must be greater than or equal to zero", 459)
    if not y.any():
        raise StataError(f"{data.depvars[0]} is zero for all observations", 498)
    return y


def remarks(data: MlData) -> tuple[str, ...]:
    """What is said of outcomes that are no counts; they are fitted all the same."""
    y = data.y[:, 0]
    whole = np.array_equal(y, np.trunc(y))
    return () if whole else ("note: you are responsible for interpretation of noncount dep. variable",)


# ---- negative binomial -------------------------------------------------------------------------------------------


def fit_nbreg(data: MlData, iterations: int | None, constant: bool, compare: bool, modern: bool) -> Fitted:
    """The negative binomial, with the Poisson and the constant-only model fitted on the way."""
    poisson = fit_poisson(data, None)
    make = glm.nbreg_constant if constant else glm.nbreg_mean
    family = make(data.y[:, 0])
    word = "lndelta" if constant else "lnalpha"
    logs: list[tuple[str, tuple[Step, ...]]] = [("Fitting Poisson model", poisson.fit.log)] if compare else []
    spread, ll_0 = 0.0, math.nan
    if data.design.constant:
        ones = np.ones((len(data.weights), 1))
        level = _constant_alone(data, glm.poisson(data.y[:, 0]), 0.0).theta[0]
        alone = maximize(_with_scale(ones, data, family), np.array([level, 0.0]), None, _most(iterations), data.stretch)
        spread, ll_0 = float(alone.theta[1]), alone.ll
        logs.append(("Fitting constant-only model", alone.log))
    problem = _with_scale(data.X, data, family)
    start = np.append(poisson.fit.theta, spread)
    fit = maximize(problem, start, search_units(data.X, 1), _most(iterations), data.stretch)
    logs.append(("Fitting full model", fit.log))
    if fit.theta[-1] < LOG_FLOOR:
        fit = _at_floor(problem, fit)
    return Fitted(
        fit, problem, ll_0, (scale_name(word, modern),), tuple(logs), ll_c=poisson.fit.ll if compare else math.nan
    )


def _at_floor(problem: Problem, fit: Fit) -> Fit:
    """The fit with the scale held at `LOG_FLOOR` and without a variance: counts that vary less than a Poisson's have
    their maximum at minus infinity, where the likelihood is flat and its curvature but rounding."""
    main, scale = problem.predictors
    held = replace(scale, matrix=scale.matrix[:, :0], columns=scale.columns[:0], offset=scale.offset + LOG_FLOOR)
    p = problem.size - 1
    inside = maximize(replace(problem, predictors=(main, held), size=p), fit.theta[:p])
    inverse = np.zeros((p + 1, p + 1))
    inverse[:p, :p] = inside.inverse
    return replace(inside, theta=np.append(inside.theta, LOG_FLOOR), inverse=inverse, log=fit.log)


def _with_scale(X: np.ndarray, data: MlData, family: Family) -> Problem:
    """A linear predictor and one parameter of scale."""
    p = X.shape[1]
    wider = 0.0 if data.precision is None else -0.5 * np.log(data.precision)
    scale = Predictor(np.ones((len(X), 1)), np.array([p]), wider)
    return Problem((Predictor(X, np.arange(p), data.offset), scale), family, p + 1, data.weights)


def scale_name(word: str, modern: bool) -> StripeName:
    """A parameter outside the main equation: ``/lnalpha`` from version 15 on, an equation of its own before."""
    return StripeName("/", word) if modern else StripeName(word, "_cons")


# ---- ordered outcomes --------------------------------------------------------------------------------------------


def fit_ordered(data: MlData, iterations: int | None, logistic: bool, modern: bool) -> Fitted:
    """The ordered logit or probit with cut points; the design has no constant.  Raises r(148) for one category."""
    outcomes, codes = np.unique(data.y[:, 0], return_inverse=True)
    if len(outcomes) < 2:
        raise StataError("too few categories", 148)
    if len(outcomes) > 50:
        raise StataError("too many categories", 149)
    cuts = len(outcomes) - 1
    null = _null_cuts(codes.reshape(-1), data, cuts, logistic)
    p = data.X.shape[1]
    problem = ordered_problem(data.X, codes.reshape(-1), data, cuts, logistic)
    alone = ordered_problem(data.X[:, :0], codes.reshape(-1), data, cuts, logistic)
    # Without an offset the cut points of the constant-only model are known.
    ll_0 = maximize(alone, null).ll
    start = np.concatenate([np.zeros(p), null])
    fit = maximize(problem, start, search_units(data.X, cuts, shifts=True), _most(iterations), data.stretch)
    names = tuple(scale_name(f"cut{k + 1}", modern) for k in range(cuts))
    return Fitted(fit, problem, ll_0, names, (("", fit.log),), tuple(outcomes.tolist()))


def _null_cuts(codes: np.ndarray, data: MlData, cuts: int, logistic: bool) -> np.ndarray:
    shares = np.cumsum(np.bincount(codes, weights=data.weights))[:cuts] / data.weights.sum()
    quantile: Callable[[float], float] = (lambda s: math.log(s / (1 - s))) if logistic else normal_quantile
    return np.array([quantile(float(each)) for each in shares])


def ordered_problem(X: np.ndarray, codes: np.ndarray, data: MlData, cuts: int, logistic: bool) -> Problem:
    """Outcome k lies between cut points k and k + 1, less the linear predictor."""
    units = np.eye(cuts)
    below = np.where((codes > 0)[:, None], units[np.maximum(codes - 1, 0)], 0.0)
    above = np.where((codes < cuts)[:, None], units[np.minimum(codes, cuts - 1)], 0.0)
    interval = ordinal.logistic_interval if logistic else ordinal.normal_interval
    slope = ordinal.logistic_slope if logistic else ordinal.normal_slope
    family = ordinal.ordered(codes == 0, codes == cuts, interval, slope)
    every = np.arange(X.shape[1] + cuts)
    ends = (Predictor(np.hstack([-X, side]), every, -data.offset) for side in (below, above))
    return Problem(tuple(ends), family, len(every), data.weights)


# ---- censored normal data ----------------------------------------------------------------------------------------


def fit_censored(
    data: MlData, low: np.ndarray, high: np.ndarray, iterations: int | None, command: str, modern: bool
) -> Fitted:
    """A normal regression whose outcome is known to lie in [low, high], in ln sigma.

    Raises r(1400) where all outcomes are known and x b equals them: the likelihood has no bound as sigma goes to zero.
    """
    rows = data.weights if data.precision is None else data.precision
    family = ordinal.censored_normal(low, high)
    guess = np.where(np.isinf(low), high, np.where(np.isinf(high), low, (low + high) / 2)) - data.offset
    if np.array_equal(low, high) and _exact(data.X, guess, rows):
        raise StataError("initial values not feasible", 1400)
    logs: list[tuple[str, tuple[Step, ...]]] = []
    ll_0 = math.nan
    if data.design.constant:
        ones = np.ones((len(guess), 1))
        start = _normal_start(ones, guess, rows)
        alone = maximize(_with_scale(ones, data, family), start, stretch=data.stretch)
        ll_0 = alone.ll
        logs += [("Fitting constant-only model", alone.log)] if command == "intreg" else []
    problem = _with_scale(data.X, data, family)
    start = _normal_start(data.X, guess, rows)
    fit = maximize(problem, start, search_units(data.X, 1), _most(iterations), data.stretch)
    if command == "tobit" and modern:
        logs.append(("Refining starting values", fit.log[:1]))
    logs.append(("Fitting full model" if command == "intreg" or modern else "", fit.log))
    return Fitted(fit, problem, ll_0, (scale_name("lnsigma", modern),), tuple(logs))


def _exact(X: np.ndarray, y: np.ndarray, weights: np.ndarray) -> bool:
    """Whether the least-squares fit leaves nothing of y but rounding."""
    rest = y - X @ _normal_start(X, y, weights)[:-1]
    return float(np.abs(rest).max(initial=0.0)) <= 1e-13 * float(np.abs(y).max(initial=0.0))


def _normal_start(X: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Least squares on the ends or middles of the intervals."""
    root = np.sqrt(weights)
    beta = np.linalg.lstsq(X * root[:, None], y * root, rcond=None)[0]
    rest = y - X @ beta
    spread = float(np.average(rest**2, weights=weights))
    return np.append(beta, 0.5 * math.log(spread) if spread > 0 else 0.0)
