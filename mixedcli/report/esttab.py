"""esttab on the screen, and the way to its other forms.

Columns are a blank, the number, and as many characters as the longest star needs.  Blank lines stand between
coefficients when a second number stands below each.
"""

from __future__ import annotations

from ..formats import abbreviate
from ..results.esttab import EsttabOptions, EsttabResult
from .esttab_grid import GridCell, GridRow, grid, notes


def rendered(result: EsttabResult) -> str:
    """The table in the form that ``result.output`` asks for, ending with a newline."""
    from . import esttab_files, esttab_rtf

    makers = {
        "text": text_table, "tex": esttab_files.latex_table, "csv": esttab_files.csv_table,
        "md": esttab_files.markdown_table, "html": esttab_files.html_table, "rtf": esttab_rtf.rtf_table,
    }
    return makers[result.output](result)


def joined_to(before: str, text: str, output: str) -> str:
    """A table added to what the file holds; documents that have an end get it before their end."""
    ends = {"html": "</body>", "rtf": "}"}
    end = ends.get(output)
    if end is None or end not in before:
        return before + text
    begins = {"html": "<body>", "rtf": "\n"}[output]
    return before[: before.rindex(end)] + text[text.index(begins) + len(begins) :].lstrip("\n")


def text_table(result: EsttabResult) -> str:
    """The table in characters of one width."""
    shown = result.options
    star = max((len(symbol) for symbol, _ in shown.stars), default=0)
    rule = "-" * _width(result, star)
    lines = [shown.title] if shown.title else []
    lines += [rule, *(_line(row, shown, star, rule) for row in grid(result)), rule, *notes(result)]
    if shown.legend and shown.stars:
        lines.append(", ".join(f"{symbol} p<{level}" for symbol, level in shown.stars))
    return "\n".join(lines) + "\n"


def _width(result: EsttabResult, star: int) -> int:
    shown = result.options
    one = 1 + _cell_width(shown) + star
    return shown.varwidth + len(result.models) * (one + (1 + _second_width(shown) if shown.wide else 0))


def _cell_width(shown: EsttabOptions) -> int:
    """Intervals below the coefficients need room for two numbers."""
    return max(shown.modelwidth, 22) if shown.second == "ci" and not shown.wide else shown.modelwidth


def _second_width(shown: EsttabOptions) -> int:
    return max(shown.modelwidth, 22) if shown.second == "ci" else shown.modelwidth


def _line(row: GridRow, shown: EsttabOptions, star: int, rule: str) -> str:
    if row.kind == "rule":
        return rule
    if row.kind == "gap":
        return ""
    name = abbreviate(row.label, shown.varwidth).ljust(shown.varwidth)
    if not shown.wide:
        return name + "".join(_cell(cell, _cell_width(shown), star) for cell in row.cells)
    pairs = zip(row.cells[::2], row.cells[1::2], strict=True)
    width = _second_width(shown)
    return name + "".join(_cell(a, shown.modelwidth, star) + _cell(b, width, 0) for a, b in pairs)


def _cell(cell: GridCell, width: int, star: int) -> str:
    return f" {abbreviate(cell.text, width) if cell.text[:1].isalpha() else cell.text:>{width}}{cell.stars:<{star}}"
