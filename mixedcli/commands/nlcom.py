"""``nlcom``: nonlinear combinations of coefficients, with standard errors by the delta method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import StataError
from ..records import field, record
from ..results.base import Matrix, Result, Stored
from ..results.coefficients import CoefficientRow
from ..results.stripe import StripeName
from ..syntax.parser import parse
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._linear.common import Coefficients
from ._shared.display_options import NUMBER_FORMATS, shown_formats
from ._shared.inference import tested_row
from ._shared.nlcom import delta_method, read_functions, split_options
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

_LAST_WITH_T = 13        # older versions tested by t where there are residual degrees of freedom

OPTIONS = (
    Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("post", "post", help="make the combinations the last estimates"),
    Option("noheader", "noh", help="leave out the list of the expressions"),
    Option("df", "df", Kind.REAL, "use t with this many degrees of freedom", low=0),
    Option("iterate", "iter", Kind.INTEGER, "taken and not needed", low=0),
    *NUMBER_FORMATS,
)


@record
class NlcomResult(Result):
    """nlcom.  ``expressions``: (name, text) in order; ``rows`` their estimates; ``V`` has shape (m, m).

    ``n`` and ``df``: those of the estimates (NaN without).  ``statistic``: ``z`` or ``t``.
    """

    schema: ClassVar[str] = "nlcom"

    depvar: str
    expressions: tuple[tuple[str, str], ...]
    rows: tuple[CoefficientRow, ...]
    V: np.ndarray
    n: float
    df: float
    statistic: str = "z"
    level: float = 95
    header: bool = True
    posted: bool = False
    formats: Mapping[str, Any] = field(default_factory=dict)

    @property
    def b(self) -> Matrix:
        names = tuple(StripeName("", name) for name, _ in self.expressions)
        return Matrix(np.array([[row.b for row in self.rows]]), (StripeName("", "r1"),), names)

    def stored(self) -> Stored:
        """r(b), r(V), r(N), r(df_r); e() if the combinations have been posted."""
        b = self.b
        scalars = {name: value for name, value in (("N", self.n), ("df_r", self.df)) if value == value}
        matrices = {"b": b, "V": Matrix(self.V, b.columns, b.columns)}
        if not self.posted:
            return Stored("r", scalars, {}, matrices)
        y1 = Matrix(b.values, (StripeName("", "y1"),), b.columns)
        macros = {"cmd": "nlcom", "properties": "b V", "depvar": self.depvar}
        kept = {"N": scalars["N"]} if "N" in scalars else {}
        if self.statistic == "t":
            kept["df_r"] = self.df
        return Stored("e", kept, {k: v for k, v in macros.items() if v}, {"b": y1, "V": matrices["V"]}, sample=True)


@command("nlcom", start="raw", options=OPTIONS)
def nlcom(context: Context, statement: Statement) -> NlcomResult:
    """nlcom exp | ([name:] exp) [([name:] exp) ...] [, level(#) post noheader df(#)]

    Estimate nonlinear combinations of coefficients, such as `nlcom exp(_b[lns1_1_1:_cons])^2` or `nlcom
    (ratio: _b[lrt]/_b[_cons])`, with standard errors by the delta method. Derivatives are numerical, to about ten
    digits. post makes them the last estimates.
    """
    text, offset = statement.rest, len(statement.text) - len(statement.rest)
    comma = split_options(text)
    tail = parse(statement.text, "names", statement.word, offset + comma)
    options = context.options(tail, OPTIONS)
    if not text[:comma].strip():
        if isinstance(context.estimates.result, NlcomResult):
            return context.estimates.result                # posted combinations are shown again
        raise StataError("invalid syntax", 198, (offset, offset + comma))
    estimates = context.estimates
    coefficients = Coefficients.of(estimates)
    stored = estimates.stored()
    functions = read_functions(text[:comma], offset)
    b, V = delta_method(functions, context, stored.matrices["b"], coefficients.V)
    df = options["df"]
    own = stored.scalars.get("df_r", float("nan"))
    if df is None and context.version < _LAST_WITH_T and own == own:
        df = own
    level = options["level"] or context.settings.level
    result = NlcomResult(
        depvar=stored.macros.get("depvar", ""),
        expressions=tuple((each.name, each.text) for each in functions),
        rows=tuple(_row(each.name, b[i], V[i, i], df, level) for i, each in enumerate(functions)),
        V=V,
        n=stored.scalars.get("N", float("nan")),
        df=own if df is None else df,
        statistic="z" if df is None else "t",
        level=level,
        header=not options["noheader"],
        posted=options["post"],
        formats=shown_formats(options),
    )
    if result.posted:
        _post(context, result)
    return result


def _row(name: str, b: float, variance: float, df: float | None, level: float) -> CoefficientRow:
    if not variance > 0:
        return CoefficientRow(name, float(b), note="(omitted)" if b == 0 else "")
    return tested_row(name, float(b), float(variance), df, level)


def _post(context: Context, result: NlcomResult) -> None:
    """Make the combinations the active estimates, on the sample of those before."""
    from ._shared.posted import PostedModel

    context.post(result, PostedModel(), context.sample())


@layout(NlcomResult)
def lay_out(result: NlcomResult, style: Style) -> Document:
    """The expressions, and a row for each; from version 17 on one blank follows the colon."""
    from ..report.coefficients import CoefficientTable, Show, coefficient_table
    from ..report.document import BLANK, Document, line

    gap = " " if style.version >= 17 else "  "
    width = max(12, *(len(name) for name, _ in result.expressions))
    listed = [line(f"{name:>{width}}:{gap}{text}") for name, text in result.expressions]
    table = CoefficientTable(
        result.depvar, result.rows, statistic=result.statistic, level=result.level, show=Show(**result.formats)
    )
    heading = (BLANK, *listed, BLANK) if result.header else (BLANK,)
    return Document(heading) + coefficient_table(table, style)
