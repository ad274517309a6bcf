"""tabulate: one-way and two-way tables of frequencies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import group_codes, missing_rows, new_numeric, numeric
from ..data.storage import MISSING, is_numeric
from ..engine.fisher import FisherTest, fisher_exact
from ..errors import NotBuilt, StataError
from ..formats import f
from ..records import record, replace
from ..results.base import Result, Stored
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._shared.crosstab import one_way_lines, two_way_lines
from ._shared.tables import chosen_names, chosen_rows, labels_of, page, read_weights, refuse, value_text
from ._shared.tabsum import Side, SummaryTable, summary_table
from .registry import command, layout

if TYPE_CHECKING:
    from ..data.dataset import Column, Dataset
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("missing", "m", help="treat missing values like other values"),
    Option("nolabel", "nol", help="show values, not their labels"),
    Option("sort", "sort", help="one-way: the most frequent values first"),
    Option("generate", "g", Kind.NAME, help="one-way: make indicator variables stub1, stub2, ..."),
    Option("nofreq", "nof", help="do not show frequencies"),
    Option("row", "r", help="two-way: row percentages"),
    Option("column", "co", help="two-way: column percentages"),
    Option("cell", "ce", help="two-way: percentages of the total"),
    Option("expected", "exp", help="two-way: expected frequencies"),
    Option("chi2", "ch", help="two-way: Pearson's chi-squared"),
    Option("lrchi2", "lr", help="two-way: likelihood-ratio chi-squared"),
    Option("exact", "e", Kind.INTEGER, optional_args=True, low=0, help="two-way: Fisher's exact test"),
    Option("V", "V", help="two-way: Cramer's V"),
    Option("nokey", "nokey", help="do not show the key of a two-way table"),
    Option("key", "key", help="show the key of a two-way table"),
    Option("nolog", "nolog", help="do not show the stages of Fisher's exact test"),
    Option("wrap", "w", help="do not break a wide table"),
    Option("plot", "p", planned=True),
    Option("summarize", "su", Kind.NAME, help="means and standard deviations of this variable"),
    Option("means", "me", help="with summarize(): show means", negated="nomeans"),
    Option("standard", "st", help="with summarize(): show standard deviations", negated="nostandard"),
    Option("freq", "f", help="with summarize(): show frequencies"),
    Option("obs", "o", help="with summarize(): show the number of observations", negated="noobs"),
    Option("subpop", "subpop", Kind.RAW, planned=True),
    Option("matcell", "matcell", Kind.RAW, planned=True),
    Option("matrow", "matrow", Kind.RAW, planned=True),
    Option("matcol", "matcol", Kind.RAW, planned=True),
    Option("replace", "replace", planned=True),
    Option("gamma", "ga", planned=True),
    Option("taub", "t", planned=True),
    Option("all", "a", planned=True),
    Option("cchi2", "cchi2", planned=True),
    Option("clrchi2", "clrchi2", planned=True),
    Option("rowsort", "rowsort", planned=True),
    Option("colsort", "colsort", planned=True),
    Option("firstonly", "first", planned=True),
)
_TWO_WAY = ("row", "column", "cell", "expected", "chi2", "lrchi2", "exact", "V")
_OF_SUMMARY = ("means", "standard", "freq", "obs")
MOST_ROWS, MOST_COLUMNS = 12_000, 80        # Stata/SE's limits


@record
class Category:
    """A value of a tabulated variable (nan if missing) and the text it is shown as."""

    value: float | str
    text: str


@record
class OneWay(Result):
    """Frequencies of one variable; ``counts`` are sums of weights, shape (r,), in the order of ``categories``."""

    schema: ClassVar[str] = "tabulate one-way"

    variable: str
    title: str
    categories: tuple[Category, ...]
    counts: tuple[float, ...]
    show: bool = True
    note: str = ""

    def stored(self) -> Stored:
        return Stored("r", scalars={"N": math.fsum(self.counts), "r": float(len(self.counts))})


@record
class TwoWay(Result):
    """Frequencies of two variables: ``counts`` has shape (r, c).  Statistics that were not asked for are None.

    ``contents``: what each cell shows, in order: frequency, expected, row, column, cell.
    """

    schema: ClassVar[str] = "tabulate two-way"

    row_variable: str
    column_variable: str
    row_title: str
    column_title: str
    rows: tuple[Category, ...]
    columns: tuple[Category, ...]
    counts: np.ndarray
    contents: tuple[str, ...] = ("frequency",)
    key: bool = True
    wrap: bool = False
    chi2: float | None = None
    p: float | None = None
    chi2_lr: float | None = None
    p_lr: float | None = None
    cramers_v: float | None = None
    exact: FisherTest | None = None
    show_stages: bool = False
    note: str = ""

    def stored(self) -> Stored:
        scalars = {"N": float(self.counts.sum()), "r": float(len(self.rows)), "c": float(len(self.columns))}
        more = {"chi2": self.chi2, "p": self.p, "chi2_lr": self.chi2_lr, "p_lr": self.p_lr, "CramersV": self.cramers_v}
        if self.exact is not None:
            more |= {"p_exact": self.exact.p}
            more |= {} if math.isnan(self.exact.one_sided) else {"p1_exact": self.exact.one_sided}
        return Stored("r", scalars=scalars | {name: value for name, value in more.items() if value is not None})


@command("tabulate", shortest="ta", options=OPTIONS, by="loop")
def tabulate(context: Context, statement: Statement) -> OneWay | TwoWay | SummaryTable:
    """tabulate var [var2] [if] [in] [weight] [, missing nolabel sort generate(stub) nofreq row column cell expected
    chi2 lrchi2 exact V nokey]: a table of frequencies.

    With summarize(var), a table of means, standard deviations and frequencies (means standard freq obs, or their
    opposites, choose among them).
    """
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True, weight=False)
    if not statement.varlist:
        raise StataError("varlist required", 100)
    names = chosen_names(context, statement)
    if len(names) > 2:
        raise StataError("too many variables specified", 103)
    _check_options(options, len(names))
    rows = chosen_rows(context, statement)
    kind, weights, rows = read_weights(context, statement, rows, ("fweight", "aweight"))
    if kind == "aweight":
        raise NotBuilt("tabulate with aweights")
    assumed = statement.weight is not None and not statement.weight.kind
    note = "(frequency weights assumed)" if assumed else ""
    if options["summarize"]:
        return _summary(context, names, rows, weights, options)
    if len(names) == 2:
        return replace(_two_way(context.data, names, rows, weights, options), note=note)
    result, data = _one_way(context.data, names[0], rows, weights, options)
    if data is not context.data:
        context.data = data
    return replace(result, note=note)


def _check_options(options: OptionValues, variables: int) -> None:
    one_way = ("sort", "generate")
    wrong: tuple[str, ...] = (*(_TWO_WAY if variables == 1 else one_way), *_OF_SUMMARY)
    if options["summarize"]:
        wrong = (*_TWO_WAY, *one_way)
    for name in wrong:
        if options[name]:
            raise StataError(f"option {name}{'()' if name == 'generate' else ''} not allowed", 198)


# ---- counting ------------------------------------------------------------------------------------------------


def _categories(data: Dataset, column: Column, first: np.ndarray, nolabel: bool) -> tuple[Category, ...]:
    """The categories whose first rows are ``first``; those shown as missing have the value nan."""
    labels = labels_of(data, column, nolabel)
    values = numeric(column)[first].tolist() if is_numeric(column.storage) else column.values[first].tolist()
    return tuple(
        Category(math.nan if isinstance(v, float) and v >= MISSING else v, value_text(v, column, labels))
        for v in values
    )


def _tally(
    data: Dataset, name: str, rows: np.ndarray, weights: np.ndarray | None, missing: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``counts`` (r,), ``first`` (r,) row of each category, ``codes`` (len(rows),) with -1 for left out."""
    codes, first = group_codes([data.columns[name]], rows, missing)
    inside = codes >= 0
    chosen = weights[inside] if weights is not None else None
    return np.bincount(codes[inside], weights=chosen, minlength=len(first)), first, codes


def _one_way(
    data: Dataset, name: str, rows: np.ndarray, weights: np.ndarray | None, options: OptionValues
) -> tuple[OneWay, Dataset]:
    column = data.columns[name]
    counts, first, codes = _tally(data, name, rows, weights, bool(options["missing"]))
    if len(counts) > MOST_ROWS:
        raise StataError("too many values", 134)
    categories = _categories(data, column, first, bool(options["nolabel"]))
    made = data
    if options["generate"]:
        made = _indicators(data, column, options["generate"], categories, rows, codes)
    order = np.argsort(-counts, kind="stable") if options["sort"] else np.arange(len(counts))
    result = OneWay(
        name, column.label or name, tuple(categories[k] for k in order), tuple(counts[order].astype(float).tolist()),
        show=not options["nofreq"],
    )
    return result, made


def _summary(
    context: Context, names: tuple[str, ...], rows: np.ndarray, weights: np.ndarray | None, options: OptionValues
) -> SummaryTable:
    """The table of summarize(): over rows in which its variable and those tabulated are known."""
    from ..expr.names import resolve_variable

    data = context.data
    name = resolve_variable(options["summarize"], data, options.spans["summarize"])
    column = data.columns[name]
    if not is_numeric(column.storage):
        raise StataError(f"string variables not allowed in varlist;\n{name} is a string variable", 109)
    keep = ~missing_rows(column)[rows]
    for each in names:
        if not options["missing"]:
            keep &= ~missing_rows(data.columns[each])[rows]
    rows, weights = rows[keep], weights[keep] if weights is not None else None
    sides, codes = [], []
    for each in names:
        mine, first = group_codes([data.columns[each]], rows)
        found = _categories(data, data.columns[each], first, bool(options["nolabel"]))
        sides.append(Side(data.columns[each].label or each, tuple(category.text for category in found)))
        codes.append(mine)
    shown = tuple(part for part in ("means", "standard", "freq", "obs") if _shows(options, part))
    return summary_table(column, numeric(column)[rows], weights, sides, codes, shown, bool(options["wrap"]))


def _shows(options: OptionValues, part: str) -> bool:
    """Whether a table of summarize() shows a part: those asked for, or, if none was, all not refused."""
    if any(options[name] for name in _OF_SUMMARY):
        return bool(options[part])
    refused = bool(options["nofreq"]) if part == "freq" else part in options.spans
    return not refused and part != "obs"


def _indicators(
    data: Dataset, column: Column, stub: str, categories: tuple[Category, ...], rows: np.ndarray, codes: np.ndarray
) -> Dataset:
    """The data with one indicator per category: missing outside the sample and where the variable is missing."""
    from ._shared.data import check_new_variable

    names = [f"{stub}{k}" for k in range(1, len(categories) + 1)]
    for name in names:
        check_new_variable(name, data)
    for k, (name, category) in enumerate(zip(names, categories, strict=True)):
        values = np.full(data.n, MISSING)
        values[rows[codes >= 0]] = (codes[codes >= 0] == k).astype(np.float64)
        plain = not column.value_label and isinstance(category.value, float) and math.isfinite(category.value)
        text = f"{category.value:10.4f}" if plain else category.text
        data = data.with_column(new_numeric(name, values, "byte", f"{column.name}=={text}"[:80]))
    return data


def _two_way(
    data: Dataset, names: tuple[str, ...], rows: np.ndarray, weights: np.ndarray | None, options: OptionValues
) -> TwoWay:
    keep = np.ones(len(rows), dtype=bool)
    if not options["missing"]:
        for name in names:
            keep &= ~missing_rows(data.columns[name])[rows]
    rows, weights = rows[keep], weights[keep] if weights is not None else None
    across, down = data.columns[names[1]], data.columns[names[0]]
    row_codes, row_first = group_codes([down], rows)
    column_codes, column_first = group_codes([across], rows)
    shape = len(row_first), len(column_first)
    if shape[0] > MOST_ROWS or shape[1] > MOST_COLUMNS:
        raise StataError("too many values", 134)
    counts = np.bincount(row_codes * shape[1] + column_codes, weights=weights, minlength=shape[0] * shape[1])
    table = counts.astype(np.float64).reshape(shape)
    nolabel = bool(options["nolabel"])
    result = TwoWay(
        names[0], names[1], down.label or names[0], across.label or names[1],
        _categories(data, down, row_first, nolabel), _categories(data, across, column_first, nolabel), table,
        contents=_contents(options), key=not options["nokey"], wrap=bool(options["wrap"]),
    )
    return _tested(result, options)


def _contents(options: OptionValues) -> tuple[str, ...]:
    shown = () if options["nofreq"] else ("frequency",)
    return (*shown, *(name for name in ("expected", "row", "column", "cell") if options[name]))


# ---- tests of independence -----------------------------------------------------------------------------------


def expected_counts(counts: np.ndarray) -> np.ndarray:
    """The counts that independence of rows and columns would give, shape (r, c)."""
    return np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()


def _tested(result: TwoWay, options: OptionValues) -> TwoWay:
    """``result`` with the statistics asked for; nan for a table with one row or column."""
    from ..engine.tails import chi2_tail

    counts = result.counts
    if counts.size and options["exact"] is not None:
        result = replace(result, exact=fisher_exact(counts), show_stages=not options["nolog"])
    if not counts.size or not (options["chi2"] or options["lrchi2"] or options["V"]):
        return result
    expected = expected_counts(counts)
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    pearson = float(((counts - expected) ** 2 / expected).sum()) if df else math.nan
    if options["chi2"]:
        result = replace(result, chi2=pearson, p=chi2_tail(pearson, df) if df else math.nan)
    if options["lrchi2"]:
        seen = counts > 0
        ratio = 2 * float((counts[seen] * np.log(counts[seen] / expected[seen])).sum()) if df else math.nan
        result = replace(result, chi2_lr=ratio, p_lr=chi2_tail(ratio, df) if df else math.nan)
    return replace(result, cramers_v=_cramers_v(counts, pearson)) if options["V"] else result


def _cramers_v(counts: np.ndarray, chi2: float) -> float:
    """Cramer's V; for a 2 x 2 table with the sign of the association, as Stata has it."""
    smaller = min(counts.shape) - 1
    v = math.sqrt(chi2 / (counts.sum() * smaller)) if smaller else math.nan
    if counts.shape == (2, 2) and counts[0, 0] * counts[1, 1] < counts[0, 1] * counts[1, 0]:
        return -v
    return v


# ---- layout --------------------------------------------------------------------------------------------------


@layout(OneWay)
def lay_out_one_way(result: OneWay, style: Style) -> Document:
    note = [result.note] if result.note else []
    if not result.counts:
        return page([*note, "no observations"])
    if not result.show:
        return page(note)
    return page([*note, *one_way_lines(result.title, [c.text for c in result.categories], result.counts)])


@layout(TwoWay)
def lay_out_two_way(result: TwoWay, style: Style) -> Document:
    note = [result.note] if result.note else []
    if not result.counts.size:
        return page([*note, "no observations"])
    lines = two_way_lines(result, expected_counts(result.counts), style) if result.contents else []
    return page([*note, *lines, *_statistics(result, style)])


def _statistics(result: TwoWay, style: Style) -> list[str]:
    df = (len(result.rows) - 1) * (len(result.columns) - 1)
    found = [
        (f"Pearson chi2({df})", result.chi2, result.p),
        (f"likelihood-ratio chi2({df})", result.chi2_lr, result.p_lr),
        ("Cram\u00e9r's V" if style.version >= 14 else "Cramer's V", result.cramers_v, None),
    ]
    lines = []
    for name, value, p in found:
        if value is not None:
            tail = f"   Pr = {f(p, 5, 3).rjust(5)}" if p is not None else ""
            lines.append(f"{name:>25} = {f(value, 8, 4).rjust(8)}{tail}")
    if result.exact is not None:
        name = "Fisher's exact"
        lines.append(f"{name:>25} = {f(result.exact.p, 5, 3):>21}")
        if not math.isnan(result.exact.one_sided):
            lines.append(f"{f'1-sided {name}':>25} = {f(result.exact.one_sided, 5, 3):>21}")
    return ["", *lines] if lines else []
