"""cloglog: complementary log-log regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml.common import Recipe, Step, run
from ._ml.options import ASIS, DISPLAY_OPTIONS, EFORM, MODEL_OPTIONS, NO_CONSTANT
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ._ml.model import MlData

OPTIONS = (NO_CONSTANT, ASIS, EFORM, *MODEL_OPTIONS, *DISPLAY_OPTIONS)


def _fit(context: Context, data: MlData, options: OptionValues) -> Step:
    from ._ml.fits import fit_cloglog
    from ._ml.separation import outcomes_vary, without_perfect_predictors

    data = outcomes_vary(data) if options["asis"] else without_perfect_predictors(data, context.data)
    return data, fit_cloglog(data, options["iterate"]), {}


@command("cloglog", options=OPTIONS, by="loop")
def cloglog(context: Context, statement: Statement) -> MlResult:
    """cloglog depvar [indepvars] [if] [in] [weight] [, noconstant offset(v) asis eform vce(vcetype) level(#)]

    Fit a complementary log-log regression; any depvar other than zero counts as a positive outcome.
    """
    return run(Recipe("cloglog", "Complementary log-log regression", OPTIONS, _fit), context, statement)
