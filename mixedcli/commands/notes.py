"""notes: remarks kept with the data set or a variable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..data.dataset import Dataset
from ..data.dta_write import present_minute
from ..data.notes import numbered_notes, renumbered_notes, with_note, with_replaced_note, without_notes
from ..design.varlist import expand_names
from ..errors import StataError
from ..expr.names import resolve_variable
from ..records import record
from ..results.base import Result
from ..syntax.parser import parse_varlist
from ..syntax.spec import abbreviates
from ..syntax.tree import Statement
from ._shared.data import counted, invalid_syntax
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

_ADD = re.compile(r"\s*([^\W\d]\w*)?\s*:(.*)", re.DOTALL)
_IN = re.compile(r"(?:^|\s)in\s+(\d+|l|L)(?:\s*/\s*(\d+|l|L))?\s*$")
_REPLACE = re.compile(r"\s*([^\W\d]\w*)\s+in\s+(\d+)\s*:(.*)", re.DOTALL)
_INDENT = 6


@record
class Notes(Result):
    """Notes of each owner (``_dta`` or a variable) as (number, text)."""

    notes: tuple[tuple[str, tuple[tuple[int, str], ...]], ...]


@record
class NotesDropped(Result):
    count: int


@command("notes", shortest="note", start="raw")
def notes(context: Context, statement: Statement) -> Result | None:
    """notes [varname | _dta]: text
    notes [list] [namelist] [in #[/#]]
    notes search text
    notes replace name in #: text
    notes drop namelist [in #[/#]]
    notes renumber name

    Attach remarks to the data set (_dta) or a variable, list and drop them.  TS standing alone in a text becomes the
    present date and time.
    """
    text = statement.rest
    word, _, rest = text.strip().partition(" ")
    if word and abbreviates(word, "replace", "replace"):
        return _replace(context, rest)
    added = _ADD.fullmatch(text)
    if added is not None:
        _add(context, added[1] or "_dta", added[2])
        return None
    offset = len(statement.text) - len(rest.lstrip()) if rest else len(statement.text)
    if word and abbreviates(word, "drop", "drop"):
        return _drop(context, rest, offset)
    if word and abbreviates(word, "renumber", "renumber"):
        context.data = renumbered_notes(context.data, _owner(context.data, rest.strip()))
        return None
    if word and abbreviates(word, "search", "search"):
        return _search(context.data, rest.strip().strip('"'))
    if word and abbreviates(word, "list", "l") and word not in context.data.columns:
        return _list(context.data, rest, offset)
    return _list(context.data, text, len(statement.text) - len(text))


def _owner(data: Dataset, name: str) -> str:
    return name if name == "_dta" else resolve_variable(name, data)


def _add(context: Context, name: str, text: str) -> None:
    text = _stamped(text.strip())
    if not text:
        raise invalid_syntax()
    context.data = with_note(context.data, _owner(context.data, name), text)


def _stamped(text: str) -> str:
    return re.sub(r"(?:(?<=\s)|^)TS(?=\s|$)", lambda _: present_minute().strip(), text)


def _replace(context: Context, text: str) -> Result | None:
    match = _REPLACE.fullmatch(text)
    if match is None:
        raise invalid_syntax()
    owner, number = _owner(context.data, match[1]), int(match[2])
    if number not in dict(numbered_notes(context.data, owner)):
        raise StataError(f"note {number} not found", 111)
    context.data = with_replaced_note(context.data, owner, number, _stamped(match[3].strip()))
    return None


def _owners(data: Dataset, text: str, offset: int) -> list[str]:
    """The owners that ``text`` names; ``_dta`` may stand among the variables.  All that have notes if it names none."""
    words = text.split()
    if not words or words == ["_all"]:
        return ["_dta", *data.names]
    rest = re.sub(r"(?<!\S)_dta(?!\S)", "    ", text)
    named = expand_names(parse_varlist(rest, offset), data) if rest.strip() else ()
    return [*(["_dta"] if "_dta" in words else []), *dict.fromkeys(named)]


def _selected(data: Dataset, text: str, offset: int) -> list[tuple[str, tuple[tuple[int, str], ...]]]:
    """Owners with those of their notes whose numbers lie ``in`` the range."""
    match = _IN.search(text)
    owners = _owners(data, text[: match.start()] if match else text, offset)
    found = []
    for owner in owners:
        kept = numbered_notes(data, owner)
        if match is not None and kept:
            last = kept[-1][0]
            low, high = (last if end in ("l", "L") else int(end) for end in (match[1], match[2] or match[1]))
            kept = tuple(pair for pair in kept if low <= pair[0] <= high)
        if kept:
            found.append((owner, kept))
    return found


def _list(data: Dataset, text: str, offset: int) -> Notes:
    return Notes(tuple(_selected(data, text, offset)))


def _search(data: Dataset, text: str) -> Notes:
    found = ((owner, [pair for pair in kept if text in pair[1]]) for owner, kept in _selected(data, "", 0))
    return Notes(tuple((owner, tuple(kept)) for owner, kept in found if kept))


def _drop(context: Context, text: str, offset: int) -> NotesDropped:
    if not text.strip():
        raise StataError("varlist required", 100)
    data = context.data
    chosen = _selected(data, text, offset)
    for owner, kept in chosen:
        data = without_notes(data, owner, [number for number, _ in kept])
    context.data = data
    return NotesDropped(sum(len(kept) for _, kept in chosen))


@layout(Notes)
def lay_out(result: Notes, style: Style) -> Document:
    from ._shared.tables import page

    lines: list[str] = []
    for owner, kept in result.notes:
        lines += ["", f"{owner}:"]
        for number, text in kept:
            lines += _paragraph(f"{number:>3}.  ", text, style.linesize)
    return page(lines)


def _paragraph(start: str, text: str, linesize: int) -> Sequence[str]:
    from ._shared.tables import paragraph

    first, *more = paragraph(" ".join(text.split()), len(start), _INDENT, linesize)
    return [start + first, *more]


@layout(NotesDropped)
def lay_out_dropped(result: NotesDropped, style: Style) -> Document:
    from ._shared.tables import page

    if not result.count:
        return page(["  (no notes dropped)"])
    return page([f"  ({counted(result.count, 'note', 'notes', style.version)} dropped)"])
