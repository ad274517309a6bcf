"""What xtlogit, xtprobit and xtpoisson do: read, fit, post; and show the last results again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import StataError
from ...records import record
from ...results.xtre import XtreOptions, XtreResult
from ...syntax.spec import Option, OptionValues
from ...syntax.tree import Statement
from .._shared.display_options import ROW_OPTIONS, shown_formats
from .._shared.tables import refuse
from ..registry import layout
from .options import DISPLAY_OPTIONS

if TYPE_CHECKING:
    from ...report.document import Document, Style
    from ..context import Context

_PARTS = ("noheader", "notable", "nolrtest")


@record(eq=False)
class Recipe:
    """One command: its options, and the one that shows exp(b) (None: it has none)."""

    command: str
    options: tuple[Option, ...]
    ratio: Option | None = None


def run(recipe: Recipe, context: Context, statement: Statement) -> XtreResult:
    """Fit what ``statement`` asks for and make it the active estimates; without a varlist show the last ones again."""
    if not statement.varlist:
        return replay(recipe, context, statement)
    # Estimation needs modules that showing results again does not.
    from .model import fit_model
    from .result import make_result

    refuse(statement, using=True, weight=False)
    options = context.options(statement, recipe.options)
    model = fit_model(context, recipe.command, statement, options)
    result = make_result(model, _shown(recipe, options), options["level"] or context.settings.level)
    panels = np.full(len(model.data.mask), -1, dtype=np.int64)
    panels[model.data.mask] = model.groups.codes
    context.post(result, model, model.data.mask, {"panel": panels})
    return result


def replay(recipe: Recipe, context: Context, statement: Statement) -> XtreResult:
    """The last results again, perhaps at another level or as ratios; r(301) if they are of another command."""
    from .model import XtreModel
    from .result import make_result, replayed

    model = context.state.estimates.model if context.state.estimates else None
    if not isinstance(model, XtreModel) or model.command != recipe.command:
        raise StataError("last estimates not found", 301)
    more = () if recipe.ratio is None else (recipe.ratio,)
    options = context.options(statement, (*DISPLAY_OPTIONS, *more))
    return replayed(make_result(model, _shown(recipe, options), options["level"] or context.settings.level))


def _shown(recipe: Recipe, options: OptionValues) -> XtreOptions:
    ratio = recipe.ratio.name if recipe.ratio is not None and options[recipe.ratio.name] else ""
    return XtreOptions(
        ratio=ratio, nolog=bool(options.get("nolog")), **{name: options[name] for name in _PARTS},
        **{option.name: options[option.name] for option in ROW_OPTIONS}, **shown_formats(options),
    )


@layout(XtreResult)
def lay_out(result: XtreResult, style: Style) -> Document:
    """Stata's output of these commands."""
    from ...report.xtre import xtre_document

    return xtre_document(result, style)
