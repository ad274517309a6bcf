"""From a fitted model to the numbers that are printed: standard errors, intervals, tests.

GLS standard errors for the coefficients, the inverse Hessian of the profiled likelihood
for ln sd and atanh corr, delta method and back-transformed intervals for the rest.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from ...engine.tails import chi2_tail, chibar2_tail, normal_quantile, normal_two_sided
from ...records import replace
from ...results.coefficients import CoefficientRow
from ...results.mixed import (
    Convergence,
    Estimate,
    GroupLevel,
    Iteration,
    LRTest,
    MixedOptions,
    MixedResult,
    RandomEquation,
    RandomParameter,
)
from ...results.stripe import CONSTANT, TermNote
from .model import MixedModel, RandomDesign


class RandomCoefficients(Protocol):
    """What the parameters of one equation are named by: its structure, and the names of its columns."""

    @property
    def structure(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...


def make_result(model: MixedModel, options: MixedOptions, level: float) -> MixedResult:
    """Every number of the fit, with intervals at ``level`` percent."""
    fit, design = model.fit, model.design
    z = normal_quantile(0.5 + level / 200)
    v_fixed = design.full_matrix(fit.vcov_beta)
    b = design.full_vector(fit.beta)
    chi2, df = wald(model)
    equations, residual = _random_part(model, z, options)
    return MixedResult(
        command=model.plan.command,
        depvar=model.plan.depvar,
        n=fit.n,
        method=model.method,
        coefficients=tuple(
            coefficient_row(term, b[k], v_fixed[k, k], z) for k, term in enumerate(design.terms)
        ),
        v_fixed=v_fixed,
        equations=equations,
        residual=residual,
        v_random=_finite(fit.vcov_theta),
        **_robust(model),
        ll=fit.loglik,
        chi2=chi2,
        df_m=df,
        p=chi2_tail(chi2, df) if df else math.nan,
        groups=tuple(_group_level(part) for part in model.levels),
        lr=_lr_test(model),
        ll_c=fit.loglik_linear,
        rank=len(fit.beta) + len(fit.theta),
        log=tuple(Iteration(ll) for ll in fit.convergence.loglik),
        convergence=_convergence(model),
        level=level,
        cmdline=model.cmdline,
        value_labels=model.value_labels,
        options=options,
        notes=tuple(note_text(note) for note in design.notes),
    )


def _robust(model: MixedModel) -> dict[str, Any]:
    """What vce(robust) and vce(cluster) add to the result."""
    errors = model.robust
    if errors is None:
        return {}
    design, own = model.design, errors.modelbased
    k, m = len(design.terms), len(own.theta)
    cross = np.zeros((k, m))
    cross[list(design.columns)] = errors.cross
    modelbased = np.zeros((k + m, k + m))
    modelbased[:k, :k] = design.full_matrix(own.vcov_beta)
    modelbased[k:, k:] = own.vcov_theta
    return {
        "vce": model.plan.vce.kind, "cluster": errors.name, "n_clusters": errors.count if errors.name else 0,
        "v_cross": _finite(cross), "v_modelbased": _finite(modelbased),
    }


def coefficient_row(term: object, b: float, variance: float, z: float) -> CoefficientRow:
    """One row of the fixed part; a term that was not estimated has no standard error.

    Nor has one whose variance is too small or too large for a double (a covariate in units of 1e300).
    """
    if getattr(term, "status", "shown") != "shown":
        return CoefficientRow(term, b=0.0)  # type: ignore[arg-type]
    se = _root(variance)
    return CoefficientRow(term, b, se, **_test(b, se, "statistic"), lo=b - z * se, hi=b + z * se)  # type: ignore[arg-type]


def note_text(note: TermNote) -> str:
    """Stata's note, without the full stop that newer versions add."""
    if note.reason == "collinear":
        return f"note: {note.name} omitted because of collinearity"
    return f"note: {note.name} identifies no observations in the sample"


def wald(model: MixedModel) -> tuple[float, int]:
    """Wald chi2 of all coefficients but the constant, and its degrees of freedom; (nan, 0) without any.

    nan where the variance matrix does not fit into doubles, or where robust errors from few clusters leave it
    singular; the degrees of freedom are then its rank.
    """
    estimated = [model.design.terms[k] for k in model.design.columns]
    tested = np.array([k for k, term in enumerate(estimated) if term != CONSTANT], dtype=int)
    if not len(tested):
        return math.nan, 0
    b = model.fit.beta[tested]
    V = model.fit.vcov_beta[np.ix_(tested, tested)]
    if not np.isfinite(V).all():
        return math.nan, 0 if model.robust is not None else len(tested)
    if model.robust is not None:
        from .._linear.common import independent_rows

        rank = int(np.count_nonzero(independent_rows(np.eye(len(tested)), V)))
        if rank < len(tested):
            return math.nan, rank
    try:
        return float(b @ np.linalg.solve(V, b)), len(tested)
    except np.linalg.LinAlgError:
        return math.nan, len(tested)


def _group_level(part: RandomDesign) -> GroupLevel:
    groups = part.groups
    return GroupLevel(part.level, groups.count, groups.minimum, groups.mean, groups.maximum)


def _lr_test(model: MixedModel) -> LRTest | None:
    """The test against the linear model; chi-bar-squared for one variance.

    None without random effects, or with robust errors.
    """
    fit = model.fit
    df = len(fit.theta) - 1
    if df == 0 or model.robust is not None:
        return None
    chi2 = max(0.0, 2 * (fit.loglik - fit.loglik_linear))
    if df == 1:
        return LRTest(chi2, 1, chibar2_tail(chi2), "chibar2")
    return LRTest(chi2, df, chi2_tail(chi2, df), "chi2", "conservative")


def _convergence(model: MixedModel) -> Convergence:
    record = model.fit.convergence
    names = _theta_names(model)
    return Convergence(
        converged=record.converged,
        reason=record.reason,
        iterations=record.iterations,
        gradient=record.scaled_gradient,
        boundary=tuple(names[k] for k in record.boundary),
    )


def _theta_names(model: MixedModel) -> list[str]:
    """A name for each element of theta, as in the random-effects table: ``school: sd(lrt)``."""
    names = []
    for part in model.random:
        for kind, columns in _parameter_kinds(part):
            names.append(f"{part.level}: {kind}({(',' if kind == 'corr' else ' ').join(columns)})")
    return [*names, "sd(Residual)"]


# ---- the random part ---------------------------------------------------------------------------------------------


def _parameter_kinds(part: RandomCoefficients) -> list[tuple[str, tuple[str, ...]]]:
    """(kind, columns) of each parameter of an equation, in the order of theta: sds, then correlations."""
    columns = part.columns
    if not columns:
        return []
    if part.structure == "identity":
        return [("sd", columns)]
    if part.structure == "exchangeable":
        return [("sd", columns), ("corr", columns)]
    kinds: list[tuple[str, tuple[str, ...]]] = [("sd", (name,)) for name in columns]
    if part.structure == "unstructured":
        kinds += [
            ("corr", (columns[j], columns[i])) for j in range(len(columns)) for i in range(j + 1, len(columns))
        ]
    return kinds


def _random_part(
    model: MixedModel, z: float, options: MixedOptions
) -> tuple[tuple[RandomEquation, ...], RandomParameter]:
    fit = model.fit
    V = _without_errors(fit.vcov_theta) if options.nostderr else fit.vcov_theta
    equations, at = [], 0
    for part in model.random:
        kinds = _parameter_kinds(part)
        here = slice(at, at + len(kinds))
        parameters = _parameters(part, kinds, fit.theta[here], V[here, here], z)
        equations.append(RandomEquation(part.level, _structure_label(part), part.columns, parameters))
        at += len(kinds)
    residual = sd_parameter(("Residual",), fit.theta[at], V[at, at], z)
    return tuple(equations), residual


def _structure_label(part: RandomDesign) -> str:
    return part.structure.capitalize() if part.columns else "(empty)"


def _parameters(
    part: RandomCoefficients, kinds: list[tuple[str, tuple[str, ...]]], theta: np.ndarray, V: np.ndarray, z: float
) -> tuple[RandomParameter, ...]:
    """The parameters of one equation; ``theta`` and ``V`` are its ln sd and atanh corr, and their covariance."""
    place = {columns: k for k, (kind, columns) in enumerate(kinds) if kind == "sd"}
    out = []
    for k, (kind, columns) in enumerate(kinds):
        if kind == "sd":
            out.append(sd_parameter(columns, theta[k], V[k, k], z))
            continue
        sds = [place[columns]] * 2 if columns in place else [place[(name,)] for name in columns]
        out.append(_corr_parameter(columns, theta, V, k, (sds[0], sds[1]), z))
    return tuple(out)


def random_parameters(
    part: RandomCoefficients, theta: np.ndarray, V: np.ndarray, z: float
) -> tuple[RandomParameter, ...]:
    """The parameters of one equation from its ln sds and atanh correlations and their covariance."""
    return _parameters(part, _parameter_kinds(part), theta, V, z)


def sd_parameter(columns: tuple[str, ...], lnsd: float, variance: float, z: float) -> RandomParameter:
    se = _root(variance)
    sd = math.exp(lnsd)
    return RandomParameter(
        "sd",
        columns,
        sd=Estimate(sd, sd * se, _exp(lnsd - z * se), _exp(lnsd + z * se)),
        var=Estimate(sd * sd, 2 * sd * sd * se, _exp(2 * (lnsd - z * se)), _exp(2 * (lnsd + z * se))),
        raw=Estimate(lnsd, se, lnsd - z * se, lnsd + z * se),
        **_test(lnsd, se),
    )


def _corr_parameter(
    columns: tuple[str, ...], theta: np.ndarray, V: np.ndarray, k: int, sds: tuple[int, int], z: float
) -> RandomParameter:
    """A correlation and its covariance: cov = tanh(a) sd_i sd_j, delta method for its standard error.

    A correlation held at its boundary leaves both without a standard error; one with a variance of zero is undefined,
    and its covariance zero.
    """
    a, se = float(theta[k]), _root(V[k, k])
    r = math.tanh(a)
    product = _exp(float(theta[sds[0]] + theta[sds[1]]))
    cov = r * product if product > 0 else 0.0
    gradient = np.zeros(len(theta))
    gradient[sds[0]] += cov
    gradient[sds[1]] += cov
    gradient[k] = product * (1 - r * r)
    with np.errstate(over="ignore", invalid="ignore"):  # a covariance of 1e300 is shown without a standard error
        cov_se = _root(float(gradient @ V @ gradient)) if se > 0 else math.nan
    return RandomParameter(
        "corr",
        columns,
        sd=Estimate(r, (1 - r * r) * se, math.tanh(a - z * se), math.tanh(a + z * se)),
        var=Estimate(cov, cov_se, cov - z * cov_se, cov + z * cov_se),
        raw=Estimate(a, se, a - z * se, a + z * se),
        **_test(a, se),
    )


def _test(value: float, se: float, name: str = "z") -> dict[str, Any]:
    """The ratio of ``value`` to its standard error under ``name``, and the p-value."""
    return {name: value / se, "p": normal_two_sided(value / se)}


def _root(variance: float) -> float:
    """A standard error; nan where there is none: a parameter held at its boundary has a variance of zero."""
    return math.sqrt(variance) if 0 < variance < math.inf else math.nan


def _exp(x: float) -> float:
    """exp without overflow: the interval of a variance near zero can be wider than a double."""
    if math.isnan(x):
        return x
    return math.exp(x) if x < 709.7 else math.inf


def _without_errors(V: np.ndarray) -> np.ndarray:
    return np.full_like(V, np.nan)


def _finite(V: np.ndarray) -> np.ndarray:
    """e(V) has zeros, not missing values, for parameters without a standard error."""
    return np.where(np.isfinite(V), V, 0.0)


def with_options(result: MixedResult, options: MixedOptions) -> MixedResult:
    """The same numbers, to be shown in another way."""
    return replace(result, options=options)
