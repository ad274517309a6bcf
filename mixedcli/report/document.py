"""What a layout makes and a renderer reads: a document of styled text, in blocks.

A block knows its meaning (a coefficient table is a `Table` with cells) so that LaTeX, HTML and Markdown can draw it
their own way; the text renderer places every character where Stata does.
"""

from __future__ import annotations

from ..records import record

PLAIN, RESULT, ERROR, HEADING, COMMAND, NOTE = "plain", "result", "error", "heading", "command", "note"


@record
class Span:
    """A run of characters in one style (one of the names above)."""

    text: str
    style: str = PLAIN


@record
class Line:
    """One output line; no newline characters inside."""

    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@record
class Cell:
    """A piece of text placed in a line by its right edge (1-based column), or by its left edge if ``left``."""

    text: str
    edge: int
    left: bool = False
    style: str = RESULT


@record
class Row:
    """One line of a table: the stub (text up to the bar) and the cells right of it."""

    stub: str
    cells: tuple[Cell, ...] = ()
    bar: bool = True
    heading: bool = False


@record
class Rule:
    """A horizontal rule; ``joint`` puts a ``+`` under the bar."""

    joint: bool = False


@record
class Table:
    """Rows and rules on a fixed grid.

    ``width``: characters of a rule.  ``bar``: the column of the ``|`` (0: none).  ``indent``: blanks before all.
    """

    rows: tuple[Row | Rule, ...]
    width: int
    bar: int
    indent: int = 0
    name: str = ""


@record
class Document:
    """Blocks in order; an empty `Line` is a blank line.

    ``continues``: what is printed next goes on in the last line.
    """

    blocks: tuple[Line | Table, ...] = ()
    continues: bool = False

    def __add__(self, other: Document) -> Document:
        return Document(self.blocks + other.blocks, other.continues)


def line(*parts: str | Span) -> Line:
    """A line from plain texts and spans."""
    return Line(tuple(Span(p) if isinstance(p, str) else p for p in parts if p != ""))


def lines(text: str, style: str = PLAIN) -> tuple[Line, ...]:
    """Each line of ``text`` as a `Line` in one style."""
    return tuple(Line((Span(t, style),) if t else ()) for t in text.split("\n"))


BLANK = Line()


@record
class Style:
    """What the printed form depends on: ``version`` (13, 14 ... 18) and the page.

    ``linesize``: characters per line.  ``level``: confidence level in percent.
    """

    version: float = 13
    linesize: int = 79
    level: float = 95
