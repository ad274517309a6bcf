"""What bootstrap and jackknife print: a dot for each replication, the header, and the table with its own heading."""

from __future__ import annotations

import math
from textwrap import wrap

from ..formats import count, f, g
from ..records import replace
from ..results.posted import EquationRows
from ..results.resample import ResampleResult, Resampling
from .coefficients import CoefficientTable, Section, coefficient_table
from .document import BLANK, Cell, Document, Line, Row, Rule, Style, Table, line

_RULER = "----+--- 1 ---+--- 2 ---+--- 3 ---+--- 4 ---+--- 5 "
_TOP = 50                             # dots to a line
_WARNING = (
    "Because {name} is not an estimation command or does not set e(sample), {kind} has no way to determine which "
    "observations are used in calculating the statistics and so assumes that all observations are used.  This means "
    "that no observations will be excluded from the resampling because of missing values or other reasons.",
    "If the assumption is not true, press Break, save the data, and drop the observations that are to be excluded.  "
    "Be sure that the dataset in memory contains only the relevant data.",
)
_MODERN_WARNING = (
    "{name} does not set e(sample), so no observations will be excluded from the resampling because of missing values "
    "or other reasons. To exclude observations, press Break, save the data, drop any observations that are to be "
    "excluded, and rerun {kind}.",
)


def resample_document(result: ResampleResult, style: Style) -> Document:
    """Everything that bootstrap or jackknife prints."""
    lines: list[Line] = [running(result)]
    if not result.estimation and not result.nowarn:
        lines += warning(result, style)
    if result.dots:
        lines += dots(result, style)
    if not result.noheader:
        lines += [BLANK, *header(result, style)]
        if result.statistics and not result.nolegend:
            lines += [BLANK, *legend(result, style)]
    if result.notable:
        return Document(tuple(lines))
    return Document((*lines, BLANK, *table(result, style).blocks, *incomplete(result)))


def progress(result: ResampleResult | Resampling, style: Style) -> list[Line]:
    """What stands above the output of a command: that it is run, and the dots."""
    return [running(result), *(dots(result, style) if result.dots else [])]


def resampled_table(table: CoefficientTable, resampling: Resampling, style: Style) -> list[Line | Table]:
    """A command's own table of coefficients under the words of the method, and what is to be said of lost runs."""
    title = table.title.lower() if style.version >= 17 and table.title != "IRR" else table.title
    if not title and style.version >= 17:
        title = "coefficient"
    above = based_on(resampling, style)
    if table.show.coeflegend:
        return [*coefficient_table(replace(table, above=above), style).blocks, *incomplete(resampling)]
    full = replace(table, vce=resampling.kind.capitalize(), title=title, above=above)
    return [*headed(coefficient_table(full, style), resampling.kind, style).blocks, *incomplete(resampling)]


def running(result: ResampleResult | Resampling) -> Line:
    """That the command is run on the data."""
    return line(f"(running {result.name} on estimation sample)")


def warning(result: ResampleResult, style: Style) -> list[Line]:
    """That nobody knows which observations the command used."""
    modern = style.version >= 17
    start = "warning: " if modern else "Warning:  "
    width = max(style.linesize - 1 - len(start), 20)
    lines: list[Line] = [BLANK]
    for k, text in enumerate(_MODERN_WARNING if modern else _WARNING):
        found = wrap(text.format(name=result.name, kind=result.kind), width, fix_sentence_endings=not modern)
        lines += [BLANK] if k else []
        lines += [line((start if k == i == 0 else " " * len(start)) + each) for i, each in enumerate(found)]
    return lines


def dots(result: ResampleResult | Resampling, style: Style) -> list[Line]:
    """A dot for each replication, x for one that failed; from 18 on in one line with the tens between them."""
    reps = count(len(result.failed), style.version >= 17)
    title = f"{result.kind.capitalize()} replications ({reps})"
    marks = ["x" if each else "." for each in result.failed]
    if style.version >= 18:
        text = "".join(str(k) if k % 10 == 0 else mark for k, mark in enumerate(marks, start=1))
        return [BLANK, *(line(each) for each in wrap(f"{title}: {text} done", style.linesize - 1))]
    rows = ["".join(marks[at : at + _TOP]) for at in range(0, len(marks), _TOP)]
    shown = [f"{row}{(k + 1) * _TOP:>6}" if len(row) == _TOP else row for k, row in enumerate(rows)]
    return [BLANK, line(title), line(_RULER), *(line(row) for row in shown)]


# ---- header --------------------------------------------------------------------------------------------------


def header(result: ResampleResult, style: Style) -> list[Line]:
    """The title, the numbers of observations and replications, and for a model its test and fit."""
    commas = style.version >= 14
    title = result.title or f"{result.kind.capitalize()} results"
    right = [("Number of obs", count(result.n, commas))]
    right += drawn(result, commas)
    right += _test(result, commas)
    ll = float("nan") if result.test is None else result.test.ll
    left = "" if math.isnan(ll) else f"Log likelihood = {g(ll, 10).rjust(10)}"
    return header_block(title, right, left, style)


def header_block(title: str, right: list[tuple[str, str]], last: str, style: Style) -> list[Line]:
    """The title with a block of labels and values to its right, and ``last`` on its last line."""
    if style.version >= 17:
        labels, values = max(len(label) for label, _ in right), max(len(text) for _, text in right)
        block = [f"{label:<{labels}} = {text:>{values}}" for label, text in right]
    else:
        label_width, width = (18, 11) if style.version >= 14 else (19, 10)
        block = [f"{label:<{label_width}}={text:>{width}}" for label, text in right]
    left = [title] + [""] * (len(block) - 2) + [last]
    pad = 78 - len(block[0])
    return [line(f"{start:<{pad}}{text}") for start, text in zip(left, block, strict=True)]


def drawn(result: ResampleResult | Resampling, commas: bool) -> list[tuple[str, str]]:
    """How many complete replications there are, and how many clusters the jackknife has left out."""
    out = [("Replications", count(len(result.replicates), commas))]
    if result.clusters and result.kind == "jackknife":
        out.insert(0, ("Number of clusters", count(result.clusters, commas)))
    return out


def _test(result: ResampleResult, commas: bool) -> list[tuple[str, str]]:
    test = result.test
    if test is None:
        return []
    if result.df is None:
        lines = [(f"Wald chi2({test.df})", f(test.statistic, 9, 2).strip()), ("Prob > chi2", _p(test.p))]
    else:
        df = int(result.df)
        label = f"F({test.df}, {df})" if commas else f"F({test.df:4d},{df:7d})"
        lines = [(label, f(test.statistic, 9, 2).strip()), ("Prob > F", _p(test.p))]
    return lines + [(label, f(value, 10, decimals).strip()) for label, value, decimals in test.lines]


def _p(value: float) -> str:
    return "." if math.isnan(value) else f(value, 6, 4).strip()


def legend(result: ResampleResult, style: Style) -> list[Line]:
    """The command, and each expression with its name, after labels that end in column 13."""
    modern = style.version >= 17
    rows = [("Command" if modern else "command", result.command), *result.statistics]
    return [line(f"{label:>13}:{' ' if modern else '  '}{text}") for label, text in rows]


# ---- table ---------------------------------------------------------------------------------------------------


def table(result: ResampleResult, style: Style) -> Document:
    """The coefficient table under the words of the method."""
    first, *rest = [_plain(each, bool(result.statistics)) for each in result.equations]
    made = coefficient_table(
        CoefficientTable(
            result.depvar,
            first.rows,
            statistic="z" if result.df is None else "t",
            level=result.level,
            labels=result.value_labels,
            title="coefficient" if style.version >= 17 else "",
            vce=result.kind.capitalize(),
            above=based_on(result, style),
            equation=first.name if rest else "",
            sections=tuple(Section(each.name, each.rows) for each in rest),
        ),
        style,
    )
    return headed(made, result.kind, style)


def _plain(equation: EquationRows, expressions: bool) -> EquationRows:
    """Expressions have names that are no variables, so they are shown as they stand."""
    if not expressions:
        return equation
    return EquationRows(equation.name, tuple(replace(row, term=row.stripe) for row in equation.rows))


def based_on(result: ResampleResult | Resampling, style: Style) -> str:
    """The line over the table that says how many clusters were drawn from."""
    if not result.clusters:
        return ""
    return f"(Replications based on {count(result.clusters, style.version >= 14)} clusters in {result.cluster})"


def headed(made: Document, kind: str, style: Style) -> Document:
    """A table of coefficients with ``Observed``, ``Bootstrap`` and ``Normal-based`` over its columns."""
    bootstrap = kind == "bootstrap"
    return Document(
        tuple(_headed(block, bootstrap, style) if isinstance(block, Table) else block for block in made.blocks)
    )


def _headed(block: Table, bootstrap: bool, style: Style) -> Table:
    rows: list[Row | Rule] = list(block.rows)
    over, below = rows[1], rows[2]
    assert isinstance(over, Row) and isinstance(below, Row)
    width = block.bar - 2
    if bootstrap:
        cells = (Cell("Observed", width + 13), *over.cells, Cell("Normal-based", width + 62))
        rows[1] = replace(over, cells=cells)
    if style.version >= 17:
        edge = width + (14 if below.cells[0].text == "coefficient" else 13)
        rows[2] = replace(below, cells=(replace(below.cells[0], edge=edge), *below.cells[1:]))
    return replace(block, rows=tuple(rows))


def incomplete(result: ResampleResult | Resampling) -> list[Line]:
    """That some replications gave nothing."""
    lost = sum(result.failed)
    if not lost:
        return []
    what = "replicates" if lost > 1 else "replicate"
    return [
        line(f"Note: One or more parameters could not be estimated in {lost} {result.kind} {what};"),
        line("      standard-error estimates include only complete replications."),
    ]
