"""probit: probit regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml.common import Recipe, Step, run
from ._ml.options import ASIS, DISPLAY_OPTIONS, MODEL_OPTIONS, NO_CONSTANT
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ._ml.model import MlData

OPTIONS = (NO_CONSTANT, ASIS, *MODEL_OPTIONS, *DISPLAY_OPTIONS)


def _fit(context: Context, data: MlData, options: OptionValues) -> Step:
    from ._ml.fits import fit_probit
    from ._ml.separation import outcomes_vary, without_perfect_predictors

    data = outcomes_vary(data) if options["asis"] else without_perfect_predictors(data, context.data)
    return data, fit_probit(data, options["iterate"]), {}


@command("probit", options=OPTIONS, by="loop")
def probit(context: Context, statement: Statement) -> MlResult:
    """probit depvar [indepvars] [if] [in] [weight] [, noconstant offset(v) asis vce(vcetype) level(#) nolog]

    Fit a probit regression; any depvar other than zero counts as a positive outcome. Covariates that predict it
    perfectly are left out with the observations they predict.
    """
    return run(Recipe("probit", "Probit regression", OPTIONS, _fit), context, statement)
