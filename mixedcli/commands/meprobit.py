"""meprobit: multilevel mixed-effects probit regression."""

from __future__ import annotations

from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family, binomial_or_bernoulli
from ._me.options import ASIS, BINOMIAL, NO_CONSTANT, OFFSET
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return binomial_or_bernoulli(options, "probit")


RECIPE = Recipe(Grammar("meprobit", _family, (NO_CONSTANT, OFFSET, ASIS), (BINOMIAL,)))


@command("meprobit", start="equations", options=RECIPE.options, by="loop")
def meprobit(context: Context, statement: Statement) -> MeResult:
    """meprobit depvar [fixed part] [if] [in] [weight] [, noconstant offset(v) asis] || level: [random part] [, options]

    Fit a probit regression with random effects; any depvar other than zero counts as a success, and binomial() says
    how many trials there were. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
