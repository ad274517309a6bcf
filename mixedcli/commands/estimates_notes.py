"""``estimates notes``: remarks kept with the active estimation results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from ..errors import StataError
from ..records import record
from ..results.base import Messages, Result
from ..syntax.tree import Statement
from ._estimates.remarks import user_notes, with_notes
from ._shared.data import counted
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

_WHERE = re.compile(r"\s*(list|l|drop)?\s*(?:in\s+(\d+|[fFlL])(?:\s*/\s*(\d+|[fFlL]))?)?\s*")


@record
class EstimatesNotes(Result):
    """Notes as (number, text)."""

    schema: ClassVar[str] = "estimates notes"

    notes: tuple[tuple[int, str], ...]


@command("estimates notes", shortest="est note", start="raw")
def estimates_notes(context: Context, statement: Statement) -> Result | None:
    """estimates notes: text
    estimates notes [list] [in #[/#]]
    estimates notes drop in #[/#]

    Attach a remark to the active estimation results, list the remarks, or drop some of them.
    """
    before, colon, text = statement.rest.partition(":")
    notes = user_notes(context.estimates)
    if colon and not before.strip():
        if not text.strip():
            raise StataError("invalid syntax", 198)
        with_notes(context, (*notes, text.strip()))
        return None
    match = _WHERE.fullmatch(statement.rest)
    if match is None or (match[1] == "drop" and match[2] is None):
        raise StataError("invalid syntax", 198)
    chosen = _range(match, len(notes))
    if match[1] != "drop":
        return EstimatesNotes(tuple((k, notes[k - 1]) for k in chosen))
    with_notes(context, tuple(note for k, note in enumerate(notes, start=1) if k not in chosen))
    return Messages((f"  ({counted(len(chosen), 'note', 'notes', context.version)} dropped)",))


def _range(match: re.Match[str], count: int) -> range:
    """The numbers chosen: all without ``in``."""
    if match[2] is None:
        return range(1, count + 1)
    ends = {"f": 1, "l": count}
    low, high = (ends.get(end.lower()) or int(end) if not end.isalpha() else ends[end.lower()]
                 for end in (match[2], match[3] or match[2]))
    return range(max(low, 1), min(high, count) + 1)


@layout(EstimatesNotes)
def lay_out(result: EstimatesNotes, style: Style) -> Document:
    """Numbered, and broken at the right margin."""
    from ._shared.tables import page, paragraph

    lines = [""] if result.notes else []
    for number, text in result.notes:
        start = f"{number:>3}.  "
        first, *more = paragraph(" ".join(text.split()), len(start), len(start), style.linesize)
        lines += [start + first, *more]
    return page(lines)
