"""esttab as rich text, for word processors."""

from __future__ import annotations

from ..results.esttab import EsttabResult
from .esttab_grid import GridCell, GridRow, grid, notes

_NAME, _NUMBER = 2200, 1500           # column widths in twips, twentieths of a point
_HEAD = r"{\rtf1\ansi\deff0{\fonttbl{\f0\froman Times New Roman;}}\fs20"
_TOP, _BOTTOM = r"\clbrdrt\brdrs\brdrw10", r"\clbrdrb\brdrs\brdrw10"


def rtf_text(text: str) -> str:
    """``text`` with what rich text reads as control escaped, and characters beyond ASCII by number."""
    return "".join(_character(c) for c in text)


def _character(c: str) -> str:
    if c in "\\{}":
        return "\\" + c
    if ord(c) < 128:
        return c
    # Code units of UTF-16, as signed numbers of 16 bits, each with a question mark for readers that know only ASCII.
    units = c.encode("utf-16-le")
    numbers = [int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2)]
    return "".join(f"{{\\u{number} ?}}" for number in numbers)


def rtf_table(result: EsttabResult) -> str:
    """A document with one table: rules are the borders of rows."""
    rows = grid(result)
    body = [rf"{{\pard\b {rtf_text(result.options.title)}\par}}"] if result.options.title else []
    shown = [(i, row) for i, row in enumerate(rows) if row.kind not in ("rule", "gap")]
    for place, (i, row) in enumerate(shown):
        above = place == 0 or rows[i - 1].kind == "rule"
        body.append(_row(row, above, place == len(shown) - 1))
    shown_notes = [rtf_text(note) for note in notes(result)]
    options = result.options
    if options.legend and options.stars:
        legend = (rf"{{\super {rtf_text(s)}}} {{\i p}} < {level}" for s, level in options.stars)
        shown_notes.append(", ".join(legend))
    body += [rf"{{\pard\fs18 {note}\par}}" for note in shown_notes]
    return "\n".join([_HEAD, *body, r"{\pard\par}", "}", ""])


def _row(row: GridRow, above: bool, last: bool) -> str:
    border = (_TOP if above else "") + (_BOTTOM if last else "")
    edges = [_NAME + _NUMBER * i for i in range(len(row.cells) + 1)]
    definition = r"\trowd\trgaph60" + "".join(f"{border}\\cellx{edge}" for edge in edges)
    name = rf"{{\b {rtf_text(row.label)}}}" if row.kind == "equation" else rtf_text(row.label)
    cells = "".join(rf"\pard\intbl\qc {_cell(cell)}\cell" for cell in row.cells)
    return rf"{definition}\pard\intbl\ql {name}\cell{cells}\row"


def _cell(cell: GridCell) -> str:
    return rtf_text(cell.text) + (rf"{{\super {rtf_text(cell.stars)}}}" if cell.stars else "")
