"""``mixed``: multilevel mixed-effects linear regression."""

from __future__ import annotations

from ..results.mixed import MixedResult
from ..syntax.tree import Statement
from ._mixed import common as _mixed
from ._mixed.options import OPTIONS
from .context import Context
from .registry import command


@command("mixed", start="equations", options=OPTIONS, by="loop")
def mixed(context: Context, statement: Statement) -> MixedResult:
    """Fit a linear mixed model: mixed depvar [fixed part] [if] [in] || level: [random part] [, options] [|| ...].

    Levels go from the top down; each may have any number of random coefficients, with covariance(independent),
    exchangeable, identity or unstructured. Variances and covariances are shown; stddeviations shows standard
    deviations. Without arguments the last results are shown again.
    """
    return _mixed.run("mixed", context, statement)
