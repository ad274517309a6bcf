"""``predict``: new variables from the last estimates; each model says which statistics it has."""

from __future__ import annotations

from ..results.base import Result
from ..syntax.tree import Statement
from .context import Context
from .registry import command


@command("predict")
def predict(context: Context, statement: Statement) -> Result | None:
    """Make predictions from the last estimates: predict [type] newvar [if] [in] [, statistic].

    After xtmixed and mixed the statistics are xb (the default), stdp, fitted, residuals, rstandard, reffects and reses.
    """
    result: Result | None = context.estimates.model.predict(context, statement)
    return result
