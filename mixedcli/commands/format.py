"""format: the display formats of variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..data.storage import is_numeric
from ..design.varlist import expand_names
from ..errors import StataError, type_mismatch
from ..formats import parse_format
from ..records import record
from ..records import replace as with_fields
from ..results.base import Result
from ..syntax.parser import parse_varlist
from ..syntax.tree import Statement
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

_FORMAT = re.compile(r"(?<!\S)%\S*")
_NAME_COLUMN = 16


@record
class Formats(Result):
    """Variables and their display formats."""

    formats: tuple[tuple[str, str], ...]


@command("format", shortest="form", start="raw")
def format_(context: Context, statement: Statement) -> Formats | None:
    """format varlist %fmt
    format %fmt varlist
    format [varlist]

    Set how variables are displayed (%9.0g, %8.2f, %-12s, %td ...); values do not change.  Without a format, list them.
    """
    text, offset = statement.rest, len(statement.text) - len(statement.rest)
    found = _FORMAT.search(text)
    rest = text if found is None else text[: found.start()] + " " * len(found[0]) + text[found.end() :]
    varlist = parse_varlist(rest, offset) if rest.strip() else ()
    data = context.data
    names = tuple(dict.fromkeys(expand_names(varlist, data)))
    if found is None:
        return Formats(tuple((name, data.columns[name].format) for name in names or data.names))
    place = (offset + found.start(), offset + found.end())
    parts = parse_format(found[0])
    if parts is None:
        raise StataError("invalid %format", 120, place)
    if not names:
        raise StataError("varlist required", 100)
    columns = dict(data.columns)
    for name in names:
        if is_numeric(columns[name].storage) == (parts.kind == "s"):
            raise type_mismatch(place)
        columns[name] = with_fields(columns[name], format=found[0])
    context.data = with_fields(data, columns=columns, changed=True)
    return None


@layout(Formats)
def lay_out(result: Formats, style: Style) -> Document:
    from ._shared.tables import page

    if not result.formats:
        return page([])
    names = [name for name, _ in result.formats]
    width = max(_NAME_COLUMN, max(map(len, names)) + 1)
    rule = "  " + "-" * (width + max(14, max(len(fmt) for _, fmt in result.formats)))
    rows = [f"  {name:<{width}}{fmt}" for name, fmt in result.formats]
    return page(["", f"  {'variable name':<{width}}display format", rule, *rows, rule])
