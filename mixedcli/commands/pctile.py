"""pctile: a variable that holds quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.columns import new_numeric
from ..data.storage import MISSING
from ..records import record
from ..results.base import Result, Stored
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.quantiles import ALTDEF, NQUANTILES, check_count, label_after, quantiles, read_sample
from ._shared.tables import page
from ._shared.variables import check_new_variables
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
    data, assignment = context.data, statement.assignment
    if assignment is not None:
        new = (assignment.target, *([options["genp"]] if options["genp"] else []))
        check_new_variables(new, data, assignment.span)
    x, weights, _ = read_sample(context, statement)
    assert assignment is not None
    count = options["nquantiles"] or 2
    check_count(count, data.n)
    cuts = quantiles(x, weights, count, bool(options["altdef"]))
    storage = assignment.storage or context.settings.type
    label = label_after(statement, "percentiles of ")
    data = data.with_column(new_numeric(assignment.target, _at_the_top(cuts, data.n), storage, label))
    if options["genp"]:
        shares = _at_the_top(100 * np.arange(1, count) / count, data.n)
        label = f"percentages for {assignment.target}"
        data = data.with_column(new_numeric(options["genp"], shares, context.settings.type, label))
    context.data = data
    return Quantiles(tuple(cuts.tolist()))


def _at_the_top(values: np.ndarray, n: int) -> np.ndarray:
    """``values`` in the first rows, missing below; shape (n,)."""
    out = np.full(n, MISSING)
    out[: len(values)] = values
    return out


@layout(Quantiles)
def lay_out(result: Quantiles, style: Style) -> Document:
    return page([])
