"""xtmixed and mixed share everything but their names and the metric they print in."""

from __future__ import annotations

from ...errors import StataError
from ...records import replace
from ...report.document import Document, Style
from ...results.mixed import MixedOptions, MixedResult
from ...syntax.head import command_text
from ...syntax.spec import OptionValues
from ...syntax.tree import Statement
from .._shared.display_options import ROW_OPTIONS, shown_formats
from ..context import Context
from ..registry import layout
from .model import MixedModel, fit_model, group_rows
from .options import DISPLAY_OPTIONS
from .plan import read_plan
from .result import make_result

_PARTS = ("noheader", "nogroup", "noretable", "nofetable", "nolrtest", "estmetric")


def run(command: str, context: Context, statement: Statement) -> MixedResult:
    """Fit the model of ``statement``, or print the last one again if it names none."""
    if not statement.varlist and not statement.equations:
        return replay(command, context, statement)
    plan = read_plan(command, statement, context.data)
    model, mask = fit_model(context, plan, command_text(statement.text))
    result = make_result(model, display_options(command, plan.options), plan.options["level"] or context.settings.level)
    context.post(result, model, mask, group_rows((part.groups for part in model.random), mask))
    return result


def replay(command: str, context: Context, statement: Statement) -> MixedResult:
    """The last results of ``command`` again, perhaps at another level or in another metric; r(301) without any."""
    model = context.estimates.model
    if not isinstance(model, MixedModel) or model.plan.command != command:
        raise StataError("last estimates not found", 301)
    options = context.options(statement, DISPLAY_OPTIONS)
    shown = display_options(command, options, nolog=True)
    return replace(make_result(model, shown, options["level"] or context.settings.level), notes=())


def display_options(command: str, options: OptionValues, nolog: bool = False) -> MixedOptions:
    """What to show: xtmixed prints standard deviations, mixed variances, unless told otherwise."""
    metric = "var" if options["variance"] or (command == "mixed" and not options["stddeviations"]) else "sd"
    return MixedOptions(
        metric=metric,
        nolog=nolog or options["nolog"],
        nostderr=bool(options.get("nostderr")),
        **{
            name: options[name]
            for name in _PARTS
        },
        **{option.name: options[option.name] for option in ROW_OPTIONS},
        **shown_formats(options),
    )


@layout(MixedResult)
def lay_out(result: MixedResult, style: Style) -> Document:
    """Stata's output of xtmixed and mixed."""
    from ...report.mixed import mixed_document

    return mixed_document(result, style)
