"""keep: keep some variables or observations and drop the others."""

from __future__ import annotations

from ..design.varlist import expand_names
from ..expr.sample import sample_mask
from ..syntax.tree import Statement
from ._shared.data import Deleted, without_variables
from .context import Context
from .drop import check_form, drop_rows
from .registry import command


@command("keep", by="native")
def keep(context: Context, statement: Statement) -> Deleted:
    """keep varlist
    keep if exp [in]
    keep in range [if]

    Keep the variables or the observations named, drop all others.
    """
    check_form(context, statement)
    data = context.data
    if statement.varlist:
        kept = set(expand_names(statement.varlist, data))
        gone = [name for name in data.names if name not in kept]
        if gone:
            context.data = without_variables(data, gone)
        return Deleted(None, len(gone), context.version >= 16)
    return drop_rows(context, ~sample_mask(data, statement.condition, statement.in_range, context.environment()))
