"""nbreg: negative binomial regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.ml import MlResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._ml.common import MODERN, Recipe, Step, run
from ._ml.options import (
    DISPERSION,
    DISPLAY_OPTIONS,
    EXPOSURE,
    INCIDENCE,
    MODEL_OPTIONS,
    NO_CONSTANT,
    NO_LR_TEST,
)
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ._ml.model import MlData

OPTIONS = (NO_CONSTANT, EXPOSURE, INCIDENCE, DISPERSION, NO_LR_TEST, *MODEL_OPTIONS, *DISPLAY_OPTIONS)


def _fit(context: Context, data: MlData, options: OptionValues) -> Step:
    from ._ml.fits import fit_nbreg, remarks

    dispersion = options["dispersion"] or "mean"
    compare = not options["nolrtest"] and data.vce == "oim"
    modern = context.version >= MODERN
    fitted = fit_nbreg(data, options["iterate"], dispersion == "constant", compare, modern)
    return data, fitted, {"dispersion": dispersion, "remarks": remarks(data)}


@command("nbreg", options=OPTIONS, by="loop")
def nbreg(context: Context, statement: Statement) -> MlResult:
    """nbreg depvar [indepvars] [if] [in] [weight] [, dispersion(mean|constant) exposure(v) offset(v) irr nolrtest]

    Fit a negative binomial regression of a count that varies more than a Poisson does, and test it against that.
    """
    return run(Recipe("nbreg", "Negative binomial regression", OPTIONS, _fit), context, statement)
