"""menbreg: multilevel mixed-effects negative binomial regression."""

from __future__ import annotations

from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family
from ._me.options import DISPERSION, EXPOSURE, INCIDENCE, NO_CONSTANT, OFFSET
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return Family("nbinomial", "log", dispersion=options["dispersion"] or "mean")


RECIPE = Recipe(
    Grammar("menbreg", _family, (NO_CONSTANT, EXPOSURE, OFFSET), (DISPERSION, INCIDENCE)), (INCIDENCE,)
)


@command("menbreg", start="equations", options=RECIPE.options, by="loop")
def menbreg(context: Context, statement: Statement) -> MeResult:
    """menbreg depvar [fixed part] [if] [in] [weight] [, exposure(v) offset(v)] || level: [random part] [, options]

    Fit a negative binomial regression with random effects, with dispersion(mean) or dispersion(constant); irr shows
    incidence-rate ratios. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
