"""metobit: multilevel mixed-effects tobit regression."""

from __future__ import annotations

from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family
from ._me.options import LIMITS, NO_CONSTANT, OFFSET
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return Family("tobit", "identity")


RECIPE = Recipe(Grammar("metobit", _family, (NO_CONSTANT, OFFSET), LIMITS))


@command("metobit", start="equations", options=RECIPE.options, by="loop")
def metobit(context: Context, statement: Statement) -> MeResult:
    """metobit depvar [fixed part] [if] [in] [weight] [, noconstant offset(v)] || level: [random part] [, ll() ul() ...]

    Fit a normal regression with random effects of an outcome that is not seen below ll() or above ul(), each a number
    or a variable. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
