"""From a maximum-likelihood fit to what is printed: tests, intervals, and the test of the model."""

from __future__ import annotations

import math

import numpy as np

from ...engine.tails import chi2_tail, chibar2_tail, f_tail, normal_quantile, t_quantile
from ...records import replace
from ...results.coefficients import CoefficientRow
from ...results.ml import LogBlock, LogLine, MlOptions, MlResult
from ...results.stripe import CONSTANT, StripeName
from .._linear.common import Coefficients, Constraints, wald
from .._mixed.result import note_text
from .._shared.inference import exponentiated, tested_row
from .model import MlModel

# A probability this small counts as certain (Stata's note on completely determined outcomes).
CERTAIN = math.sqrt(2.0**-52)


def make_result(model: MlModel, options: MlOptions, level: float) -> MlResult:
    """Every number of the fit, with intervals at ``level`` percent."""
    data, design = model.data, model.data.design
    p = len(design.columns)
    b = np.concatenate([design.full_vector(model.theta[:p]), model.theta[p:]])
    V = _full_variance(model, p)
    names = (*(StripeName(data.depvars[0], term.name) for term in design.terms), *model.extra)
    if model.command in ("tobit", "intreg"):
        names, b, V = _posted(model, names, b, V)
    shown = [k for k, term in enumerate(design.terms) if term.status == "shown" and term != CONSTANT]
    df_r = _df_r(model, len(shown))
    chi2, chi2type, df = _model_test(model, names, b, V, shown)
    has_null = not math.isnan(model.ll_0)
    return MlResult(
        command=model.command, title=model.title, depvar=data.depvars[0], n=data.n,
        coefficients=_rows(model, b, V, level, df_r, options.ratio), ancillary=_ancillary(model, level, p, df_r),
        names=names, b=b, V=V, ll=model.fit.ll, ll_0=model.ll_0, chi2=chi2, chi2type=chi2type, df_m=df,
        p=_p(chi2, df, df_r if chi2type == "Wald" else math.nan),
        r2_p=_pseudo_r2(model) if has_null and model.command not in ("cloglog", "intreg") else math.nan,
        rank=int(np.count_nonzero(np.diag(V) > 0)), converged=model.fit.converged, log=_logs(model), df_r=df_r,
        level=level, cmdline=model.cmdline, wtype=data.wtype, wexp=data.wexp, vce=data.vce, cluster=data.cluster,
        n_clusters=model.n_clusters, resampling=model.resampling, offset=data.offset_name, dispersion=model.dispersion,
        **_comparison(model), outcomes=model.outcomes, zeros=_zeros(model), determined=_determined(model),
        separations=data.separations, censoring=model.censoring, value_labels=model.value_labels, options=options,
        notes=(*(note_text(note) for note in design.notes), *model.remarks),
    )


def replayed(result: MlResult) -> MlResult:
    """``result`` without what is said only once."""
    return replace(
        result, notes=(), separations=(), log=(), options=replace(result.options, nolog=True, replayed=True)
    )


def _df_r(model: MlModel, slopes: int) -> float:
    """Degrees of freedom of t and F: of tobit n less the slopes, of the jackknife one less than its samples; else nan."""
    if model.resampling is not None:
        return math.nan if model.resampling.df is None else model.resampling.df
    return float(model.data.n - slopes) if model.command == "tobit" else math.nan


def parameter_variance(model: MlModel, V: np.ndarray) -> np.ndarray:
    """The variance of the parameters estimated, from e(V): what `make_result` does, backwards."""
    p = len(model.data.design.columns)
    k, extra = len(model.data.design.terms), len(model.extra)
    places = np.concatenate([model.data.design.columns, np.arange(k, k + extra)]).astype(int)
    inner = np.asarray(V[np.ix_(places, places)])
    if model.command == "tobit":
        slope = np.ones(p + extra)
        slope[-1] = _tobit_power(model) * math.exp(_tobit_power(model) * model.theta[-1])
        inner = inner / np.outer(slope, slope)
    return inner


def _tobit_power(model: MlModel) -> float:
    """e(b) holds the variance from version 15 on, sigma before."""
    return 2.0 if model.modern else 1.0


def _full_variance(model: MlModel, p: int) -> np.ndarray:
    design, extra = model.data.design, len(model.extra)
    k = len(design.terms)
    V = np.zeros((k + extra, k + extra))
    places = np.concatenate([design.columns, np.arange(k, k + extra)]).astype(int)
    V[np.ix_(places, places)] = model.V
    return V


def _posted(
    model: MlModel, names: tuple[StripeName, ...], b: np.ndarray, V: np.ndarray
) -> tuple[tuple[StripeName, ...], np.ndarray, np.ndarray]:
    """e(b) and e(V) of tobit hold the variance (sigma up to version 14), not its logarithm; and the main equation of
    both was called model."""
    slope = np.ones(len(b))
    last = names[-1]
    if model.command == "tobit":
        power = _tobit_power(model)
        b = np.append(b[:-1], math.exp(power * b[-1]))
        slope[-1] = power * b[-1]
        last = StripeName("/", f"var(e.{model.depvar})") if model.modern else StripeName("sigma", "_cons")
    main = names[:-1] if model.modern else tuple(StripeName("model", name.name) for name in names[:-1])
    return (*main, last), b, V * np.outer(slope, slope)


def _pseudo_r2(model: MlModel) -> float:
    return 1.0 - model.fit.ll / model.ll_0 + 0.0 if model.ll_0 else math.nan


def _model_test(
    model: MlModel, names: tuple[StripeName, ...], b: np.ndarray, V: np.ndarray, shown: list[int]
) -> tuple[float, str, int]:
    """Chi2 of all coefficients but the constant: the likelihood ratio, or Wald's if it does not exist."""
    if model.data.vce == "oim" and not math.isnan(model.ll_0):
        return max(2.0 * (model.fit.ll - model.ll_0), 0.0), "LR", len(shown)
    if not shown:
        return math.nan, "Wald", 0
    chi2, keep = wald(Constraints(np.eye(len(b))[shown], np.zeros(len(shown))), Coefficients(names, b, V))
    return chi2, "Wald", int(np.count_nonzero(keep))


def _p(chi2: float, df: int, df_r: float) -> float:
    if not df or math.isnan(chi2):
        return math.nan
    return chi2_tail(chi2, df) if math.isnan(df_r) else f_tail(chi2 / df, df, df_r)


def _logs(model: MlModel) -> tuple[LogBlock, ...]:
    return tuple(
        LogBlock(title, tuple(LogLine(step.ll, step.concave) for step in steps)) for title, steps in model.logs
    )


# ---- rows --------------------------------------------------------------------------------------------------------


def _rows(
    model: MlModel, b: np.ndarray, V: np.ndarray, level: float, df_r: float, ratio: str
) -> tuple[CoefficientRow, ...]:
    """The main equation, and the offset below it."""
    rows = []
    df = None if math.isnan(df_r) else df_r
    for k, term in enumerate(model.data.design.terms):
        if term.status != "shown":
            row = CoefficientRow(term, b=1.0 if ratio and term.status == "base" else 0.0)
            rows.append(replace(row, b=1.0) if ratio else row)
        elif not V[k, k] > 0:
            rows.append(CoefficientRow(term, b=math.exp(b[k]) if ratio else float(b[k])))
        else:
            row = tested_row(term, float(b[k]), float(V[k, k]), df, level)
            rows.append(exponentiated(row) if ratio else row)
    name = model.data.offset_name
    if name:
        note = "(exposure)" if name != model.data.offset_variable else "(offset)"
        rows.append(CoefficientRow(name, b=1.0, note=note))
    return tuple(rows)


def _ancillary(model: MlModel, level: float, p: int, df_r: float) -> tuple[tuple[CoefficientRow, ...], ...]:
    """Cut points in one block; a logarithm in one, and what it is the logarithm of in the next."""
    if not model.extra:
        return ()
    z = normal_quantile(0.5 + level / 200) if math.isnan(df_r) else t_quantile(0.5 + level / 200, df_r)
    rows = []
    for j, name in enumerate(model.extra):
        variance = float(model.V[p + j, p + j])
        value, se = float(model.theta[p + j]), math.sqrt(variance) if variance > 0 else math.nan
        label = "/" + (name.name if name.equation == "/" else name.equation)
        rows.append(CoefficientRow(label, value, se, lo=value - z * se, hi=value + z * se, tested=False))
    if model.command in ("ologit", "oprobit"):
        return (tuple(rows),)
    if model.command == "nbreg":
        shown = replace(exponentiated(rows[0]), term=str(rows[0].term)[3:])
        return (tuple(rows), (shown,))
    if model.command == "intreg":
        z = rows[0].b / rows[0].se
        row = replace(rows[0], term="/lnsigma", statistic=z, p=_two_sided(z), tested=True)
        return ((row,), (replace(exponentiated(rows[0]), term="sigma"),))
    return ((_tobit_scale(model, rows[0], z),),)


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2.0))


def _tobit_scale(model: MlModel, row: CoefficientRow, z: float) -> CoefficientRow:
    """sigma with a symmetric interval as up to version 14, the variance with one on the log scale from 15 on."""
    if model.modern:
        double = replace(row, b=2 * row.b, se=2 * row.se, lo=2 * (row.b - z * row.se), hi=2 * (row.b + z * row.se))
        return replace(exponentiated(double), term=f"var(e.{model.depvar})")
    sigma = math.exp(row.b)
    se = sigma * row.se
    return replace(row, term="/sigma", b=sigma, se=se, lo=sigma - z * se, hi=sigma + z * se)


# ---- particular to some commands ---------------------------------------------------------------------------------


def _comparison(model: MlModel) -> dict[str, float]:
    """The test of the negative binomial against the Poisson; none with robust standard errors."""
    if math.isnan(model.ll_c) or model.data.vce != "oim":
        return {}
    chi2 = max(2.0 * (model.fit.ll - model.ll_c), 0.0)
    return {"ll_c": model.ll_c, "chi2_c": chi2, "p_c": chibar2_tail(chi2)}


def _zeros(model: MlModel) -> int:
    if model.command != "cloglog":
        return 0
    return int(model.data.counts[model.data.y[:, 0] == 0].sum())


def _determined(model: MlModel) -> tuple[int, int]:
    """Failures and successes whose probability is one but for the last digits; ordered outcomes all count as one kind."""
    if model.command in ("ologit", "oprobit"):
        return _certain_categories(model), 0
    if model.command not in ("logit", "logistic", "probit"):
        return 0, 0
    data = model.data
    u = data.X @ model.theta + data.offset
    limit = -normal_quantile(CERTAIN) if model.command == "probit" else -math.log(CERTAIN)
    positive = data.y[:, 0] != 0
    return int(data.counts[(u < -limit) & ~positive].sum()), int(data.counts[(u > limit) & positive].sum())


def _certain_categories(model: MlModel) -> int:
    """How many ordered outcomes have a probability of one but for the last digits."""
    from .fits import ordered_problem

    data = model.data
    codes = np.searchsorted(np.array(model.outcomes), data.y[:, 0])
    problem = ordered_problem(data.X, codes, data, len(model.outcomes) - 1, model.command == "ologit")
    values = problem.family(problem.arguments(model.theta)).value
    return int(data.counts[values > math.log1p(-CERTAIN)].sum())
