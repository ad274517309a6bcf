"""Macros by name and pattern, and how macro list and macro dir show them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ...records import record
from ...results.base import Result
from ..context import Context
from ..registry import layout

if TYPE_CHECKING:
    from ...report.document import Document, Style

CONTENT_AT = 16      # the column before the one in which contents begin


@record
class MacroListing(Result):
    """Macros with their contents; the names of local ones begin with ``_``."""

    macros: tuple[tuple[str, str], ...]


def all_macros(context: Context) -> dict[str, str]:
    """Every macro that can be seen now, the newest first, globals before locals."""
    local = {f"_{name}": text for name, text in reversed(context.frame.locals.items())}
    return {**dict(reversed(context.globals.items())), **local}


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name is one of those asked for, in which ``*`` and ``?`` may stand; ``_all`` means every one."""
    return any(pattern == "_all" or fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in patterns)


@layout(MacroListing)
def lay_out(result: MacroListing, style: Style) -> Document:
    from ...report.document import Document, line

    width = max(style.linesize - CONTENT_AT, 1)
    lines = []
    for name, text in result.macros:
        pieces = [text[i : i + width] for i in range(0, len(text), width)] or [""]
        lines.append(line(f"{name + ':':<{CONTENT_AT}}{pieces[0]}"))
        lines += [line(" " * CONTENT_AT + piece) for piece in pieces[1:]]
    return Document(tuple(lines))
