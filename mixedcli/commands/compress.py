"""compress: the smallest storage types that lose nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data.columns import numeric, smallest_storage, string_storage
from ..data.combine import recast
from ..data.dataset import Column
from ..data.dta_layout import width_of
from ..data.storage import is_numeric
from ..records import record
from ..records import replace as with_fields
from ..results.base import Result
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.data import thousands
from ._shared.tables import chosen_names, refuse
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (Option("nocoalesce", "noco", help="accepted; equal strLs are stored once in any case"),)


@record
class Compressed(Result):
    """(variable, type before, type after) of what changed, and the bytes saved."""

    changes: tuple[tuple[str, str, str], ...]
    bytes_saved: int


@command("compress", options=OPTIONS)
def compress(context: Context, statement: Statement) -> Compressed:
    """compress [varlist]

    Give variables the smallest storage type that holds their values: double to long, int or byte, float to int or byte,
    long to int or byte, int to byte, str# to the longest text, strL to str#.  No value changes.
    """
    context.options(statement, OPTIONS)
    refuse(statement, using=True)
    data = context.data
    changes, saved = [], 0
    columns = dict(data.columns)
    for name in chosen_names(context, statement):
        column = columns[name]
        storage = _smallest(column)
        if storage != column.storage:
            columns[name] = recast(column, storage)
            changes.append((name, column.storage, storage))
            saved += (width_of(column.storage) - width_of(storage)) * data.n
    if changes:
        context.data = with_fields(data, columns=columns, changed=True)
    return Compressed(tuple(changes), saved)


def _smallest(column: Column) -> str:
    """The type that holds the column in fewer bytes; its own if there is none."""
    if column.storage == "byte":
        return "byte"
    best = smallest_storage(numeric(column)) if is_numeric(column.storage) else string_storage(column.values.tolist())
    if best == "strL" or (column.storage == "double" and best == "float"):
        return column.storage
    if column.storage == "strL":
        return best if width_of(best) <= width_of("strL") else column.storage
    return best if width_of(best) < width_of(column.storage) else column.storage


@layout(Compressed)
def lay_out(result: Compressed, style: Style) -> Document:
    from ..report.document import Document, line

    if style.version < 13:
        return Document(tuple(line(f"{name} was {before} now {after}") for name, before, after in result.changes))
    lines = [line(f"  variable {name} was {before} now {after}") for name, before, after in result.changes]
    return Document((*lines, line(f"  ({thousands(result.bytes_saved, style.version)} bytes saved)")))
