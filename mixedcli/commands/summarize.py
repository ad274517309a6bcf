"""summarize: number of observations, mean, standard deviation and extremes; with ``detail`` also percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import level_label, numeric
from ..data.storage import is_missing, is_numeric
from ..expr.timeseries import base_name, column_of
from ..formats import abbreviate, format_number, g
from ..records import record, replace
from ..results.base import Result, Stored
from ..results.stripe import time_label
from ..syntax.spec import Kind, Option
from ..syntax.tree import NamePattern, NameRange, Statement
from ._shared.moments import Moments, Quantiles, moments, quantiles
from ._shared.tables import chosen_names, chosen_rows, page, read_weights, refuse, result_line
from .registry import command, layout

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..report.document import Document, Line, Style
    from ..results.stripe import Term
    from .context import Context

OPTIONS = (
    Option("detail", "d", help="also show percentiles, skewness, kurtosis and the extreme values"),
    Option("meanonly", "mean", help="show nothing; calculate the mean only"),
    Option("format", "f", help="use each variable's display format"),
    Option("separator", "sep", Kind.INTEGER, low=0, help="draw a rule after every # variables; default 5"),
)


@record
class VariableSummary:
    """One variable: ``heading`` is the factor that a level belongs to, if any; ``moments`` is None for a string."""

    name: str
    label: str
    format: str
    moments: Moments | None
    quantiles: Quantiles | None = None
    heading: str = ""


@record
class Summary(Result):
    """Summaries in the order of the varlist; r() keeps those of the last variable."""

    schema: ClassVar[str] = "summarize"

    variables: tuple[VariableSummary, ...]
    detail: bool = False
    separator: int = 5
    use_formats: bool = False
    mean_only: bool = False
    weight: str = ""
    assumed: bool = False

    def stored(self) -> Stored:
        last = next((v.moments for v in reversed(self.variables) if v.moments is not None), None)
        if last is None or last.N == 0:
            return Stored("r", scalars={"N": 0.0, "sum_w": 0.0, "sum": 0.0})
        scalars = {"N": last.N, "sum_w": last.sum_w, "mean": last.mean}
        if self.mean_only:
            scalars = {"N": last.N, "sum_w": last.sum_w, "sum": last.sum, "mean": last.mean}
        else:
            scalars |= {"Var": last.variance, "sd": last.sd}
        extremes = {"min": last.min, "max": last.max}
        if not self.detail:
            tail = {} if self.mean_only else {"sum": last.sum}
            return Stored("r", scalars=scalars | extremes | tail)
        scalars |= {"skewness": last.skewness, "kurtosis": last.kurtosis, "sum": last.sum} | extremes
        shown = self.variables[-1].quantiles
        return Stored("r", scalars=scalars | ({f"p{p}": x for p, x in shown.percentiles} if shown else {}))


@command("summarize", shortest="su", options=OPTIONS, by="loop")
def summarize(context: Context, statement: Statement) -> Summary:
    """summarize [varlist] [if] [in] [weight] [, detail meanonly format separator(#)]: summary statistics."""
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True, weight=False)
    rows = chosen_rows(context, statement)
    kind, weights, rows = read_weights(context, statement, rows, ("aweight", "fweight"))
    detail = bool(options["detail"])
    return Summary(
        tuple(_grouped(_summaries(context, statement, rows, weights, kind, detail))),
        detail=detail,
        separator=5 if options["separator"] is None else options["separator"],
        use_formats=bool(options["format"]),
        mean_only=bool(options["meanonly"]),
        weight=kind,
        assumed=statement.weight is not None and not statement.weight.kind,
    )


def _summaries(
    context: Context, statement: Statement, rows: np.ndarray, weights: np.ndarray | None, kind: str, detail: bool
) -> list[VariableSummary]:
    if all(isinstance(term, (NamePattern, NameRange)) for term in statement.varlist):
        return [
            _of_column(context.data, name, rows, weights, kind, detail) for name in chosen_names(context, statement)
        ]
    return _of_terms(context, statement, rows, weights, kind, detail)


def _grouped(summaries: list[VariableSummary]) -> list[VariableSummary]:
    """``summaries`` in which a variable beside itself with a time-series operator stands under the same heading."""
    out = list(summaries)
    for k, one in enumerate(summaries):
        beside = [*summaries[max(k - 1, 0) : k], *summaries[k + 1 : k + 2]]
        if any(other.heading == one.name and "." in other.name for other in beside):
            out[k] = replace(one, heading=one.name)
    return out


def _of_column(
    data: Dataset, name: str, rows: np.ndarray, weights: np.ndarray | None, kind: str, detail: bool
) -> VariableSummary:
    column = column_of(data, name)
    if not is_numeric(column.storage):
        return VariableSummary(name, column.label, column.format, None)
    found, spread = _statistics(numeric(column)[rows], weights, kind, detail)
    heading = base_name(name) if name not in data.columns else ""
    return VariableSummary(name, column.label, column.format, found, spread, heading)


def _statistics(
    values: np.ndarray, weights: np.ndarray | None, kind: str, detail: bool
) -> tuple[Moments, Quantiles | None]:
    """Statistics of the values that are not missing; shapes (m,)."""
    known = ~is_missing(values)
    values = values[known]
    weights = weights[known] if weights is not None else None
    frequency = kind == "fweight"
    return moments(values, weights, frequency), quantiles(values, weights, frequency) if detail else None


def _of_terms(
    context: Context, statement: Statement, rows: np.ndarray, weights: np.ndarray | None, kind: str, detail: bool
) -> list[VariableSummary]:
    """Summaries of a varlist with factor variables: one per indicator or product that is not a base level."""
    from ..design.terms import expand_terms

    data = context.data
    mask = np.zeros(data.n, dtype=bool)
    mask[rows] = True
    return [
        _of_term(data, term, mask, weights, kind, detail)
        for term in expand_terms(statement.varlist, data, mask)
        if term.status == "shown"
    ]


def _of_term(
    data: Dataset, term: Term, mask: np.ndarray, weights: np.ndarray | None, kind: str, detail: bool
) -> VariableSummary:
    """One column of a varlist with factor variables, over the rows of ``mask`` where its own variables are known."""
    from ..design.matrix import Columns

    single = term.parts[0] if len(term.parts) == 1 else None
    if single is not None and single.level is None:
        return _of_column(data, single.variable, np.flatnonzero(mask), weights, kind, detail)
    known = mask.copy()
    for variable in term.variables:
        known &= ~is_missing(numeric(column_of(data, variable)))
    values = Columns(data, known).column(term)
    found, spread = _statistics(values, weights[known[mask]] if weights is not None else None, kind, detail)
    if single is None or single.level is None:
        return VariableSummary(term.name, "", "%9.0g", found, spread)
    name = level_label(data, column_of(data, single.variable), float(single.level)) or str(single.level)
    return VariableSummary(name, "", "%9.0g", found, spread, heading=single.variable)


# ---- layout --------------------------------------------------------------------------------------------------


@layout(Summary)
def lay_out(result: Summary, style: Style) -> Document:
    if result.mean_only:
        return page([])
    note = [f"({'analytic' if result.weight == 'aweight' else 'frequency'} weights assumed)"] if result.assumed else []
    if result.detail:
        return page([*note, *(line for v in result.variables for line in _detail(v, style))])
    return page([*note, "", *_table(result, style)])


def _deviation(style: Style) -> str:
    return "Std. dev." if style.version >= 17 else "Std. Dev."


def _table(result: Summary, style: Style) -> list[str | Line]:
    weighted = result.weight == "aweight"
    wide = 11 if style.version >= 14 else 10
    if weighted:
        head = f"{'Obs':>8}{'Weight':>12}{'Mean':>12}{_deviation(style):>12}{'Min':>10}{'Max':>11}"
    else:
        head = f"{'Obs':>{wide}}{'Mean':>12}{_deviation(style):>13}{'Min':>10}{'Max':>11}"
    rule = "-" * 13 + "+" + "-" * len(head)
    lines: list[str | Line] = [f"{'Variable':>12} |{head}", rule]
    heading = ""
    for k, variable in enumerate(result.variables):
        if k and result.separator and k % result.separator == 0:
            lines.append(rule)
        if variable.heading != heading and variable.heading:
            lines.append(f"{abbreviate(variable.heading, 12):>12} |")
        heading = variable.heading
        name = f"{abbreviate(variable.name, 11):>11} " if heading else f"{abbreviate(variable.name, 12):>12}"
        if heading and base_name(variable.name) == heading:
            name = f"{time_label(variable.name):>12}"
        lines.append(result_line(f"{name} |", _row(variable, result, style, wide)))
    return lines


def _count(n: float, style: Style) -> str:
    return f"{n:,.0f}" if style.version >= 14 else f"{n:.0f}"


def _row(variable: VariableSummary, result: Summary, style: Style, wide: int) -> str:
    found = variable.moments
    weighted = result.weight == "aweight"
    obs = f"{_count(found.N if found else 0, style):>{8 if weighted else wide}}"
    if found is None or found.N == 0:
        return obs + (f"{0:>12}" if weighted else "")

    def text(value: float) -> str:
        return (format_number(value, variable.format) if result.use_formats else g(value, 9)).strip()

    weight = f"{g(found.sum_w, 11):>12}" if weighted else ""
    sd = 11 if weighted else 12
    return f"{obs}{weight}{text(found.mean):>12}{text(found.sd):>{sd}}{text(found.min):>11}{text(found.max):>11}"


def _detail(variable: VariableSummary, style: Style) -> list[str | Line]:
    title = variable.label or variable.name
    lines: list[str | Line] = ["", " " * max((61 - len(title)) // 2, 0) + title, "-" * 61]
    found, spread = variable.moments, variable.quantiles
    if found is None or spread is None or found.N == 0:
        return [*lines, "no observations"]
    percent = {p: f"{p:>2}%{g(x, 9):>13}" for p, x in spread.percentiles}
    small = [f"{g(x, 9):>15}" for x in spread.smallest] + [" " * 15] * (4 - len(spread.smallest))
    large = [" " * 15] * (4 - len(spread.largest)) + [f"{g(x, 9):>15}" for x in spread.largest]
    weight = "Sum of wgt." if style.version >= 17 else "Sum of Wgt."
    count, total = _count(found.N, style), _total_weight(found.sum_w, style)
    rows = [
        ("      Percentiles      Smallest", "", ""),
        (percent[1] + small[0], "", ""),
        (percent[5] + small[1], "", ""),
        (percent[10] + small[2], "Obs", count),
        (percent[25] + small[3], weight, total),
        ("", "", ""),
        (percent[50], "Mean", g(found.mean, 9)),
        (" " * 24 + "Largest", _deviation(style), g(found.sd, 9)),
        (percent[75] + large[0], "", ""),
        (percent[90] + large[1], "Variance", g(found.variance, 9)),
        (percent[95] + large[2], "Skewness", g(found.skewness, 9)),
        (percent[99] + large[3], "Kurtosis", g(found.kurtosis, 9)),
    ]
    return lines + [f"{left:<38}{name:<11}{value:>12}".rstrip() for left, name, value in rows]


def _total_weight(total: float, style: Style) -> str:
    return _count(total, style) if float(total).is_integer() and abs(total) < 1e12 else g(total, 9)
