"""duplicates report: how many observations occur once, twice, ..."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from ._shared.duplicates import equal_observations, heading
from ._shared.tables import page
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context


@record
class DuplicateReport(Result):
    """``rows``: (copies, observations that occur so often, those of them that are surplus).

    ``unique``: the number of distinct observations.
    """

    schema: ClassVar[str] = "duplicates_report"

    where: str
    rows: tuple[tuple[int, int, int], ...]
    N: int
    unique: int

    def stored(self) -> Stored:
        return Stored("r", scalars={"N": float(self.N), "unique_value": float(self.unique)})


@command("duplicates report", shortest="duplicates r")
def duplicates_report(context: Context, statement: Statement) -> DuplicateReport:
    """duplicates report [varlist] [if] [in]

    Count the observations that are equal on the variables, or on all variables; leaves r(N) and r(unique_value).
    """
    context.options(statement, ())
    groups = equal_observations(context, statement)
    copies, times = np.unique(groups.sizes, return_counts=True)
    rows = tuple((int(k), int(k * t), int((k - 1) * t)) for k, t in zip(copies, times, strict=True))
    return DuplicateReport(groups.where, rows, len(groups.rows), len(groups.sizes))


@layout(DuplicateReport)
def lay_out(result: DuplicateReport, style: Style) -> Document:
    names = "   Copies | Observations       Surplus"
    rule = "-" * 38
    return page([
        *heading(result.where, style),
        "",
        rule,
        names if style.version >= 17 else names.lower(),
        "----------+---------------------------",
        *(f"{copies:>9} | {observations:>12}  {surplus:>12}" for copies, observations, surplus in result.rows),
        rule,
    ])  # fmt: skip
