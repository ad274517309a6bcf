"""poisson: Poisson regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml.common import Recipe, Step, run
from ._ml.options import DISPLAY_OPTIONS, EXPOSURE, INCIDENCE, MODEL_OPTIONS, NO_CONSTANT
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ._ml.model import MlData

OPTIONS = (NO_CONSTANT, EXPOSURE, INCIDENCE, *MODEL_OPTIONS, *DISPLAY_OPTIONS)


def _fit(context: Context, data: MlData, options: OptionValues) -> Step:
    from ._ml.fits import fit_poisson, remarks

    return data, fit_poisson(data, options["iterate"]), {"remarks": remarks(data)}


@command("poisson", options=OPTIONS, by="loop")
def poisson(context: Context, statement: Statement) -> MlResult:
    """poisson depvar [indepvars] [if] [in] [weight] [, noconstant exposure(v) offset(v) irr vce(vcetype)]

    Fit a Poisson regression of a count; irr shows incidence-rate ratios.
    """
    return run(Recipe("poisson", "Poisson regression", OPTIONS, _fit), context, statement)
