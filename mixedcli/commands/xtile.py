"""xtile: the quantile group of each observation."""

from __future__ import annotations

import numpy as np

from ..data.columns import new_numeric, numeric
from ..data.dataset import Dataset
from ..data.storage import MISSING, is_missing
from ..errors import StataError
from ..expr.names import resolve_variable
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._shared.data import check_new_variable
from ._shared.quantiles import ALTDEF, NQUANTILES, check_count, label_after, quantiles, read_sample
from ._shared.variables import numeric_only
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
    data, assignment = context.data, statement.assignment
    if assignment is not None:
        check_new_variable(assignment.target, data, assignment.span)
    by_variable = options["cutpoints"]
    if by_variable and options["nquantiles"]:
        raise StataError("options nquantiles() and cutpoints() may not be combined", 198, options.spans["cutpoints"])
    x, weights, rows = read_sample(context, statement)
    assert assignment is not None
    if by_variable:
        cuts = _values_of(data, options)
        label = label_after(statement, "", f" categorized by {by_variable}")
    else:
        count = options["nquantiles"] or 2
        check_count(count, len(x))
        cuts = quantiles(x, weights, count, bool(options["altdef"]))
        label = label_after(statement, f"{count} quantiles of ")
    out = np.full(data.n, MISSING)
    out[rows] = np.searchsorted(cuts, x, side="left") + 1
    storage = assignment.storage or ("byte" if len(cuts) < 100 else "int")
    context.data = data.with_column(new_numeric(assignment.target, out, storage, label))


def _values_of(data: Dataset, options: OptionValues) -> np.ndarray:
    """The distinct values of the variable in cutpoints(), ascending."""
    name = resolve_variable(options["cutpoints"], data, options.spans["cutpoints"])
    numeric_only((name,), data, options.spans["cutpoints"])
    values = numeric(data.columns[name])
    return np.unique(values[~is_missing(values)])
