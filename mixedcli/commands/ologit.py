"""ologit: ordered logit regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml.common import MODERN, Recipe, Step, run
from ._ml.options import DISPLAY_OPTIONS, MODEL_OPTIONS, ODDS
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ._ml.model import MlData

OPTIONS = (ODDS, *MODEL_OPTIONS, *DISPLAY_OPTIONS)


def _fit(context: Context, data: MlData, options: OptionValues) -> Step:
    from ._ml.fits import fit_ordered
    from ._ml.model import without_constant

    data = without_constant(data)
    return data, fit_ordered(data, options["iterate"], True, context.version >= MODERN), {}


@command("ologit", shortest="olog", options=OPTIONS, by="loop")
def ologit(context: Context, statement: Statement) -> MlResult:
    """ologit depvar [indepvars] [if] [in] [weight] [, offset(v) or vce(vcetype) level(#) nolog]

    Fit an ordered logit regression: larger values of depvar are higher outcomes, whatever the values are.
    """
    return run(Recipe("ologit", "Ordered logistic regression", OPTIONS, _fit), context, statement)
