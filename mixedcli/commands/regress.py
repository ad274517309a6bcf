"""regress: linear regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..records import replace
from ..results.regress import RegressOptions, RegressResult
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ._regress.model import RegressModel, fit_model
from ._regress.options import DISPLAY_OPTIONS, OPTIONS
from ._regress.result import make_result
from ._shared.display_options import shown_formats
from ._shared.tables import refuse
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

_SHOWN = ("noheader", "notable", "noomitted", "noemptycells", "baselevels", "allbaselevels", "vsquish")


@command("regress", shortest="reg", options=OPTIONS, by="loop")
def regress(context: Context, statement: Statement) -> RegressResult:
    """regress depvar [indepvars] [if] [in] [weight] [, noconstant vce(vcetype) level(#) noheader notable]

    Fit a linear regression by least squares; factor variables may stand among the indepvars. vcetype is ols, robust,
    cluster v, hc2, hc3, bootstrap or jackknife; sampling weights (pweights) imply robust. Without arguments the last
    results are shown again.
    """
    if not statement.varlist:
        return replay(context, statement)
    refuse(statement, using=True, weight=False)
    options = context.options(statement, OPTIONS)
    model, mask = fit_model(context, statement, options)
    result = make_result(model, _shown(options), options["level"] or context.settings.level)
    context.post(result, model, mask)
    return result


def replay(context: Context, statement: Statement) -> RegressResult:
    """The last results again, perhaps at another level; r(301) if they are not of regress."""
    model = context.state.estimates.model if context.state.estimates else None
    if not isinstance(model, RegressModel):
        raise StataError("last estimates not found", 301)
    options = context.options(statement, DISPLAY_OPTIONS)
    result = make_result(model, _shown(options), options["level"] or context.settings.level)
    return replace(result, notes=(), options=replace(result.options, replayed=True))


def _shown(options: OptionValues) -> RegressOptions:
    return RegressOptions(**{name: options[name] for name in _SHOWN}, **shown_formats(options))


@layout(RegressResult)
def lay_out(result: RegressResult, style: Style) -> Document:
    """Stata's output of regress."""
    from ..report.regress import regress_document

    return regress_document(result, style)
