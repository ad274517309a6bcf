"""tobit: regression of an outcome that is censored at fixed limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml.common import MODERN, Recipe, Step, run
from ._ml.options import DISPLAY_OPTIONS, LIMITS, MODEL_OPTIONS, NO_CONSTANT
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ._ml.model import MlData

OPTIONS = (NO_CONSTANT, *LIMITS, *MODEL_OPTIONS, *DISPLAY_OPTIONS)


def _fit(context: Context, data: MlData, options: OptionValues) -> Step:
    from ._ml.censored import fit_tobit

    return fit_tobit(data, options, context.version >= MODERN)


@command("tobit", options=OPTIONS, by="loop")
def tobit(context: Context, statement: Statement) -> MlResult:
    """tobit depvar [indepvars] [if] [in] [weight] [, ll[(#)] ul[(#)] offset(v) noconstant vce(vcetype)]

    Fit a normal regression of an outcome that is not seen below ll or above ul; without a number the smallest or the
    largest value observed is the limit.
    """
    return run(Recipe("tobit", "Tobit regression", OPTIONS, _fit, analytic=True), context, statement)
