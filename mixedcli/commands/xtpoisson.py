"""xtpoisson: random-effects Poisson regression for panels."""

from __future__ import annotations

from ..results.xtre import XtreResult
from ..syntax.tree import Statement
from ._xtre.common import Recipe, run
from ._xtre.options import INCIDENCE, POISSON_OPTIONS
from .context import Context
from .registry import command

RECIPE = Recipe("xtpoisson", POISSON_OPTIONS, INCIDENCE)


@command("xtpoisson", options=RECIPE.options, by="loop")
def xtpoisson(context: Context, statement: Statement) -> XtreResult:
    """xtpoisson depvar [indepvars] [if] [in] [weight] [, re normal exposure(v) irr vce(vcetype) intpoints(#) level(#)]

    Fit a Poisson regression with an effect of each panel: gamma with mean one and variance alpha, or with normal a normal
    one in the linear predictor. The panel variable is that of xtset, or of i(). irr shows incidence-rate ratios. Without
    arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
