"""How `tabstat` draws its table: a stub of values or names, and columns of statistics or variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...formats import abbreviate, format_number, g, parse_format
from .tables import result_line

if TYPE_CHECKING:
    from ...report.document import Line, Style
    from ..tabstat import Group, Statistic, TableOfStatistics

_CELL = 9


def lines(result: TableOfStatistics, style: Style) -> list[str | Line]:
    """The lines of the whole table, in as many panels as the page needs."""
    titles = [_title(s, style) for s in result.statistics]
    by_variable = result.columns == "variables"
    names = [abbreviate(name, min(_widest(result), result.name_width)) for name in result.variables]
    heads = names if by_variable else titles
    width = max(_widest(result), *(len(head) for head in heads))
    stub = _Stub(result, titles if by_variable else names, style)
    fits = max((style.linesize - stub.width - 2) // (width + 1), 1)
    out: list[str | Line] = ["", *_heading(result, titles, style)]
    for start in range(0, len(heads), fits):
        out += [""] if start else []
        out += _panel(result, stub, heads, range(start, min(start + fits, len(heads))), width)
    return out


def _title(statistic: Statistic, style: Style) -> str:
    return statistic.new if style.version >= 17 else statistic.old


def _widest(result: TableOfStatistics) -> int:
    parts = [parse_format(fmt) for fmt in result.formats if fmt]
    return max(_CELL, *(part.width for part in parts if part is not None)) if parts else _CELL


def _heading(result: TableOfStatistics, titles: Sequence[str], style: Style) -> list[str]:
    """What the table shows, when by() leaves no room to say it in the table."""
    if not result.by or (result.long and result.columns == "variables"):
        return []
    if result.columns == "variables":
        first = f"Summary statistics: {', '.join(titles)}"
        width = 18
    else:
        first = f"Summary for variables: {' '.join(result.variables)}"
        width = 21
    label = f"({result.by_label})" if result.by_label else ""
    if style.version >= 17:
        return [first, f"Group variable: {result.by} {label}", ""]
    return [first, f"{'by categories of':>{width}}: {result.by} {label}", ""]


class _Stub:
    """The part left of the bar: values of by(), and the names of the rows where they are shown.

    ``inner``: the names of the rows within a group.
    """

    def __init__(self, result: TableOfStatistics, inner: Sequence[str], style: Style) -> None:
        self.result, self.inner = result, inner
        capital = style.version >= 17
        what = "stats" if result.columns == "variables" else "variable"
        self.title = what.capitalize() if capital else what
        self.named = result.long or not result.by
        self.value_width = 0
        if result.by:
            texts = [result.by, *(group.text for group in result.groups)]
            self.value_width = min(max(8, *(len(text) for text in texts)), result.label_width)
        least = 9 if result.by else 8 if result.columns == "variables" else 12
        longest = max(len(self.title), *(len(name) for name in inner)) + (1 if result.by else 0)
        self.name_width = max(least, longest) if self.named else 0
        self.width = self.value_width + self.name_width

    def head(self) -> str:
        if not self.named:
            return f"{abbreviate(self.result.by, self.value_width):>{self.value_width}} |"
        return f"{abbreviate(self.result.by, self.value_width):<{self.value_width}}{self.title:>{self.name_width}} |"

    def row(self, group: Group, k: int) -> str:
        value = group.text[: self.value_width] if k == 0 and self.result.by else ""
        name = self.inner[k] if self.named else ""
        return f"{value:>{self.value_width}}{name:>{self.name_width}} |"

    def rule(self, rest: int) -> str:
        return "-" * (self.width + 1) + "+" + "-" * rest


def _panel(
    result: TableOfStatistics, stub: _Stub, heads: Sequence[str], shown: range, width: int
) -> Iterator[str | Line]:
    rest = (width + 1) * len(shown)
    yield stub.head() + "".join(f"{heads[j]:>{width + 1}}" for j in shown)
    several = len(stub.inner) > 1
    for number, group in enumerate(result.groups):
        last = result.total and result.by and number == len(result.groups) - 1
        if number == 0 or last or (several and result.separated):
            yield stub.rule(rest)
        for k in range(len(stub.inner)):
            cells = (_cell(result, group, k, j) for j in shown)
            yield result_line(stub.row(group, k), "".join(f"{cell:>{width + 1}}" for cell in cells))
    yield "-" * (stub.width + 2 + rest)


def _cell(result: TableOfStatistics, group: Group, row: int, column: int) -> str:
    i, j = (row, column) if result.columns == "variables" else (column, row)
    value, fmt = float(group.values[i, j]), result.formats[j]
    return (format_number(value, fmt) if fmt else g(value)).strip()
