"""``estat vce``: the variance matrix of the coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..errors import StataError
from ..formats import parse_format
from ..records import record
from ..results.base import Matrix, Result, Stored
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from .context import Context
from .estat_recovariance import correlations
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("covariance", "cov", help="show covariances (the default)"),
    Option("correlation", "c", help="show correlations"),
    Option("equation", "eq", Kind.NAMES, "of these equations only"),
    Option("format", "f", Kind.FORMAT, "the display format"),
    Option("block", "bl", planned=True),
    Option("diag", "d", planned=True),
)


@record
class VceResult(Result):
    """estat vce: a symmetric matrix and the command whose coefficients they are of."""

    schema: ClassVar[str] = "estat vce"

    matrix: Matrix
    command: str
    correlation: bool
    format: str

    def stored(self) -> Stored:
        """r(V)."""
        return Stored("r", matrices={"V": self.matrix})


@command("estat vce", options=OPTIONS, start="names")
def estat_vce(context: Context, statement: Statement) -> VceResult:
    """estat vce [, covariance correlation equation(names) format(%fmt)]

    Show e(V), the covariances of the coefficients of the last estimates, or their correlations.
    """
    options = context.options(statement, OPTIONS)
    if statement.arguments:
        raise StataError("invalid syntax", 198, statement.arguments[0].span)
    if options["covariance"] and options["correlation"]:
        raise StataError("options covariance and correlation may not be combined", 198)
    stored = context.estimates.stored()
    if "V" not in stored.matrices:
        raise StataError("matrix e(V) not found", 111)
    chosen = _chosen(stored.matrices["V"], options)
    if options["correlation"]:
        values = correlations(chosen.values)
        chosen = Matrix(np.where(np.isnan(values), 0.0, values), chosen.rows, chosen.columns)
    fmt = options["format"] or ("%8.4f" if options["correlation"] else "%10.0g")
    if parse_format(fmt) is None or fmt.endswith("s"):
        raise StataError("invalid %format", 120)
    return VceResult(chosen, stored.macros.get("cmd2") or stored.macros.get("cmd", ""), options["correlation"], fmt)


def _chosen(V: Matrix, options: OptionValues) -> Matrix:
    """The part of V that ``equation()`` names; r(111) for an equation that does not exist."""
    wanted = options["equation"]
    if wanted is None:
        return V
    known = {name.equation for name in V.columns}
    missing = next((name for name in wanted if name not in known), None)
    if missing is not None:
        raise StataError(f"equation {missing} not found", 111)
    at = [i for i, name in enumerate(V.columns) if name.equation in wanted]
    names = tuple(V.columns[i] for i in at)
    return Matrix(V.values[np.ix_(at, at)], names, names)


@layout(VceResult)
def lay_out(result: VceResult, style: Style) -> Document:
    """The lower triangle, equations apart."""
    from ..report.document import BLANK, Document, line
    from ..report.symmetric import symmetric_lines

    word = "Correlation" if result.correlation else "Covariance"
    title = line(f"{word} matrix of coefficients of {result.command} model")
    lines = symmetric_lines(result.matrix, "e(V)", result.format, style, short=result.correlation)
    return Document((BLANK, title, BLANK, *lines))
