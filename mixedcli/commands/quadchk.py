"""quadchk: does a random-effects model of panels depend on the number of quadrature points?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import StataError
from ..records import replace
from ..results.quadrature import QuadratureFit, QuadratureResult
from ..syntax.spec import Option
from ..syntax.tree import Statement
from . import estat_quadrature as _estat_quadrature  # noqa: F401 - registers the layout of the result
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ..engine.glmm import GlmmFit
    from ._xtre.model import XtreModel

OPTIONS = (
    Option("nooutput", "noout", help="accepted; the iteration logs of the refitted models are not shown"),
    Option("nofrom", "nofrom", help="do not begin at the estimates"),
)
_FEWEST, _MOST = 2, 195


@command("quadchk", start="names", options=OPTIONS)
def quadchk(context: Context, statement: Statement) -> QuadratureResult:
    """quadchk [#1 #2] [, nooutput nofrom]

    Fit the last xtlogit, xtprobit or xtpoisson, normal again with a third fewer and a third more quadrature points (or
    #1 and #2), and show how the log likelihood and each estimate change. Relative differences beyond .01 mean that the
    model needs more points.
    """
    from ._xtre.model import XtreModel
    from ._xtre.result import posted

    options = context.options(statement, OPTIONS)
    model = context.estimates.model
    if not isinstance(model, XtreModel) or model.fit is None:
        raise StataError("last estimates not found or not from a random-effects model with quadrature", 301)
    names, b, _ = posted(model)
    others = []
    for count in _counts(statement, model.plan.points[0]):
        fit = _refitted(model, count, bool(options["nofrom"]))
        theta = np.append(fit.theta[:-1], 2 * fit.theta[-1])
        others.append(QuadratureFit((count,), fit.loglik, posted(replace(model, theta=theta))[1]))
    return QuadratureResult(names, QuadratureFit(model.plan.points, model.ll, b), tuple(others))


def _counts(statement: Statement, points: int) -> tuple[int, int]:
    """The two numbers of points; r(198) for anything but two numbers."""
    if not statement.arguments:
        third = round(points / 3)
        return max(points - third, _FEWEST), min(points + third, _MOST)
    texts = [word.text for word in statement.arguments]
    if len(texts) != 2 or not all(text.isdecimal() and _FEWEST <= int(text) <= _MOST for text in texts):
        raise StataError("invalid syntax", 198, statement.span)
    return int(texts[0]), int(texts[1])


def _refitted(model: XtreModel, points: int, afresh: bool) -> GlmmFit:
    """The same model with another number of points; all that it needs is in ``model``.

    With standard errors, whose Hessian gives the last steps: the search alone would end where it begins.
    """
    from ..engine.glmm import fit_glmm
    from ..engine.model import RandomEquation

    data, fit = model.data, model.fit
    assert fit is not None
    equation = RandomEquation(np.ones((len(data.weights), 1)), model.groups.codes, "identity")
    start = "moments" if afresh or not np.isfinite(fit.theta).all() else fit.theta
    weights = [None, data.weights] if data.wtype else ()
    return fit_glmm(model.outcome.response, data.X, [equation], data.offset, fit.method, points, weights, start)
