"""A document as plain text: every character where Stata prints it.

No block ends with a newline: `to_lines` gives the lines, `to_text` joins them with newlines *between* them, and the
one who writes the text adds the last newline.  Trailing blanks that belong to Stata's layout are part of the spans and
cells of a document; nothing is stripped here and nothing is added.
"""

from __future__ import annotations

from collections.abc import Iterator

from .document import HEADING, PLAIN, Cell, Document, Line, Row, Rule, Span, Table


def to_text(document: Document) -> str:
    """The lines of the document joined by newlines, without a newline at the end."""
    return "\n".join(to_lines(document))


def to_lines(document: Document) -> list[str]:
    """The document's lines as plain strings; an empty document has none, a blank line is ``""``."""
    return ["".join(span.text for span in spans) for spans in styled_lines(document)]


def styled_lines(document: Document) -> Iterator[tuple[Span, ...]]:
    """The document's lines as runs of text in one style each."""
    for block in document.blocks:
        if isinstance(block, Line):
            yield block.spans
        else:
            for row in block.rows:
                yield _table_line(row, block)


def _table_line(row: Row | Rule, table: Table) -> tuple[Span, ...]:
    margin = (Span(" " * table.indent),) if table.indent else ()
    if isinstance(row, Rule):
        return (*margin, Span(_rule(row, table)))
    return (*margin, *_row(row, table))


def _rule(rule: Rule, table: Table) -> str:
    if not (rule.joint and table.bar):
        return "-" * table.width
    return "-" * (table.bar - 1) + "+" + "-" * (table.width - table.bar)


def _row(row: Row, table: Table) -> tuple[Span, ...]:
    style = HEADING if row.heading else PLAIN
    stub = row.stub.ljust(table.bar - 1) if table.bar and row.bar else row.stub
    spans = [Span(stub + ("|" if row.bar and table.bar else ""), style)]
    column = len(spans[0].text)
    for cell in sorted(row.cells, key=_left_edge):
        gap = max(_left_edge(cell) - column, 0)
        if gap:
            spans.append(Span(" " * gap))
        spans.append(Span(cell.text, style if row.heading else cell.style))
        column += gap + len(cell.text)
    return tuple(span for span in spans if span.text)


def _left_edge(cell: Cell) -> int:
    """How many columns lie left of the cell's first character."""
    return cell.edge - 1 if cell.left else cell.edge - len(cell.text)
