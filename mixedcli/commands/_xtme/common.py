"""xtmelogit, xtmepoisson, meqrlogit and meqrpoisson share everything but family and the metric they print in."""

from __future__ import annotations

from ...errors import StataError
from ...records import replace
from ...report.document import Document, Style
from ...results.mixed import MixedOptions
from ...results.xtme import XtmeLog, XtmeResult
from ...syntax.spec import OptionValues
from ...syntax.tree import Statement
from .._me.model import MeModel, fit_model
from .._mixed.common import display_options as mixed_display
from .._mixed.model import group_rows
from .._ml.options import INCIDENCE, ODDS
from ..context import Context
from ..registry import layout
from .options import DISPLAY_OPTIONS
from .plan import ratio, read_plan
from .result import make_result


def run(command: str, context: Context, statement: Statement) -> XtmeResult:
    """Fit the model of ``statement``, or print the last one again if it names none."""
    if not statement.varlist and not statement.equations:
        return replay(command, context, statement)
    plan = read_plan(command, statement, context.data)
    model = fit_model(context, plan, statement)
    level = plan.options["level"] or context.settings.level
    result = make_result(model, display_options(command, plan.options), level)
    mask = model.data.mask
    context.post(result, model, mask, group_rows((part.groups for part in model.random), mask))
    return result


def replay(command: str, context: Context, statement: Statement) -> XtmeResult:
    """The last results of ``command`` again, perhaps at another level or in another metric; r(301) without any."""
    model = context.estimates.model
    if not isinstance(model, MeModel) or model.plan.command != command:
        raise StataError("last estimates not found", 301)
    options = context.options(statement, (*DISPLAY_OPTIONS, ODDS if command.endswith("logit") else INCIDENCE))
    shown = display_options(command, options, nolog=True)
    result = make_result(model, shown, options["level"] or context.settings.level, ratio(options))
    return replace(result, notes=(), separations=(), log=XtmeLog())


def display_options(command: str, options: OptionValues, nolog: bool = False) -> MixedOptions:
    """What to show: xtme* print standard deviations, meqr* variances, unless told otherwise."""
    return mixed_display("xtmixed" if command.startswith("xtme") else "mixed", options, nolog)


@layout(XtmeResult)
def lay_out(result: XtmeResult, style: Style) -> Document:
    """Stata's output of these commands."""
    from ...report.xtme import xtme_document

    return xtme_document(result, style)
