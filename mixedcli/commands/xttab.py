"""xttab: frequencies of panel data, overall, between panels and within panels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import group_codes, numeric
from ..data.storage import is_numeric
from ..errors import StataError, no_observations
from ..formats import abbreviate
from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from ._shared.panel import required_panel
from ._shared.tables import chosen_names, chosen_rows, labels_of, page, refuse, result_line, value_text
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Line, Style
    from .context import Context


@record
class PanelCategory:
    """A value: observations that have it, panels that ever have it, and the percentage of those panels' observations
    that have it."""

    text: str
    overall: int
    between: int
    within: float


@record
class PanelTable(Result):
    """``n``: panels; ``within``: the percentage over all values, weighted by panels."""

    schema: ClassVar[str] = "xttab"

    variable: str
    categories: tuple[PanelCategory, ...]
    n: int
    within: float

    def stored(self) -> Stored:
        return Stored("r", scalars={"n": float(self.n)})


@command("xttab", by="loop")
def xttab(context: Context, statement: Statement) -> PanelTable:
    """xttab varname [if] [in]: a one-way table of panel data, overall, between and within panels; needs xtset."""
    context.options(statement, ())
    refuse(statement, using=True)
    if not statement.varlist:
        raise StataError("varlist required", 100)
    names = chosen_names(context, statement)
    if len(names) > 1:
        raise StataError("too many variables specified", 103)
    data = context.data
    column, panel = data.columns[names[0]], data.columns[required_panel(data).panel]
    rows = chosen_rows(context, statement)
    rows = rows[(group_codes([column, panel], rows, missing=False)[0] >= 0)]
    if not len(rows):
        raise no_observations()
    values, first = group_codes([column], rows)
    panels = group_codes([panel], rows)[0]
    counts = _cross(values, panels)
    labels, native = labels_of(data, column), numeric(column) if is_numeric(column.storage) else column.values
    sizes = counts.sum(axis=0)
    categories = tuple(
        PanelCategory(
            value_text(native[row], column, labels), int(counts[k].sum()), int((counts[k] > 0).sum()),
            100 * float(counts[k].sum()) / float(sizes[counts[k] > 0].sum()),
        )
        for k, row in enumerate(first)
    )
    ever = sum(c.between for c in categories)
    return PanelTable(names[0], categories, len(sizes), math.fsum(c.within * c.between for c in categories) / ever)


def _cross(values: np.ndarray, panels: np.ndarray) -> np.ndarray:
    """Observations of each value (row) in each panel (column)."""
    shape = int(values.max()) + 1, int(panels.max()) + 1
    return np.bincount(values * shape[1] + panels, minlength=shape[0] * shape[1]).reshape(shape)


@layout(PanelTable)
def lay_out(result: PanelTable, style: Style) -> Document:
    rule = "-" * 10 + "+" + "-" * 53
    total = sum(c.overall for c in result.categories)
    lines: list[str | Line] = [
        "", f"{'Overall':>25}{'Between':>20}{'Within':>18}",
        f"{abbreviate(result.variable, 9):>9} |{'Freq.':>9}{'Percent':>9}{'Freq.':>11}{'Percent':>9}{'Percent':>15}", rule,
    ]
    lines += [
        _row(c.text[:9], c.overall, 100 * c.overall / total, c.between, 100 * c.between / result.n, c.within)
        for c in result.categories
    ]
    ever = sum(c.between for c in result.categories)
    lines += [rule, _row("Total", total, 100.0, ever, 100 * ever / result.n, result.within)]
    return page([*lines, f"{f'(n = {result.n})':>39}"])


def _row(text: str, overall: int, share: float, between: int, part: float, within: float) -> Line:
    return result_line(f"{text:>9} |", f"{overall:>8}{share:>10.2f}{between:>10}{part:>10.2f}{within:>15.2f}")
