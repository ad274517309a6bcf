"""meglm: multilevel mixed-effects generalized linear models."""

from __future__ import annotations

from ..records import replace
from ..results.me import MeResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._me.common import Recipe, run
from ._me.families import Family, read_family
from ._me.options import (
    ASIS,
    DISPLAY_OPTIONS,
    EFORM,
    EXPOSURE,
    FAMILY,
    INCIDENCE,
    LINK,
    MODEL_OPTIONS,
    NO_CONSTANT,
    ODDS,
    OFFSET,
)
from ._me.plan import Grammar
from .context import Context
from .registry import command


def _family(fixed: OptionValues, options: OptionValues) -> Family:
    return read_family(options)


# l(log) is the link, so that the level is le(90)
COMMON = tuple(
    replace(option, shortest="le") if option.name == "level" else option for option in (*MODEL_OPTIONS, *DISPLAY_OPTIONS)
)
RECIPE = Recipe(
    Grammar(
        "meglm", _family, (NO_CONSTANT, EXPOSURE, OFFSET, ASIS), (FAMILY, LINK, ODDS, INCIDENCE, EFORM), COMMON
    ),
    (ODDS, INCIDENCE, EFORM),
)


@command("meglm", start="equations", options=RECIPE.options, by="loop")
def meglm(context: Context, statement: Statement) -> MeResult:
    """meglm depvar [fixed part] [if] [in] [weight] [, fixed options] || level: [random part] [, family() link() options]

    Fit a generalized linear model with random effects: family() gaussian, bernoulli, binomial [# or variable], gamma,
    nbinomial [mean or constant], ordinal or poisson; link() identity, log, logit, probit or cloglog. or, irr and eform
    show exponentiated coefficients. Without arguments the last results are shown again.
    """
    return run(RECIPE, context, statement)
