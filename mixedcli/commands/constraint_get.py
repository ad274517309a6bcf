"""constraint get: a constraint as text, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from ._shared.constraints import constraint_numbers
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context


@record
class ConstraintText(Result):
    """A constraint as it was typed; empty if there is none of that number."""

    contents: str

    def stored(self) -> Stored:
        macros = {"contents": self.contents} if self.contents else {}
        return Stored("r", scalars={"defined": float(bool(self.contents))}, macros=macros)


@command("constraint get", start="raw")
def constraint_get(context: Context, statement: Statement) -> ConstraintText:
    """constraint get #: leave the constraint in r(contents), and in r(defined) whether there is one (1 or 0)."""
    numbers = constraint_numbers(statement.rest)
    if len(numbers) != 1:
        raise StataError("invalid syntax", 198)
    return ConstraintText(context.state.constraints.get(numbers[0], ""))


@layout(ConstraintText)
def lay_out(result: ConstraintText, style: Style) -> Document:
    """Nothing is shown."""
    from ..report.document import Document

    return Document()
