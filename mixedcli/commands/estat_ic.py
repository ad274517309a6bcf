"""``estat ic``: Akaike's and Schwarz's information criteria."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..results.postest import IcResult
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._estimates.common import ACTIVE, information
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (Option("n", "n", Kind.INTEGER, "the N to use in BIC", low=1),)


@command("estat ic", start="names", options=OPTIONS)
def estat_ic(context: Context, statement: Statement) -> IcResult:
    """estat ic [, n(#)]

    Show the log likelihood, the number of parameters, AIC and BIC of the active estimation results.
    """
    options = context.options(statement, OPTIONS)
    if statement.arguments:
        raise StataError("invalid syntax", 198, statement.arguments[0].span)
    estimates = context.estimates
    return IcResult((information(estimates.name or ACTIVE, estimates, options["n"]),))


@layout(IcResult)
def lay_out(result: IcResult, style: Style) -> Document:
    """A row per model."""
    from ..report.postest import ic_document

    return ic_document(result, style)
