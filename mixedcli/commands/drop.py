"""drop: drop variables or observations."""

from __future__ import annotations

import numpy as np

from ..design.varlist import expand_names
from ..errors import NotBuilt, StataError
from ..expr.sample import sample_mask
from ..syntax.tree import Statement
from ._shared.data import Deleted, invalid_syntax, without_variables
from .context import Context
from .registry import command


@command("drop", by="native")
def drop(context: Context, statement: Statement) -> Deleted:
    """drop varlist | _all
    drop if exp [in]
    drop in range [if]

    Drop the variables or the observations named.
    """
    check_form(context, statement)
    data = context.data
    if statement.varlist:
        gone = set(expand_names(statement.varlist, data))
        if gone or data.n:
            context.data = without_variables(data, gone)
        return Deleted(None, len(gone), context.version >= 16)
    return drop_rows(context, sample_mask(data, statement.condition, statement.in_range, context.environment()))


def check_form(context: Context, statement: Statement) -> None:
    """Raise unless there is either a varlist or an if or in, and nothing else."""
    if statement.weight is not None:
        raise StataError("weights not allowed", 101, statement.weight.span)
    if statement.using is not None:
        raise NotBuilt("keep and drop with using")
    context.options(statement, ())
    rows = statement.condition is not None or statement.in_range is not None
    if rows and statement.varlist:
        raise invalid_syntax(statement.varlist[0].span)
    if not rows and not statement.varlist:
        raise StataError("varlist or in range required", 100)


def drop_rows(context: Context, gone: np.ndarray) -> Deleted:
    """Drop the observations in ``gone`` (bool, shape (n,)); variables stay even when no observation does."""
    count = int(np.count_nonzero(gone))
    if count:
        context.data = context.data.take(~gone)
    return Deleted(count, returns=context.version >= 16)
