"""A document on a terminal: rich adds colours and nothing else; the characters are those of the plain text.

Markup, emoji, highlighting and wrapping are off, so that ``[school]`` and long lines come through as they are.
rich is imported only when a terminal is written to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from .document import COMMAND, ERROR, HEADING, NOTE, PLAIN, RESULT, Document, Span
from .text import styled_lines, to_text

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {PLAIN: "", RESULT: "bold yellow", ERROR: "bold red", HEADING: "green", COMMAND: "bold white", NOTE: "cyan"}


def to_terminal(document: Document, file: TextIO, colour: bool | None = None) -> None:
    """Write the document and a newline (none if more is to come on its last line) to ``file``.

    ``colour``: True or False decide; None colours when ``file`` is a terminal and NO_COLOR is not set.  Without colour
    the text is that of `to_text`, byte for byte, and rich is not imported.  An empty document writes nothing.
    """
    if not document.blocks:
        return
    if not (wants_colour(file) if colour is None else colour):
        file.write(to_text(document) + ("" if document.continues else "\n"))
        return
    console = _console(file)
    lines = list(styled_lines(document))
    for number, spans in enumerate(lines, start=1):
        end = "" if document.continues and number == len(lines) else "\n"
        console.print(_text(spans), soft_wrap=True, markup=False, emoji=False, highlight=False, end=end)


def wants_colour(file: TextIO) -> bool:
    """True for a terminal when the environment does not ask for plain text (https://no-color.org, TERM=dumb)."""
    import os

    isatty = getattr(file, "isatty", None)
    return bool(isatty and isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _console(file: TextIO) -> Console:
    from rich.console import Console

    return Console(file=file, force_terminal=True, color_system="standard", markup=False, emoji=False,
                   highlight=False, soft_wrap=True, legacy_windows=False, no_color=False)


def _text(spans: tuple[Span, ...]) -> Any:
    from rich.text import Text

    text = Text(no_wrap=True, overflow="ignore", end="")
    for span in spans:
        text.append(span.text, STYLES.get(span.style, "") or None)
    return text
