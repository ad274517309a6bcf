"""matrix list, return list and ereturn list.

matrix list has one width for all its columns: that of the longest name or number (a number without a sign leaves room
for one), and two blanks between them.  Equation names stand above the column names, their colon one column further
right.  Columns that do not fit the page follow below, with the row names again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..formats import format_number, g
from ..results.base import Matrix
from ..results.postest import MatrixListing, StoredListing
from ..results.stripe import StripeName
from .document import BLANK, RESULT, Document, Line, Span, Style, line

_NAME_END = 22                        # where the names of return list end


def matrix_document(result: MatrixListing, style: Style) -> Document:
    """matrix list: size, column names, and the elements (the lower triangle of a symmetric matrix)."""
    matrix = result.matrix
    rows, columns = len(matrix.rows), len(matrix.columns)
    symmetric = _symmetric(matrix)
    head = f"{'symmetric ' if symmetric else ''}{result.name}[{rows},{columns}]"
    texts = [[format_number(float(v), result.format).strip() for v in row] for row in matrix.values]
    width = _column_width(matrix, texts)
    stub = max((len(str(name)) for name in matrix.rows), default=0)
    fitting = max((style.linesize - 1 - stub) // (width + 2), 1)
    blocks: list[Line] = [BLANK, line(head)]
    for start in range(0, columns, fitting):
        shown = range(start, min(start + fitting, columns))
        blocks += [BLANK] if start else []
        blocks += _column_names(matrix.columns, shown, stub, width)
        blocks += _elements(matrix, texts, shown, stub, width, symmetric)
    return Document(tuple(blocks))


def _symmetric(matrix: Matrix) -> bool:
    values = matrix.values
    if matrix.rows != matrix.columns or values.shape[0] != values.shape[1]:
        return False
    return all(a == b or (math.isnan(a) and math.isnan(b))
               for i in range(len(values)) for a, b in zip(values[i, :i], values[:i, i], strict=True))


def _column_width(matrix: Matrix, texts: list[list[str]]) -> int:
    longest = max((len(t) + (not t.startswith("-")) for row in texts for t in row), default=1)
    names = [piece.rstrip(".#") for name in matrix.columns for piece in _pieces(name.name)]
    return max([longest, *map(len, names), *(len(name.equation) for name in matrix.columns)])


def _pieces(name: str) -> list[str]:
    """A column name as it is stacked: ``2.`` over ``schgend``, and ``1.a#`` over ``c.x`` for ``1.a#c.x``."""
    *before, last = name.split("#")
    if before:
        return [*(f"{part}#" for part in before), last]
    operator, dot, variable = name.rpartition(".")
    return [operator + dot, variable] if operator else [name]


def _column_names(names: tuple[StripeName, ...], shown: range, stub: int, width: int) -> list[Line]:
    """Equations and names above the columns; a colon, a dot or a # at the end stands one column further right."""
    lines = []
    if any(name.equation for name in names):
        lines.append(line(_above((names[j].equation + ":" for j in shown), stub, width)))
    stacks = [_pieces(name.name) for name in names]
    height = max(len(stack) for stack in stacks)
    for level in range(height, 1, -1):
        pieces = (stacks[j][-level] if len(stacks[j]) >= level else "" for j in shown)
        lines.append(line(_above(pieces, stub, width)))
    lines.append(line(" " * stub + "".join(f"{stacks[j][-1]:>{width + 2}}" for j in shown)))
    return lines


def _above(texts: Iterable[str], stub: int, width: int) -> str:
    return (" " * (stub + 1) + "".join(f"{text:>{width + 2}}" for text in texts)).rstrip()


def _elements(
    matrix: Matrix, texts: list[list[str]], shown: range, stub: int, width: int, symmetric: bool
) -> list[Line]:
    lines = []
    for i, name in enumerate(matrix.rows):
        mine = [j for j in shown if not symmetric or j <= i]
        if mine:
            numbers = "".join(f"{texts[i][j]:>{width + 2}}" for j in mine)
            lines.append(line(str(name).rjust(stub), Span(numbers, RESULT)))
    return lines


def stored_document(result: StoredListing, style: Style) -> Document:
    """return list and ereturn list: each kind of stored result under its heading."""
    kind = result.contents.kind
    blocks: list[Line] = []
    for title, values in result.sections.items():
        blocks += [BLANK, line(f"{title}:")]
        for name, value in values.items():
            label = f"{kind}({name})".rjust(_NAME_END)
            blocks.append(line(label, *_stored_value(value, style.linesize)))
    if result.contents.sample:
        blocks += [BLANK, line("functions:"), line("e(sample)".rjust(_NAME_END) + "   ")]
    return Document(tuple(blocks))


def _stored_value(value: object, linesize: int) -> tuple[str | Span, ...]:
    if isinstance(value, Matrix):
        return " :  ", Span(f"{len(value.rows)} x {len(value.columns)}", RESULT)
    if isinstance(value, str):
        room = linesize - _NAME_END - len(' : ""')          # a text too long for the line ends in two points
        return " : ", Span(f'"{value if len(value) <= room else value[: room - 2] + ".."}"', RESULT)
    return " =  ", Span(g(float(value), 18), RESULT)      # type: ignore[arg-type]
