"""The coefficient table of any estimation command.

The name column is ``w`` wide (12 unless names stretch it), the bar stands at ``w + 2``, the table is ``w + 66`` wide.
From version 17 on the headings read ``Coefficient``, ``Std. err.`` and ``conf. interval``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from .. import formats
from ..formats import f, g
from ..records import field, record
from ..results.coefficients import CoefficientRow
from .document import Cell, Document, Line, Row, Rule, Style, Table, line
from .names import NARROWEST, Block, Labels, NameLine, Show, blocks, name_lines, name_width

__all__ = ["CoefficientRow", "CoefficientTable", "Section", "Show", "adjusted_for_clusters", "coefficient_table"]

_NOTES = {"omitted": "(omitted)", "empty": "(empty)", "base": "(base)"}
_FIRST_WITH_LABELS = 13              # older versions print the numbers of levels, labelled or not


@record
class Section:
    """Rows below an inner rule: an equation with its name, or ``/`` parameters with none."""

    name: str
    rows: tuple[CoefficientRow, ...]


@record
class CoefficientTable:
    """What a coefficient table shows.

    ``equation`` names the equation of ``rows`` ("" prints no name).  ``statistic``: ``z`` or ``t``.  ``title`` stands
    over the coefficients ("" for the version's own word, else ``Odds ratio`` and the like).  ``vce`` is the word over
    the standard errors (``Robust``), ``above`` the line over the table.  ``stretch``: more names that widen the name
    column.  ``level``: confidence level in percent.
    """

    depvar: str
    rows: tuple[CoefficientRow, ...]
    statistic: str = "z"
    level: float = 95
    labels: Labels = field(default_factory=dict)
    title: str = ""
    vce: str = ""
    above: str = ""
    equation: str = ""
    sections: tuple[Section, ...] = ()
    stretch: tuple[str, ...] = ()
    show: Show = field(default_factory=Show)


def coefficient_table(table: CoefficientTable, style: Style) -> Document:
    """The table with its rules, and the line above it if there is one."""
    labels: Mapping[str, Mapping[int, str]] = table.labels if style.version >= _FIRST_WITH_LABELS else {}
    sections = [Section(table.equation, table.rows), *table.sections]
    found = [blocks(section.rows, labels, table.show) for section in sections]
    others = (table.depvar, *(section.name for section in sections), *table.stretch)
    width = NARROWEST
    if not table.show.nolstretch:
        width = name_width([block for each in found for block in each], labels, others, style.linesize)
    rows: list[Row | Rule] = [Rule(), *_headings(table, style, width), Rule(joint=True)]
    for i, (section, mine) in enumerate(zip(sections, found, strict=True)):
        if i:
            rows.append(Rule(joint=True))
        rows += _section(section.name, mine, labels, width, table.show)
    rows.append(Rule())
    body = Table(tuple(rows), width + 66, width + 2, name="coefficients")
    above: tuple[Line, ...] = (line(table.above.rjust(width + 66)),) if table.above else ()
    return Document((*above, body))


def adjusted_for_clusters(n: int, name: str, style: Style) -> str:
    """The line over a table with clustered standard errors."""
    word = "Std. Err." if style.version < 17 else "Std. err."
    return f"({word} adjusted for {formats.count(n, style.version >= 14)} clusters in {name})"


def interval_heading(level: float, style: Style) -> str:
    """``[95% Conf. Interval]``, with whatever digits the level has."""
    words = "Conf. Interval" if style.version < 17 else "conf. interval"
    return f"[{level:g}% {words}]"


def se_heading(style: Style, below: bool = False) -> str:
    """``Std. Err.``; ``below`` says that it stands below another word (``Robust``), when 17 writes it small."""
    if style.version < 17:
        return "Std. Err."
    return "std. err." if below else "Std. err."


def vce_cell(word: str, stub: int) -> Cell:
    """The word over the standard errors; ``stub`` is the column of the bar."""
    return Cell(word, stub + 14 + (11 - len(word)) // 2, left=True)


def number(value: float, fmt: str) -> str:
    """An estimate in the format asked for, else as ``%9.0g``."""
    return formats.format_number(value, fmt).strip() if fmt else g(value)


def _headings(table: CoefficientTable, style: Style, width: int) -> list[Row]:
    title = table.title or ("Coef." if style.version < 17 else "Coefficient")
    edge = width + (14 if title == "Coefficient" else 13)
    stub = formats.abbreviate(table.depvar, width).rjust(width) + " "
    if table.show.coeflegend:
        return [Row(stub, (Cell(title, edge), Cell("Legend", edge + 3, left=True)), heading=True)]
    rows = []
    if table.vce:
        rows.append(Row("", (vce_cell(table.vce, width + 2),), heading=True))
    cells = (
        Cell(title, edge),
        Cell(se_heading(style, bool(table.vce)), width + 25),
        Cell(table.statistic, width + 32),
        Cell(f"P>|{table.statistic}|", width + 41),
        Cell(interval_heading(table.level, style), width + 66),
    )
    return [*rows, Row(stub, cells, heading=True)]


def _section(name: str, found: list[Block], labels: Labels, width: int, show: Show) -> list[Row | Rule]:
    rows: list[Row | Rule] = []
    if name:
        rows.append(Row(formats.abbreviate(name, width), heading=True))
    rows += [_row(each, name, width, show) for each in name_lines(found, labels, width, show.vsquish)]
    return rows


def _row(each: NameLine, equation: str, width: int, show: Show) -> Row:
    return Row(each.stub, number_cells(each.row, equation, width, show) if each.row is not None else ())


def number_cells(row: CoefficientRow, equation: str, width: int, show: Show) -> tuple[Cell, ...]:
    """The numbers of a coefficient, or how to refer to it; a row with a note shows the coefficient and the note."""
    note = row.note or _NOTES.get(row.status, "")
    if not note and show.coeflegend:
        note = f"_b[{equation}:{row.stripe}]" if equation else f"_b[{row.stripe}]"
    if note:
        value = number(0.0 if math.isnan(row.b) else row.b, show.cformat)
        return (Cell(value, width + 13), Cell(note, width + 16, left=True))
    numbers = zip((row.b, row.se, row.lo, row.hi), (13, 24, 54, 66), strict=True)
    estimate, se, lo, hi = (Cell(number(value, show.cformat), width + edge) for value, edge in numbers)
    return (estimate, se, *(_test(row, width, show) if row.tested else ()), lo, hi)


def _test(row: CoefficientRow, width: int, show: Show) -> tuple[Cell, Cell]:
    """The statistic and its p-value."""
    statistic = number(row.statistic, show.sformat) if show.sformat else f(row.statistic, 8, 2)
    p = number(row.p, show.pformat) if show.pformat else f(row.p, 5, 3)
    return Cell(statistic, width + 33), Cell(p, width + 41)
