"""mestreg: multilevel mixed-effects parametric survival models."""

from __future__ import annotations

from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family, read_distribution
from ._me.options import DISTRIBUTION, NO_CONSTANT, NO_HAZARD, NO_SHOW, OFFSET, TIME, TIME_RATIO
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return read_distribution(options)


RECIPE = Recipe(
    Grammar(
        "mestreg", _family, (NO_CONSTANT, OFFSET), (DISTRIBUTION, TIME_RATIO, TIME, NO_HAZARD, NO_SHOW), depvars=0
    ),
    (TIME_RATIO, NO_HAZARD),
)


@command("mestreg", start="equations", options=RECIPE.options, by="loop")
def mestreg(context: Context, statement: Statement) -> MeResult:
    """mestreg [fixed part] [if] [in] [weight] [, offset(v)] || level: [random part], distribution(name) [options]

    Fit a survival model with random effects to data declared by stset: exponential and weibull as proportional hazards
    (with time in the accelerated failure-time form), lognormal, loglogistic and gamma. Hazard ratios are shown unless
    nohr is given; tratio shows time ratios. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
