"""From a fitted panel regression to the numbers that xtreg prints: tests, intervals, variance components."""

from __future__ import annotations

import math

import numpy as np

from ...engine.panel import BetweenFit, RandomFit, WithinFit, gaussian_loglik, wald
from ...engine.panel_likelihood import ml_variance
from ...engine.tails import chi2_tail, chibar2_tail, f_tail, normal_cdf, normal_density, normal_quantile
from ...records import replace
from ...results.coefficients import CoefficientRow
from ...results.mixed import GroupLevel
from ...results.stripe import Term
from ...results.xtreg import XtregOptions, XtregResult
from .._mixed.result import note_text
from .._shared.inference import tested_row
from .model import MlFit, XtregModel


def make_result(model: XtregModel, options: XtregOptions, level: float) -> XtregResult:
    """Every number of the fit, with intervals at ``level`` percent."""
    with np.errstate(all="ignore"):
        return _made(model, options, level)


def _made(model: XtregModel, options: XtregOptions, level: float) -> XtregResult:
    fit = model.fit
    if isinstance(fit, WithinFit):
        result = _within(model, fit, level)
    elif isinstance(fit, BetweenFit):
        result = _between(model, fit, level)
    elif isinstance(fit, RandomFit):
        result = _random(model, fit, level)
    else:
        result = _maximum(model, fit, level)
    clusters, resampled = model.clusters, model.resampled
    if resampled is not None:
        result = replace(result, vce=resampled.resampling.kind, resampling=resampled.resampling)
    if clusters is not None:
        result = replace(result, vce=clusters.kind, clustvar=clusters.name, clusters=clusters.count)
    return replace(
        result, level=level, options=options, value_labels=model.value_labels,
        macros={"cmdline": model.cmdline, "wtype": model.wtype, "wexp": model.wexp, **result.macros},
        notes=tuple(note_text(note) for note in model.design.notes),
    )


def _rows(
    model: XtregModel, beta: np.ndarray, vcov: np.ndarray, df: float | None, level: float
) -> tuple[tuple[CoefficientRow, ...], np.ndarray]:
    """The coefficients, and e(V) with zeros for the terms without a column."""
    b, V = model.design.full_vector(beta), model.design.full_matrix(vcov)
    return tuple(_row(term, float(b[k]), float(V[k, k]), df, level) for k, term in enumerate(model.design.terms)), V


def _row(term: Term, b: float, variance: float, df: float | None, level: float) -> CoefficientRow:
    """A term that was not estimated has no standard error; nor has any where the fit is perfect."""
    if term.status != "shown":
        return CoefficientRow(term, b=0.0)
    if not 0 < variance < math.inf:
        return CoefficientRow(term, b=b, note="(omitted)" if b == 0 else "")
    return tested_row(term, b, variance, df, level)


def _groups(model: XtregModel) -> GroupLevel:
    groups = model.groups
    return GroupLevel(model.panel, groups.count, groups.minimum, groups.mean, groups.maximum)


def _rho(sigma_u: float, sigma_e: float) -> float:
    total = sigma_u**2 + sigma_e**2
    return sigma_u**2 / total if total > 0 else math.nan


def _balance(model: XtregModel) -> float:
    """e(Tcon): 1 if all panels have the same number of rows."""
    return float(model.products.balanced)


def _variance(model: XtregModel, conventional: np.ndarray) -> np.ndarray:
    """That of resampling or clusters, else the conventional one; (p, p) of the parameters estimated."""
    if model.resampled is not None:
        return model.resampled.vcov
    return model.clusters.vcov if model.clusters is not None else conventional


def _df_r(model: XtregModel, conventional: int | None) -> int | None:
    """Degrees of freedom of t and F: of clusters, and of the samples of the jackknife, one less; None for normal tests."""
    if model.resampled is not None:
        df = model.resampled.resampling.df
        return None if df is None else int(df)
    return model.clusters.count - 1 if model.clusters is not None and conventional is not None else conventional


def _slopes_test(
    model: XtregModel, beta: np.ndarray, vcov: np.ndarray, usual: float, df_r: int | None
) -> tuple[str, float, float]:
    """The test that all slopes are zero: its name, F or chi2, and p.  ``usual``: that of the conventional variance."""
    k = len(beta) - 1
    test = usual
    if model.resampled is not None or model.clusters is not None:
        test = wald(beta[:-1], vcov[:-1, :-1])
        test = test / k if k and df_r is not None else test
    test = _finite(test)
    if df_r is None:
        return "Wald chi2", test, chi2_tail(test, k) if k else math.nan
    return "F", test, f_tail(test, k, df_r) if k else math.nan


def _finite(statistic: float) -> float:
    """A statistic that a perfect fit makes infinite is missing."""
    return statistic if math.isfinite(statistic) else math.nan


# ---- fe, be, re ----------------------------------------------------------------------------------------------


def _within(model: XtregModel, fit: WithinFit, level: float) -> XtregResult:
    n, N, k = model.products.n, model.products.panels, fit.df
    clusters = model.clusters
    df_r, vcov = _df_r(model, fit.df_r), _variance(model, fit.vcov)
    usual = not clusters and model.resampled is None
    test = _slopes_test(model, fit.beta, vcov, fit.F, df_r)
    within, tss = fit.r2[0], fit.mss + fit.rss
    F_f = _finite(fit.F_effects) if usual else math.nan
    # one panel has no variation between panels, and its effect none at all
    r2, corr = (fit.r2, fit.corr) if N > 1 else ((within, math.nan, fit.r2[2]), math.nan)
    rows, V = _rows(model, fit.beta, vcov, df_r, level)
    lost = k + 1 if clusters else k + N       # clustered, the panels' effects are not counted as parameters
    scalars = {
        "df_b": k, "df_a": N - 1, "rss": fit.rss, "mss": fit.mss, "tss": fit.tss, "r2": within,
        "r2_a": 1 - (1 - within) * (n - 1) / (n - lost) if n > lost else math.nan, "ll": gaussian_loglik(fit.rss, n),
        "ll_0": gaussian_loglik(tss, n), "Tbar": model.groups.mean, "Tcon": _balance(model), "rank": k + 1,
    }
    return XtregResult(
        "fe", model.depvar, n, _groups(model), rows, V, test[0], test[1], k, test[2], df_r,
        r2, fit.sigma_u, fit.sigma_e, _rho(fit.sigma_u, fit.sigma_e), corr,
        F_f=F_f, p_f=math.nan if N < 2 else f_tail(F_f, N - 1, fit.df_r), effects_test=usual and N > 1,
        rmse=math.sqrt(fit.rss / (n - lost)),
        scalars={**scalars, "df_m": k - 1 if clusters else k + N - 1},
    )


def _between(model: XtregModel, fit: BetweenFit, level: float) -> XtregResult:
    N, k = model.products.panels, fit.df
    df_r, vcov = _df_r(model, fit.df_r), _variance(model, fit.vcov)
    rows, V = _rows(model, fit.beta, vcov, df_r, level)
    r2 = fit.r2[1]
    scalars = {
        "rss": fit.rss, "mss": fit.mss, "r2": r2, "r2_a": 1 - (1 - r2) * (N - 1) / fit.df_r,
        "ll": gaussian_loglik(fit.rss, N), "ll_0": gaussian_loglik(fit.rss + fit.mss, N), "Tbar": model.groups.mean,
        "Tcon": _balance(model), "rank": k + 1,
    }
    name, test, p = _slopes_test(model, fit.beta, vcov, fit.F, df_r)
    return XtregResult(
        "be", model.depvar, model.products.n, _groups(model), rows, V, name, test, k, p, df_r, fit.r2,
        rmse=fit.rmse, scalars=scalars, macros={"typ": "WLS"} if model.wls else {},
    )


def _random(model: XtregModel, fit: RandomFit, level: float) -> XtregResult:
    df_r, vcov = _df_r(model, None), _variance(model, fit.vcov)
    name, test, p = _slopes_test(model, fit.beta, vcov, fit.chi2, df_r)
    rows, V = _rows(model, fit.beta, vcov, df_r, level)
    return XtregResult(
        "re", model.depvar, model.products.n, _groups(model), rows, V, name, test, fit.df, p, df_r, fit.r2,
        fit.sigma_u, fit.sigma_e,
        _rho(fit.sigma_u, fit.sigma_e), rmse=fit.rmse, theta=_theta(model, fit),
        scalars={"Tbar": fit.Tbar, "Tcon": _balance(model), "rank": fit.df + 1},
        macros={"sa": "sa"} if model.swamy_arora else {},
    )


def _theta(model: XtregModel, fit: RandomFit) -> tuple[float, ...]:
    """theta, or its quantiles over panels: between two values their mean, as summarize has it."""
    if model.products.balanced:
        return (float(fit.theta[0]),)
    ordered = np.sort(fit.theta)
    return (float(ordered[0]), *(_percentile(ordered, each) for each in (5, 50, 95)), float(ordered[-1]))


def _percentile(ordered: np.ndarray, percent: float) -> float:
    place = len(ordered) * percent / 100
    whole = int(place)
    if place == whole:
        return float(ordered[max(whole - 1, 0)] + ordered[min(whole, len(ordered) - 1)]) / 2
    return float(ordered[min(whole, len(ordered) - 1)])


# ---- mle -----------------------------------------------------------------------------------------------------


def _maximum(model: XtregModel, fits: MlFit, level: float) -> XtregResult:
    fit = fits.full
    sigma_e = math.sqrt(fit.sigma2)
    sigma_u = math.sqrt(max(float(fit.covariances[0][0, 0]), 0.0))
    constant = model.design.constant
    p = len(fit.beta)
    joint, df_r = _variance(model, ml_variance(model.products, fit.beta, sigma_u, sigma_e, constant)), _df_r(model, None)
    rows, V = _rows(model, fit.beta, joint[:p, :p], df_r, level)
    df = p - constant
    name, chi2 = _model_test(fits, joint, constant)
    p_test = chi2_tail(chi2, df) if df else math.nan
    if model.resampled is not None and constant:
        name, chi2, p_test = _slopes_test(model, fit.beta, joint[:p, :p], chi2, df_r)
    chibar2 = max(0.0, 2 * (fit.loglik - fit.loglik_linear))
    places = np.append(model.design.columns, len(V) + np.arange(2))
    full = np.zeros((len(V) + 2, len(V) + 2))
    full[np.ix_(places, places)] = joint
    scalars = {"ll_0": fits.null.loglik if fits.null else math.nan, "ll_c": fit.loglik_linear, "rank": p + 2,
               "Tbar": model.groups.mean}
    return XtregResult(
        "ml", model.depvar, model.products.n, _groups(model), rows, full, name, chi2, df, p_test, df_r,
        sigma_u=sigma_u, sigma_e=sigma_e, rho=_rho(sigma_u, sigma_e),
        parameters=_parameters(sigma_u, sigma_e, joint[p:, p:], level), ll=fit.loglik, chibar2=chibar2,
        p_chibar2=chibar2_tail(chibar2), vce="oim",
        logs=tuple(each.convergence.loglik for each in (fits.null, fit) if each is not None),
        scalars={key: value for key, value in scalars.items() if not math.isnan(value)},
    )


def _model_test(fits: MlFit, joint: np.ndarray, constant: bool) -> tuple[str, float]:
    """The likelihood-ratio test against the constant alone; without a constant there is none, and Wald's is shown."""
    if fits.null is not None:
        return "LR chi2", max(0.0, 2 * (fits.full.loglik - fits.null.loglik))
    p = len(fits.full.beta)
    if constant or not p:
        return "Wald chi2", 0.0
    return "Wald chi2", wald(fits.full.beta, joint[:p, :p])


def _parameters(sigma_u: float, sigma_e: float, V: np.ndarray, level: float) -> tuple[CoefficientRow, ...]:
    """sigma_u and sigma_e with intervals that are symmetric in their logarithms, and rho with one on the probit
    scale."""
    z = normal_quantile(0.5 + level / 200)
    rows = [_sigma(f"/sigma_{name}", value, math.sqrt(max(V[k, k], 0.0)), z)
            for k, (name, value) in enumerate((("u", sigma_u), ("e", sigma_e)))]
    total = sigma_u**2 + sigma_e**2
    rho = sigma_u**2 / total
    gradient = np.array([2 * sigma_u * sigma_e**2, -2 * sigma_u**2 * sigma_e]) / total**2
    se = math.sqrt(max(float(gradient @ V @ gradient), 0.0))
    if rho <= 0.0 or se == 0.0:
        return (*rows, CoefficientRow("rho", rho, se, tested=False))
    probit = normal_quantile(rho)
    half = z * se / normal_density(probit)
    lo, hi = normal_cdf(probit - half), normal_cdf(probit + half)
    return (*rows, CoefficientRow("rho", rho, se, lo=lo, hi=hi, tested=False))


def _sigma(name: str, value: float, se: float, z: float) -> CoefficientRow:
    if value <= 0.0:
        return CoefficientRow(name, value, se, tested=False)
    factor = math.exp(min(z * se / value, 700.0))
    return CoefficientRow(name, value, se, lo=value / factor, hi=value * factor, tested=False)
