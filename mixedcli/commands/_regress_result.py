"""From a least-squares fit to the numbers that regress prints: t tests, intervals, and the analysis of variance."""

from __future__ import annotations

import math

import numpy as np

from ..engine.least_squares import LeastSquares
from ..engine.tails import f_tail, t_quantile, t_two_sided
from ..results.coefficients import CoefficientRow
from ..results.regress import RegressOptions, RegressResult
from ..results.stripe import Term
from ._mixed_result import note_text
from ._regress_model import RegressModel


def make_result(model: RegressModel, options: RegressOptions, level: float) -> RegressResult:
    """Every number of the fit, with intervals at ``level`` percent."""
    fit, design = model.fit, model.design
    b = design.full_vector(fit.beta)
    V = design.full_matrix(_variance(fit))
    t = t_quantile(0.5 + level / 200, fit.df_r) if fit.df_r > 0 else math.nan
    df_m = fit.p - design.constant
    F, p = f_test(fit, df_m)
    ll, ll_0 = gaussian(fit.rss, fit.n), gaussian(fit.mss + fit.rss, fit.n)
    return RegressResult(
        depvar=model.depvar,
        n=fit.n,
        coefficients=tuple(_row(term, b[k], V[k, k], fit, t) for k, term in enumerate(design.terms)),
        V=V,
        constant=design.constant,
        df_m=df_m,
        df_r=fit.df_r,
        mss=fit.mss,
        rss=fit.rss,
        F=F,
        p=p,
        r2=r_squared(fit),
        r2_a=adjusted(fit, design.constant),
        rmse=math.sqrt(fit.s2) if fit.df_r > 0 else 0.0,
        ll=ll,
        ll_0=ll_0,
        rank=fit.p,
        level=level,
        cmdline=model.cmdline,
        wtype=model.wtype,
        wexp=model.wexp,
        sum_w=model.sum_w,
        value_labels=model.value_labels,
        options=options,
        notes=tuple(note_text(note) for note in design.notes),
    )


def _variance(fit: LeastSquares) -> np.ndarray:
    """e(V); zero where there is no residual variance to estimate it from."""
    return fit.inverse * fit.s2 if fit.df_r > 0 else np.zeros_like(fit.inverse)


def _row(term: Term, b: float, variance: float, fit: LeastSquares, t: float) -> CoefficientRow:
    """A term that was not estimated has no standard error; nor has any where the fit is perfect."""
    if term.status != "shown":
        return CoefficientRow(term, b=0.0)
    if not 0 < variance < math.inf:
        return CoefficientRow(term, b=float(b), note="(omitted)" if b == 0 else "")
    se = math.sqrt(variance)
    statistic = float(b) / se
    p = t_two_sided(statistic, fit.df_r)
    return CoefficientRow(term, float(b), se, statistic, p, float(b) - t * se, float(b) + t * se)


def f_test(fit: LeastSquares, df_m: int) -> tuple[float, float]:
    """F of all coefficients but the constant, and its tail; (0, nan) without any, nan where the fit is perfect."""
    if not df_m:
        return 0.0, math.nan
    if fit.df_r <= 0 or not fit.rss > 0:
        return math.nan, math.nan
    F = (fit.mss / df_m) / fit.s2
    return F, f_tail(F, df_m, fit.df_r)


def r_squared(fit: LeastSquares) -> float:
    """The share of the total sum of squares; nan where there is nothing to explain."""
    total = fit.mss + fit.rss
    return fit.mss / total if total > 0 else math.nan


def adjusted(fit: LeastSquares, constant: bool) -> float:
    """1 - (1 - R2) (n - c) / (n - k)."""
    if fit.df_r <= 0:
        return math.nan
    return 1 - (1 - r_squared(fit)) * (fit.n - constant) / fit.df_r


def gaussian(rss: float, n: int) -> float:
    """The log likelihood of n normal residuals with sum of squares ``rss``, at its maximum over their variance."""
    return -0.5 * n * (math.log(2 * math.pi * rss / n) + 1) if 0 < rss < math.inf else math.nan
