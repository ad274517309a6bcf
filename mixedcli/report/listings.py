"""return list and ereturn list."""

from __future__ import annotations

from ..formats import g
from ..results.base import Matrix
from ..results.postest import StoredListing
from .document import BLANK, RESULT, Document, Line, Span, Style, line

_NAME_END = 22                        # where the names of return list end


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
