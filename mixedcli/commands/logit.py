"""logit: logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml.common import Recipe, Step, run
from ._ml.options import ASIS, DISPLAY_OPTIONS, MODEL_OPTIONS, NO_CONSTANT, ODDS
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ._ml.model import MlData

OPTIONS = (NO_CONSTANT, ASIS, ODDS, *MODEL_OPTIONS, *DISPLAY_OPTIONS)


def fit(context: Context, data: MlData, options: OptionValues) -> Step:
    """Leave out perfect predictors, unless ``asis``, and fit."""
    from ._ml.fits import fit_logit
    from ._ml.separation import outcomes_vary, without_perfect_predictors

    data = outcomes_vary(data) if options["asis"] else without_perfect_predictors(data, context.data)
    return data, fit_logit(data, options["iterate"]), {}


@command("logit", options=OPTIONS, by="loop")
def logit(context: Context, statement: Statement) -> MlResult:
    """logit depvar [indepvars] [if] [in] [weight] [, noconstant offset(v) asis or vce(vcetype) level(#) nolog]

    Fit a logistic regression; any depvar other than zero counts as a positive outcome. Covariates that predict it
    perfectly are left out with the observations they predict. Without arguments the last results are shown again.
    """
    return run(Recipe("logit", "Logistic regression", OPTIONS, fit), context, statement)
