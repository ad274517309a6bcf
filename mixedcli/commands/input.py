"""input: data typed among the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.combine import missing_cells, stacked
from ..data.dataset import Column, Dataset
from ..data.freeform import NewVariable, make_columns, read_number, tokens
from ..data.storage import is_numeric
from ..errors import StataError
from ..records import record, replace
from ..results.base import Result
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.newvars import read_new_variables
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("automatic", "a", planned=True),
    Option("label", "l", planned=True),
)
_NAME_WIDTH = 10


@record
class Typed(Result):
    """What was typed: the variables' names and widths of their columns, and each line with its observation's number;
    a line with a mistake is followed by a message (number 0)."""

    headings: tuple[tuple[str, int], ...]
    lines: tuple[tuple[int, str], ...]


@command("input", shortest="inp", start="raw", options=OPTIONS)
def input_(context: Context, statement: Statement) -> Typed:
    """input [type] newvar [[type] newvar ...]
    ...
    end

    Read data from the lines that follow, one observation on each, up to a line that says end.  Values are separated by
    blanks or commas; texts with blanks stand in quotes.  If there are data in memory, variables are added to them.
    """
    declared, comma, options = statement.rest.partition(",")
    if comma:
        from ..syntax.parser import parse

        head = parse(statement.text, "names", statement.word, len(statement.text) - len(options) - 1)
        context.options(head, OPTIONS)
    offset = len(statement.text) - len(statement.rest)
    variables = read_new_variables(context, context.data, declared, offset, skips=False)
    data = context.data
    rows, lines = _read(statement.body_lines, variables, data.n if data.columns else None)
    cells = [[row[j] for row in rows] for j in range(len(variables))]
    columns, _ = make_columns(variables, cells)
    context.data = _with(data, columns, len(rows))
    return Typed(tuple((variable.name, _width(variable)) for variable in variables), lines)


def _width(variable: NewVariable) -> int:
    text = 0 if is_numeric(variable.storage) or variable.storage == "strL" else int(variable.storage[3:])
    return max(_NAME_WIDTH, text)


def _read(
    body: tuple[str, ...], variables: list[NewVariable], most: int | None
) -> tuple[list[list[str]], tuple[tuple[int, str], ...]]:
    """The rows of cells, and the numbered lines to echo.  A line with a text for a number is said to be wrong and left
    out; short lines are filled up; with data in memory reading stops at the last observation."""
    rows: list[list[str]] = []
    shown: list[tuple[int, str]] = []
    for text in body:
        if text.strip() == "end":
            break
        if most is not None and len(rows) >= most:
            break
        if not text.strip():
            continue
        shown.append((len(rows) + 1, text.strip()))
        row = [*tokens(text), *[""] * len(variables)][: len(variables)]
        numbers = (text for text, v in zip(row, variables, strict=True) if is_numeric(v.storage))
        wrong = [text for text in numbers if read_number(text) is None]
        if wrong:
            shown.append((0, f"'{wrong[0]}' cannot be read as a number"))
        else:
            rows.append(row)
    shown.append((len(rows) + 1, "end"))
    return rows, tuple(shown)


def _with(data: Dataset, columns: dict[str, Column], count: int) -> Dataset:
    if not data.columns:
        return Dataset(columns, count, label=data.label, value_labels=data.value_labels, changed=True)
    if count > data.n:
        raise StataError("too many observations", 198)
    out = dict(data.columns)
    for name, column in columns.items():
        more = missing_cells(column.storage, data.n - count)
        out[name] = replace(column, values=stacked([np.asarray(column.values), more]))
    return replace(data, columns=out, changed=True)


@layout(Typed)
def lay_out(result: Typed, style: Style) -> Document:
    from ..report.document import BLANK, Document, line

    heading = "".join(f" {name:>{width}}" for name, width in result.headings)
    lines = [line(f"{number:>3}. {text}" if number else text) for number, text in result.lines]
    return Document((BLANK, line("   " + heading), *lines))
