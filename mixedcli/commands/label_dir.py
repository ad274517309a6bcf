"""label dir: the names of the value labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from ._shared.data import invalid_syntax
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style


@record
class LabelNames(Result):
    names: tuple[str, ...]

    def stored(self) -> Stored:
        return Stored("r", macros={"names": " ".join(self.names)})


@command("label dir", shortest="la di", start="names")
def label_dir(context: Context, statement: Statement) -> LabelNames:
    """label dir

    Show the names of the value labels in memory.
    """
    context.options(statement, ())
    if statement.arguments:
        raise invalid_syntax(statement.arguments[0].span)
    return LabelNames(tuple(context.data.value_labels))


@layout(LabelNames)
def lay_out(result: LabelNames, style: Style) -> Document:
    from ..report.document import Document, line

    return Document(tuple(line(name) for name in result.names))
