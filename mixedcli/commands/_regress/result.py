"""From a least-squares fit to the numbers that regress prints: tests, intervals, and the analysis of variance."""

from __future__ import annotations

import math

import numpy as np

from ...engine.least_squares import statistics
from ...engine.tails import chi2_tail, f_tail
from ...results.coefficients import CoefficientRow
from ...results.regress import RegressOptions, RegressResult
from ...results.stripe import StripeName, Term
from .._linear.common import Coefficients, Constraints, wald
from .._mixed.result import note_text
from .._shared.inference import tested_row
from .model import RegressModel


def make_result(model: RegressModel, options: RegressOptions, level: float) -> RegressResult:
    """Every number of the fit, with intervals at ``level`` percent."""
    fit, design, variance = model.fit, model.design, model.variance
    b, V = design.full_vector(fit.beta), design.full_matrix(variance.V)
    found = statistics(np.asarray(fit.mss), np.asarray(fit.rss), np.asarray(fit.n), fit.p, design.constant)
    e = {name: float(found[name]) for name in ("r2", "r2_a", "rmse", "ll", "ll_0")}
    df_m, test = fit.p - design.constant, float(found["F"])
    if variance.kind != "ols":
        df_m, test = _wald(model)
    return RegressResult(
        depvar=model.depvar,
        n=fit.n,
        coefficients=tuple(_row(term, float(b[k]), V[k, k], variance.df, level) for k, term in enumerate(design.terms)),
        V=V,
        constant=design.constant,
        df_m=df_m,
        df_r=variance.df,
        mss=fit.mss,
        rss=fit.rss,
        F=test,
        p=_p(test, df_m, variance.df),
        **e,
        rank=fit.p,
        level=level,
        cmdline=model.cmdline,
        wtype=model.wtype,
        wexp=model.wexp,
        sum_w=model.sum_w,
        vce=variance.kind,
        cluster=variance.cluster,
        clusters=variance.clusters,
        resampling=variance.resampling,
        value_labels=model.value_labels,
        options=options,
        notes=tuple(note_text(note) for note in design.notes),
    )


def _wald(model: RegressModel) -> tuple[int, float]:
    """How many slopes can be tested together, and F that they are zero (chi2 without residual degrees of freedom).

    F is missing where the variance has too small a rank to test them all, as with few clusters.
    """
    fit, variance = model.fit, model.variance
    slopes = fit.p - model.design.constant
    if not slopes:
        return 0, 0.0
    names = tuple(StripeName("", str(k)) for k in range(fit.p))
    chi2, keep = wald(Constraints(np.eye(fit.p)[:slopes], np.zeros(slopes)), Coefficients(names, fit.beta, variance.V))
    df = int(np.count_nonzero(keep))
    if df < slopes:
        return df, math.nan
    return df, chi2 if variance.df is None else chi2 / df


def _p(test: float, df_m: int, df_r: int | None) -> float:
    if not df_m or math.isnan(test):
        return math.nan
    return chi2_tail(test, df_m) if df_r is None else f_tail(test, df_m, df_r)


def _row(term: Term, b: float, variance: float, df: int | None, level: float) -> CoefficientRow:
    """A term that was not estimated has no standard error; nor has any where the fit is perfect."""
    if term.status != "shown":
        return CoefficientRow(term, b=0.0)
    if not 0 < variance < math.inf:
        return CoefficientRow(term, b=b, note="(omitted)" if b == 0 else "")
    return tested_row(term, b, float(variance), df, level)
