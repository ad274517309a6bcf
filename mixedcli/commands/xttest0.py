"""``xttest0``: Breusch and Pagan's Lagrange multiplier test for random effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..engine.panel import RandomFit, multiplier_test
from ..engine.tails import chibar2_tail
from ..errors import StataError
from ..results.xtreg import Xttest0Result
from ..syntax.tree import Statement
from ._shared.tables import refuse
from ._xtreg.model import XtregModel
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style


@command("xttest0", options=())
def xttest0(context: Context, statement: Statement) -> Xttest0Result:
    """xttest0

    After xtreg, re: the test that the variance of the effects is zero.
    """
    context.options(statement, ())
    refuse(statement, varlist=True, using=True)
    estimates = context.state.estimates
    model = estimates.model if estimates else None
    if not isinstance(model, XtregModel) or not isinstance(model.fit, RandomFit):
        raise StataError("last estimates not xtreg, re", 301)
    products, fit = model.products, model.fit
    lm = multiplier_test(products)
    total = float(np.diag(products.gram(products.mass))[-1])
    return Xttest0Result(
        model.depvar, model.panel, total / (products.n - 1), fit.sigma_e**2, fit.sigma_u**2, lm, chibar2_tail(lm)
    )


@layout(Xttest0Result)
def lay_out(result: Xttest0Result, style: Style) -> Document:
    """The variances and the test."""
    from ..report.panel_tests import xttest0_document

    return xttest0_document(result, style)
