"""``xtmixed``: multilevel mixed-effects linear regression, by its name up to Stata 12."""

from __future__ import annotations

from ..results.mixed import MixedResult
from ..syntax.tree import Statement
from ._mixed import common as _mixed
from ._mixed.options import OPTIONS
from .context import Context
from .registry import command


@command("xtmixed", start="equations", options=OPTIONS, by="loop")
def xtmixed(context: Context, statement: Statement) -> MixedResult:
    """Fit a linear mixed model: xtmixed depvar [fixed part] [if] [in] || level: [random part] [, options] [|| ...].

    Levels go from the top down; each may have any number of random coefficients, with covariance(independent),
    exchangeable, identity or unstructured. Standard deviations and correlations are shown; variance shows variances.
    Without arguments the last results are shown again.
    """
    return _mixed.run("xtmixed", context, statement)
