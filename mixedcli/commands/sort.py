"""sort: put the observations in ascending order."""

from __future__ import annotations

import numpy as np

from ..data.columns import sort_rows
from ..design.varlist import expand_names
from ..errors import StataError
from ..expr.sample import range_mask
from ..records import replace
from ..syntax.spec import Option
from ..syntax.tree import Statement
from .context import Context
from .registry import command

OPTIONS = (Option("stable", "st", help="keep the order of equal observations (they always keep it)"),)


@command("sort", shortest="so", options=OPTIONS)
def sort(context: Context, statement: Statement) -> None:
    """sort varlist [in] [, stable]

    Sort into ascending order; missing values come last.  Observations with equal values keep their order.
    """
    context.options(statement, OPTIONS)
    data = context.data
    if statement.condition is not None:
        raise StataError("if not allowed", 101, statement.condition.span)
    if not statement.varlist:
        raise StataError("varlist required", 100)
    names = tuple(dict.fromkeys(expand_names(statement.varlist, data)))
    if statement.in_range is not None:
        inside = np.flatnonzero(range_mask(data, statement.in_range))
        order = np.arange(data.n)
        order[inside] = inside[sort_rows(data.take(inside), names)]
        context.data = data.take(order)
    elif data.sorted_by[: len(names)] != names:
        context.data = replace(data.take(sort_rows(data, names)), sorted_by=names)
