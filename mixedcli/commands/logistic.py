"""logistic: logistic regression that reports odds ratios."""

from __future__ import annotations

from ..results.ml import MlResult
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._ml.common import Recipe, run
from ._ml.options import ASIS, DISPLAY_OPTIONS, MODEL_OPTIONS, NO_CONSTANT, ODDS
from .context import Context
from .logit import fit
from .registry import command

OPTIONS = (
    NO_CONSTANT, ASIS, ODDS, Option("coef", "coef", help="show coefficients"), *MODEL_OPTIONS, *DISPLAY_OPTIONS,
)


@command("logistic", shortest="logistic", options=OPTIONS, by="loop")
def logistic(context: Context, statement: Statement) -> MlResult:
    """logistic depvar indepvars [if] [in] [weight] [, offset(v) asis coef vce(vcetype) level(#)]

    Fit the same model as logit and show odds ratios, without the iteration log.
    """
    return run(Recipe("logistic", "Logistic regression", OPTIONS, fit, ratio="or"), context, statement)
