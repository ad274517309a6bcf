"""poisson: Poisson regression."""

from __future__ import annotations

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml import Recipe, run
from ._ml_options import DISPLAY_OPTIONS, EXPOSURE, INCIDENCE, MODEL_OPTIONS, NO_CONSTANT
from .context import Context
from .registry import command

OPTIONS = (NO_CONSTANT, EXPOSURE, INCIDENCE, *MODEL_OPTIONS, *DISPLAY_OPTIONS)


def _fit(context: Context, data, options: OptionValues):  # type: ignore[no-untyped-def]
    from ._ml_fits import fit_poisson

    return data, fit_poisson(data, options["iterate"]), {}


@command("poisson", options=OPTIONS, by="loop")
def poisson(context: Context, statement: Statement) -> MlResult:
    """poisson depvar [indepvars] [if] [in] [weight] [, noconstant exposure(v) offset(v) irr vce(robust|cluster v)]

    Fit a Poisson regression of a count; irr shows incidence-rate ratios.
    """
    return run(Recipe("poisson", "Poisson regression", OPTIONS, _fit), context, statement)
