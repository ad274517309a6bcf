"""The coefficient table of ereturn display and of posted results."""

from __future__ import annotations

from ..records import replace
from ..results.coefficients import CoefficientRow
from ..results.posted import CoefficientListing, EquationRows
from .coefficients import CoefficientTable, Section, coefficient_table
from .document import Document, Style

_FREE = "/"                            # the equation of parameters that stand alone: /lnsigma


def listing_document(result: CoefficientListing, style: Style) -> Document:
    """A section for each equation; nothing when there are no coefficients."""
    if not result.equations:
        return Document()
    first, *rest = [_section(each) for each in result.equations]
    table = CoefficientTable(
        result.depvar, first.rows, result.statistic, result.level, result.value_labels, result.title,
        equation=first.name, sections=tuple(rest),
    )
    return coefficient_table(table, style)


def _section(equation: EquationRows) -> Section:
    if equation.name != _FREE:
        return Section(equation.name, equation.rows)
    return Section("", tuple(_free(row) for row in equation.rows))


def _free(row: CoefficientRow) -> CoefficientRow:
    return replace(row, term=f"/{row.stripe}")
