"""``xtmelogit``: mixed-effects logistic regression, by its name up to Stata 12."""

from __future__ import annotations

from ..results.xtme import XtmeResult
from ..syntax.tree import Statement
from ._xtme import common as _xtme
from ._xtme.plan import grammar
from .context import Context
from .registry import command


@command("xtmelogit", start="equations", options=grammar("xtmelogit").options, by="loop")
def xtmelogit(context: Context, statement: Statement) -> XtmeResult:
    """Fit a mixed model of a binary outcome: xtmelogit depvar [fixed part] [if] [in] || level: [random part] [, options].

    Random effects are integrated out by adaptive Gauss-Hermite quadrature about their modes, with 7 points each;
    intpoints(#) takes more, laplace one. or shows odds ratios, binomial() says how many trials there were.
    Standard deviations and correlations are shown; variance shows variances. Without arguments the last results are
    shown again.
    """
    return _xtme.run("xtmelogit", context, statement)
