"""How `tabulate` draws its tables: titles above the stub and the columns, cells of eleven characters, the key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .tables import result_line, wrapped

if TYPE_CHECKING:
    from ...report.document import Line, Style
    from ..tabulate import TwoWay

_ONE_WAY_STUB, _ONE_WAY_WIDEST = 11, 39
_TWO_WAY_STUB, _TWO_WAY_WIDEST = 10, 21
_CELL, _CELL_TEXT, _TOTAL = 11, 9, 10
_KEY = {
    "frequency": "frequency",
    "expected": "expected frequency",
    "row": "row percentage",
    "column": "column percentage",
    "cell": "cell percentage",
}


# ---- one way -------------------------------------------------------------------------------------------------


def one_way_lines(title: str, texts: Sequence[str], counts: Sequence[float]) -> list[str | Line]:
    """The lines of a one-way table: frequency, percentage, running percentage."""
    width = min(max(_ONE_WAY_STUB, *(len(text) for text in texts)), _ONE_WAY_WIDEST)
    total = sum(counts)
    rule = "-" * (width + 1) + "+" + "-" * 35
    titles = wrapped(title, width)
    lines: list[str | Line] = ["", *(f"{part:>{width}} |" for part in titles[:-1])]
    lines += [f"{titles[-1]:>{width}} |{'Freq.':>11}{'Percent':>12}{'Cum.':>12}", rule]
    running = 0.0
    for text, count in zip(texts, counts, strict=True):
        running += count
        values = f"{count:>11,.0f}{100 * count / total:>12.2f}{100 * running / total:>12.2f}"
        lines.append(result_line(f"{text[:width]:>{width}} |", values))
    lines += [rule, result_line(f"{'Total':>{width}} |", f"{total:>11,.0f}{100.0:>12.2f}")]
    return lines


# ---- two way -------------------------------------------------------------------------------------------------


def two_way_lines(result: TwoWay, expected: np.ndarray, style: Style) -> list[str | Line]:
    """The key, if there is more than one kind of number in a cell, and the table in as many panels as it needs."""
    widest = max(len(category.text) for category in result.rows)
    stub = min(max(_TWO_WAY_STUB, widest), _TWO_WAY_WIDEST)
    fits = max((style.linesize - stub - 2 - 1 - _TOTAL - 1) // _CELL, 1)
    if result.wrap:
        fits = len(result.columns)
    lines: list[str | Line] = []
    if result.key and len(result.contents) > 1:
        lines += ["", *_key([_KEY[name] for name in result.contents])]
    if result.show_stages and result.exact is not None and result.counts.shape != (2, 2):
        lines += ["", *_stages(result.exact.stages)]
    for start in range(0, len(result.columns), fits):
        lines += [""] if start else []
        lines += ["", *_panel(result, expected, stub, slice(start, start + fits))]
    return lines


def _stages(found: Sequence[int]) -> list[str]:
    """What the exact test says of its progress: the last stage first."""
    numbered = zip(range(len(found), 0, -1), found, strict=True)
    return ["Enumerating sample-space combinations:", *(f"stage {k}:  enumerations = {n}" for k, n in numbered)]


def _key(names: Sequence[str]) -> list[str]:
    width = max(len(name) for name in names)
    rule = "-" * (width + 2)
    rows = []
    for name in names:
        before = (width - len(name)) // 2
        rows.append(f"| {' ' * before}{name}{' ' * (width - len(name) - before)} |")
    return [f"+{rule}+", f"| {'Key':<{width}} |", f"|{rule}|", *rows, f"+{rule}+"]


def _panel(result: TwoWay, expected: np.ndarray, stub: int, columns: slice) -> list[str | Line]:
    """Some of the columns, and the total of all."""
    shown = result.columns[columns]
    rule = "-" * (stub + 1) + "+" + "-" * (_CELL * len(shown)) + "+" + "-" * _TOTAL
    heads = titles(result.row_title, result.column_title, [c.text for c in shown], stub)
    body: list[str | Line] = [*heads, rule]
    full = _with_totals(result.counts)
    values = {
        "frequency": full,
        "expected": _with_totals(expected),
        "row": 100 * full / full[:, -1:],
        "column": 100 * full / full[-1:, :],
        "cell": 100 * full / full[-1, -1],
    }
    places = [*range(*columns.indices(len(result.columns))), len(result.columns)]
    names = [*(c.text for c in result.rows), "Total"]
    for k, name in enumerate(names):
        if k == len(result.rows) or (k and len(result.contents) > 1):
            body.append(rule)
        label = f"{name[:stub]:>{stub}} |"
        for content in result.contents:
            body.append(_cells(label, [_text(values[content][k, j], content) for j in places]))
            label = " " * stub + " |"
    return body


def _with_totals(table: np.ndarray) -> np.ndarray:
    """``table`` (r, c) with a column and a row of sums: shape (r + 1, c + 1)."""
    wide = np.column_stack([table, table.sum(axis=1)])
    return np.vstack([wide, wide.sum(axis=0)])


def _text(value: float, content: str) -> str:
    if content == "frequency":
        return f"{value:,.0f}"
    return f"{value:,.1f}" if content == "expected" else f"{value:.2f}"


def _cells(label: str, texts: Sequence[str]) -> Line:
    return result_line(label, "".join(f"{text:>10} " for text in texts[:-1]) + f"|{texts[-1]:>10} ")


def titles(row_title: str, column_title: str, texts: Sequence[str], stub: int, shift: int = 0) -> list[str]:
    """The titles of rows and columns, both ending on the last lines, and the names of the columns.

    The title of the columns is centred in their width less ``shift`` (tables of means: 3, as measured).
    """
    room = _CELL * len(texts)
    lines = above_columns(row_title, column_title, stub, room - shift, room)
    heads = "".join(f"{text[:_CELL_TEXT]:>10} " for text in texts)
    return [*lines[:-1], f"{lines[-1]}{heads}|{'Total':>10}"]


def above_columns(row_title: str, column_title: str, stub: int, room: int, text_room: int) -> list[str]:
    """The lines above a table up to that of the column names, which the last one leaves open: on the left the title of
    the rows, on the right that of the columns, centred in ``room`` and no wider than ``text_room``."""
    left, above = wrapped(row_title, stub), wrapped(column_title, text_room)
    height = max(len(left), len(above) + 1)
    left = [""] * (height - len(left)) + left
    above = [""] * (height - 1 - len(above)) + above
    lines = []
    for part, title in zip(left, above, strict=False):
        before = -(-(room - len(title)) // 2)
        lines.append(f"{part:>{stub}} |" + (" " * before + title if title else ""))
    return [*lines, f"{left[-1]:>{stub}} |"]
