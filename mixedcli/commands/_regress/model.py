"""A linear regression: what the command line asks for, its design on the estimation sample, the fit, its variance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...design.groups import group_index
from ...design.matrix import Design, build_design
from ...design.sample import mark_sample
from ...design.terms import expand_terms, term_variables
from ...engine import linear_robust
from ...engine.least_squares import LeastSquares, least_squares
from ...errors import NotBuilt, StataError, no_observations
from ...expr.evaluate import working_values
from ...expr.sample import sample_mask
from ...records import record, replace
from ...syntax.head import command_text
from ...syntax.spec import OptionValues
from ...syntax.tree import Statement
from ...syntax.unparse import unparse
from .._mixed.model import factor_labels
from .._mixed.plan import depvar_name
from .._shared.tables import read_weights
from .._shared.vce import RESAMPLED, Vce, read_vce

if TYPE_CHECKING:
    from ...results.base import Result
    from ...results.resample import Resampling
    from .._margins.response import Response
    from ..context import Context

_KINDS = ("aweight", "fweight", "pweight", "iweight")


@record(eq=False)
class Variance:
    """How e(V) has been estimated: ``kind`` as vce() calls it, ``V`` (p, p) of the coefficients estimated.

    ``df``: degrees of freedom of t and F, None where tests are normal.  ``clusters``: how many, in ``cluster``.
    """

    kind: str
    V: np.ndarray
    df: int | None
    cluster: str = ""
    clusters: int = 0
    resampling: Resampling | None = None


@record(eq=False)
class RegressModel:
    """What regress leaves for the commands after it.

    ``sum_w``: the sum of analytic or sampling weights (nan without); ``value_labels``: those of the factors, as at
    estimation.
    """

    depvar: str
    design: Design
    fit: LeastSquares
    variance: Variance
    value_labels: dict[str, dict[int, str]]
    cmdline: str
    wtype: str = ""
    wexp: str = ""
    sum_w: float = float("nan")

    def predict(self, context: Context, statement: Statement) -> Result | None:
        """Run ``predict`` after this model."""
        from .predict import predict

        return predict(self, context, statement)

    def resampled(self, V: np.ndarray, resampling: Resampling) -> RegressModel:
        """This model with the e(V), (k, k), of a bootstrap or jackknife."""
        columns = self.design.columns
        df = None if resampling.df is None else int(resampling.df)
        variance = Variance(resampling.kind, V[np.ix_(columns, columns)], df, resampling=resampling)
        return replace(self, variance=variance)

    def margins_response(self, arguments: str) -> Response:
        """The linear prediction, for margins."""
        from .._margins.response import linear_response

        kind, df = self.variance.kind, self.variance.df
        vce = "OLS" if kind == "ols" else kind.capitalize() if kind in RESAMPLED else "Robust"
        return linear_response(
            self, arguments, "Linear prediction", V=self.variance.V, vce=vce, df=None if df is None else float(df),
            depvar=self.depvar, wtype=self.wtype, wexp=self.wexp,
        )


@record(eq=False)
class _Sample:
    """The rows of the estimation; ``weights`` (rows,) as typed, ``n`` the number of observations they stand for."""

    mask: np.ndarray
    y: np.ndarray
    design: Design
    kind: str
    weights: np.ndarray | None
    n: int

    @property
    def scaled(self) -> np.ndarray | None:
        """The weights of the fit: aweights and pweights are scaled to add to n."""
        if self.weights is None or self.kind in ("fweight", "iweight"):
            return self.weights
        return self.weights * (self.n / self.weights.sum())


def fit_model(context: Context, statement: Statement, options: OptionValues) -> tuple[RegressModel, np.ndarray]:
    """Fit what ``statement`` asks for; the model and e(sample) of shape (n,).

    Raises r(100) without a depvar, r(111) for unknown variables, r(198) for a factor as depvar or a vce that is none,
    r(2000) no observations (also where a variable is a string, as Stata has it), r(2001) one observation.
    """
    vce = _read_vce(context, statement, options)
    sample = _sample(context, statement, options, vce)
    design = sample.design
    x = design.X[:, :-1] if design.constant else design.X
    fit = least_squares(sample.y, x, design.constant, sample.scaled, sample.n)
    with np.errstate(all="ignore"):
        variance = _variance(context, vce, sample, fit)
    weighted = sample.weights is not None and sample.kind in ("aweight", "pweight")
    sum_w = float(sample.weights.sum()) if weighted and sample.weights is not None else float("nan")
    wexp = f"= {unparse(statement.weight.exp)}" if statement.weight is not None else ""
    labels = factor_labels(design.terms, context.data)
    text = command_text(statement.text)
    depvar, _ = variables(statement, context)
    model = RegressModel(depvar, design, fit, variance, labels, text, sample.kind, wexp, sum_w)
    if vce.resampled:
        from .._resample.vce import resampled

        model = model.resampled(*resampled(context, statement, options, vce))
    return model, sample.mask


def _read_vce(context: Context, statement: Statement, options: OptionValues) -> Vce:
    vce = read_vce(statement, options, context.data, "ols", ("robust", "cluster", "hc2", "hc3", *RESAMPLED))
    if vce.kind in ("hc2", "hc3") and statement.weight is not None and statement.weight.kind != "fweight":
        raise NotBuilt(f"vce({vce.kind}) with {statement.weight.kind or 'aweight'}s", options.spans.get("vce"))
    return vce


def _sample(context: Context, statement: Statement, options: OptionValues, vce: Vce) -> _Sample:
    data = context.data
    depvar, used = variables(statement, context)
    mask = sample_mask(data, statement.condition, statement.in_range, context.environment())
    mask = mark_sample(data, mask, [*used, *([vce.cluster] if vce.cluster else [])])
    kind, weights, rows = read_weights(context, statement, np.flatnonzero(mask), _KINDS)
    mask = np.zeros_like(mask)
    mask[rows] = True
    if not mask.any():
        raise no_observations()
    n = int(weights.sum()) if kind in ("fweight", "iweight") and weights is not None else len(rows)
    if n < 2:
        raise StataError("insufficient observations", 2001)
    terms = expand_terms(statement.varlist[1:], data, mask)
    design = build_design(terms, data, mask, not options["noconstant"])
    return _Sample(mask, working_values(data, depvar)[mask], design, kind, weights, n)


def _variance(context: Context, vce: Vce, sample: _Sample, fit: LeastSquares) -> Variance:
    """The variance that ``vce`` asks for; zero where there are no residual degrees of freedom to estimate it from."""
    X, df = sample.design.X, fit.df_r
    codes = clusters = None
    if vce.cluster:
        index = group_index(context.data, (vce.cluster,), sample.mask)
        codes, clusters = index.codes, index.count
    residual = sample.y - X @ fit.beta if fit.rss > 0 else np.zeros(len(sample.y))
    if df <= 0:
        V = np.zeros_like(fit.inverse)
    elif codes is not None:
        V = linear_robust.clustered(X, residual, fit.inverse, fit.n, codes, sample.scaled)
    elif vce.kind == "robust":
        V = linear_robust.robust(X, residual, fit.inverse, fit.n, sample.scaled, sample.kind == "fweight")
    elif vce.kind in ("hc2", "hc3"):
        V = linear_robust.leverage_adjusted(X, residual, fit.inverse, int(vce.kind[-1]) - 1, sample.weights)
    else:
        V = fit.inverse * fit.s2
    V = np.where(np.isfinite(V), V, 0.0)
    return Variance(vce.kind, V, df if clusters is None else clusters - 1, vce.cluster, clusters or 0)


def variables(statement: Statement, context: Context) -> tuple[str, tuple[str, ...]]:
    """The dependent variable, and all variables whose missing values take a row out of the sample."""
    if not statement.varlist:
        raise StataError("last estimates not found", 301)
    data = context.data
    try:
        depvar = depvar_name(statement.varlist[0], data)
        return depvar, (depvar, *term_variables(statement.varlist[1:], data))
    except StataError as error:
        if error.rc == 109 and error.message.startswith("string variables"):
            raise StataError(no_observations().message, 2000, error.span) from None
        raise
