"""0/1 variables that mark the observations a program uses: what marksample, mark and markout share."""

from __future__ import annotations

import numpy as np

from ...data.columns import missing_rows, new_numeric, numeric
from ...data.dataset import Column, Dataset
from ...data.storage import MISSING, is_missing, is_numeric
from ...design.terms import term_variables
from ...design.varlist import expand_series
from ...errors import StataError
from ...expr.evaluate import evaluate
from ...expr.sample import sample_mask
from ...expr.timeseries import column_of
from ...syntax.tree import Statement, Varlist
from ..context import Context
from .tables import read_weights

KINDS = ("fweight", "aweight", "pweight", "iweight")


def marked(context: Context, statement: Statement, zeros: bool) -> np.ndarray:
    """The rows that ``if``, ``in`` and the weight of ``statement`` leave in: bool, shape (n,).

    A weight that is missing or zero takes a row out; with ``zeros`` only a missing one does.
    """
    mask = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    if statement.weight is None:
        return mask
    rows = np.flatnonzero(mask)
    _, _, used = read_weights(context, statement, rows, KINDS)
    if zeros:
        values = np.broadcast_to(evaluate(statement.weight.exp, context.data, context.environment()), mask.shape)
        return mask & ~is_missing(values.astype(np.float64))
    out = np.zeros(context.data.n, dtype=bool)
    out[used] = True
    return out


def complete(data: Dataset, varlist: Varlist, strings: bool, system: bool = True) -> np.ndarray:
    """The rows in which none of the variables is missing: bool, shape (n,).

    Without ``strings`` a string variable leaves no row, as in Stata, since it cannot be what was meant.  ``system``
    False: only ``.`` counts as missing, ``.a`` to ``.z`` do not.
    """
    mask = np.ones(data.n, dtype=bool)
    for column in _columns(data, varlist):
        if not strings and not is_numeric(column.storage):
            return np.zeros(data.n, dtype=bool)
        mask &= ~missing_rows(column) if system else numeric(column) != MISSING
    return mask


def _columns(data: Dataset, varlist: Varlist) -> list[Column]:
    """The columns that a varlist mentions, with factor-variable and time-series operators too."""
    names: list[str] = []
    for term in varlist:
        try:
            names += expand_series((term,), data)
        except StataError as error:
            if error.rc != 101:
                raise
            names += term_variables((term,), data)
    return [column_of(data, name) for name in names]


def with_mark(data: Dataset, name: str, mask: np.ndarray) -> Dataset:
    """The data with the byte variable ``name``: 1 where ``mask`` holds, else 0."""
    return data.with_column(new_numeric(name, mask.astype(np.float64), "byte"))
