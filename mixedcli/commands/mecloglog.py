"""mecloglog: multilevel mixed-effects complementary log-log regression."""

from __future__ import annotations

from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family, binomial_or_bernoulli
from ._me.options import ASIS, BINOMIAL, EFORM, NO_CONSTANT, OFFSET
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return binomial_or_bernoulli(options, "cloglog")


RECIPE = Recipe(Grammar("mecloglog", _family, (NO_CONSTANT, OFFSET, ASIS), (BINOMIAL, EFORM)), (EFORM,))


@command("mecloglog", start="equations", options=RECIPE.options, by="loop")
def mecloglog(context: Context, statement: Statement) -> MeResult:
    """mecloglog depvar [fixed part] [if] [in] [weight] [, noconstant offset(v) asis] || level: [random part] [, options]

    Fit a complementary log-log regression with random effects; eform shows exponentiated coefficients. Without
    arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
