"""``estat sd``: the random part as standard deviations and correlations."""

from __future__ import annotations

from ..report.document import Document, Style
from ..results.mixed import MixedOptions
from ..results.postest import SdResult
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._mixed.estat import generalized, mixed_model
from ._mixed.model import MixedModel
from ._mixed.result import make_result
from .context import Context
from .registry import command, layout

OPTIONS = (
    Option("variance", "var", help="show variances and covariances"),
    Option("verbose", "verb", help="show the whole estimation table"),
    Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("post", "post", help="make the table the last estimates", planned=True),
    Option("coeflegend", "coefl", help="show how to refer to the parameters", planned=True),
)


@command("estat sd", options=OPTIONS)
def estat_sd(context: Context, statement: Statement) -> SdResult:
    """Show the random part as standard deviations and correlations, or with variance as variances and covariances."""
    model = mixed_model(context)
    options = context.options(statement, OPTIONS)
    metric, level = "var" if options["variance"] else "sd", options["level"] or context.settings.level
    if generalized(model):
        from ._me.estat import random_part

        return SdResult(random_part(model, metric, level), options["verbose"])
    assert isinstance(model, MixedModel)
    return SdResult(make_result(model, MixedOptions(metric=metric, nolog=True), level), options["verbose"])


@layout(SdResult)
def lay_out(result: SdResult, style: Style) -> Document:
    from ..report.postest import sd_document

    return sd_document(result, style)
