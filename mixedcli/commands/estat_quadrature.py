"""``estat quadrature``: does the answer depend on the number of quadrature points?  (After Stata's quadchk.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import StataError
from ..records import replace
from ..results.quadrature import QuadratureFit, QuadratureResult
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._mixed.estat import generalized, mixed_model
from ._shared.predict import design_rows
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from ._me.model import MeModel

OPTIONS = (Option("points", "p", Kind.NUMLIST, "numbers of quadrature points to compare (two and three times as many)"),)
_MOST_NODES = 50_000                  # nodes of all random effects of a group together
_AFTER_LAPLACE = (7, 14)


@command("estat quadrature", shortest="estat quad", options=OPTIONS)
def estat_quadrature(context: Context, statement: Statement) -> QuadratureResult:
    """estat quadrature [, points(numlist)]

    Fit the last generalized mixed model again with more quadrature points, starting from the estimates, and show how
    the log likelihood and each estimate change. Relative differences beyond .01 mean that the model needs more points.
    """
    from ._me.model import refit
    from ._me.result import posted

    model = mixed_model(context)
    if not generalized(model) or not model.random:
        raise StataError("requested action not valid after most recent estimation command", 321)
    counts = _counts(model, context.options(statement, OPTIONS))
    mask = _same_rows(model, context)
    method = model.fit.method if model.fit.method != "laplace" else "mvaghermite"
    names, b, _ = posted(model)
    others = []
    # at a boundary ln sds and atanh correlations are infinite, and the search begins where it always does
    near = {"start": model.fit.theta} if np.isfinite(model.fit.theta).all() else {}
    for count in counts:
        fit = refit(model, context.data, mask, method=method, points=count, **near)
        again = posted(replace(model, fit=fit))[1]
        others.append(QuadratureFit((count,), fit.loglik, again))
    return QuadratureResult(names, QuadratureFit(model.fit.points, model.fit.loglik, b), tuple(others))


def _counts(model: MeModel, options: OptionValues) -> tuple[int, ...]:
    """The numbers of points to compare; r(198) for numbers that are not, r(321) where there would be too many nodes."""
    effects = sum(len(part.terms) for part in model.random)
    given = options["points"]
    if given is not None:
        if any(each != int(each) or not 2 <= each <= 195 for each in given):
            raise StataError("option points() incorrectly specified", 198, options.spans.get("points"))
        counts = tuple(sorted({int(each) for each in given}))
    elif set(model.fit.points) == {1}:
        counts = _AFTER_LAPLACE
    else:
        largest = max(model.fit.points)
        counts = (2 * largest, 3 * largest) if effects <= 2 else (largest + 2, largest + 4)
    if effects * np.log(counts[-1]) > np.log(_MOST_NODES):
        text = f"too many random effects for a check: {counts[-1]} points for each of {effects}"
        raise StataError(text, 321)
    return counts


def _same_rows(model: MeModel, context: Context) -> np.ndarray:
    """e(sample), if its rows are those of the estimation, in the same order; else r(459)."""
    mask = context.sample()
    if int(mask.sum()) == model.data.mask.sum():
        used, X = design_rows(context, model.data.design, mask)
        if np.array_equal(used, mask) and np.array_equal(X, model.data.design.X):
            return mask
    raise StataError("data have changed since estimation", 459)


@layout(QuadratureResult)
def lay_out(result: QuadratureResult, style: Style) -> Document:
    from ..report.quadrature import quadrature_document

    return quadrature_document(result, style)
