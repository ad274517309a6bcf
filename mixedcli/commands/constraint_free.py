"""constraint free: a number that no constraint has, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from ._shared.constraints import LARGEST
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context


@record
class FreeConstraint(Result):
    """The least number that no constraint has."""

    number: int

    def stored(self) -> Stored:
        return Stored("r", macros={"free": str(self.number)})


@command("constraint free", start="raw")
def constraint_free(context: Context, statement: Statement) -> FreeConstraint:
    """constraint free: leave the number of a constraint that is not defined in r(free)."""
    if statement.rest.strip():
        raise StataError("invalid syntax", 198)
    number = next((k for k in range(1, LARGEST + 1) if k not in context.state.constraints), None)
    if number is None:
        raise StataError("no free constraint numbers", 498)
    return FreeConstraint(number)


@layout(FreeConstraint)
def lay_out(result: FreeConstraint, style: Style) -> Document:
    """Nothing is shown."""
    from ..report.document import Document

    return Document()
