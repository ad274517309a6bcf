"""From a least-squares fit to the numbers that regress prints: t tests, intervals, and the analysis of variance."""

from __future__ import annotations

import math

import numpy as np

from ..engine.least_squares import LeastSquares, statistics
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
    found = statistics(np.float64(fit.mss), np.float64(fit.rss), np.float64(fit.n), fit.p, design.constant)
    e = {name: float(found[name]) for name in ("F", "r2", "r2_a", "rmse", "ll", "ll_0")}
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
        p=f_tail(e["F"], df_m, fit.df_r) if df_m and not math.isnan(e["F"]) else math.nan,
        **e,
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
