"""oprobit: ordered probit regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml.common import MODERN, Recipe, Step, run
from ._ml.options import DISPLAY_OPTIONS, MODEL_OPTIONS
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ._ml.model import MlData

OPTIONS = (*MODEL_OPTIONS, *DISPLAY_OPTIONS)


def _fit(context: Context, data: MlData, options: OptionValues) -> Step:
    from ._ml.fits import fit_ordered
    from ._ml.model import without_constant

    data = without_constant(data)
    return data, fit_ordered(data, options["iterate"], False, context.version >= MODERN), {}


@command("oprobit", shortest="opro", options=OPTIONS, by="loop")
def oprobit(context: Context, statement: Statement) -> MlResult:
    """oprobit depvar [indepvars] [if] [in] [weight] [, offset(v) vce(vcetype) level(#) nolog]

    Fit an ordered probit regression: larger values of depvar are higher outcomes, whatever the values are.
    """
    return run(Recipe("oprobit", "Ordered probit regression", OPTIONS, _fit), context, statement)
