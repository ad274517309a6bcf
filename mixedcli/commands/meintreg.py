"""meintreg: multilevel mixed-effects interval regression."""

from __future__ import annotations

from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family
from ._me.options import NO_CONSTANT, OFFSET
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return Family("interval", "identity")


RECIPE = Recipe(Grammar("meintreg", _family, (NO_CONSTANT, OFFSET), (), depvars=2))


@command("meintreg", start="equations", options=RECIPE.options, by="loop")
def meintreg(context: Context, statement: Statement) -> MeResult:
    """meintreg depvar1 depvar2 [fixed part] [if] [in] [weight] [, offset(v)] || level: [random part] [, options]

    Fit a normal regression with random effects of an outcome between depvar1 and depvar2: equal values are observed, a
    missing depvar1 is open below, a missing depvar2 open above. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
