"""What margins prints: the header, the legend of at(), the table, and a note on effects of factors.

Up to version 16 labels are padded to a colon in column 14; from 17 on they are followed by it.
"""

from __future__ import annotations

from textwrap import wrap

from ..formats import count, g
from ..records import replace
from ..results.margins import AtGroup, AtValue, MarginsResult
from .coefficients import CoefficientTable, Section, coefficient_table
from .document import BLANK, Cell, Document, Line, Row, Rule, Style, Table, line
from .mixed_header import PAGE
from .names import Show

NOT_ESTIMABLE = "(not estimable)"
_DISCRETE = "Note: dy/dx for factor levels is the discrete change from the base level."
_CONSTANT = "Warning: prediction constant over observations."


def margins_document(result: MarginsResult, style: Style) -> Document:
    """Header, legend, table and note."""
    table = _table(result, style)
    notes = [line(_CONSTANT)] if result.constant else []
    after = [line(_DISCRETE.replace("dy/dx", result.derivatives))] if result.factors else []
    return Document((*notes, BLANK, *header(result, style, PAGE), BLANK, *table.blocks, *after))


# ---- header --------------------------------------------------------------------------------------------------


def header(result: MarginsResult, style: Style, width: int) -> list[Line]:
    """The title with the number of observations, what is predicted, and what the covariates are at."""
    lines = [_title(result, style, width)]
    if result.vce:
        lines.append(_labelled("Model VCE", result.vce, style))
    lines.append(BLANK)
    if not result.predictions:
        lines.append(_labelled("Expression", result.expression, style))
    if result.wrt:
        label = "dy/dx wrt" if style.version >= 17 else "dy/dx w.r.t."
        lines += _listed(label.replace("dy/dx", result.derivatives), result.wrt, style)
    lines += [_labelled(f"{k}._predict", text, style) for k, text in enumerate(result.predictions, start=1)]
    if result.over:
        lines += _listed("Over" if style.version >= 17 else "over", result.over, style)
    if result.points and not result.options.noatlegend:
        lines += legend(result, style)
    return lines


def _title(result: MarginsResult, style: Style, width: int) -> Line:
    if style.version >= 17:
        return line(result.title + f"Number of obs = {count(result.n, True)}".rjust(width - len(result.title)))
    if style.version >= 14:
        return line(f"{result.title:<48}Number of obs     = {count(result.n, True):>10}")
    return line(f"{result.title:<50}Number of obs   = {count(result.n, False):>10}")


def _label(label: str, style: Style) -> str:
    return f"{label + ':':<11} " if style.version >= 17 else f"{label:<13}: "


def _labelled(label: str, text: str, style: Style) -> Line:
    return line((f"{label}: " if style.version >= 17 else _label(label, style)) + text)


def _listed(label: str, names: tuple[str, ...], style: Style) -> list[Line]:
    """Names after a label, continued below the first when they do not fit on the line."""
    start = _label(label, style)
    found = wrap(" ".join(names), max(style.linesize - 1 - len(start), 20), break_long_words=False)
    return [line((start if k == 0 else " " * len(start)) + text) for k, text in enumerate(found)]


def legend(result: MarginsResult, style: Style) -> list[Line]:
    """What is fixed at each point; blank lines between points up to version 16 unless squished."""
    modern = style.version >= 17
    many = len(result.points) > 1
    values = [value for point in result.points for group in point for value in group.values]
    names, numbers = _widths(values, modern)
    lines: list[Line] = []
    for k, point in enumerate(result.points):
        start = _start(k + 1, len(result.points), style)
        body = _point(point, names, numbers)
        tall = len(body) > 1 or style.version < 14
        if many and not modern and not result.options.vsquish and (k == 0 or tall):
            lines.append(BLANK)
        lines += [line((start if i == 0 else " " * len(start)) + text) for i, text in enumerate(body)]
    return lines


def _start(number: int, points: int, style: Style) -> str:
    """What stands before a point: its number, unless it is the only one."""
    if style.version >= 17:
        return f"{number}._at: ".ljust(len(str(points)) + 6) if points > 1 else "At: "
    return _label(f"{number}._at" if points > 1 else "at", style)


def _widths(values: list[AtValue], modern: bool) -> tuple[int, int]:
    """The widths of names and numbers: fixed up to version 16, as needed from 17 on."""
    if not modern or not values:
        return 16, 12
    return max(len(value.name) for value in values) + 1, max(len(g(value.value).strip()) for value in values) + 1


def _point(point: tuple[AtGroup, ...], names: int, numbers: int) -> list[str]:
    lines = []
    for group in point:
        indent = "    " if group.names else ""
        if group.names:
            lines.append(" ".join(group.names))
        for value in group.values:
            remark = f" ({value.statistic})" if value.statistic else ""
            lines.append(f"{indent}{value.name:<{names}}={g(value.value).strip():>{numbers}}{remark}")
    return lines


# ---- table ---------------------------------------------------------------------------------------------------


def _table(result: MarginsResult, style: Style) -> Document:
    shown = [each for each in result.equations if each.rows or not each.name or style.version >= 14]
    first, *rest = shown
    table = CoefficientTable(
        "",
        first.rows,
        statistic="t" if result.df is not None else "z",
        level=result.level,
        labels=result.value_labels,
        title=result.derivatives or "Margin",
        vce="Delta-method",
        equation=first.name,
        sections=tuple(Section(each.name, each.rows) for each in rest),
        show=_show(result),
    )
    made = coefficient_table(table, style)
    bases = {each.name for each in shown if each.name and not each.rows}
    blocks = (_finished(block, bases) if isinstance(block, Table) else block for block in made.blocks)
    return Document(tuple(_narrowed(block, result) if isinstance(block, Table) else block for block in blocks))


def _show(result: MarginsResult) -> Show:
    asked = result.options
    return Show(
        vsquish=asked.vsquish, nolstretch=asked.nolstretch, coeflegend=asked.coeflegend, cformat=asked.cformat,
        pformat=asked.pformat, sformat=asked.sformat,
    )


# Right edges of the columns after the names: z and its heading, P>|z|; the ends of the interval, and where these move.
_TESTS, _INTERVAL = (32, 33, 41), {54: 38, 66: 50}


def _narrowed(table: Table, result: MarginsResult) -> Table:
    """The table without tests or without intervals, and as much narrower."""
    noci, nopvalues = result.options.noci, result.options.nopvalues
    if result.options.coeflegend or not (noci or nopvalues):
        return table
    width = table.bar - 2
    gone = (_TESTS if nopvalues else ()) + (tuple(_INTERVAL) if noci else ())
    end = width + (25 if noci and nopvalues else 41 if noci else 50)

    def kept(row: Row | Rule) -> Row | Rule:
        if isinstance(row, Rule):
            return row
        cells = [cell for cell in row.cells if cell.left or cell.edge - width not in gone]
        if nopvalues:
            moved = {width + before: width + after for before, after in _INTERVAL.items()}
            cells = [cell if cell.left else replace(cell, edge=moved.get(cell.edge, cell.edge)) for cell in cells]
        return replace(row, cells=tuple(cells))

    return replace(table, rows=tuple(kept(row) for row in table.rows), width=end)


def _finished(table: Table, bases: set[str]) -> Table:
    """The table with a remark beside base outcomes, and no number beside margins that are not estimable."""
    return replace(table, rows=tuple(_finished_row(row, table.bar, bases) for row in table.rows))


def _finished_row(row: Row | Rule, bar: int, bases: set[str]) -> Row | Rule:
    if isinstance(row, Rule):
        return row
    if row.heading and row.stub.strip() in bases:
        return Row(row.stub, (Cell("(base outcome)", bar + 3, left=True),))
    if any(cell.text == NOT_ESTIMABLE for cell in row.cells):
        return replace(row, cells=(replace(row.cells[0], text="."), *row.cells[1:]))
    return row


