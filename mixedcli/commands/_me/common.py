"""What every command of the me family does: read, fit, post; and show the last results again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import StataError
from ...records import record
from ...results.me import MeOptions, MeResult
from ...syntax.spec import Option, OptionValues
from ...syntax.tree import Statement
from .._shared.display_options import ROW_OPTIONS, shown_formats
from ..registry import layout
from .options import DISPLAY_OPTIONS
from .plan import Grammar, read_plan

if TYPE_CHECKING:
    from ...report.document import Document, Style
    from ..context import Context
    from .families import Family

_PARTS = ("noheader", "nogroup", "notable", "nolrtest", "nocnsreport")


@record(eq=False)
class Recipe:
    """One command: its grammar, and the options that say whether exp(b) is shown.

    ``ratios``: they may also be given when results are shown again; `MeOptions.ratio` calls them by the same name.
    """

    grammar: Grammar
    ratios: tuple[Option, ...] = ()

    @property
    def options(self) -> tuple[Option, ...]:
        return self.grammar.options


def run(recipe: Recipe, context: Context, statement: Statement) -> MeResult:
    """Fit what ``statement`` asks for and make it the active estimates; without a model show the last ones again."""
    if not statement.varlist and not statement.equations:
        return replay(recipe, context, statement)
    # Estimation needs modules that showing results again does not.
    from .._mixed.model import group_rows
    from .model import fit_model
    from .result import make_result

    plan = read_plan(recipe.grammar, statement, context.data)
    shown = display_options(recipe, plan.options, plan.family)
    model = fit_model(context, plan, statement)
    result = make_result(model, shown, plan.options["level"] or context.settings.level)
    mask = model.data.mask
    context.post(result, model, mask, group_rows((part.groups for part in model.random), mask))
    return result


def replay(recipe: Recipe, context: Context, statement: Statement) -> MeResult:
    """The last results again, perhaps at another level or as ratios; r(301) if they are of another command."""
    from .model import MeModel
    from .result import make_result, replayed

    estimates = context.state.estimates
    model = estimates.model if estimates else None
    if not isinstance(model, MeModel) or model.plan.command != recipe.grammar.command:
        raise StataError("last estimates not found", 301)
    options = context.options(statement, (*recipe.ratios, *DISPLAY_OPTIONS))
    shown = display_options(recipe, options, model.plan.family)
    return replayed(make_result(model, shown, options["level"] or context.settings.level))


def display_options(recipe: Recipe, options: OptionValues, family: Family) -> MeOptions:
    """What to show.  Hazard ratios are the rule after a proportional-hazards model."""
    asked = [option.name for option in recipe.ratios if options[option.name]]
    ratio = asked[0] if asked else ""
    if family.name == "survival":
        ratio = _survival_ratio(options, family)
    elif len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198)
    elif (ratio == "or" and family.link != "logit") or (ratio == "irr" and not family.counts):
        raise StataError(f"option {ratio} not allowed with family {family.name} and link {family.link}", 198)
    return MeOptions(
        ratio=ratio, nolog=bool(options.get("nolog")), **{name: options[name] for name in _PARTS},
        **{option.name: options[option.name] for option in ROW_OPTIONS}, **shown_formats(options),
    )


def _survival_ratio(options: OptionValues, family: Family) -> str:
    if options["tratio"]:
        if not family.aft:
            raise StataError("option tratio is not allowed with the proportional-hazards form", 198)
        return "tratio"
    return "" if options["nohr"] or family.aft else "hr"


@layout(MeResult)
def lay_out(result: MeResult, style: Style) -> Document:
    """Stata's output of these commands."""
    from ...report.me import me_document

    return me_document(result, style)
