"""matrix list.

All columns have one width, that of the longest name or number, and stand two blanks apart.  Names are cut to twelve
characters.  Equation names stand above the column names, their colon one column further right.  Columns that do not fit
the page follow below, with the row names again.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..formats import abbreviate, format_number, missing_text
from ..records import record
from ..results.base import Matrix
from ..results.postest import MatrixListing
from ..results.stripe import StripeName
from .document import BLANK, RESULT, Document, Line, Span, Style, line

LONGEST = 12
_DOT_Z = ".z"


@record
class _Grid:
    """What is printed: ``texts`` of the elements, names as they are stacked, and the widths."""

    texts: list[list[str]]
    rows: tuple[str, ...]
    stacks: tuple[tuple[str, ...], ...]
    equations: tuple[str, ...]
    stub: int
    width: int
    lower: bool


def matrix_document(result: MatrixListing, style: Style) -> Document:
    """matrix list: size, column names, and the elements (the lower triangle of a symmetric matrix)."""
    matrix = result.matrix
    symmetric = is_symmetric(matrix)
    grid = _grid(result, symmetric and not result.full)
    fitting = max((style.linesize - 1 - grid.stub) // (grid.width + 2), 1)
    blocks: list[Line] = [] if result.no_blank else [BLANK]
    if result.header:
        title = f":  {result.title}" if result.title else ""
        size = f"{result.name}[{len(matrix.rows)},{len(matrix.columns)}]"
        blocks.append(line(f"{'symmetric ' if symmetric else ''}{size}{title}"))
    for start in range(0, len(matrix.columns), fitting):
        shown = range(start, min(start + fitting, len(matrix.columns)))
        blocks += [BLANK] if start else []
        blocks += _column_names(grid, shown) if result.names else []
        blocks += _elements(grid, shown)
    return Document(tuple(blocks))


def is_symmetric(matrix: Matrix) -> bool:
    """Square, and equal to its transpose; missing values equal each other."""
    values = matrix.values
    if values.shape[0] != values.shape[1]:
        return False
    return bool(((values == values.T) | ((values != values) & (values.T != values.T))).all())


def _grid(result: MatrixListing, lower: bool) -> _Grid:
    matrix = result.matrix
    texts = [[_text(float(value), result) for value in row] for row in matrix.values]
    longest = max((len(text) for row in texts for text in row), default=1)
    if not result.names:
        return _Grid(texts, ("",) * len(matrix.rows), ((),) * len(matrix.columns), (), 0, longest, lower)
    stacks = tuple(tuple(_pieces(name.name)) for name in matrix.columns)
    equations = tuple(f"{_equation(name.equation)}:" for name in matrix.columns)
    pieces = [piece.rstrip(".#") for stack in stacks for piece in stack]
    heads = [min(len(each), LONGEST) for each in equations] if any(name.equation for name in matrix.columns) else []
    rows = tuple(_row_name(name) for name in matrix.rows)
    width = max([longest, *map(len, pieces), *heads])
    return _Grid(texts, rows, stacks, equations if heads else (), max(map(len, rows), default=0), width, lower)


def _text(value: float, result: MatrixListing) -> str:
    if result.no_dot_z and missing_text(value) == _DOT_Z:
        return ""
    return format_number(value, result.format).strip()


def _equation(name: str) -> str:
    """The name of an equation, which with its colon may take twelve characters."""
    return abbreviate(name, LONGEST - 1) if len(name) > LONGEST else name


def _row_name(name: StripeName) -> str:
    short = "#".join(abbreviate(part, LONGEST) for part in name.name.split("#"))
    return f"{abbreviate(name.equation, LONGEST)}:{short}" if name.equation else short


def _pieces(name: str) -> list[str]:
    """A column name as it is stacked: ``2.`` over ``schgend``, and ``1.a#`` over ``c.x`` for ``1.a#c.x``."""
    *before, last = name.split("#")
    if before:
        return [*(f"{part}#" for part in before), last]
    operator, dot, variable = name.rpartition(".")
    if operator and " " not in name:
        return [operator + dot, abbreviate(variable, LONGEST)]
    return [abbreviate(name, LONGEST)]


def _column_names(grid: _Grid, shown: range) -> list[Line]:
    """Equations and names above the columns; a colon, a dot or a # at the end stands one column further right."""
    lines = []
    if grid.equations:
        lines.append(line(_above((grid.equations[j] for j in shown), grid)))
    height = max(len(stack) for stack in grid.stacks)
    for level in range(height, 1, -1):
        pieces = (grid.stacks[j][-level] if len(grid.stacks[j]) >= level else "" for j in shown)
        lines.append(line(_above(pieces, grid)))
    lines.append(line(" " * grid.stub + "".join(f"{grid.stacks[j][-1]:>{grid.width + 2}}" for j in shown)))
    return lines


def _above(texts: Iterable[str], grid: _Grid) -> str:
    return (" " * (grid.stub + 1) + "".join(f"{text:>{grid.width + 2}}" for text in texts)).rstrip()


def _elements(grid: _Grid, shown: range) -> list[Line]:
    lines = []
    for i, name in enumerate(grid.rows):
        mine = [j for j in shown if not grid.lower or j <= i]
        if mine:
            numbers = "".join(f"{grid.texts[i][j]:>{grid.width + 2}}" for j in mine)
            lines.append(line(name.rjust(grid.stub), Span(numbers, RESULT)))
    return lines
