"""The lower triangle of a symmetric matrix with a bar beside its row names; equations stand apart, between bars.

A column is two characters wider than its number format.  Columns that do not fit the page follow below.
"""

from __future__ import annotations

from itertools import groupby

from ..formats import abbreviate, format_number
from ..results.base import Matrix
from .document import BLANK, HEADING, PLAIN, RESULT, Line, Span, Style

STUB = 12


def symmetric_lines(matrix: Matrix, corner: str, fmt: str, style: Style, short: bool = False) -> list[Line]:
    """All panels of the matrix; ``corner`` stands above the row names; ``short``: rules end one character earlier."""
    width = len(format_number(0.5, fmt)) + 2
    fitting = max((style.linesize - STUB - 2) // width, 1)
    found: list[Line] = []
    for start in range(0, len(matrix.columns), fitting):
        columns = list(range(start, min(start + fitting, len(matrix.columns))))
        found += [BLANK] if start else []
        found += _panel(matrix, columns, corner, fmt, width, short)
    return found


def _panel(matrix: Matrix, columns: list[int], corner: str, fmt: str, width: int, short: bool) -> list[Line]:
    groups = [list(group) for _, group in groupby(columns, key=lambda j: matrix.columns[j].equation)]
    named = any(name.equation for name in matrix.columns)
    found = _headings(matrix, groups, corner, width, named)
    rule = "-" * (STUB + 1) + "+" + "+".join("-" * (width * len(group)) for group in groups)
    rule = rule[: len(rule) - short]
    previous = None
    for i, name in enumerate(matrix.rows):
        if i < columns[0]:
            continue
        if name.equation != previous or i == columns[0]:
            found.append(Line((Span(rule),)))
            previous = name.equation
            if named:
                blanks = "|".join(" " * (width * len(group)) for group in groups)
                found.append(Line((Span(f"{abbreviate(name.equation, STUB):<{STUB}} |{blanks}", PLAIN),)))
        cells = "|".join("".join(_cell(matrix, i, j, fmt, width) for j in group) for group in groups)
        found.append(Line((Span(f"{abbreviate(name.name, STUB):>{STUB}} |"), Span(cells, RESULT))))
    return found


def _cell(matrix: Matrix, i: int, j: int, fmt: str, width: int) -> str:
    text = format_number(float(matrix.values[i, j]), fmt).strip() if j <= i else ""
    return f"{text:>{width - 1}} "


def _headings(matrix: Matrix, groups: list[list[int]], corner: str, width: int, named: bool) -> list[Line]:
    """Equations, operators of factor variables (``2.``), and names, each on a line of its own."""
    found = []
    if named:
        heads = (abbreviate(matrix.columns[g[0]].equation, width * len(g) - 1) for g in groups)
        texts = (f" {head:<{width * len(g) - 1}}" for head, g in zip(heads, groups, strict=True))
        found.append(f"{'':{STUB}} |" + "|".join(texts))
    split = {j: _split(matrix.columns[j].name) for group in groups for j in group}
    if any(operator for operator, _ in split.values()):
        cells = ("".join(f"{split[j][0]:>{width}}" for j in group) for group in groups)
        found.append(f"{'':{STUB}} |" + "|".join(cells))
    cells = ("".join(f"{abbreviate(split[j][1], width - 2):>{width - 1}} " for j in group) for group in groups)
    found.append(f"{corner:>{STUB}} |" + "|".join(cells))
    return [Line((Span(text, HEADING),)) for text in found]


def _split(name: str) -> tuple[str, str]:
    """``2.`` and ``schgend``; an interaction keeps its last variable below."""
    if "#" in name:
        first, _, last = name.rpartition("#")
        return first + "#", last
    operator, dot, variable = name.rpartition(".")
    return operator + dot, variable
