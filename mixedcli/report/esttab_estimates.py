"""estimates table: coefficients of several models under Stata's names, and statistics below them.

A column is three characters wider than the number format (and as much wider as stars need); names of models are
centred.  Tables wider than the page go on below, two blank lines apart.
"""

from __future__ import annotations

import math

from ..formats import abbreviate, format_number
from ..records import record
from ..results.coefficients import CoefficientRow
from ..results.esttab import EquationBlock, EstimatesTable, ModelColumn, row_key, value_of
from ..results.stripe import Term, read_term
from .document import BLANK, Cell, Document, Line, Row, Rule, Style, Table, line
from .names import Show, blocks, name_lines

STATISTICS = "Statistics"


@record
class _Frame:
    """``width`` of a column, ``number`` of the characters up to a number's right edge, ``bar``: column of the bar."""

    width: int
    number: int
    bar: int
    varwidth: int


def estimates_table_document(result: EstimatesTable, style: Style) -> Document:
    """The table, in as many panels as the page needs."""
    frame = _frame(result)
    fitting = max((style.linesize - frame.bar) // frame.width, 1)
    parts: list[Line | Table] = [BLANK, *([line(result.title), BLANK] if result.title else [])]
    for start in range(0, len(result.models), fitting):
        parts += [BLANK, BLANK] if start else []
        parts += _panel(result, result.models[start : start + fitting], frame, style)
    return Document(tuple(parts))


def _frame(result: EstimatesTable) -> _Frame:
    formats = (fmt for _, fmt in result.shown)
    number = max(len(format_number(0.5, fmt)) for fmt in formats)
    stars = 3 if result.stars else 0
    return _Frame(number + 3 + stars, number + 1, result.varwidth + 2, result.varwidth)


def _panel(
    result: EstimatesTable, models: tuple[ModelColumn, ...], frame: _Frame, style: Style
) -> list[Line | Table]:
    width = frame.bar + frame.width * len(models)
    names = tuple(_name_cell(model, i, frame, style) for i, model in enumerate(models))
    rows: list[Row | Rule] = [Rule(), Row("Variable".rjust(frame.varwidth) + " ", names, heading=True)]
    headed = any(block.name for block in result.equations)
    for block in result.equations:
        rows += [Rule(joint=True), *_block(block, result, models, frame, style)]
    if result.statistics:
        rows.append(Rule(joint=True))
        rows += [Row(STATISTICS, _pads(len(models), frame), heading=True)] if headed else []
        rows += _statistics(result, models, frame)
    table = Table((*rows, Rule()), width, frame.bar, name="estimates table")
    legend = _legend(result, style)
    return [table, *([line(legend.rjust(width))] if legend else [])]


def _name_cell(model: ModelColumn, place: int, frame: _Frame, style: Style) -> Cell:
    name = abbreviate(model.name, min(frame.width - 3, 12)) or ("Active" if style.version >= 17 else "active")
    left = (frame.width - 1 - len(name)) // 2
    return Cell(" " * left + name + " " * (frame.width - left - len(name)), frame.bar + frame.width * (place + 1))


def _cell(text: str, place: int, frame: _Frame, stars: str = "") -> Cell:
    """A number at its place, the stars after it, and blanks to the end of the column."""
    text = (text.rjust(frame.number) + stars).ljust(frame.width)
    return Cell(text, frame.bar + frame.width * (place + 1))


def _pads(count: int, frame: _Frame) -> tuple[Cell, ...]:
    return tuple(_cell("", i, frame) for i in range(count))


def _block(
    block: EquationBlock, result: EstimatesTable, models: tuple[ModelColumn, ...], frame: _Frame, style: Style
) -> list[Row]:
    """The rows of an equation under its name, factors under theirs."""
    pads = _pads(len(models), frame)
    rows = [Row(abbreviate(block.name, frame.varwidth), pads)] if block.name else []
    labels = result.value_labels if style.version >= 13 else {}
    found = blocks([CoefficientRow(_term(name)) for name in block.rows], labels, Show())
    for each in name_lines(found, labels, frame.varwidth):
        if each.row is None:
            rows.append(Row(each.stub, pads))
            continue
        rows += _numbers(each.stub, row_key(block.key, each.row.stripe), result, models, frame)
    return rows


def _term(name: str) -> Term | str:
    """A term; what stands for a parameter (``/cut1``) is a plain label."""
    return name if name.startswith("/") else read_term(name)


def _numbers(
    stub: str, key: str, result: EstimatesTable, models: tuple[ModelColumn, ...], frame: _Frame
) -> list[Row]:
    rows = []
    for line_number, (part, fmt) in enumerate(result.shown):
        cells = []
        for place, model in enumerate(models):
            row = model.rows.get(key)
            text, stars = "", ""
            if row is not None:
                text = _text(row, part, fmt)
                stars = _stars(row, result) if part == "b" else ""
            cells.append(_cell(text, place, frame, stars))
        rows.append(Row(stub if line_number == 0 else "", tuple(cells)))
    return rows


def _text(row: CoefficientRow, part: str, fmt: str) -> str:
    """A coefficient that was not estimated is ``(omitted)`` or ``(empty)``, and has nothing below it."""
    if row.status in ("omitted", "empty"):
        return f"({row.status})" if part == "b" else ""
    value = value_of(row, part)
    return "" if math.isnan(value) else format_number(value, fmt).strip()


def _stars(row: CoefficientRow, result: EstimatesTable) -> str:
    return "" if math.isnan(row.p) else "*" * sum(row.p < level for level in result.stars)


def _statistics(result: EstimatesTable, models: tuple[ModelColumn, ...], frame: _Frame) -> list[Row]:
    rows = []
    for each in result.statistics:
        cells = []
        for place, model in enumerate(models):
            value = model.statistics.get(each.name, math.nan)
            cells.append(_cell("" if math.isnan(value) else format_number(value, each.format).strip(), place, frame))
        rows.append(Row(abbreviate(each.name, frame.varwidth).rjust(frame.varwidth) + " ", tuple(cells)))
    return rows


def _legend(result: EstimatesTable, style: Style) -> str:
    word = "Legend" if style.version >= 17 else "legend"
    if result.stars:
        if result.stars == (0.05, 0.01, 0.001):
            return f"{word}: * p<0.05; ** p<0.01; *** p<0.001"
        levels = (f"{level:g}".removeprefix("0") for level in result.stars)
        return f"{word}: " + "; ".join(f"{'*' * i} p<{level}" for i, level in enumerate(levels, start=1))
    parts = [part for part, _ in result.shown]
    return f"{word}: {'/'.join(parts)}" if len(parts) > 1 else ""
