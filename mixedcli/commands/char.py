"""char: characteristics, named texts kept with the data set or a variable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..data.dataset import Dataset
from ..expr.names import resolve_variable
from ..records import record, replace
from ..results.base import Result
from ..syntax.spec import abbreviates
from ..syntax.tree import Statement
from ._shared.data import check_name, invalid_syntax
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

_TARGET = re.compile(r"\s*([^\W\d]\w*)\s*\[\s*([^\W\d]\w*)?\s*\](.*)", re.DOTALL)
_NAME_WIDTH = 28


@record
class Characteristics(Result):
    """(owner, name, text) of what was asked for."""

    entries: tuple[tuple[str, str, str], ...]


@command("char", start="raw")
def char(context: Context, statement: Statement) -> Characteristics | None:
    """char [define] name[charname] [text]
    char list [name[charname] | name[]]

    Keep a named text with a variable or the data set (_dta); without a text it is removed.
    """
    text = statement.rest
    word, _, rest = text.strip().partition(" ")
    if not word or abbreviates(word, "list", "l"):
        return _list(context.data, rest)
    match = _TARGET.fullmatch(rest if abbreviates(word, "define", "de") else text)
    if match is None or not match[2]:
        raise invalid_syntax()
    check_name(match[2])
    owner = _owner(context.data, match[1])
    owners = {name: dict(entries) for name, entries in context.data.characteristics.items()}
    entries = owners.pop(owner, {})
    entries.pop(match[2], None)
    value = match[3].strip()
    value = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    if value:
        entries[match[2]] = value
    if entries:
        owners[owner] = entries
    context.data = replace(context.data, characteristics=owners, changed=True)
    return None


def _owner(data: Dataset, name: str) -> str:
    return name if name == "_dta" else resolve_variable(name, data)


def _list(data: Dataset, text: str) -> Characteristics:
    kept = data.characteristics
    if not text.strip():
        owners = [owner for owner in ("_dta", *data.names) if owner in kept]
        return Characteristics(tuple((owner, name, t) for owner in owners for name, t in sorted(kept[owner].items())))
    match = _TARGET.fullmatch(text)
    if match is None or match[3].strip():
        raise invalid_syntax()
    owner = _owner(data, match[1])
    entries = kept.get(owner, {})
    wanted = [match[2]] if match[2] else sorted(entries)
    return Characteristics(tuple((owner, name, entries[name]) for name in wanted if name in entries))


@layout(Characteristics)
def lay_out(result: Characteristics, style: Style) -> Document:
    from ._shared.tables import page

    return page(f"  {f'{owner}[{name}]:':<{_NAME_WIDTH}}{text}" for owner, name, text in result.entries)
