"""meologit: multilevel mixed-effects ordered logistic regression."""

from __future__ import annotations

from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family
from ._me.options import ODDS, OFFSET
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return Family("ordinal", "logit")


RECIPE = Recipe(Grammar("meologit", _family, (OFFSET,), (ODDS,)), (ODDS,))


@command("meologit", start="equations", options=RECIPE.options, by="loop")
def meologit(context: Context, statement: Statement) -> MeResult:
    """meologit depvar [fixed part] [if] [in] [weight] [, offset(v)] || level: [random part] [, options]

    Fit an ordered logistic regression with random effects: larger values of depvar are higher outcomes, whatever the
    values are; or shows odds ratios. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
