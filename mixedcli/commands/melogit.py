"""melogit: multilevel mixed-effects logistic regression."""

from __future__ import annotations

from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family, binomial_or_bernoulli
from ._me.options import ASIS, BINOMIAL, NO_CONSTANT, ODDS, OFFSET
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return binomial_or_bernoulli(options, "logit")


RECIPE = Recipe(Grammar("melogit", _family, (NO_CONSTANT, OFFSET, ASIS), (BINOMIAL, ODDS)), (ODDS,))


@command("melogit", start="equations", options=RECIPE.options, by="loop")
def melogit(context: Context, statement: Statement) -> MeResult:
    """melogit depvar [fixed part] [if] [in] [weight] [, noconstant offset(v) asis] || level: [random part] [, options]

    Fit a logistic regression with random effects; any depvar other than zero counts as a success, and binomial() says
    how many trials there were. Levels go from the top down. or shows odds ratios; intmethod() and intpoints() say how
    the random effects are integrated out. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
