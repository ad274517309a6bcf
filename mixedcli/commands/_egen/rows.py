"""egen functions across variables, one observation at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...data.columns import missing_rows, numeric
from ...data.dataset import Column
from ...data.storage import MISSING, is_missing, is_numeric
from ...errors import StataError
from .._shared import grouped as _grouped
from .task import Build, Functions, Made, Task, names_of, table_of, variables_of

Compute = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From values, shape (n, k), with 0 where there is none, and ``known``, bool of the same shape, to shape (n,)."""


def across(compute: Compute) -> Build:
    """A function of the numbers in a row; missing outside the sample."""

    def build(task: Task) -> Made:
        table = table_of(variables_of(task))
        known = ~is_missing(table)
        with np.errstate(all="ignore"):
            result = compute(np.where(known, table, 0.0), known)
        if task.name in ("rowtotal", "rsum") and task.options["missing"]:
            result = np.where(known.any(axis=1), result, MISSING)
        return Made(np.where(task.rows, result, MISSING))

    return build


def _total(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    return x.sum(axis=1)


def _mean(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    n = known.sum(axis=1)
    return np.where(n > 0, x.sum(axis=1) / np.maximum(n, 1), MISSING)


def _sd(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    n = known.sum(axis=1)
    deviations = np.where(known, x - _mean(x, known)[:, None], 0.0)
    return np.where(n > 1, np.sqrt((deviations**2).sum(axis=1) / np.maximum(n - 1, 1)), MISSING)


def _smallest(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known.any(axis=1), np.where(known, x, np.inf).min(axis=1), MISSING)


def _largest(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known.any(axis=1), np.where(known, x, -np.inf).max(axis=1), MISSING)


def _first(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known.any(axis=1), x[np.arange(len(x)), known.argmax(axis=1)], MISSING)


def _last(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    return _first(x[:, ::-1], known[:, ::-1])


def percentile(task: Task) -> Made:
    """The percentile of the numbers in each row: every row is a group of its own."""
    p = 50.0 if task.name == "rowmedian" or task.options["p"] is None else task.options["p"]
    table = table_of(variables_of(task))
    known = ~is_missing(table)
    rows = np.nonzero(known)[0]
    result = _grouped.percentile(table[known], rows, len(table), p)
    return Made(np.where(task.rows, result, MISSING))


# ---- counts --------------------------------------------------------------------------------------------------


def missing_count(task: Task) -> Made:
    """How many of the variables, strings too, are missing."""
    counts = np.sum([missing_rows(column) for column in variables_of(task, numeric_ones=False)], axis=0)
    return Made(np.where(task.rows, counts, MISSING))


def nonmissing_count(task: Task) -> Made:
    columns = variables_of(task, numeric_ones=not task.options["strok"])
    counts = np.sum([~missing_rows(column) for column in columns], axis=0)
    return Made(np.where(task.rows, counts, MISSING))


def _matches(task: Task, columns: list[Column]) -> np.ndarray:
    """Where each variable equals one of values(): bool, shape (n, columns)."""
    wanted = task.options["values"]
    if wanted is None:
        raise StataError("option values() required", 198)
    if any(value != int(value) for value in wanted):
        text = "values() invalid -- invalid numlist has noninteger elements"
        raise StataError(text, 126, task.options.spans["values"])
    return np.isin(table_of(columns), wanted)


def _values_label(task: Task, columns: list[Column]) -> str:
    return f"{names_of(columns)} == {' '.join(f'{value:.0f}' for value in task.options['values'])}"


def any_count(task: Task) -> Made:
    """How many of the variables equal one of the values; 0 outside the sample."""
    columns = variables_of(task)
    counts = _matches(task, columns).sum(axis=1) * task.rows
    return Made(counts.astype(np.float64), _values_label(task, columns), "byte")


def any_match(task: Task) -> Made:
    """1 where a variable equals one of the values; 0 elsewhere, also outside the sample."""
    columns = variables_of(task)
    found = _matches(task, columns).any(axis=1) & task.rows
    return Made(found.astype(np.float64), _values_label(task, columns), "byte")


def any_value(task: Task) -> Made:
    """The value of a variable where it is one of the values, missing elsewhere."""
    columns = variables_of(task)
    if len(columns) > 1:
        raise StataError("too many variables specified", 103, task.argument.span)
    found = _matches(task, columns)[:, 0] & task.rows
    return Made(np.where(found, numeric(columns[0]), MISSING), f"{_values_label(task, columns)}")


def differ(task: Task) -> Made:
    """1 where the variables are not all equal, 0 where they are (missing values compared like others)."""
    columns = variables_of(task, numeric_ones=False)
    kinds = {is_numeric(column.storage) for column in columns}
    if len(kinds) > 1:
        raise StataError("type mismatch", 109, task.argument.span)
    views = [numeric(column) if is_numeric(column.storage) else column.values for column in columns]
    unequal = np.zeros(task.data.n, dtype=bool)
    for view in views[1:]:
        unequal |= np.asarray(view != views[0], dtype=bool)
    return Made(np.where(task.rows, unequal.astype(np.float64), MISSING), f"diff {names_of(columns)}", "byte")


ROW_FUNCTIONS: Functions = {
    "rowtotal": (across(_total), ("missing",)),
    "rowmean": (across(_mean), ()),
    "rowsd": (across(_sd), ()),
    "rowmin": (across(_smallest), ()),
    "rowmax": (across(_largest), ()),
    "rowfirst": (across(_first), ()),
    "rowlast": (across(_last), ()),
    "rowmedian": (percentile, ()),
    "rowpctile": (percentile, ("p",)),
    "rowmiss": (missing_count, ()),
    "rownonmiss": (nonmissing_count, ("strok",)),
    "anycount": (any_count, ("values",)),
    "anymatch": (any_match, ("values",)),
    "anyvalue": (any_value, ("values",)),
    "diff": (differ, ()),
    # The names of the row functions before version 9.
    "rsum": (across(_total), ("missing",)),
    "rmean": (across(_mean), ()),
    "rsd": (across(_sd), ()),
    "rmin": (across(_smallest), ()),
    "rmax": (across(_largest), ()),
    "rfirst": (across(_first), ()),
    "rlast": (across(_last), ()),
    "rmiss": (missing_count, ()),
    "robs": (nonmissing_count, ("strok",)),
}
