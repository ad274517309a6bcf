"""From a fitted random-effects model of panels to what is printed: tests, intervals, sigma_u and rho, or alpha.

Everything comes from the joint Hessian in the coefficients and ln sigma_u^2 (ln alpha); sigma_u, rho and alpha have the
ends of that interval carried over.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...engine.tails import chi2_tail, chibar2_tail, f_tail, normal_quantile, t_quantile
from ...records import replace
from ...results.coefficients import CoefficientRow
from ...results.mixed import GroupLevel, LRTest
from ...results.stripe import CONSTANT, StripeName
from ...results.xtre import GAUSSIAN, XtreLogs, XtreOptions, XtreResult
from .._linear.common import Coefficients, Constraints, wald
from .._mixed.result import note_text
from .._ml.fits import scale_name
from .._shared.inference import exponentiated, tested_row
from .model import XtreModel

Function = Callable[[float], float]

_TITLES = {
    "xtlogit": "Random-effects logistic regression", "xtprobit": "Random-effects probit regression",
    "xtpoisson": "Random-effects Poisson regression",
}
# The variance of the outcome behind a binary one, given the panel's effect.
_RESIDUAL = {"xtlogit": math.pi**2 / 3, "xtprobit": 1.0}


def make_result(model: XtreModel, options: XtreOptions, level: float) -> XtreResult:
    """Every number of the fit, with intervals at ``level`` percent."""
    plan, data = model.plan, model.data
    names, b, V = posted(model)
    df = model.resampling.df if model.resampling is not None else None
    chi2, df_m, p = _wald(model, names, b, V, df)
    logarithm = _logarithm(model, level, df)
    resampling = model.resampling
    return XtreResult(
        command=model.command, title=_TITLES[model.command], law=model.law, depvar=model.depvar, n=data.n,
        groups=_groups(model), coefficients=_rows(model, b, V, level, df, options.ratio), logarithm=logarithm,
        derived=_derived(model, logarithm), names=names, b=b, V=V, ll=model.ll, chi2=chi2, df_m=df_m, p=p,
        rank=int(np.count_nonzero(np.diag(V) > 0)), ll_c=model.ll_c,
        method=plan.method if model.law == GAUSSIAN else "", points=plan.points[0] if model.law == GAUSSIAN else 0,
        lr=lr_test(model), logs=model.logs, convergence=model.convergence, df_r=df, level=level, cmdline=model.cmdline,
        wtype=data.wtype, wexp=data.wexp, vce=plan.vce.kind, cluster=model.cluster, n_clusters=model.n_clusters,
        resampling=resampling, offset=data.offset_name, separations=data.separations,
        value_labels=model.value_labels, options=options,
        notes=(*(note_text(note) for note in data.design.notes), *model.outcome.remarks),
    )


def replayed(result: XtreResult) -> XtreResult:
    """``result`` without what is said only once."""
    quiet = replace(result.options, nolog=True, replayed=True)
    return replace(result, notes=(), separations=(), logs=XtreLogs(), options=quiet)


def posted(model: XtreModel) -> tuple[tuple[StripeName, ...], np.ndarray, np.ndarray]:
    """Names, e(b) and e(V): the coefficients of all terms, then ln sigma_u^2 or ln alpha (missing without an effect)."""
    design = model.design
    terms = len(design.terms)
    places = np.append(design.columns, terms)
    b, V = np.zeros(terms + 1), np.zeros((terms + 1, terms + 1))
    b[places] = np.where(np.isfinite(model.theta), model.theta, np.nan)
    V[np.ix_(places, places)] = model.V
    main = tuple(StripeName(model.depvar, term.name) for term in design.terms)
    return (*main, scale_name(model.parameter, model.modern)), b, V


def lr_test(model: XtreModel) -> LRTest | None:
    """The test against the model without the panel effect; none with robust standard errors."""
    if model.plan.vce.robust:
        return None
    effect = bool(np.isfinite(model.theta[-1]))
    chi2 = max(0.0, 2 * (model.ll - model.ll_c)) if effect else 0.0
    return LRTest(chi2, 1, chibar2_tail(chi2), "chibar2")


def _wald(
    model: XtreModel, names: tuple[StripeName, ...], b: np.ndarray, V: np.ndarray, df_r: float | None
) -> tuple[float, int, float]:
    """Wald chi2 of all coefficients but the constant, its degrees of freedom, and p (of F after a jackknife)."""
    shown = [k for k, term in enumerate(model.design.terms) if term.status == "shown" and term != CONSTANT]
    if not shown:
        return math.nan, 0, math.nan
    main = len(b) - 1
    constraints = Constraints(np.eye(main)[shown], np.zeros(len(shown)))
    chi2, keep = wald(constraints, Coefficients(names[:main], b[:main], V[:main, :main]))
    df = int(np.count_nonzero(keep))
    if not df or math.isnan(chi2):
        return chi2, df, math.nan
    return chi2, df, chi2_tail(chi2, df) if df_r is None else f_tail(chi2 / df, df, df_r)


def _groups(model: XtreModel) -> GroupLevel:
    groups = model.groups
    return GroupLevel(model.panel, groups.count, groups.minimum, groups.mean, groups.maximum)


# ---- rows --------------------------------------------------------------------------------------------------------


def _rows(
    model: XtreModel, b: np.ndarray, V: np.ndarray, level: float, df: float | None, ratio: str
) -> tuple[CoefficientRow, ...]:
    """The main equation, and the offset below it."""
    rows = []
    for k, term in enumerate(model.design.terms):
        if term.status == "shown" and V[k, k] > 0:
            row = tested_row(term, float(b[k]), float(V[k, k]), df, level)
            rows.append(exponentiated(row) if ratio else row)
        else:
            value = float(b[k]) if term.status == "shown" else 0.0
            rows.append(CoefficientRow(term, b=math.exp(value) if ratio else value))
    data = model.data
    if data.offset_name:
        note = "(exposure)" if data.offset_name != data.offset_variable else "(offset)"
        rows.append(CoefficientRow(data.offset_name, b=1.0, note=note))
    return tuple(rows)


def _logarithm(model: XtreModel, level: float, df: float | None) -> CoefficientRow:
    value, variance = float(model.theta[-1]), float(model.V[-1, -1])
    name = f"/{model.parameter}"
    if not math.isfinite(value) or not variance > 0:
        return CoefficientRow(name, value if math.isfinite(value) else math.nan, tested=False)
    share = 0.5 + level / 200
    half = math.sqrt(variance) * (normal_quantile(share) if df is None else t_quantile(share, df))
    return CoefficientRow(name, value, math.sqrt(variance), lo=value - half, hi=value + half, tested=False)


def _derived(model: XtreModel, row: CoefficientRow) -> tuple[CoefficientRow, ...]:
    """sigma_u and, for binary outcomes, rho; or alpha: all increase with the logarithm, so ends go to ends."""
    if model.law != GAUSSIAN:
        return (_carried(row, "alpha", math.exp, lambda alpha: alpha),)
    sigma = _carried(row, "sigma_u", lambda x: math.exp(0.5 * x), lambda sigma: 0.5 * sigma)
    residual = _RESIDUAL.get(model.command)
    if residual is None:
        return (sigma,)
    # rho = s / (s + c) of s = exp(x), in a form that does not overflow
    rho = _carried(row, "rho", lambda x: 1 / (1 + residual * math.exp(-x)), lambda rho: rho * (1 - rho))
    return sigma, rho


def _carried(row: CoefficientRow, name: str, value: Function, slope: Function) -> CoefficientRow:
    """A function of the logarithm; ``slope``: its derivative, as a function of its own value."""
    if math.isnan(row.b):
        return CoefficientRow(name, 0.0, tested=False)
    b = _safe(value, row.b)
    return CoefficientRow(name, b, slope(b) * row.se, lo=_safe(value, row.lo), hi=_safe(value, row.hi), tested=False)


def _safe(function: Function, x: float) -> float:
    """The function at x; its limits where exp() is beyond a double."""
    return float(function(min(max(x, -700.0), 700.0))) if not math.isnan(x) else math.nan
