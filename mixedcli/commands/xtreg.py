"""xtreg: linear regression for panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import StataError
from ..records import replace
from ..results.xtreg import XtregOptions, XtregResult
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._shared.display_options import BUILT_FORMAT_OPTIONS, TABLE_OPTIONS, shown_formats
from ._shared.tables import refuse
from ._xtreg.model import XtregModel, fit_model
from ._xtreg.result import make_result
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

_SHOWN = ("noheader", "notable", "noomitted", "noemptycells", "baselevels", "allbaselevels", "vsquish")

DISPLAY_OPTIONS = (
    *TABLE_OPTIONS,
    Option("theta", "th", help="show theta, the share of the panel means taken off (re)"),
    *BUILT_FORMAT_OPTIONS,
)

OPTIONS = (
    Option("re", "re", help="random effects by generalized least squares; the default"),
    Option("fe", "fe", help="fixed effects"),
    Option("be", "be", help="between effects: regression on panel means"),
    Option("mle", "mle", help="random effects by maximum likelihood"),
    Option("pa", "pa", help="population-averaged model", planned=True),
    Option("i", "i", Kind.VARLIST, "the panel variable, in place of the one that xtset declared"),
    Option("sa", "sa", help="variance components by Swamy and Arora's method (re)"),
    Option("wls", "wls", help="weight panel means by their number of observations (be)"),
    Option("noconstant", "nocons", help="no constant (mle)"),
    Option("nolog", "nolog", help="suppress the iteration log (mle)", negated="log"),
    Option("vce", "vce", Kind.RAW, "standard errors: conventional, robust or cluster v (fe and re), bootstrap, jackknife"),
    Option("robust", "r", help="the same as vce(robust)"),
    Option("cluster", "cl", Kind.VARLIST, "the same as vce(cluster varname)"),
    *DISPLAY_OPTIONS,
)


@command("xtreg", options=OPTIONS, by="loop")
def xtreg(context: Context, statement: Statement) -> XtregResult:
    """xtreg depvar [indepvars] [if] [in] [weight] [, re|fe|be|mle theta sa wls vce(robust) level(#)]

    Fit a linear regression to panels: random effects (GLS, the default, or mle), fixed effects (fe) or between effects
    (be). The panel variable is that of xtset, or of i(). Without arguments the last results are shown again.
    """
    if not statement.varlist:
        return replay(context, statement)
    refuse(statement, using=True, weight=False)
    options = context.options(statement, OPTIONS)
    model, mask, codes = fit_model(context, statement, options)
    result = make_result(model, _shown(options, options["nolog"]), options["level"] or context.settings.level)
    panels = np.full(len(mask), -1, dtype=np.int64)
    panels[mask] = codes
    context.post(result, model, mask, {"panel": panels})
    return result


def replay(context: Context, statement: Statement) -> XtregResult:
    """The last results again, perhaps at another level; r(301) if they are not of xtreg."""
    model = context.state.estimates.model if context.state.estimates else None
    if not isinstance(model, XtregModel):
        raise StataError("last estimates not found", 301)
    options = context.options(statement, DISPLAY_OPTIONS)
    result = make_result(model, _shown(options, True), options["level"] or context.settings.level)
    return replace(result, notes=(), options=replace(result.options, replayed=True))


def _shown(options: OptionValues, nolog: bool) -> XtregOptions:
    flags = {name: options[name] for name in _SHOWN}
    return XtregOptions(theta=options["theta"], nolog=nolog, **flags, **shown_formats(options))


@layout(XtregResult)
def lay_out(result: XtregResult, style: Style) -> Document:
    """Stata's output of xtreg."""
    from ..report.xtreg import xtreg_document

    return xtreg_document(result, style)
