"""count: how many observations satisfy a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from ._shared.tables import chosen_rows, page, refuse, result_line
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context


@record
class Count(Result):
    """The number of observations."""

    schema: ClassVar[str] = "count"

    N: int

    def stored(self) -> Stored:
        return Stored("r", scalars={"N": float(self.N)})


@command("count", shortest="cou", by="loop")
def count(context: Context, statement: Statement) -> Count:
    """count [if] [in]: the number of observations that satisfy the condition; leaves r(N)."""
    context.options(statement, ())
    refuse(statement, varlist=True, using=True)
    return Count(len(chosen_rows(context, statement)))


@layout(Count)
def lay_out(result: Count, style: Style) -> Document:
    text = f"{result.N:,}" if style.version >= 14 else str(result.N)
    return page([result_line("", f"{text:>5}")])
