"""Estimation results of programs: what ereturn post accepts, the table of e(b), and predict after it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from ...errors import StataError
from ...records import record
from ...results.base import Matrix, Messages
from ...results.coefficients import CoefficientRow
from ...results.posted import CoefficientListing, EquationRows, PostedEstimation
from ...results.stripe import CONSTANT, StripeName, Term, read_term
from ...syntax.spec import Option
from ...syntax.tree import Statement
from .._matrix.functions import symmetric_values
from .._matrix.values import clean, conformability_error
from ..registry import layout
from .inference import exponentiated, tested_row

if TYPE_CHECKING:
    from ...report.document import Document, Style
    from ..context import Context

PREDICT_OPTIONS = (
    Option("xb", "xb", help="linear prediction of the first equation"),
    Option("stdp", "stdp", help="its standard error"),
)


@record
class PostedModel:
    """What posted results can predict: the linear prediction, if the names in e(b) are those of variables."""

    def predict(self, context: Context, statement: Statement) -> Messages:
        return predict(context, statement)


def post_nothing(context: Context) -> None:
    """Make empty estimation results the active ones."""
    context.post(PostedEstimation(), PostedModel(), np.zeros(context.data.n, dtype=bool))


# ---- b and V -------------------------------------------------------------------------------------------------


def checked_b(b: Matrix) -> Matrix:
    """b as it is posted: a row called y1.  Raises r(503) unless it is a row vector, r(504) for missing values."""
    if b.values.shape[0] != 1:
        raise conformability_error()
    if np.isnan(clean(b.values)).any():
        raise StataError("matrix has missing values", 504)
    return Matrix(b.values, (StripeName("", "y1"),), b.columns)


def checked_V(V: Matrix, b: Matrix) -> Matrix:
    """V as it is posted.

    Raises r(503) unless it is as large as b is long, r(507) unless the names agree, r(504) for missing values, r(505)
    unless it is symmetric, r(506) for a negative variance.
    """
    if V.values.shape != (len(b.columns), len(b.columns)):
        raise conformability_error()
    if V.rows != b.columns or V.columns != b.columns:
        raise StataError("name conflict", 507)
    values = symmetric_values(V)
    if (np.diag(values) < 0).any():
        raise StataError("matrix not positive definite", 506)
    return Matrix(values, V.rows, V.columns)


# ---- the table -----------------------------------------------------------------------------------------------


def coefficient_listing(
    context: Context, b: Matrix, V: Matrix | None, depvar: str, df: float | None, level: float, eform: str = ""
) -> CoefficientListing:
    """The table of e(b): tests by normal distribution, or by t with ``df``; ``eform`` is the title of exp(b)."""
    variances = np.zeros(len(b.columns)) if V is None else np.diag(V.values)
    rows = []
    for name, value, variance in zip(b.columns, b.values.reshape(-1), variances, strict=True):
        row = _row(read_term(name.name), float(value), float(variance), df, level)
        rows.append((name.equation, exponentiated(row) if eform and not row.note else row))
    equations = tuple(
        EquationRows(name, tuple(row for _, row in group)) for name, group in groupby(rows, key=lambda pair: pair[0])
    )
    labels = _value_labels(context, (row for _, row in rows))
    return CoefficientListing(depvar, equations, "z" if df is None else "t", level, eform, labels)


def _row(term: Term, b: float, variance: float, df: float | None, level: float) -> CoefficientRow:
    if term.status != "shown":
        return CoefficientRow(term, 0.0)
    if not variance > 0:
        return CoefficientRow(term, b, note="(omitted)" if b == 0 else "")
    return tested_row(term, b, variance, df, level)


def _value_labels(context: Context, rows: object) -> dict[str, dict[int, str]]:
    """The value labels of the factors: variable -> level -> text."""
    found: dict[str, dict[int, str]] = {}
    for row in rows:  # type: ignore[attr-defined]
        for part in row.term.parts:
            column = context.data.columns.get(part.variable) if part.level is not None else None
            if column is not None and column.value_label:
                texts = context.data.value_labels.get(column.value_label, {})
                found[part.variable] = {int(value): text for value, text in texts.items() if value == int(value)}
    return found


@layout(CoefficientListing)
def lay_out_listing(result: CoefficientListing, style: Style) -> Document:
    from ...report.posted import listing_document

    return listing_document(result, style)


@layout(PostedEstimation)
def lay_out_posted(result: PostedEstimation, style: Style) -> Document:
    return lay_out_listing(result.table, style)


# ---- predict -------------------------------------------------------------------------------------------------


def predict(context: Context, statement: Statement) -> Messages:
    """xb of the first equation of e(b), or its standard error, wherever the variables are known."""
    from ...expr.sample import sample_mask
    from .predict import Prediction, add_predictions, named, over_rows, targets

    options = context.options(statement, PREDICT_OPTIONS)
    if options["xb"] and options["stdp"]:
        raise StataError("options xb and stdp may not be combined", 198)
    storage, patterns = targets(statement, context.settings.type)
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    used, values = _predicted(context, options["stdp"], touse)
    label = "S.E. of the linear prediction" if options["stdp"] else "Linear prediction"
    made = named(patterns, [Prediction(over_rows(context, used, values), label)], context)
    return add_predictions(context, made, storage, () if options["xb"] or options["stdp"] else ("(option xb assumed)",))


def _predicted(context: Context, stdp: bool, touse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows whose variables are known, bool of shape (n,), and x b or sqrt(x V x') on them."""
    from ...design.matrix import Columns
    from ...design.sample import mark_sample
    from .predict import present_variables

    matrices = context.estimates.stored().matrices
    if "b" not in matrices or (stdp and "V" not in matrices):
        raise StataError("last estimates not found", 301)
    b = matrices["b"]
    mine = [k for k, name in enumerate(b.columns) if name.equation == b.columns[0].equation]
    terms = [read_term(b.columns[k].name) for k in mine]
    names = dict.fromkeys(name for term in terms if term != CONSTANT for name in term.variables)
    used = mark_sample(context.data, touse, present_variables(context, names))
    source = Columns(context.data, used)
    X = np.column_stack([source.column(term) for term in terms]) if terms else np.zeros((source.n, 0))
    if stdp:
        V = matrices["V"].values[np.ix_(mine, mine)]
        return used, np.sqrt(np.maximum(np.einsum("ij,ij->i", X @ V, X), 0))
    return used, X @ b.values.reshape(-1)[mine]
