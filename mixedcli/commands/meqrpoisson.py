"""``meqrpoisson``: mixed-effects Poisson regression, by its name from Stata 13 on."""

from __future__ import annotations

from ..results.xtme import XtmeResult
from ..syntax.tree import Statement
from ._xtme import common as _xtme
from ._xtme.plan import grammar
from .context import Context
from .registry import command


@command("meqrpoisson", start="equations", options=grammar("meqrpoisson").options, by="loop")
def meqrpoisson(context: Context, statement: Statement) -> XtmeResult:
    """Fit a mixed model of a count outcome: meqrpoisson depvar [fixed part] [if] [in] || level: [random part] [, options].

    Random effects are integrated out by adaptive Gauss-Hermite quadrature about their modes, with 7 points each;
    intpoints(#) takes more, laplace one. irr shows incidence-rate ratios, exposure() adds the logarithm of a variable.
    Variances and covariances are shown; stddeviations shows standard deviations. Without arguments the last results are
    shown again.
    """
    return _xtme.run("meqrpoisson", context, statement)
