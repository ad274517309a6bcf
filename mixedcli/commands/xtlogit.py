"""xtlogit: random-effects logistic regression for panels."""

from __future__ import annotations

from ..results.xtre import XtreResult
from ..syntax.tree import Statement
from ._xtre.common import Recipe, run
from ._xtre.options import LOGIT_OPTIONS, ODDS
from .context import Context
from .registry import command

RECIPE = Recipe("xtlogit", LOGIT_OPTIONS, ODDS)


@command("xtlogit", options=RECIPE.options, by="loop")
def xtlogit(context: Context, statement: Statement) -> XtreResult:
    """xtlogit depvar [indepvars] [if] [in] [weight] [, re offset(v) or vce(vcetype) intpoints(#) level(#)]

    Fit a logistic regression with a normal effect of each panel; any depvar other than zero counts as a success. The panel
    variable is that of xtset, or of i(). Adaptive quadrature with 12 points unless intmethod() and intpoints() say
    otherwise. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
