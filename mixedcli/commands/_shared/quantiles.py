"""What xtile and pctile share: the expression over the sample, and the points that cut it."""

from __future__ import annotations

import numpy as np

from ...data.storage import is_missing
from ...errors import StataError, no_observations, type_mismatch
from ...expr.evaluate import evaluate, is_string
from ...syntax.spec import Kind, Option
from ...syntax.tree import Statement
from ..context import Context
from . import grouped as _grouped
from .data import short_label
from .tables import chosen_rows, read_weights

NQUANTILES = Option("nquantiles", "n", Kind.INTEGER, low=2, help="how many groups (2)")
ALTDEF = Option("altdef", "alt", help="interpolate between values, as centile does")


def read_sample(context: Context, statement: Statement) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """The values of ``newvar = exp`` that are not missing, their weights, and their row numbers; shape (m,) each."""
    if statement.assignment is None:
        raise StataError("=exp required", 100)
    exp = statement.assignment.exp
    value = evaluate(exp, context.data, context.environment())
    if is_string(value):
        raise type_mismatch(exp.span)
    x = np.broadcast_to(np.asarray(value, dtype=np.float64), (context.data.n,))
    kinds = ("fweight", "aweight", "pweight")
    _, weights, rows = read_weights(context, statement, chosen_rows(context, statement), kinds)
    known = ~is_missing(x[rows])
    if not known.any():
        raise no_observations()
    return x[rows][known], weights[known] if weights is not None else None, rows[known]


def label_after(statement: Statement, before: str, after: str = "") -> str:
    """A variable label around the expression as typed."""
    assert statement.assignment is not None
    text = statement.text[slice(*statement.assignment.exp.span)].strip()
    return short_label(f"{before}{text}{after}")[0]


def quantiles(x: np.ndarray, w: np.ndarray | None, count: int, alternative: bool) -> np.ndarray:
    """The ``count`` - 1 values that cut ``x`` (none missing, shape (m,)) into groups of about the same size."""
    which = tuple(100 * k / count for k in range(1, count))
    if not alternative:
        codes = np.zeros(len(x), dtype=np.int64)
        return np.concatenate(_grouped.percentiles(x, codes, 1, which, w))
    if w is not None:
        raise StataError("weights not allowed with option altdef", 101)
    return np.array([interpolated(np.sort(x), p) for p in which])


def interpolated(ordered: np.ndarray, p: float) -> float:
    """The p-th percentile at the place (n + 1) p/100 between the values, cut to the smallest and the largest."""
    at = (len(ordered) + 1) * p / 100
    low = int(np.floor(at))
    if low < 1:
        return float(ordered[0])
    if low >= len(ordered):
        return float(ordered[-1])
    return float(ordered[low - 1] + (at - low) * (ordered[low] - ordered[low - 1]))


def check_count(count: int, n: int) -> None:
    """Raise r(198) for more groups than the observations allow."""
    if count > n + 1:
        text = "nquantiles() must be less than or equal to number of observations plus one"
        raise StataError(text, 198)
