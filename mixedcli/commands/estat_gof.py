"""``estat gof``: how well a model of a binary outcome or of counts fits.

Pearson's statistic over covariate patterns and Hosmer and Lemeshow's over quantiles of the predicted probability are
sums of (observed - expected)^2 / (expected (1 - expected / total)) (Hosmer, Lemeshow and Sturdivant 2013, sections
5.2.1 and 5.2.2); for counts the statistics are McCullagh and Nelder's (1989, section 2.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.storage import is_missing
from ..design.matrix import Columns
from ..design.sample import mark_sample
from ..engine.tails import chi2_tail
from ..errors import StataError, no_observations
from ..expr.evaluate import working_values
from ..expr.sample import sample_mask
from ..formats import format_number
from ..records import record
from ..results.base import Result
from ..results.gof import BinaryGof, CountGof, GofGroup
from ..results.stripe import CONSTANT
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._ml.model import MlModel
from ._ml.patterns import covariate_patterns, frequencies
from ._ml.predict import predictable_rows, probability
from ._shared.predict import present_variables
from ._shared.quantiles import quantiles
from ._shared.tables import refuse
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("group", "g", Kind.INTEGER, "Hosmer and Lemeshow's test with this many quantiles", low=2),
    Option("all", "all", help="all observations in the data, not only those of the estimation"),
    Option("outsample", "outs", help="degrees of freedom for observations that were not used in the estimation"),
    Option("table", "tab", help="show the groups with their observed and expected counts"),
)
_BINARY = {"logit": "logistic", "logistic": "logistic", "probit": "probit"}


@record(eq=False)
class Patterns:
    """Covariate patterns or groups of them: how many observations (``total``), how many of them positive and expected
    to be, and the probability, for a group the largest in it.

    All have shape (patterns,); ``row`` is an observation of each in the data (groups have none).
    """

    total: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    probability: np.ndarray
    row: np.ndarray


@command("estat gof", options=OPTIONS)
def estat_gof(context: Context, statement: Statement) -> Result:
    """estat gof [if] [in] [fweight] [, group(#) all outsample table]

    After logit, logistic and probit: Pearson's goodness-of-fit test over covariate patterns, or with group(#) that of
    Hosmer and Lemeshow over quantiles of the predicted probability. After poisson: deviance and Pearson's statistic.
    """
    model = context.estimates.model
    if not isinstance(model, MlModel) or model.command not in (*_BINARY, "poisson"):
        raise StataError("invalid subcommand gof", 321)
    if model.command == "poisson":
        context.options(statement, ())
        return counts_fit(model, context, statement)
    options = context.options(statement, OPTIONS)
    refuse(statement, varlist=True, using=True, weight=False)
    return _binary(model, context, statement, options)


# ---- binary outcomes -------------------------------------------------------------------------------------------


def _binary(model: MlModel, context: Context, statement: Statement, options: OptionValues) -> BinaryGof:
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    if not options["all"]:
        touse &= context.sample()
    patterns = _patterns(model, context, statement, touse)
    n = int(patterns.total.sum())
    shown, lost = patterns, model.theta.size
    if options["group"]:
        shown, lost = _collapsed(patterns, options["group"]), 2
    m = len(shown.total)
    df = m if options["outsample"] else m - lost
    if df < 0:
        raise StataError("not enough degrees of freedom to perform the test", 322)
    chi2 = _chi2(shown)
    covariates = () if options["group"] else _covariates(model)
    table = _table(shown, covariates, context) if options["table"] else ()
    return BinaryGof(_BINARY[model.command], model.depvar, n, m, chi2, df, chi2_tail(chi2, df), options["group"] or 0,
                     table, covariates if table else ())


def _patterns(model: MlModel, context: Context, statement: Statement, touse: np.ndarray) -> Patterns:
    """The covariate patterns of the rows of ``touse``, in the order of their predicted probability."""
    touse = mark_sample(context.data, touse, present_variables(context, (model.depvar,)))
    used, X, offset = predictable_rows(model.data, context, touse, False)
    weights, keep = frequencies(model, context, np.flatnonzero(used), statement.weight)
    rows, X, offset = np.flatnonzero(used)[keep], X[keep], offset[keep]
    if not len(rows):
        raise no_observations()
    codes, count = covariate_patterns(np.column_stack([X, offset]))
    y = working_values(context.data, model.depvar)[rows] != 0
    first = np.unique(codes, return_index=True)[1]
    p = probability(model.command, (X @ model.theta + offset)[first])
    order = np.argsort(p, kind="stable")
    total, observed = np.bincount(codes, weights, count), np.bincount(codes, weights * y, count)
    total, observed, p = total[order], observed[order], p[order]
    return Patterns(total, observed, total * p, p, rows[first][order])


def _collapsed(patterns: Patterns, groups: int) -> Patterns:
    """The patterns put together by quantiles of the probability; each group has the largest probability in it."""
    cuts = quantiles(patterns.probability, patterns.total, groups, False)
    codes = np.searchsorted(cuts, patterns.probability, side="left")
    kept, codes = np.unique(codes, return_inverse=True)
    largest = np.zeros(len(kept))
    np.maximum.at(largest, codes, patterns.probability)
    total, observed, expected = (
        np.bincount(codes, each) for each in (patterns.total, patterns.observed, patterns.expected)
    )
    return Patterns(total, observed, expected, largest, np.zeros(0, dtype=int))


def _chi2(patterns: Patterns) -> float:
    """Groups in which an outcome is certain add nothing."""
    expected = patterns.expected
    spread = expected * (1 - expected / patterns.total)
    distance = (patterns.observed - expected) ** 2
    return float(np.divide(distance, spread, out=np.zeros(len(spread)), where=spread > 0).sum())


def _covariates(model: MlModel) -> tuple[str, ...]:
    design = model.data.design
    terms = [design.terms[k] for k in design.columns if design.terms[k] != CONSTANT]
    return tuple(dict.fromkeys(name for term in terms for name in term.variables))


def _table(patterns: Patterns, covariates: tuple[str, ...], context: Context) -> tuple[GofGroup, ...]:
    columns = [_texts(name, patterns.row, context) for name in covariates]
    return tuple(
        GofGroup(
            k + 1, float(patterns.probability[k]), float(patterns.observed[k]), float(patterns.expected[k]),
            float(patterns.total[k]), tuple(column[k] for column in columns),
        )
        for k in range(len(patterns.total))
    )


def _texts(name: str, rows: np.ndarray, context: Context) -> list[str]:
    column = context.data.columns.get(name)
    fmt = column.format if column is not None else "%9.0g"
    chosen = np.zeros(context.data.n, dtype=bool)
    chosen[rows] = True
    values = dict(zip(np.flatnonzero(chosen).tolist(), Columns(context.data, chosen).values(name), strict=True))
    return [format_number(float(values[row]), fmt).strip() for row in rows.tolist()]


# ---- counts ----------------------------------------------------------------------------------------------------


def counts_fit(model: MlModel, context: Context, statement: Statement) -> CountGof:
    """Deviance and Pearson's statistic over the estimation sample, which must still be in the data."""
    refuse(statement, varlist=True, using=True)
    sample = context.sample()
    used, X, offset = predictable_rows(model.data, context, sample, False)
    if not used.any():
        raise no_observations()
    y = working_values(context.data, *present_variables(context, (model.depvar,)))[used]
    y = np.where(is_missing(y), np.nan, y)
    weights, keep = frequencies(model, context, np.flatnonzero(used), statement.weight)
    y, mu = y[keep], np.exp(X @ model.theta + offset)[keep]
    ratio = np.divide(y, mu, out=np.ones(len(y)), where=y > 0)
    deviance = float(2 * (weights * (y * np.log(ratio) - (y - mu))).sum())
    pearson = float((weights * (y - mu) ** 2 / mu).sum())
    df = int(weights.sum()) - model.theta.size
    return CountGof(df, deviance, chi2_tail(deviance, df), pearson, chi2_tail(pearson, df))


# ---- layout ----------------------------------------------------------------------------------------------------


@layout(BinaryGof)
def lay_out(result: BinaryGof, style: Style) -> Document:
    from ..report.gof import binary_document

    return binary_document(result, style)


@layout(CountGof)
def lay_out_counts(result: CountGof, style: Style) -> Document:
    from ..report.gof import count_document

    return count_document(result, style)
