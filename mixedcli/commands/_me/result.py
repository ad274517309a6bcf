"""From a fitted generalized mixed model to what is printed: standard errors, intervals, tests, e(b) and e(V).

All standard errors come from the inverse of the joint Hessian, or the sandwich; variances have intervals
on the log scale, covariances symmetric ones.
"""

from __future__ import annotations

import math

import numpy as np

from ...engine.tails import chi2_tail, chibar2_tail, normal_quantile
from ...records import replace
from ...results.coefficients import CoefficientRow
from ...results.me import MeLogs, MeOptions, MeResult
from ...results.mixed import Convergence, GroupLevel, LRTest
from ...results.stripe import CONSTANT, StripeName
from .._linear.common import Coefficients, Constraints, constraint_text, independent_rows, wald
from .._mixed.result import note_text
from .._shared.inference import exponentiated, tested_row
from .model import MeModel
from .random import (
    blocks,
    constraints,
    parameter_names,
    random_equations,
    residual_parameter,
    variance_metric,
)
from .titles import title
from .variance import symmetric


def make_result(model: MeModel, options: MeOptions, level: float) -> MeResult:
    """Every number of the fit, with intervals at ``level`` percent."""
    plan, data, fit = model.plan, model.data, model.fit
    z = normal_quantile(0.5 + level / 200)
    names, b, V = posted(model)
    chi2, df = _wald(model, names, b, V)
    listed = _constraints(model, names)
    family = plan.family
    return MeResult(
        command=plan.command, title=title(plan), depvar=plan.depvar, n=data.n, family=family.name, link=family.link,
        method=plan.method, points=plan.points, coefficients=_rows(model, b, V, level, options.ratio),
        ancillary=_ancillary(model, level), equations=random_equations(model, z),
        residual=residual_parameter(model, z), names=names, b=b, V=V, ll=fit.loglik, chi2=chi2, df_m=df,
        p=chi2_tail(chi2, df) if df and not math.isnan(chi2) else math.nan,
        rank=_rank(model), ll_c=fit.loglik_fixed, comparison=family.model,
        lr=lr_test(model), groups=_groups(model), logs=_logs(model), convergence=_convergence(model), level=level,
        cmdline=model.cmdline, wtype=data.wtype, wexp=data.wexp, vce=plan.vce.kind, cluster=model.cluster,
        n_clusters=model.n_clusters, offset=data.offset_name, trials=family.trials, dispersion=family.dispersion,
        outcomes=model.outcomes, censoring=model.censoring, survival=model.survival, separations=data.separations,
        value_labels=model.value_labels, options=options, constraints=_constraint_lines(listed, names),
        Cns=np.column_stack([listed.R, listed.r]) if len(listed.r) else None,
        notes=(*(note_text(note) for note in data.design.notes), *model.remarks),
    )


def replayed(result: MeResult) -> MeResult:
    """``result`` without what is said only once."""
    quiet = replace(result.options, nolog=True)
    survival = replace(result.survival, shown=False) if result.survival else None
    return replace(result, notes=(), separations=(), logs=MeLogs(), options=quiet, survival=survival)


# ---- e(b) and e(V) -----------------------------------------------------------------------------------------------


def posted(model: MeModel) -> tuple[tuple[StripeName, ...], np.ndarray, np.ndarray]:
    """Names, e(b) and e(V): coefficients, further parameters, variances and covariances, the residual variance."""
    design, fit = model.data.design, model.fit
    p, k, scaled = len(fit.beta), len(fit.extra), model.plan.family.scaled
    plain = k - 1 if scaled else k
    values, random = variance_metric(model)
    terms = len(design.terms)
    size = terms + plain + len(values) + scaled
    b, J = np.zeros(size), np.zeros((size, len(fit.theta)))
    b[design.columns], J[design.columns, np.arange(p)] = fit.beta, 1.0
    b[terms : terms + plain] = fit.extra[:plain]
    J[terms + np.arange(plain), p + np.arange(plain)] = 1.0
    b[terms + plain : size - scaled] = values
    J[terms + plain : size - scaled] = random
    if scaled:
        b[-1] = math.exp(2 * fit.extra[-1])
        J[-1, p + k - 1] = 2 * b[-1]
    names = [StripeName(model.plan.depvar, term.name) for term in design.terms]
    names += [_free(model, name) for name in model.extra[:plain]]
    names += [_free(model, name) for block in blocks(model) for name in parameter_names(block)]
    names += [_free(model, f"var(e.{model.plan.depvar})")] if scaled else []
    return tuple(names), b, symmetric(J @ model.V @ J.T)


def _free(model: MeModel, name: str) -> StripeName:
    """A parameter outside the fixed part: an equation of its own up to version 14."""
    return StripeName("/", name) if model.modern else StripeName(name, "_cons")


def _constraints(model: MeModel, names: tuple[StripeName, ...]) -> Constraints:
    """R b = r over all of e(b): the constraints imposed, and the equalities among the random parameters."""
    R, r = np.zeros((0, len(names))), np.zeros(0)
    if model.imposed is not None:
        given = model.imposed.listed
        R, r = np.pad(given.R, ((0, 0), (0, len(names) - given.R.shape[1]))), given.r
    unit = np.eye(len(names))
    pairs = [[names.index(_free(model, name)) for name in pair] for pair in constraints(model)]
    equal = [unit[one] - unit[other] for one, other in pairs]
    return Constraints(np.vstack([R, *equal]), np.append(r, np.zeros(len(equal))))


def _constraint_lines(listed: Constraints, names: tuple[StripeName, ...]) -> tuple[str, ...]:
    rows = enumerate(zip(listed.R, listed.r, strict=True), start=1)
    return tuple(f" ({k:2d})  {constraint_text(weights, float(r), names)}" for k, (weights, r) in rows)


def _rank(model: MeModel) -> int:
    """The rank of e(V): parameters at their boundary and unidentified ones do not count, nor do constrained ones."""
    known = int(np.count_nonzero(np.diag(model.V) > 0))
    if model.imposed is None:
        return known
    p = len(model.fit.beta)
    V = model.V[:p, :p]
    return known - int(np.count_nonzero(np.diag(V) > 0)) + int(np.count_nonzero(independent_rows(np.eye(p), V)))


def _wald(model: MeModel, names: tuple[StripeName, ...], b: np.ndarray, V: np.ndarray) -> tuple[float, int]:
    """Wald chi2 of all coefficients but the constant, and its degrees of freedom; (nan, 0) without any."""
    terms = model.data.design.terms
    shown = [k for k, term in enumerate(terms) if term.status == "shown" and term != CONSTANT]
    if not shown:
        return math.nan, 0
    chi2, keep = wald(Constraints(np.eye(len(b))[shown], np.zeros(len(shown))), Coefficients(names, b, V))
    return chi2, int(np.count_nonzero(keep))


# ---- rows --------------------------------------------------------------------------------------------------------


def _rows(model: MeModel, b: np.ndarray, V: np.ndarray, level: float, ratio: str) -> tuple[CoefficientRow, ...]:
    """The fixed part, and the offset below it."""
    rows = []
    for k, term in enumerate(model.data.design.terms):
        if term.status != "shown":
            rows.append(CoefficientRow(term, b=1.0 if ratio else 0.0))
            continue
        if V[k, k] > 0:
            row = tested_row(term, float(b[k]), float(V[k, k]), None, level)
        else:
            row = CoefficientRow(term, b=float(b[k]), note=_fixed_note(model, k, float(b[k])))
        rows.append(exponentiated(row) if ratio else row)
    name = model.data.offset_name
    if name:
        note = "(exposure)" if name != model.data.offset_variable else "(offset)"
        rows.append(CoefficientRow(name, b=1.0, note=note))
    return tuple(rows)


def _fixed_note(model: MeModel, k: int, value: float) -> str:
    """What a coefficient is called to which constraints give its value; empty for others without a variance."""
    if model.imposed is None or model.imposed.by.T[model.data.design.columns.tolist().index(k)].any():
        return ""
    return "(constrained)" if value else "(omitted)"


def _ancillary(model: MeModel, level: float) -> tuple[CoefficientRow, ...]:
    """Cut points and the like, with their tests (which the newer versions do not print)."""
    p = len(model.fit.beta)
    names = model.extra[:-1] if model.plan.family.scaled else model.extra
    rows = []
    for k, name in enumerate(names):
        value, variance = float(model.fit.theta[p + k]), float(model.V[p + k, p + k])
        known = variance > 0
        rows.append(tested_row(f"/{name}", value, variance, None, level) if known else CoefficientRow(f"/{name}", value))
    return tuple(rows)


# ---- the model ---------------------------------------------------------------------------------------------------


def lr_test(model: MeModel) -> LRTest | None:
    """The test against the model without random effects; none with robust standard errors or weighted groups.

    Parameters at their boundary do not count.  One variance: a mixture of chi-squared distributions.
    """
    weighted = any(each.weight[1] for each in model.plan.equations)
    if not model.random or model.plan.vce.robust or weighted:
        return None
    fit = model.fit
    first = len(fit.beta) + len(fit.extra)
    parameters = len(fit.theta) - first
    df = parameters - sum(k >= first for k in fit.convergence.boundary)
    chi2 = max(0.0, 2 * (fit.loglik - fit.loglik_fixed)) if df else 0.0
    if df == 1 and parameters == 1:
        return LRTest(chi2, 1, chibar2_tail(chi2), "chibar2")
    return LRTest(chi2, df, chi2_tail(chi2, df) if df else math.nan, "chi2", "conservative")


def _groups(model: MeModel) -> tuple[GroupLevel, ...]:
    return tuple(
        GroupLevel(part.level, part.groups.count, part.groups.minimum, part.groups.mean, part.groups.maximum)
        for part in model.levels
    )


def _logs(model: MeModel) -> MeLogs:
    fit = model.fit
    if not model.random:
        return MeLogs(fit.fixed_log)
    full = fit.convergence.loglik
    return MeLogs(fit.fixed_log, full[0] if full else math.nan, shown_iterations(full))


def shown_iterations(logliks: tuple[float, ...]) -> tuple[float, ...]:
    """The iterations up to where Stata would have stopped: the first that changes the log likelihood by no more than a
    ten-millionth, and leaves nothing to gain in the digits that are printed.  The search itself goes on."""
    last = logliks[-1] if logliks else 0.0
    for i in range(1, len(logliks)):
        size = abs(logliks[i - 1]) + 1.0
        if abs(logliks[i] - logliks[i - 1]) <= 1e-7 * size and abs(last - logliks[i]) <= 1e-8 * size:
            return logliks[: i + 1]
    return logliks


def _convergence(model: MeModel) -> Convergence:
    found = model.fit.convergence
    names = [str(name) for name in _theta_names(model)]
    return Convergence(
        converged=found.converged, reason=found.reason, iterations=found.iterations, gradient=found.scaled_gradient,
        boundary=tuple(names[k] for k in found.boundary),
    )


def _theta_names(model: MeModel) -> list[str]:
    """A name for each element of theta; one parameter shared by several variances has the first one's name."""
    names = [model.data.design.terms[int(k)].name for k in model.data.design.columns]
    names += [f"/{name}" for name in model.extra]
    for block in blocks(model):
        texts = parameter_names(block)
        names += [texts[block.places.tolist().index(k)] for k in dict.fromkeys(block.places.tolist())]
    return names
