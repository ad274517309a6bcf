"""``lincom``: a linear combination of coefficients with its standard error and confidence interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..records import record, replace
from ..results.coefficients import CoefficientRow
from ..results.postest import LincomResult
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._linear.common import Coefficients, Reader, constraint_text, stack
from ._shared.display_options import NUMBER_FORMATS, shown_formats
from ._shared.inference import exponentiated, tested_row
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

# Option -> the heading of the exponentiated column up to version 16, and from 17 on.
_TITLES = {
    "or": ("Odds Ratio", "Odds ratio"),
    "hr": ("Haz. Ratio", "Haz. ratio"),
    "shr": ("SHR", "SHR"),
    "irr": ("IRR", "IRR"),
    "rrr": ("RRR", "RRR"),
    "eform": ("exp(b)", "exp(b)"),
}

_NO_ROW = CoefficientRow("(1)")

OPTIONS = (
    Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("df", "df", Kind.REAL, "use t with this many degrees of freedom", low=0),
    Option("eform", "ef", help="show the exponentiated combination"),
    Option("or", "or", help="show it as an odds ratio"),
    Option("hr", "hr", help="show it as a hazard ratio"),
    Option("shr", "shr", help="show it as a subhazard ratio"),
    Option("irr", "ir", help="show it as an incidence-rate ratio"),
    Option("rrr", "rr", help="show it as a relative-risk ratio"),
    *NUMBER_FORMATS,
)


@record
class ExponentiatedLincom(LincomResult):
    """A combination shown as exp(b): ``shown`` is its row in that metric, ``row`` the one that r() stores."""

    shown: CoefficientRow = _NO_ROW
    transform: str = "eform"


@command("lincom", start="coefficients", options=OPTIONS)
def lincom(context: Context, statement: Statement) -> LincomResult:
    """lincom exp [, level(#) df(#) or hr irr rrr eform]

    Estimate a linear combination of coefficients, such as `lincom lrt + 2.schgend#c.lrt` or `lincom 10*lrt`, with
    standard error, test and confidence interval.
    """
    options = context.options(statement, OPTIONS)
    chosen = [name for name in _TITLES if options[name]]
    if len(chosen) > 1:
        raise StataError(f"only one of {', '.join(_TITLES)} is allowed", 198)
    if statement.exp is None:
        raise StataError("invalid syntax", 198, statement.span)
    estimates = context.estimates
    stored = estimates.stored()
    df = options["df"] if options["df"] is not None else stored.scalars.get("df_r")
    result = combine(statement, context, Coefficients.of(estimates), df, options["level"] or context.settings.level)
    result = replace(result, depvar=stored.macros.get("depvar", ""), formats=shown_formats(options))
    return _exponentiated(result, chosen[0]) if chosen else result


def combine(
    statement: Statement, context: Context, coefficients: Coefficients, df: float | None, level: float
) -> LincomResult:
    """The combination of ``statement.exp``: normal inference, or t with ``df`` degrees of freedom."""
    assert statement.exp is not None
    form = Reader(coefficients, context.lookup).affine(statement.exp)
    if form.is_constant:
        raise StataError("not possible with test", 131, statement.exp.span)
    constraint = stack([form], len(coefficients.names))
    estimate = float(coefficients.combined(form.weights)) + form.constant
    variance = float(form.weights @ coefficients.V @ form.weights)
    row = _row(estimate, variance, df, level)
    text = constraint_text(constraint.R[0], float(constraint.r[0]), coefficients.names)
    if df is None:
        return LincomResult("", text, row, level=level)
    return LincomResult("", text, row, "t", df, level)


def _row(estimate: float, variance: float, df: float | None, level: float) -> CoefficientRow:
    if not variance > 0:
        return CoefficientRow("(1)", estimate, note="" if estimate else "(omitted)")
    return tested_row("(1)", estimate, variance, df, level)


def _exponentiated(result: LincomResult, transform: str) -> ExponentiatedLincom:
    """exp(b), its standard error by the delta method, and the ends of the interval exponentiated."""
    row, shown = result.row, exponentiated(result.row)
    return ExponentiatedLincom(
        result.depvar, result.constraint, row, result.statistic, result.df, result.level, result.formats, shown, transform
    )


@layout(LincomResult)
def lay_out(result: LincomResult, style: Style) -> Document:
    """The combination as a constraint, and its row."""
    from ..report.postest import lincom_document

    return lincom_document(result, style)


@layout(ExponentiatedLincom)
def lay_out_exponentiated(result: ExponentiatedLincom, style: Style) -> Document:
    """The same with the heading of the transformation."""
    from ..report.coefficients import CoefficientTable, Show, coefficient_table
    from ..report.document import BLANK, Document, line

    table = CoefficientTable(
        result.depvar,
        (result.shown,),
        statistic=result.statistic,
        level=result.level,
        title=_TITLES[result.transform][style.version >= 17],
        show=Show(**result.formats),
    )
    return Document((BLANK, line(f" ( 1)  {result.constraint}"), BLANK)) + coefficient_table(table, style)
