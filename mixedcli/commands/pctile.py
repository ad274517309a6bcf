"""pctile: a variable that holds quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.columns import new_numeric
from ..data.storage import MISSING, is_missing
from ..errors import StataError, no_observations, type_mismatch
from ..expr.evaluate import evaluate, is_string
from ..records import record
from ..results.base import Result, Stored
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._data import short_label
from ._quantiles import ALTDEF, NQUANTILES, check_count, quantiles
from ._tables import chosen_rows, page, read_weights
from ._variables import check_new_variables
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    NQUANTILES,
    Option("genp", "g", Kind.NAME, help="a new variable that holds the percentages"),
    ALTDEF,
)


@record
class Quantiles(Result):
    """The quantiles, in ascending order; they are r(r1), r(r2) ... as well."""

    values: tuple[float, ...]

    def stored(self) -> Stored:
        return Stored("r", scalars={f"r{k}": value for k, value in enumerate(self.values, start=1)})


@command("pctile", start="assignment", options=OPTIONS)
def pctile(context: Context, statement: Statement) -> Quantiles:
    """pctile [type] newvar = exp [if] [in] [weight] [, nquantiles(#) genp(newvar) altdef]

    Put the quantiles of exp into the first observations of a new variable: with nquantiles(4) the quartiles.
    """
    options = context.options(statement, OPTIONS)
    assignment = statement.assignment
    if assignment is None:
        raise StataError("=exp required", 100)
    data = context.data
    new = (assignment.target, *([options["genp"]] if options["genp"] else []))
    check_new_variables(new, data, assignment.span)
    value = evaluate(assignment.exp, data, context.environment())
    if is_string(value):
        raise type_mismatch(assignment.exp.span)
    x = np.broadcast_to(np.asarray(value, dtype=np.float64), (data.n,))
    kinds = ("fweight", "aweight", "pweight")
    _, weights, rows = read_weights(context, statement, chosen_rows(context, statement), kinds)
    known = ~is_missing(x[rows])
    if not known.any():
        raise no_observations()
    count = options["nquantiles"] or 2
    check_count(count, data.n)
    cuts = quantiles(x[rows][known], weights[known] if weights is not None else None, count, bool(options["altdef"]))
    out = np.full(data.n, MISSING)
    out[: len(cuts)] = cuts
    storage = assignment.storage or context.settings.type
    label = short_label(f"percentiles of {statement.text[slice(*assignment.exp.span)].strip()}")[0]
    data = data.with_column(new_numeric(assignment.target, out, storage, label))
    if options["genp"]:
        shares = np.full(data.n, MISSING)
        shares[: len(cuts)] = [100 * k / count for k in range(1, count)]
        label = f"percentages for {assignment.target}"
        data = data.with_column(new_numeric(options["genp"], shares, context.settings.type, label))
    context.data = data
    return Quantiles(tuple(cuts.tolist()))


@layout(Quantiles)
def lay_out(result: Quantiles, style: Style) -> Document:
    return page([])
