"""xtile: the quantile group of each observation."""

from __future__ import annotations

import numpy as np

from ..data.columns import new_numeric, numeric
from ..data.dataset import Dataset
from ..data.storage import MISSING, is_missing
from ..errors import StataError, no_observations, type_mismatch
from ..expr.evaluate import evaluate, is_string
from ..expr.names import resolve_variable
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._data import check_new_variable, short_label
from ._quantiles import ALTDEF, NQUANTILES, check_count, quantiles
from ._tables import chosen_rows, read_weights
from ._variables import numeric_only
from .context import Context
from .registry import command

OPTIONS = (
    NQUANTILES,
    Option("cutpoints", "c", Kind.NAME, help="a variable whose values cut, instead of quantiles"),
    ALTDEF,
)


@command("xtile", start="assignment", options=OPTIONS)
def xtile(context: Context, statement: Statement) -> None:
    """xtile newvar = exp [if] [in] [weight] [, nquantiles(#) cutpoints(varname) altdef]

    Number the observations 1 to # by the quantiles of exp: 1 up to and including the first, 2 up to the second, ...
    """
    options = context.options(statement, OPTIONS)
    assignment = statement.assignment
    if assignment is None:
        raise StataError("=exp required", 100)
    data = context.data
    check_new_variable(assignment.target, data, assignment.span)
    if options["cutpoints"] and options["nquantiles"]:
        raise StataError("options nquantiles() and cutpoints() may not be combined", 198, options.spans["cutpoints"])
    value = evaluate(assignment.exp, data, context.environment())
    if is_string(value):
        raise type_mismatch(assignment.exp.span)
    x = np.broadcast_to(np.asarray(value, dtype=np.float64), (data.n,))
    _, weights, rows = read_weights(context, statement, chosen_rows(context, statement), ("fweight", "aweight", "pweight"))
    known = ~is_missing(x[rows])
    rows, weights = rows[known], weights[known] if weights is not None else None
    cuts = _cuts(data, options, x[rows], weights)
    out = np.full(data.n, MISSING)
    out[rows] = np.searchsorted(cuts, x[rows], side="left") + 1
    text = statement.text[slice(*assignment.exp.span)].strip()
    what = f"{text} categorized by {options['cutpoints']}" if options["cutpoints"] else f"{len(cuts) + 1} quantiles of {text}"
    storage = assignment.storage or ("byte" if len(cuts) < 100 else "int")
    context.data = data.with_column(new_numeric(assignment.target, out, storage, short_label(what)[0]))


def _cuts(data: Dataset, options: OptionValues, x: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """The cutting points, ascending."""
    if options["cutpoints"]:
        name = resolve_variable(options["cutpoints"], data, options.spans["cutpoints"])
        numeric_only((name,), data, options.spans["cutpoints"])
        values = numeric(data.columns[name])
        return np.unique(values[~is_missing(values)])
    if not x.size:
        raise no_observations()
    count = options["nquantiles"] or 2
    check_count(count, len(x))
    return quantiles(x, weights, count, bool(options["altdef"]))
