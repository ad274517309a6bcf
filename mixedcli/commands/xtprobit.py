"""xtprobit: random-effects probit regression for panels."""

from __future__ import annotations

from ..results.xtre import XtreResult
from ..syntax.tree import Statement
from ._xtre.common import Recipe, run
from ._xtre.options import PROBIT_OPTIONS
from .context import Context
from .registry import command

RECIPE = Recipe("xtprobit", PROBIT_OPTIONS)


@command("xtprobit", options=RECIPE.options, by="loop")
def xtprobit(context: Context, statement: Statement) -> XtreResult:
    """xtprobit depvar [indepvars] [if] [in] [weight] [, re offset(v) vce(vcetype) intpoints(#) level(#)]

    Fit a probit regression with a normal effect of each panel; any depvar other than zero counts as a success. The panel
    variable is that of xtset, or of i(). Adaptive quadrature with 12 points unless intmethod() and intpoints() say
    otherwise. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
