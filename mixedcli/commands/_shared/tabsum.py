"""Tables of means, standard deviations and frequencies: ``tabulate, summarize()``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...data.dataset import Column
from ...formats import g
from ...records import record
from ...results.base import Result, Stored
from ..registry import layout
from .crosstab import above_columns, titles
from .moments import moments
from .tables import page, result_line

if TYPE_CHECKING:
    from ...report.document import Document, Line, Style

PARTS = ("means", "standard", "freq", "obs")
_ONE_WAY_STUB, _TWO_WAY_STUB, _CELL = 11, 10, 11
_SHIFT = 3
_PAGE = 76                           # the width in which the title of a two-way table is centred


@record
class Side:
    """One of the tabulated variables: its title and the texts of its values."""

    title: str
    texts: tuple[str, ...]


@record
class SummaryTable(Result):
    """``cells``: shape (parts, r + 1, c + 1), or (parts, r + 1) for one variable; the last row and column are totals.

    ``parts``: which of means, standard, freq, obs are shown.  nan where there are too few observations.
    """

    schema: ClassVar[str] = "tabulate summarize"

    title: str
    sides: tuple[Side, ...]
    parts: tuple[str, ...]
    cells: np.ndarray
    wrap: bool = False

    def stored(self) -> Stored:
        return Stored("")


def summary_table(
    column: Column, values: np.ndarray, weights: np.ndarray | None, sides: Sequence[Side], codes: Sequence[np.ndarray],
    parts: tuple[str, ...], wrap: bool,
) -> SummaryTable:
    """The table for ``values`` (m,), none missing, with frequency weights (m,) and the codes (m,) of each side."""
    shape = tuple(len(side.texts) + 1 for side in sides)
    cells = np.full((len(parts), *shape), np.nan)
    flat = cells.reshape(len(parts), -1)
    for split in product((True, False), repeat=len(sides)):
        # a side that is not split gives its total
        code = np.zeros(len(values), dtype=np.int64)
        for mine, size, by in zip(codes, shape, split, strict=True):
            code = code * size + (mine if by else size - 1)
        order = np.argsort(code, kind="stable")
        ranges = (range(size - 1) if by else (size - 1,) for size, by in zip(shape, split, strict=True))
        numbers = np.array([_number(place, shape) for place in product(*ranges)], dtype=np.int64)
        starts = np.searchsorted(code[order], numbers)
        ends = np.searchsorted(code[order], numbers, side="right")
        for number, start, end in zip(numbers.tolist(), starts.tolist(), ends.tolist(), strict=True):
            inside = order[start:end]
            flat[:, number] = _parts(values[inside], weights[inside] if weights is not None else None, parts)
    return SummaryTable(column.label or column.name, tuple(sides), parts, cells, wrap)


def _number(place: tuple[int, ...], shape: tuple[int, ...]) -> int:
    """The position of a cell in a table of ``shape`` written row by row."""
    out = 0
    for k, size in zip(place, shape, strict=True):
        out = out * size + k
    return out


def _parts(values: np.ndarray, weights: np.ndarray | None, parts: tuple[str, ...]) -> list[float]:
    found = moments(values, weights, True)
    sd = found.sd if found.N > 1 else 0.0 if found.N else math.nan
    known = {"means": found.mean, "standard": sd, "freq": found.N, "obs": float(len(values))}
    return [known[part] for part in parts]


# ---- layout --------------------------------------------------------------------------------------------------


@layout(SummaryTable)
def lay_out(result: SummaryTable, style: Style) -> Document:
    if result.cells.shape[1] == 1 or not result.parts:
        return page(["no observations"] if result.cells.shape[1] == 1 else [])
    return page(_one_way(result, style) if len(result.sides) == 1 else _two_way(result, style))


def _heads(style: Style) -> dict[str, str]:
    new = style.version >= 17
    return {"means": "Mean", "standard": "Std. dev." if new else "Std. Dev.", "freq": "Freq.", "obs": "Obs."}


def _text(value: float, part: str) -> str:
    return f"{value:,.0f}" if part in ("freq", "obs") else g(value, 10)


def _one_way(result: SummaryTable, style: Style) -> list[str | Line]:
    side = result.sides[0]
    room = 12 * len(result.parts)
    rule = "-" * (_ONE_WAY_STUB + 1) + "+" + "-" * room
    heads = _heads(style)
    above = above_columns(side.title, f"Summary of {result.title}", _ONE_WAY_STUB, room, room - 1)
    above[-1] += "".join(f"{heads[part]:>12}" for part in result.parts)
    lines: list[str | Line] = ["", *above, rule]
    for k, text in enumerate((*side.texts, "Total")):
        if k == len(side.texts):
            lines.append(rule)
        numbers = "".join(f"{_text(float(result.cells[p, k]), part):>12}" for p, part in enumerate(result.parts))
        lines.append(result_line(f"{text[:_ONE_WAY_STUB]:>{_ONE_WAY_STUB}} |", numbers))
    return lines


def _two_way(result: SummaryTable, style: Style) -> list[str | Line]:
    words = {"means": "Means", "standard": "Standard Deviations", "freq": "Frequencies", "obs": "Number of Observations"}
    named = [words[part] for part in result.parts]
    joined = named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1]
    title = f"{joined} of {result.title}"
    lines: list[str | Line] = ["", " " * max((_PAGE - len(title)) // 2, 0) + title]
    fits = max((style.linesize - _TWO_WAY_STUB - 3 - 10) // _CELL, 1)
    columns = len(result.sides[1].texts)
    if result.wrap:
        fits = columns
    for start in range(0, columns, fits):
        lines += ["", *_panel(result, range(start, min(start + fits, columns)))]
    return lines


def _panel(result: SummaryTable, shown: range) -> list[str | Line]:
    """Some of the columns, and the total of all."""
    rows, columns = result.sides
    rule = "-" * (_TWO_WAY_STUB + 1) + "+" + "-" * (_CELL * len(shown)) + "+" + "-" * 10
    heads = titles(rows.title, columns.title, [columns.texts[j] for j in shown], _TWO_WAY_STUB, shift=_SHIFT)
    lines: list[str | Line] = [*heads, rule]
    for k, text in enumerate((*rows.texts, "Total")):
        if k == len(rows.texts) or (k and len(result.parts) > 1):
            lines.append(rule)
        label = f"{text[: _TWO_WAY_STUB - 1]:>{_TWO_WAY_STUB}} |"
        for p, part in enumerate(result.parts):
            numbers = "".join(f"{_text(float(result.cells[p, k, j]), part):>10} " for j in shown)
            lines.append(result_line(label, f"{numbers}|{_text(float(result.cells[p, k, -1]), part):>10}"))
            label = " " * _TWO_WAY_STUB + " |"
    return lines

