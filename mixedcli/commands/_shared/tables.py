"""What the reporting commands share: which rows and variables, values as text, wrapped titles, lines of a document."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ...data.columns import numeric
from ...data.dataset import Column, Dataset
from ...data.storage import is_missing, is_numeric
from ...errors import NotBuilt, StataError, type_mismatch
from ...formats import format_number, format_string, parse_format
from ...syntax.tree import Statement

if TYPE_CHECKING:
    from ...report.document import Document, Line
    from ..context import Context


# ---- rows, variables, weights --------------------------------------------------------------------------------


def chosen_rows(context: Context, statement: Statement) -> np.ndarray:
    """The row numbers that ``if`` and ``in`` select: int64, ascending."""
    from ...expr.sample import sample_mask

    mask = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    return np.flatnonzero(mask)


def chosen_names(context: Context, statement: Statement) -> tuple[str, ...]:
    """The variables a varlist names; all of them if there is no varlist."""
    if not statement.varlist:
        return context.data.names
    from ...design.varlist import expand_names

    return expand_names(statement.varlist, context.data)


def chosen_columns(context: Context, statement: Statement) -> tuple[Column, ...]:
    """The variables of a varlist in which time-series operators may stand; all variables without a varlist.

    Columns of operated variables (``L.x``) are made for the occasion.
    """
    from ...design.varlist import expand_series
    from ...expr.timeseries import column_of

    if not statement.varlist:
        return tuple(context.data.columns.values())
    return tuple(column_of(context.data, name) for name in expand_series(statement.varlist, context.data))


def refuse(statement: Statement, *, varlist: bool = False, using: bool = False, weight: bool = True) -> None:
    """Raise r(101) for parts of the command line that a command does not take."""
    if varlist and statement.varlist:
        raise StataError("varlist not allowed", 101)
    if using and statement.using is not None:
        raise StataError("using not allowed", 101)
    if statement.exp is not None:
        raise StataError("=exp not allowed", 101)
    if weight and statement.weight is not None:
        raise StataError("weights not allowed", 101, statement.weight.span)


def read_weights(
    context: Context, statement: Statement, rows: np.ndarray, kinds: tuple[str, ...]
) -> tuple[str, np.ndarray | None, np.ndarray]:
    """The kind of weight, the weights of ``rows`` (None: all one), and the rows left: those with a weight above zero.

    ``kinds``: the kinds the command takes; a plain ``[w=exp]`` means the first.  Raises r(101) for another kind,
    r(402) for negative weights, r(401) for frequencies that are not whole.
    """
    weight = statement.weight
    if weight is None:
        return "", None, rows
    kind = weight.kind or kinds[0]
    if kind == "iweight" and "fweight" in kinds and "iweight" not in kinds:
        raise NotBuilt("iweight", weight.span)
    if kind not in kinds:
        raise StataError(f"{kind}s not allowed", 101, weight.span)
    from ...expr.evaluate import evaluate, is_string

    value = evaluate(weight.exp, context.data, context.environment())
    if is_string(value):
        raise type_mismatch(weight.span)
    values = np.broadcast_to(np.asarray(value, dtype=np.float64), (context.data.n,))[rows]
    known = ~is_missing(values)
    if (values[known] < 0).any():
        raise StataError("negative weights encountered", 402, weight.span)
    if kind == "fweight" and not np.array_equal(values[known], np.trunc(values[known])):
        raise StataError("may not use noninteger frequency weights", 401, weight.span)
    used = known & (values > 0)
    return kind, values[used], rows[used]


# ---- values as text ------------------------------------------------------------------------------------------


def labels_of(dataset: Dataset, column: Column, nolabel: bool = False) -> Mapping[float, str]:
    """The value label of a column: value (working representation) -> text; empty if there is none."""
    if nolabel or not column.value_label:
        return {}
    return dataset.value_labels.get(column.value_label, {})


def value_text(value: float | str | bytes, column: Column, labels: Mapping[float, str]) -> str:
    """A value as tables show it: its label, else in the variable's format, without padding."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        return value
    label = labels.get(float(value))
    return label if label is not None else format_number(float(value), column.format).strip()


def values_text(dataset: Dataset, column: Column, rows: np.ndarray, nolabel: bool = False) -> list[str]:
    """The texts of a column on ``rows``.  A string longer than its format shows as much as fits, then ``..``."""
    if not is_numeric(column.storage):
        parts = parse_format(column.format)
        width = parts.width if parts is not None else 0
        return [shortened(value_text(v, column, {}), width) for v in column.values[rows]]
    labels = labels_of(dataset, column, nolabel)
    known: dict[float, str] = {}
    out = []
    for value in numeric(column)[rows].tolist():
        if value not in known:
            known[value] = value_text(value, column, labels)
        out.append(known[value])
    return out


def shortened(text: str, width: int) -> str:
    """``text``, cut to ``width`` characters with ``..`` at the end if it is longer; 0 means no limit."""
    return text if not width or len(text) <= width else text[: max(width - 2, 0)] + ".."


def is_left(column: Column) -> bool:
    """True for a ``%-`` format: values and name stand at the left of their column."""
    parts = parse_format(column.format)
    return parts is not None and parts.left


def in_format(value: float | str, fmt: str) -> str:
    """A value in a display format, padded to its width."""
    return format_string(value, fmt) if isinstance(value, str) else format_number(value, fmt)


# ---- lines ---------------------------------------------------------------------------------------------------


def wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` characters; a longer word begins a line and is cut where it ends."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines += [word[i : i + width] for i in range(0, len(word), width)]
    return lines or [""]


def paragraph(text: str, start: int, indent: int, linesize: int) -> list[str]:
    """``text`` whose first line begins after ``start`` characters and whose next lines are indented by ``indent``."""
    head = textwrap.wrap(
        text, max(linesize, indent + 20), initial_indent=" " * start, subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )
    return [head[0][start:], *head[1:]] if head else [""]


def folded(text: str, linesize: int) -> list[str]:
    """A line too long for the page as Stata prints it: cut at the right margin and continued after ``> ``."""
    out, rest = [text[:linesize]], text[linesize:]
    while rest.strip():
        out.append("> " + rest[: linesize - 2])
        rest = rest[linesize - 2 :]
    return out


def page(lines: Iterable[str | Line]) -> Document:
    """A document of plain lines."""
    from ...report.document import Document, Line, line

    return Document(tuple(one if isinstance(one, Line) else line(one) for one in lines))


def result_line(stub: str, values: str) -> Line:
    """A line whose first part is text and whose second is in the style of results."""
    from ...report.document import RESULT, Span, line

    return line(stub, Span(values, RESULT)) if values else line(stub)
