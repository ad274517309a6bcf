"""``xtmepoisson``: mixed-effects Poisson regression, by its name up to Stata 12."""

from __future__ import annotations

from ..results.xtme import XtmeResult
from ..syntax.tree import Statement
from ._xtme import common as _xtme
from ._xtme.plan import grammar
from .context import Context
from .registry import command


@command("xtmepoisson", start="equations", options=grammar("xtmepoisson").options, by="loop")
def xtmepoisson(context: Context, statement: Statement) -> XtmeResult:
    """Fit a mixed model of a count outcome: xtmepoisson depvar [fixed part] [if] [in] || level: [random part] [, options].

    Random effects are integrated out by adaptive Gauss-Hermite quadrature about their modes, with 7 points each;
    intpoints(#) takes more, laplace one. irr shows incidence-rate ratios, exposure() adds the logarithm of a variable.
    Standard deviations and correlations are shown; variance shows variances. Without arguments the last results are
    shown again.
    """
    return _xtme.run("xtmepoisson", context, statement)
