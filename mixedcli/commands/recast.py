"""recast: another storage type for variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ..data.columns import LONGEST_FIXED_STRING
from ..data.combine import recast as recast_column
from ..data.dataset import Column
from ..data.storage import DTYPES, from_double, is_numeric, to_double
from ..design.varlist import expand_names
from ..errors import StataError, type_mismatch
from ..records import record
from ..records import replace as with_fields
from ..results.base import Result
from ..syntax.parser import parse_varlist
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.data import counted, cut, frozen, width_in_bytes
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (Option("force", "force", help="change the type even if values change"),)


@record
class Recast(Result):
    """(variable, number of values that another type changes) where there are some; ``done``: force was given."""

    losses: tuple[tuple[str, int], ...]
    done: bool


@command("recast", start="names", options=OPTIONS)
def recast(context: Context, statement: Statement) -> Recast:
    """recast type varlist [, force]

    Change the storage type of variables.  A variable that would lose something keeps its type, unless force is given.
    """
    options = context.options(statement, OPTIONS)
    words = statement.arguments
    if len(words) < 2:
        raise StataError("varlist required" if words else "type required", 100)
    storage = _type(words[0].text)
    begin, end = words[1].span[0], words[-1].span[1]
    data, columns, losses = context.data, dict(context.data.columns), []
    for name in dict.fromkeys(expand_names(parse_varlist(statement.text[begin:end], begin), data)):
        column = columns[name]
        if is_numeric(column.storage) != is_numeric(storage):
            raise type_mismatch(words[0].span)
        new, lost = _changed(column, storage)
        if lost:
            losses.append((name, lost))
        if not lost or options["force"]:
            columns[name] = new
    context.data = with_fields(data, columns=columns, changed=True)
    return Recast(tuple(losses), bool(options["force"]))


def _type(text: str) -> str:
    valid = text in DTYPES or text == "strL" or (
        re.fullmatch(r"str[1-9]\d{0,3}", text) and int(text[3:]) <= LONGEST_FIXED_STRING
    )
    if not valid:
        raise StataError(f"{text} invalid type", 198)
    return text


def _changed(column: Column, storage: str) -> tuple[Column, int]:
    """The column in its new type, and how many values differ from before."""
    if column.storage == storage:
        return column, 0
    if not is_numeric(storage):
        if storage == "strL" or width_in_bytes(column.values) <= int(storage[3:]):
            return recast_column(column, storage), 0
        texts = cut(column.values, int(storage[3:]))
        lost = sum(before != after for before, after in zip(column.values, texts, strict=True))
        return with_fields(recast_column(column, storage), values=frozen(texts)), lost
    before = to_double(column.values, column.storage)
    after = to_double(from_double(before, storage), storage)
    return recast_column(column, storage), int(np.count_nonzero(before != after))


@layout(Recast)
def lay_out(result: Recast, style: Style) -> Document:
    from ..report.document import Document, line

    what = "changed" if result.done else "would be changed; not changed"
    return Document(tuple(
        line(f"{name}:  {counted(lost, 'value', 'values', style.version)} {what}") for name, lost in result.losses
    ))  # fmt: skip
