"""``estimates stats``: information criteria of several models."""

from __future__ import annotations

from ..results.postest import IcResult
from ..syntax.tree import Statement
from . import estat_ic
from ._estimates.common import ACTIVE, information
from ._esttab.models import chosen_estimates
from .context import Context
from .registry import command


@command("estimates stats", shortest="est stat", start="names", options=estat_ic.OPTIONS)
def estimates_stats(context: Context, statement: Statement) -> IcResult:
    """estimates stats [names] [, n(#)]

    Show the log likelihood, the number of parameters, AIC and BIC of the named estimation results, or the active ones.
    """
    options = context.options(statement, estat_ic.OPTIONS)
    chosen = chosen_estimates(context, statement.arguments)
    return IcResult(tuple(information(name or each.name or ACTIVE, each, options["n"]) for name, each in chosen))
