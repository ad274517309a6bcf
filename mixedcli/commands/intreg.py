"""intreg: regression of an outcome known to lie in intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml.common import MODERN, Recipe, Step, run
from ._ml.options import DISPLAY_OPTIONS, MODEL_OPTIONS, NO_CONSTANT
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ._ml.model import MlData

OPTIONS = (NO_CONSTANT, *MODEL_OPTIONS, *DISPLAY_OPTIONS)


def _fit(context: Context, data: MlData, options: OptionValues) -> Step:
    from ._ml.censored import fit_intreg

    return fit_intreg(data, options, context.version >= MODERN)


@command("intreg", options=OPTIONS, by="loop")
def intreg(context: Context, statement: Statement) -> MlResult:
    """intreg depvar1 depvar2 [indepvars] [if] [in] [weight] [, offset(v) noconstant vce(vcetype)]

    Fit a normal regression of an outcome between depvar1 and depvar2: equal values are observed, a missing depvar1
    is open below, a missing depvar2 open above.
    """
    return run(Recipe("intreg", "Interval regression", OPTIONS, _fit, depvars=2, analytic=True), context, statement)
