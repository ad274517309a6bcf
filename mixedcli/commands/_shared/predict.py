"""What ``predict`` does after every model: names and storage of the new variables, the rows, the messages."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...data.columns import new_numeric
from ...data.storage import DTYPES, MISSING, is_numeric
from ...design.matrix import Columns, Design
from ...design.sample import mark_sample
from ...errors import StataError, type_mismatch, variable_not_found
from ...expr.timeseries import base_name
from ...records import record
from ...results.base import Messages
from ...results.stripe import CONSTANT
from ...syntax.tree import NamePattern, Statement
from ..context import Context
from .data import check_new_variable, counted


@record
class Prediction:
    """One new variable: values on all rows (missing where not predicted) and its label."""

    values: np.ndarray
    label: str


def add_predictions(
    context: Context, made: list[tuple[str, Prediction]], storage: str, notes: tuple[str, ...] = ()
) -> Messages:
    """Put the new variables into the data; the notes, then how many values of each are missing."""
    data = context.data
    for name, prediction in made:
        data = data.with_column(new_numeric(name, prediction.values, storage, label=prediction.label))
    context.data = data
    missing = (int(np.count_nonzero(prediction.values >= MISSING)) for _, prediction in made)
    return Messages(notes + tuple(_missing_note(count, context.version) for count in missing if count))


def _missing_note(count: int, version: float) -> str:
    return f"({counted(count, 'missing value', 'missing values', version)} generated)"


# ---- names -------------------------------------------------------------------------------------------------------


def targets(statement: Statement, default: str) -> tuple[str, list[NamePattern]]:
    """The storage type and the names or stub of the new variables."""
    patterns = [term for term in statement.varlist if isinstance(term, NamePattern)]
    if len(patterns) < len(statement.varlist):
        raise StataError("invalid name", 198)
    storage = default
    if len(patterns) > 1 and patterns[0].pattern in DTYPES:
        storage = patterns.pop(0).pattern
    if not patterns:
        raise StataError("varlist required", 100)
    return storage, patterns


def named(
    patterns: list[NamePattern], predictions: list[Prediction], context: Context, taken: set[str] | None = None
) -> list[tuple[str, Prediction]]:
    """The predictions with names: a list of as many names, or ``stub*``."""
    if len(patterns) == 1 and patterns[0].pattern.endswith("*"):
        stub = patterns[0].pattern[:-1]
        names = [f"{stub}{k}" for k in range(1, len(predictions) + 1)]
    else:
        names = [term.pattern for term in patterns]
    if len(names) < len(predictions):
        raise StataError("too few variables specified", 102)
    if len(names) > len(predictions):
        raise StataError("too many variables specified", 103)
    seen = set(taken or ())
    for name in names:
        check_new_variable(name, context.data)
        if name in seen:
            raise StataError(f"variable {name} already defined", 110)
        seen.add(name)
    return list(zip(names, predictions, strict=True))


# ---- rows and columns --------------------------------------------------------------------------------------------


def over_rows(context: Context, touse: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``values`` of the rows ``touse`` as float64 of shape (n,), missing in the others."""
    out = np.full(context.data.n, MISSING)
    out[touse] = values
    return out


def present_variables(context: Context, names: Iterable[str]) -> tuple[str, ...]:
    """``names``, all of them numeric variables still: r(111) or r(109) where one has been dropped or replaced."""
    found = tuple(names)
    for name in found:
        column = context.data.columns.get(base_name(name))
        if column is None:
            raise variable_not_found(name)
        if not is_numeric(column.storage):
            raise type_mismatch()
    return found


def design_rows(context: Context, design: Design, touse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of ``touse`` whose covariates are known (bool, shape (n,)), and the design matrix on them.

    Columns are those of the estimated terms, shape (rows, p), whether the rows were used in the estimation or not.
    """
    terms = [design.terms[k] for k in design.columns]
    names = dict.fromkeys(name for term in terms for name in term.variables if name != "_cons")
    used = mark_sample(context.data, touse, present_variables(context, names))
    source = Columns(context.data, used)
    X = np.empty((source.n, len(terms)))
    for j, term in enumerate(terms):
        X[:, j] = 1.0 if term == CONSTANT else source.column(term)
    return used, X
