"""xtsum: means and standard deviations, overall, between panels and within panels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import group_codes, numeric
from ..data.dataset import Column
from ..data.storage import is_missing, is_numeric
from ..formats import abbreviate, g
from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from ._shared.moments import Moments, moments
from ._shared.panel import required_panel
from ._shared.tables import chosen_columns, chosen_rows, page, refuse, result_line
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Line, Style
    from .context import Context


@record
class Decomposition:
    """One variable: moments of all values, of the panels' means, and of deviations from them put at the overall mean.

    ``panels``: how many have a value.  ``balanced``: all of these have as many.
    """

    name: str
    overall: Moments
    between: Moments
    within: Moments
    panels: int
    balanced: bool


@record
class PanelSummary(Result):
    schema: ClassVar[str] = "xtsum"

    variables: tuple[Decomposition, ...]

    def stored(self) -> Stored:
        if not self.variables:
            return Stored("r")
        last = self.variables[-1]
        scalars = {"N": last.overall.N, "n": float(last.panels)}
        scalars["Tbar"] = last.overall.N / last.panels if last.panels else math.nan
        scalars |= {"mean": last.overall.mean, "sd": last.overall.sd, "min": last.overall.min, "max": last.overall.max}
        scalars |= {"sd_b": last.between.sd, "min_b": last.between.min, "max_b": last.between.max}
        return Stored("r", scalars=scalars | {
            "sd_w": last.within.sd, "min_w": last.within.min, "max_w": last.within.max
        })


@command("xtsum", by="loop")
def xtsum(context: Context, statement: Statement) -> PanelSummary:
    """xtsum [varlist] [if] [in]: summary statistics of panel data, overall, between and within panels; needs xtset."""
    context.options(statement, ())
    refuse(statement, using=True)
    panel = context.data.columns[required_panel(context.data).panel]
    rows = chosen_rows(context, statement)
    return PanelSummary(tuple(
        decomposed(column, panel, rows) for column in chosen_columns(context, statement) if is_numeric(column.storage)
    ))


def decomposed(column: Column, panel: Column, rows: np.ndarray) -> Decomposition:
    """Overall, between and within moments of ``column`` on ``rows`` ([XT] xtsum): within is x - panel mean + mean."""
    values = numeric(column)[rows]
    codes = group_codes([panel], rows, missing=False)[0]
    known = ~is_missing(values) & (codes >= 0)
    values, codes = values[known], np.unique(codes[known], return_inverse=True)[1].reshape(-1)
    overall = moments(values, None, False)
    sizes = np.bincount(codes)
    means = np.bincount(codes, weights=values) / sizes if sizes.size else np.zeros(0)
    within = values - means[codes] + overall.mean if sizes.size else values
    return Decomposition(
        column.name, overall, moments(means, None, False), moments(within, None, False), len(sizes),
        bool(sizes.size) and int(sizes.min()) == int(sizes.max()),
    )


@layout(PanelSummary)
def lay_out(result: PanelSummary, style: Style) -> Document:
    deviation = "Std. dev." if style.version >= 17 else "Std. Dev."
    lines: list[str | Line] = [
        "", f"Variable         |      Mean   {deviation}       Min        Max |    Observations",
        "-" * 17 + "+" + "-" * 44 + "+" + "-" * 16,
    ]
    for k, one in enumerate(result.variables):
        if k:
            lines.append(" " * 17 + "|" + " " * 44 + "|")
        lines += _rows(one)
    return page(lines)


def _rows(one: Decomposition) -> list[Line]:
    periods = one.overall.N / one.panels if one.panels else math.nan
    ends = [("N", one.overall.N), ("n", float(one.panels)), ("T" if one.balanced else "T-bar", periods)]
    out = []
    parts = zip(("overall", "between", "within"), (one.overall, one.between, one.within), ends, strict=True)
    for name, found, (letter, count) in parts:
        first = name == "overall"
        stub = f"{abbreviate(one.name, 8) if first else '':<8} {name:<8}|"
        numbers = f"{g(found.mean) if first else '':>10}{g(found.sd):>11}{g(found.min):>11}{g(found.max):>11}"
        out.append(result_line(stub, f"{numbers} |{letter:>6} ={g(count, 8):>8}"))
    return out
