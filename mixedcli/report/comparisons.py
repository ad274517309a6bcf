"""What pwcompare and contrast print, and margins with pwcompare.

Columns as in a coefficient table of which only some are shown: with p-values the table ends after them, with intervals
alone they move up to the standard errors.
"""

from __future__ import annotations

from textwrap import wrap

from ..formats import f, g
from ..records import replace
from ..results.coefficients import CoefficientRow
from ..results.comparisons import Comparisons, ContrastResult, GroupBlock, PwcompareResult, WaldBlock, WaldRow
from ..results.margins import MarginsResult
from .coefficients import interval_heading, se_heading, vce_cell
from .document import BLANK, Cell, Document, Line, Row, Rule, Style, Table, line
from .margins import header
from .names import NARROWEST

_METHODS = {"noadjust": "Unadjusted", "bonferroni": "Bonferroni", "sidak": "Sidak", "scheffe": "Scheffe"}


def pwcompare_document(result: PwcompareResult, style: Style) -> Document:
    """Title and legend, the number of comparisons where it matters, and the table."""
    found = result.comparisons
    width = _name_width(found)
    blocks: list[Line | Table] = [BLANK]
    if result.margins is None:
        blocks += _heading("Pairwise comparisons of marginal linear predictions", style)
    else:
        blocks += [*_margins_header("Pairwise comparisons of", result.margins, style), BLANK]
    if found.method != "noadjust":
        blocks += [_numbers(found, width, style), BLANK]
    vce = "Delta-method" if result.margins is not None else ""
    if result.groups:
        width = max([NARROWEST, *(len(text) for block in result.groups for text in _group_names(block))])
        return Document((*blocks, _groups(result, width, style, vce), *_shared(result, width)))
    return Document((*blocks, _table(found, width, style, vce, _METHODS[found.method])))


def contrast_document(result: ContrastResult, style: Style) -> Document:
    """The tests, then the contrasts with their intervals."""
    found = result.comparisons
    names = [len(block.name) for block in result.tests]
    labels = [len(row.label) + 1 for block in result.tests for row in block.rows if not block.single]
    width = max([_name_width(found), *names, *labels])
    blocks: list[Line | Table] = [BLANK]
    if result.margins is None:
        blocks += _heading("Contrasts of marginal linear predictions", style)
    else:
        blocks += [*_margins_header("Contrasts of", result.margins, style), BLANK]
    if result.wald:
        blocks.append(_tests(result, width))
    if result.effects:
        blocks += [BLANK] if result.wald else []
        if found.method != "noadjust":
            blocks += [_numbers(found, width, style), BLANK]
        method = _METHODS[found.method] if found.method != "noadjust" else ""
        blocks.append(_table(found, width, style, "Delta-method" if result.margins is not None else "", method))
    return Document(tuple(blocks))


def _margins_header(words: str, margins: MarginsResult, style: Style) -> list[Line]:
    """That of margins, its title after ``words``."""
    return header(replace(margins, title=f"{words} {margins.title[0].lower()}{margins.title[1:]}"), style, 78)


def _heading(title: str, style: Style) -> list[Line]:
    margins = "Margins: asbalanced" if style.version >= 17 else "Margins      : asbalanced"
    return [line(title), BLANK, line(margins), BLANK]


def _name_width(found: Comparisons) -> int:
    labels = [len(str(row.term)) + 1 for block in found.blocks for row in block.rows]
    return max([NARROWEST, *labels, *(len(block.name) for block in found.blocks)])


# ---- the table of comparisons ----------------------------------------------------------------------------------


def _table(found: Comparisons, width: int, style: Style, vce: str, method: str) -> Table:
    end = width + (66 if found.ci and found.pv else 50 if found.ci else 41)
    rows: list[Row | Rule] = [Rule()]
    above = [vce_cell(vce, width + 2)] if vce else []
    above += _methods(found, width, method) if method else []
    if above:
        rows.append(Row("", tuple(above), heading=True))
    rows += [Row("", _titles(found, width, end, style, bool(vce)), heading=True), Rule(joint=True)]
    for k, block in enumerate(found.blocks):
        if block.equation and (not k or found.blocks[k - 1].equation != block.equation):
            rows.append(Row(block.equation, heading=True))
        elif k:
            rows.append(Row(""))
        rows.append(Row(block.name.rjust(width) + " ", heading=True))
        rows += [Row(f"{row.term}".rjust(width - 1) + "  ", _numbers_of(row, found, width, end)) for row in block.rows]
    return Table((*rows, Rule()), end, width + 2, name="comparisons")


def _group_names(block: GroupBlock) -> list[str]:
    return [block.name, *(f"{row.term} " for row in block.rows)]


def _groups(result: PwcompareResult, width: int, style: Style, vce: str) -> Table:
    """The means, and the letters of the groups that they are in."""
    end = width + 37
    above = [vce_cell(vce, width + 2)] if vce else []
    groups = "groups" if style.version >= 17 else "Groups"
    titles = (Cell("Margin", width + 13), Cell(se_heading(style, bool(vce)), width + 25), Cell(groups, end))
    rows: list[Row | Rule] = [
        Rule(), Row("", (*above, Cell(_METHODS[result.comparisons.method], end)), heading=True),
        Row("", titles, heading=True), Rule(joint=True),
    ]
    for k, block in enumerate(result.groups):
        if block.equation and not k:
            rows.append(Row(block.equation, heading=True))
        elif k:
            rows.append(Row(""))
        rows.append(Row(block.name.rjust(width) + " ", heading=True))
        for row, code in zip(block.rows, block.codes, strict=True):
            numbers = (Cell(g(row.b), width + 13), Cell(g(row.se), width + 24), Cell(code, end))
            rows.append(Row(f"{row.term}".rjust(width - 1) + "  ", numbers))
    return Table((*rows, Rule()), end, width + 2, name="groups")


def _shared(result: PwcompareResult, width: int) -> list[Line]:
    alpha = g(100 - result.comparisons.level).strip()
    text = f"Margins sharing a letter in the group label are not significantly different at the {alpha}% level."
    return [line(each) for each in wrap(f"Note: {text}", width + 37, subsequent_indent=" " * 6)]


def _methods(found: Comparisons, width: int, method: str) -> list[Cell]:
    """What p-values and intervals are, over each of them."""
    shift = (10 - len(method)) // 2
    starts = ([width + 31] if found.pv else []) + ([width + (52 if found.pv else 36)] if found.ci else [])
    return [Cell(method, start + shift, left=True) for start in starts]


def _titles(found: Comparisons, width: int, end: int, style: Style, below: bool) -> tuple[Cell, ...]:
    statistic = "t" if found.df is not None else "z"
    cells = [Cell("Contrast", width + 13), Cell(se_heading(style, below), width + 25)]
    if found.pv:
        cells += [Cell(statistic, width + 32), Cell(f"P>|{statistic}|", width + 41)]
    return (*cells, *([Cell(interval_heading(found.level, style), end)] if found.ci else []))


def _numbers_of(row: CoefficientRow, found: Comparisons, width: int, end: int) -> tuple[Cell, ...]:
    if row.note:
        return (Cell(".", width + 13), Cell(row.note, width + 16, left=True))
    cells = [Cell(g(row.b), width + 13), Cell(g(row.se), width + 24)]
    if found.pv:
        cells += [Cell(f(row.statistic, 8, 2), width + 33), Cell(f(row.p, 5, 3), width + 41)]
    return (*cells, *([Cell(g(row.lo), end - 12), Cell(g(row.hi), end)] if found.ci else []))


def _numbers(found: Comparisons, width: int, style: Style) -> Table:
    """How many comparisons each term has."""
    below = "comparisons" if style.version >= 17 else "Comparisons"
    rows: list[Row | Rule] = [
        Rule(), Row("", (Cell("Number of", width + 14),), heading=True), Row("", (Cell(below, width + 14),), heading=True),
        Rule(joint=True),
        *(Row(block.name.rjust(width) + " ", (Cell(str(len(block.rows)), width + 14),)) for block in found.blocks),
        Rule(),
    ]
    return Table(tuple(rows), width + 15, width + 2, name="numbers")


# ---- tests -----------------------------------------------------------------------------------------------------


def _tests(result: ContrastResult, width: int) -> Table:
    name = "chi2" if result.comparisons.df is None else "F"
    edges = (width + 13, width + 25, width + 36)
    heading = zip(("df", name, f"P>{name}"), edges, strict=True)
    rows: list[Row | Rule] = [Rule(), Row("", tuple(Cell(*each) for each in heading), heading=True), Rule(joint=True)]
    if result.equation:
        rows.append(Row(result.equation, heading=True))
    for k, block in enumerate(result.tests):
        rows += [Row("")] if k else []
        rows += _test_rows(block, width, edges)
    if result.comparisons.df is not None:
        df = g(result.comparisons.df)
        rows += [Row(""), Row("Denominator".rjust(width) + " ", (Cell(df, edges[0]),))]
    return Table((*rows, Rule()), width + 36, width + 2, name="tests")


def _test_rows(block: WaldBlock, width: int, edges: tuple[int, int, int]) -> list[Row]:
    if block.single:
        return [Row(block.name.rjust(width) + " ", _test_cells(block.rows[0], edges))]
    named = [Row(row.label.rjust(width - 1) + "  ", _test_cells(row, edges)) for row in block.rows]
    return [Row(block.name.rjust(width) + " ", heading=True), *named]


def _test_cells(row: WaldRow, edges: tuple[int, int, int]) -> tuple[Cell, ...]:
    if not row.df:
        return (Cell("(not testable)", edges[0] - 9, left=True),)
    texts = (str(row.df), f(row.statistic, 8, 2), f(row.p, 6, 4))
    return tuple(Cell(text, edge) for text, edge in zip(texts, edges, strict=True))
