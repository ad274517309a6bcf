"""A panel regression: what the command line asks for, its design on the estimation sample, and the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...design.groups import GroupIndex, from_codes, group_index
from ...design.matrix import Design, build_design
from ...design.sample import mark_sample
from ...design.terms import expand_terms
from ...design.varlist import expand_names
from ...engine.lmm import LmmFit
from ...engine.panel import (
    BetweenFit,
    PanelProducts,
    RandomFit,
    WithinFit,
    fit_between,
    fit_random,
    fit_within,
    independent_between,
    independent_within,
    panel_products,
)
from ...engine.panel_clusters import clustered
from ...engine.panel_likelihood import PanelMaximum, maximize
from ...errors import StataError, no_observations
from ...expr.evaluate import working_values
from ...expr.sample import sample_mask
from ...records import record, replace
from ...results.stripe import TermNote, plain_name
from ...syntax.head import command_text
from ...syntax.spec import OptionValues
from ...syntax.tree import Statement
from ...syntax.unparse import unparse
from .._mixed.model import factor_labels
from .._regress.model import variables
from .._shared.panel import required_panel
from .._shared.tables import read_weights
from .._shared.vce import RESAMPLED, Vce, read_vce

if TYPE_CHECKING:
    from ...results.base import Result
    from ...results.resample import Resampling
    from ..context import Context

_MODELS = {"re": "re", "fe": "fe", "be": "be", "mle": "ml"}


@record(eq=False)
class MlFit:
    """The random-intercept model by maximum likelihood, and the model of the constant alone (None if not fitted)."""

    full: LmmFit | PanelMaximum
    null: LmmFit | PanelMaximum | None


@record(eq=False)
class Clusters:
    """Standard errors that allow for correlation: the variable, how many clusters, and the variance (k + 1, k + 1)."""

    kind: str
    name: str
    count: int
    vcov: np.ndarray


@record(eq=False)
class Resampled:
    """Standard errors from samples of panels: the variance of all parameters in e(b) that are estimated."""

    vcov: np.ndarray
    resampling: Resampling


@record(eq=False)
class XtregModel:
    """What xtreg leaves for the commands after it.  ``products``: those of the estimated covariates and the outcome.

    ``kind``: ``fe``, ``be``, ``re`` or ``ml``.  ``groups``: those of the observations, repeated by their frequencies.
    """

    kind: str
    depvar: str
    panel: str
    design: Design
    groups: GroupIndex
    products: PanelProducts
    fit: WithinFit | BetweenFit | RandomFit | MlFit
    clusters: Clusters | None
    resampled: Resampled | None
    value_labels: dict[str, dict[int, str]]
    cmdline: str
    swamy_arora: bool = False
    wls: bool = False
    wtype: str = ""
    wexp: str = ""

    def predict(self, context: Context, statement: Statement) -> Result | None:
        """Run ``predict`` after this model."""
        from .predict import predict

        return predict(self, context, statement)


@record(eq=False)
class _Sample:
    """The rows of the estimation.

    ``rows``: which rows of the design the observations are, with frequencies several for a row; ``y`` and ``groups`` are
    those of the observations.  ``codes``: the panels of the rows of the design.  ``weights``: of another kind.
    """

    mask: np.ndarray
    y: np.ndarray
    design: Design
    codes: np.ndarray
    rows: np.ndarray | slice
    groups: GroupIndex
    weights: np.ndarray | None
    wtype: str


def fit_model(
    context: Context, statement: Statement, options: OptionValues
) -> tuple[XtregModel, np.ndarray, np.ndarray]:
    """Fit what ``statement`` asks for; the model, e(sample) of shape (n,), and the panels of its rows as codes.

    Raises r(459) without a panel variable, r(111) for unknown variables, r(198) for options that do not go together,
    r(2000) no observations, r(2001) too few for the model.
    """
    with np.errstate(all="ignore"):
        return _fitted(context, statement, options)


def _fitted(
    context: Context, statement: Statement, options: OptionValues
) -> tuple[XtregModel, np.ndarray, np.ndarray]:
    kind = _kind(options)
    panel = panel_variable(context, options)
    vce = _vce(context, options, kind, statement, panel)
    depvar, _ = variables(statement, context)
    sample = _sample(context, statement, options, kind, panel, vce.cluster)
    fit: WithinFit | BetweenFit | RandomFit | MlFit
    clusters = None
    if kind == "ml":
        design, fit, products = _ml(sample)
    else:
        design, fit, products = _regression(sample, kind, options)
        if vce.cluster and not isinstance(fit, BetweenFit):
            clusters = _clusters(context, sample, design, products, fit, vce)
    resampled = _resampled(context, statement, options, vce, panel, design, kind) if vce.resampled else None
    wexp = f"= {unparse(statement.weight.exp)}" if statement.weight is not None else ""
    model = XtregModel(
        kind, depvar, panel, design, sample.groups, products, fit, clusters, resampled,
        factor_labels(design.terms, context.data), command_text(statement.text), options["sa"], options["wls"],
        sample.wtype, wexp,
    )
    return model, sample.mask, sample.codes


# ---- what is asked for ---------------------------------------------------------------------------------------


def _kind(options: OptionValues) -> str:
    asked = [name for name in _MODELS if options[name]]
    if len(asked) > 1:
        raise StataError("only one of re, fe, be, mle, or pa may be specified", 198, options.spans.get(asked[1]))
    kind = _MODELS[asked[0]] if asked else "re"
    for name, owner in (("theta", "re"), ("sa", "re"), ("wls", "be"), ("noconstant", "ml")):
        if options[name] and kind != owner:
            raise StataError(f"option {name} not allowed", 198, options.spans.get(name))
    return kind


def panel_variable(context: Context, options: OptionValues) -> str:
    """The panel variable: that of i(), else the one declared."""
    if options["i"] is None:
        return required_panel(context.data).panel
    names = expand_names(options["i"], context.data)
    if len(names) != 1:
        raise StataError("i():  too many variables specified", 103, options.spans.get("i"))
    if context.data.columns[names[0]].storage.startswith("str"):
        raise StataError(f"string variables not allowed in varlist;\n{names[0]} is a string variable", 109)
    return names[0]


def _vce(context: Context, options: OptionValues, kind: str, statement: Statement, panel: str) -> Vce:
    """What is asked for, robust as clusters of panels: within a panel errors cannot be independent after demeaning."""
    more = ("oim",) if kind == "ml" else ()
    vce = read_vce(statement, options, context.data, "conventional", ("robust", "cluster", *more, *RESAMPLED))
    if vce.robust and kind in ("be", "ml"):
        raise StataError(f"vcetype '{vce.kind}' not allowed", 198)
    return Vce("robust", panel) if vce.kind == "robust" else vce


# ---- the sample ----------------------------------------------------------------------------------------------


def _sample(
    context: Context, statement: Statement, options: OptionValues, kind: str, panel: str, clustvar: str
) -> _Sample:
    data = context.data
    depvar, used = variables(statement, context)
    mask = sample_mask(data, statement.condition, statement.in_range, context.environment())
    mask = mark_sample(data, mask, [*used, panel, *([clustvar] if clustvar else [])])
    wtype, weights, mask = _weights(context, statement, kind, mask)
    if not mask.any():
        raise no_observations()
    y = working_values(data, depvar)[mask]
    # fe and be look for dependent columns where they estimate: within panels, and among panel means
    keep_all = kind in ("fe", "be")
    terms = expand_terms(statement.varlist[1:], data, mask)
    design = build_design(terms, data, mask, not options["noconstant"], keep_collinear=keep_all)
    groups = group_index(data, (panel,), mask)
    codes = groups.codes
    rows: np.ndarray | slice = slice(None)
    if weights is not None:
        check_constant(weights, groups, panel)
        if wtype == "fweight":
            rows = np.repeat(np.arange(len(y)), weights.astype(np.int64))
            groups, weights = from_codes(codes[rows]), None
        elif wtype != "iweight":
            weights = weights * (len(weights) / weights.sum())
    return _Sample(mask, y[rows], design, codes, rows, groups, weights, wtype)


def _weights(
    context: Context, statement: Statement, kind: str, mask: np.ndarray
) -> tuple[str, np.ndarray | None, np.ndarray]:
    if statement.weight is None:
        return "", None, mask
    if kind in ("re", "be"):
        raise StataError("weights not allowed", 101, statement.weight.span)
    kinds = ("iweight",) if kind == "ml" else ("aweight", "fweight", "pweight")
    if statement.weight.kind and statement.weight.kind not in kinds:
        raise StataError(f"{statement.weight.kind}s not allowed", 101, statement.weight.span)
    wtype, weights, rows = read_weights(context, statement, np.flatnonzero(mask), kinds)
    left = np.zeros_like(mask)
    left[rows] = True
    return wtype, weights, left


def check_constant(weights: np.ndarray, groups: GroupIndex, panel: str) -> None:
    if not np.array_equal(weights, weights[groups.first][groups.codes]):
        raise StataError(f"weight must be constant within {panel}", 199)


# ---- the fits ------------------------------------------------------------------------------------------------


def _regression(
    sample: _Sample, kind: str, options: OptionValues
) -> tuple[Design, WithinFit | BetweenFit | RandomFit, PanelProducts]:
    design = sample.design
    products = _products(design.X[sample.rows, :-1], sample)
    if kind != "re":
        keep = independent_within(products) if kind == "fe" else independent_between(products)
        design, products = without(design, keep), products.take(keep)
    fit: WithinFit | BetweenFit | RandomFit | None
    if kind == "fe":
        plain = None
        if sample.weights is not None:
            plain = panel_products(design.X[:, :-1], sample.y, sample.groups.codes)
        fit = fit_within(products, plain)
    elif kind == "be":
        fit = fit_between(products, options["wls"])
    else:
        fit = fit_random(products, options["sa"])
    if fit is None:
        raise StataError("insufficient observations", 2001)
    return design, fit, products


def _products(x: np.ndarray, sample: _Sample) -> PanelProducts:
    """The cross-products; r(504) where a square is too large for a double."""
    products = panel_products(x, sample.y, sample.groups.codes, sample.weights)
    if not np.isfinite(products.within).all():
        raise StataError("matrix has missing values", 504)
    return products


def without(design: Design, keep: np.ndarray) -> Design:
    """``design`` less the columns that ``keep`` (bool, shape (p - 1,), the constant not counted) leaves out."""
    if keep.all():
        return design
    terms = list(design.terms)
    for column in np.flatnonzero(~keep):
        terms[design.columns[column]] = terms[design.columns[column]].dropped("omitted")
    stays = np.append(keep, True)
    dropped = {design.terms[design.columns[k]].name for k in np.flatnonzero(~keep)}
    noted = {note.name: note for note in design.notes} | {name: TermNote(name, "collinear") for name in dropped}
    names = {plain_name(name): note for name, note in noted.items()}
    order = [plain_name(term.name) for term in design.terms]
    notes = tuple(names[name] for name in dict.fromkeys(order) if name in names)
    return Design(np.ascontiguousarray(design.X[:, stays]), tuple(terms), design.columns[stays], notes)


def _ml(sample: _Sample) -> tuple[Design, MlFit, PanelProducts]:
    design = sample.design
    n, p = design.X.shape
    if n <= p:
        raise StataError("insufficient observations", 2001)
    slopes = p - design.constant
    products = _products(design.X[sample.rows, :slopes], sample)
    if sample.weights is not None:
        return design, _weighted_ml(products, design.constant), replace(products, n=int(sample.weights.sum()))
    null = _fit_ml(sample, np.ones((n, 1))) if design.constant and slopes else None
    fit = MlFit(_fit_ml(sample, design.X), null)
    return design, fit, products


def _weighted_ml(products: PanelProducts, constant: bool) -> MlFit:
    """A panel with weight w counts w times."""
    slopes = products.means.shape[1] - 1
    full = maximize(products, constant)
    if full.convergence.reason == "perfect fit":
        raise StataError("initial values not feasible", 1400)
    return MlFit(full, maximize(products.take(np.zeros(slopes, dtype=bool))) if constant and slopes else None)


def _fit_ml(sample: _Sample, X: np.ndarray) -> LmmFit:
    from ...engine.lmm import RandomEquation, fit_lmm

    fit = fit_lmm(sample.y, X, [RandomEquation(np.ones((len(sample.y), 1)), sample.groups.codes, "identity")])
    if fit.convergence.reason == "perfect fit":
        raise StataError("initial values not feasible", 1400)
    return fit


def _clusters(
    context: Context, sample: _Sample, design: Design, products: PanelProducts, fit: WithinFit | RandomFit, vce: Vce
) -> Clusters:
    codes = group_index(context.data, (vce.cluster,), sample.mask).codes[sample.rows]
    if not np.array_equal(codes, codes[sample.groups.first][sample.groups.codes]):
        raise StataError("panels are not nested within clusters", 498)
    vcov, count = clustered(products, fit, design.X[sample.rows, :-1], sample.y, codes, sample.weights)
    if count < 2:
        raise StataError("insufficient observations", 2001)
    return Clusters(vce.kind, vce.cluster, count, vcov)


def _resampled(
    context: Context, statement: Statement, options: OptionValues, vce: Vce, panel: str, design: Design, kind: str
) -> Resampled:
    """Panels are drawn whole; one that is drawn twice counts as two."""
    from .._resample.vce import resampled

    V, resampling = resampled(context, statement, options, vce, panel)
    k = len(design.terms)
    places = np.append(design.columns, [k, k + 1] if kind == "ml" else []).astype(int)
    return Resampled(V[np.ix_(places, places)], resampling)
