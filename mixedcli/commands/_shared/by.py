"""What the by prefix needs: its arguments, the groups in the sorted data, the heading of a group, one group's data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...data.columns import numeric, sort_rows
from ...data.dataset import Column, Dataset
from ...data.storage import LARGEST, is_numeric, to_double
from ...design.varlist import expand_names
from ...errors import StataError
from ...records import record, replace
from ...results.base import Result
from ...syntax.parser import parse_varlist
from ...syntax.tree import Statement
from ..context import ByGroups, Context
from ..registry import layout
from .tables import labels_of, value_text

if TYPE_CHECKING:
    from ...report.document import Document, Style

_ARGUMENTS = re.compile(r"\s*(?P<by>[^(),]*?)\s*(?:\((?P<within>[^()]*)\))?\s*(?:,(?P<options>.*))?", re.DOTALL)


@record
class ByPrefix:
    """``names``: the variables that form the groups.  ``order``: these, and those that order the rows within them."""

    names: tuple[str, ...]
    order: tuple[str, ...]
    sort: bool = False
    rc0: bool = False


def read_by(arguments: str, data: Dataset) -> ByPrefix:
    """``school (lrt), sort rc0`` as it stands between by and the colon.

    Raises r(100) without variables, r(111) for unknown ones, r(198) for another option or form.
    """
    match = _ARGUMENTS.fullmatch(arguments)
    if match is None:
        raise StataError("invalid syntax", 198)
    if not match["by"]:
        raise StataError("varlist required", 100)
    sort = rc0 = False
    for word in (match["options"] or "").replace(",", " ").split():
        if word == "rc0":
            rc0 = True
        elif "sort".startswith(word):
            sort = True
        else:
            raise StataError(f"option {word} not allowed", 198)
    names = expand_names(parse_varlist(match["by"]), data)
    within = expand_names(parse_varlist(match["within"]), data) if (match["within"] or "").strip() else ()
    return ByPrefix(tuple(dict.fromkeys(names)), tuple(dict.fromkeys((*names, *within))), sort, rc0)


def in_order(data: Dataset, prefix: ByPrefix) -> Dataset:
    """The data in the order that the prefix needs; ``not sorted`` r(5) if they are not and it may not sort."""
    if data.sorted_by[: len(prefix.order)] == prefix.order:
        return data
    if not prefix.sort:
        raise StataError("not sorted", 5)
    return replace(data.take(sort_rows(data, prefix.order)), sorted_by=prefix.order)


def group_starts(data: Dataset, names: tuple[str, ...]) -> np.ndarray:
    """The first row of each group of data sorted by ``names``: int64, shape (groups,)."""
    if data.n == 0:
        return np.zeros(0, dtype=np.int64)
    new = np.zeros(data.n, dtype=bool)
    new[0] = True
    for name in names:
        column = data.columns[name]
        values = numeric(column) if is_numeric(column.storage) and column.storage not in LARGEST else column.values
        new[1:] |= np.asarray(values[1:] != values[:-1], dtype=bool)
    return np.flatnonzero(new)


@contextmanager
def grouped_by(context: Context, groups: ByGroups) -> Iterator[None]:
    """While this lasts, commands see ``groups``."""
    context.by = groups
    try:
        yield
    finally:
        context.by = None


@contextmanager
def placed(statement: Statement) -> Iterator[None]:
    """An error of the command after a prefix is placed in the whole statement."""
    try:
        yield
    except StataError as error:
        if error.source is None and error.span is not None:
            shift = len(statement.text) - len(statement.prefixed.lstrip())
            error.span = (error.span[0] + shift, error.span[1] + shift)
        raise


# ---- one group after the other -------------------------------------------------------------------------------


def rows_between(data: Dataset, start: int, stop: int) -> Dataset:
    """The rows ``start`` to ``stop`` of the data as data of their own; no values are copied."""
    columns = {k: replace(c, values=c.values[start:stop]) for k, c in data.columns.items()}
    hidden = {k: v[start:stop] for k, v in data.hidden.items()}
    return replace(data, columns=columns, hidden=hidden, n=stop - start)


def with_traces(data: Dataset, part: Dataset, start: int) -> Dataset:
    """``data`` with what an estimation on its rows from ``start`` on has left in ``part``: e(sample) and the like."""
    hidden = {}
    for key, values in part.hidden.items():
        if key in data.hidden:
            hidden[key] = data.hidden[key]
            continue
        everywhere = np.full(data.n, -1 if values.dtype.kind == "i" else 0, dtype=values.dtype)
        everywhere[start : start + len(values)] = values
        hidden[key] = everywhere
    return replace(data, hidden=hidden)


@record
class GroupHeading(Result):
    """What stands above the output of a by-group: the by-variables and their values as text."""

    schema: ClassVar[str] = "by group"

    names: tuple[str, ...]
    values: tuple[str, ...]


def heading(data: Dataset, names: tuple[str, ...], row: int) -> GroupHeading:
    """The heading of the group that begins at ``row``."""
    return GroupHeading(names, tuple(_value(data, data.columns[name], row) for name in names))


def _value(data: Dataset, column: Column, row: int) -> str:
    if not is_numeric(column.storage):
        return value_text(column.values[row], column, {})
    value = float(to_double(column.values[row : row + 1], column.storage)[0])
    return value_text(value, column, labels_of(data, column))


@layout(GroupHeading)
def lay_out(result: GroupHeading, style: Style) -> Document:
    from ...report.document import BLANK, Document, line

    values = ", ".join(f"{name} = {value}" for name, value in zip(result.names, result.values, strict=True))
    return Document((BLANK, line("-" * style.linesize), line(f"-> {values}")))
