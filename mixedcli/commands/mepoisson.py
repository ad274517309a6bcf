"""mepoisson: multilevel mixed-effects Poisson regression."""

from __future__ import annotations

from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family
from ._me.options import EXPOSURE, INCIDENCE, NO_CONSTANT, OFFSET
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return Family("poisson", "log")


RECIPE = Recipe(Grammar("mepoisson", _family, (NO_CONSTANT, EXPOSURE, OFFSET), (INCIDENCE,)), (INCIDENCE,))


@command("mepoisson", start="equations", options=RECIPE.options, by="loop")
def mepoisson(context: Context, statement: Statement) -> MeResult:
    """mepoisson depvar [fixed part] [if] [in] [weight] [, exposure(v) offset(v)] || level: [random part] [, options]

    Fit a Poisson regression with random effects; irr shows incidence-rate ratios. Without arguments the last results
    are shown again.
    """
    return run(RECIPE, context, statement)
