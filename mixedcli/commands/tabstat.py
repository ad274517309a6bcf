"""tabstat: a table of summary statistics, perhaps by the values of another variable."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import group_codes, numeric
from ..data.dataset import Column
from ..data.storage import is_missing, is_numeric
from ..errors import StataError, no_observations
from ..expr.names import resolve_variable
from ..records import record
from ..results.base import Matrix, Result, Stored
from ..results.stripe import StripeName
from ..syntax.spec import Choice, Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._shared.moments import Moments, moments, percentile
from ._shared.tables import chosen_columns, chosen_rows, labels_of, page, read_weights, refuse, value_text
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("by", "by", Kind.NAME, help="statistics for each value of this variable"),
    Option("statistics", "s", Kind.NAMES, help="which statistics: mean n sum max min range sd variance cv semean "
           "skewness kurtosis p1 p5 p10 p25 median p75 p90 p95 p99 iqr q"),
    Option("columns", "c", Kind.CHOICE, choices=(Choice("variables", "v"), Choice("statistics", "s")),
           help="what stands in the columns"),
    Option("format", "f", Kind.FORMAT, optional_args=True, help="a format for all numbers, or each variable's own"),
    Option("nototal", "noto", help="no statistics over all values of by()"),
    Option("missing", "m", help="treat missing values of by() like other values"),
    Option("long", "lo", help="name the statistics beside every value of by()"),
    Option("longstub", "longstub", help="the same as long"),
    Option("labelwidth", "labelw", Kind.INTEGER, low=8, high=32, help="width of the values of by(); default 16"),
    Option("varwidth", "va", Kind.INTEGER, low=8, high=16, help="width of variable names; default 12"),
    Option("casewise", "ca", help="use only observations in which no variable is missing"),
    Option("save", "sa", help="keep the statistics in r()"),
    Option("noseparator", "nosep", help="no rules between the values of by()"),
)


@record
class Statistic:
    """``name``: as typed and in r(); ``old`` and ``new``: its title before and from version 17 on."""

    name: str
    shortest: str
    old: str
    new: str


def _cv(found: Moments) -> float:
    return found.sd / found.mean if found.mean else math.nan


def _semean(found: Moments) -> float:
    return found.sd / math.sqrt(found.N) if found.N > 1 else math.nan


STATISTICS = (
    Statistic("mean", "me", "mean", "Mean"), Statistic("count", "co", "N", "N"), Statistic("n", "n", "N", "N"),
    Statistic("sum", "su", "sum", "Sum"), Statistic("max", "ma", "max", "Max"), Statistic("min", "mi", "min", "Min"),
    Statistic("range", "r", "range", "Range"), Statistic("sd", "sd", "sd", "SD"),
    Statistic("variance", "v", "variance", "Variance"), Statistic("cv", "cv", "cv", "CV"),
    Statistic("semean", "sem", "se(mean)", "SE(mean)"), Statistic("skewness", "sk", "skewness", "Skewness"),
    Statistic("kurtosis", "k", "kurtosis", "Kurtosis"), Statistic("median", "med", "p50", "p50"),
    *(Statistic(f"p{p}", f"p{p}", f"p{p}", f"p{p}") for p in (1, 5, 10, 25, 50, 75, 90, 95, 99)),
    Statistic("iqr", "iqr", "iqr", "IQR"), Statistic("q", "q", "q", "q"),
)
_OF_MOMENTS: Mapping[str, Callable[[Moments], float]] = {
    "mean": lambda m: m.mean, "count": lambda m: m.N, "n": lambda m: m.N, "sum": lambda m: m.sum,
    "max": lambda m: m.max, "min": lambda m: m.min, "range": lambda m: m.max - m.min, "sd": lambda m: m.sd,
    "variance": lambda m: m.variance, "cv": _cv, "semean": _semean, "skewness": lambda m: m.skewness,
    "kurtosis": lambda m: m.kurtosis,
}
_QUARTILES = ("p25", "p50", "p75")
_ALWAYS = ("count", "n", "sum")      # what exists without observations


@record
class Group:
    """The statistics of one value of by(), or of all ("Total"): ``values`` has shape (statistics, variables)."""

    text: str
    values: np.ndarray


@record
class TableOfStatistics(Result):
    """``groups``: by the values of ``by`` in order, then the total if shown; without by() the total alone.

    ``formats``: the display format of each variable, None for the general one.
    """

    schema: ClassVar[str] = "tabstat"

    variables: tuple[str, ...]
    statistics: tuple[Statistic, ...]
    groups: tuple[Group, ...]
    total: bool
    by: str = ""
    by_label: str = ""
    columns: str = "variables"
    formats: tuple[str | None, ...] = ()
    long: bool = False
    separated: bool = True
    label_width: int = 16
    name_width: int = 12
    save: bool = False

    def stored(self) -> Stored:
        if not self.save:
            return Stored("r")
        rows = tuple(StripeName("", statistic.old) for statistic in self.statistics)
        columns = tuple(StripeName("", name) for name in self.variables)
        of_values = self.groups[: len(self.groups) - self.total] if self.by else ()
        matrices = {f"Stat{k}": Matrix(g.values, rows, columns) for k, g in enumerate(of_values, start=1)}
        macros = {f"name{k}": group.text for k, group in enumerate(of_values, start=1)}
        if self.total:
            matrices["StatTotal"] = Matrix(self.groups[-1].values, rows, columns)
        return Stored("r", macros=macros, matrices=matrices)


@command("tabstat", options=OPTIONS, by="loop")
def tabstat(context: Context, statement: Statement) -> TableOfStatistics:
    """tabstat varlist [if] [in] [weight] [, by(var) statistics(...) columns(variables|statistics) format nototal missing
    long casewise save]: a table of summary statistics."""
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True, weight=False)
    if not statement.varlist:
        raise StataError("varlist required", 100)
    columns = chosen_columns(context, statement)
    for column in columns:
        if not is_numeric(column.storage):
            raise StataError(f"string variables not allowed in varlist;\n{column.name} is a string variable", 109)
    statistics = chosen_statistics(options)
    kind, weights, rows = read_weights(context, statement, chosen_rows(context, statement), ("aweight", "fweight"))
    if options["casewise"]:
        known = np.ones(len(rows), dtype=bool)
        for column in columns:
            known &= ~is_missing(numeric(column)[rows])
        rows, weights = rows[known], weights[known] if weights is not None else None
    by = _by_column(context, options)
    total = not options["nototal"] or by is None
    groups = list(_groups(context, columns, by, rows, weights, kind == "fweight", statistics, options))
    if total:
        used = rows if by is None or not groups else rows[_grouped(by, rows, options) >= 0]
        chosen = weights if weights is None or by is None else weights[_grouped(by, rows, options) >= 0]
        groups.append(Group("Total", _values(columns, used, chosen, kind == "fweight", statistics)))
    return TableOfStatistics(
        tuple(column.name for column in columns), statistics, tuple(groups), total,
        by=by.name if by else "", by_label=by.label if by else "",
        columns=options["columns"] or ("variables" if len(columns) > 1 else "statistics"),
        formats=tuple(_format(column, options) for column in columns),
        long=bool(options["long"] or options["longstub"]), separated=not options["noseparator"],
        label_width=options["labelwidth"] or 16, name_width=options["varwidth"] or 12, save=bool(options["save"]),
    )


def chosen_statistics(options: OptionValues) -> tuple[Statistic, ...]:
    """The statistics asked for, the mean by default; ``q`` means the three quartiles.  Raises r(198)."""
    out: list[Statistic] = []
    for word in options["statistics"] or ("mean",):
        found = _statistic(word.lower())
        if found is None:
            raise StataError(f"unknown statistic: {word}", 198, options.spans["statistics"])
        out += [s for p in _QUARTILES if (s := _statistic(p))] if found.name == "q" else [found]
    return tuple(out)


def _statistic(word: str) -> Statistic | None:
    exact = next((s for s in STATISTICS if s.name == word), None)
    short = (s for s in STATISTICS if s.name.startswith(word) and len(word) >= len(s.shortest))
    return exact or next(short, None)


def _by_column(context: Context, options: OptionValues) -> Column | None:
    if not options["by"]:
        return None
    return context.data.columns[resolve_variable(options["by"], context.data, options.spans["by"])]


def _format(column: Column, options: OptionValues) -> str | None:
    return column.format if options["format"] is True else options["format"] or None


# ---- numbers -------------------------------------------------------------------------------------------------


def _grouped(by: Column, rows: np.ndarray, options: OptionValues) -> np.ndarray:
    return group_codes([by], rows, bool(options["missing"]))[0]


def _groups(
    context: Context, columns: tuple[Column, ...], by: Column | None, rows: np.ndarray, weights: np.ndarray | None,
    frequency: bool, statistics: tuple[Statistic, ...], options: OptionValues,
) -> list[Group]:
    """The statistics for each value of by()."""
    if by is None:
        return []
    codes, first = group_codes([by], rows, bool(options["missing"]))
    if not len(first):
        raise no_observations()
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(first) + 1))
    labels, native = labels_of(context.data, by), numeric(by) if is_numeric(by.storage) else by.values
    out = []
    for k, row in enumerate(first):
        mine = order[ends[k] : ends[k + 1]]
        chosen = weights[mine] if weights is not None else None
        text = value_text(native[row], by, labels)
        out.append(Group(text, _values(columns, rows[mine], chosen, frequency, statistics)))
    return out


def _values(
    columns: tuple[Column, ...], rows: np.ndarray, weights: np.ndarray | None, frequency: bool,
    statistics: tuple[Statistic, ...],
) -> np.ndarray:
    """The statistics (rows) of the variables (columns) over ``rows``."""
    out = np.empty((len(statistics), len(columns)))
    for j, column in enumerate(columns):
        values = numeric(column)[rows]
        known = ~is_missing(values)
        chosen = weights[known] if weights is not None else None
        found = moments(values[known], chosen, frequency)
        for i, statistic in enumerate(statistics):
            out[i, j] = _value(statistic.name, found, values[known], chosen, frequency)
    return out


def _value(
    name: str, found: Moments, values: np.ndarray, weights: np.ndarray | None, frequency: bool
) -> float:
    if name in _OF_MOMENTS:
        return _OF_MOMENTS[name](found) if found.N or name in _ALWAYS else math.nan
    if name == "iqr":
        return percentile(values, weights, frequency, 75) - percentile(values, weights, frequency, 25)
    return percentile(values, weights, frequency, 50 if name == "median" else int(name[1:]))


@layout(TableOfStatistics)
def lay_out(result: TableOfStatistics, style: Style) -> Document:
    from ._shared.tabstat import lines

    return page(lines(result, style))
