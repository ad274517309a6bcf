"""What every single-level maximum-likelihood command does: read, fit, post; and show the last results again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...errors import StataError
from ...records import record, replace
from ...results.ml import MlOptions, MlResult
from ...syntax.head import command_text
from ...syntax.spec import Option, OptionValues
from ...syntax.tree import Statement
from .._shared.display_options import shown_formats
from .._shared.tables import refuse
from ..registry import layout
from .options import DISPLAY_OPTIONS, RATIOS
from .result import make_result, replayed

if TYPE_CHECKING:
    from ...report.document import Document, Style
    from ..context import Context
    from .fits import Fitted
    from .model import MlData, MlModel

_SHOWN = ("noheader", "notable", "noomitted", "noemptycells", "baselevels", "allbaselevels", "vsquish")
MODERN = 15                          # from this version on further parameters are called /cut1, not [cut1]_cons


# The data, perhaps with fewer rows; the fit; and further fields of the model.
Step = tuple["MlData", "Fitted", dict[str, object]]


@record(eq=False)
class Recipe:
    """One command: its name, title, options, and how it is fitted.

    ``fit`` takes the context, the data and the options and returns the data (perhaps with fewer rows), the fit, and
    further fields of the model.  ``ratio``: the option in force without being asked for (``logistic``: ``or``).
    ``analytic``: aweights are allowed.
    """

    command: str
    title: str
    options: tuple[Option, ...]
    fit: Callable[[Context, MlData, OptionValues], Step]
    ratio: str = ""
    depvars: int = 1
    analytic: bool = False


def run(recipe: Recipe, context: Context, statement: Statement) -> MlResult:
    """Fit what ``statement`` asks for and make it the active estimates; without a varlist show the last ones again."""
    if not statement.varlist:
        return replay(recipe, context, statement)
    refuse(statement, using=True, weight=False)
    options = context.options(statement, recipe.options)
    model = fit_model(recipe, context, statement, options)
    result = make_result(model, _shown(recipe, options), options["level"] or context.settings.level)
    context.post(result, model, model.data.mask)
    return result


def fit_model(recipe: Recipe, context: Context, statement: Statement, options: OptionValues) -> MlModel:
    """The model that ``statement`` asks for; the errors of `read_data` and of the command's own checks."""
    from .fits import variance
    from .model import MlModel, cluster_codes, labels, read_data

    data = read_data(context, statement, options, recipe.depvars, recipe.analytic)
    data, fitted, more = recipe.fit(context, data, options)
    groups, clusters = cluster_codes(context, data)
    model = MlModel(
        command=recipe.command, title=recipe.title, data=data, fit=fitted.fit, theta=fitted.fit.theta,
        V=variance(fitted, data, groups), extra=fitted.extra, logs=fitted.logs, ll_0=fitted.ll_0,
        value_labels=labels(context, data.design), cmdline=command_text(statement.text), n_clusters=clusters,
        outcomes=fitted.outcomes, ll_c=fitted.ll_c, modern=context.version >= MODERN, **more,  # type: ignore[arg-type]
    )
    if not data.request.resampled:
        return model
    from .._resample.vce import resampled

    return model.resampled(*resampled(context, statement, options, data.request))


def replay(recipe: Recipe, context: Context, statement: Statement) -> MlResult:
    """The last results again, perhaps at another level or as ratios; r(301) if they are of another command."""
    estimates = context.state.estimates
    model = estimates.model if estimates else None
    if getattr(model, "command", "") != recipe.command:
        raise StataError("last estimates not found", 301)
    ratios = tuple(option for option in recipe.options if option.name in (*RATIOS, "coef"))
    options = context.options(statement, (*DISPLAY_OPTIONS, *ratios))
    level = options["level"] or context.settings.level
    return replayed(make_result(model, _shown(recipe, options), level))  # type: ignore[arg-type]


def _shown(recipe: Recipe, options: OptionValues) -> MlOptions:
    ratio = next((name for name in RATIOS if options.get(name)), recipe.ratio)
    if options.get("coef"):
        ratio = ""
    shown = MlOptions(ratio=ratio, **{name: options[name] for name in _SHOWN}, **shown_formats(options))
    return replace(shown, nolog=bool(options.get("nolog")) or recipe.command == "logistic")


@layout(MlResult)
def lay_out(result: MlResult, style: Style) -> Document:
    """Stata's output of these commands."""
    from ...report.ml import ml_document

    return ml_document(result, style)
