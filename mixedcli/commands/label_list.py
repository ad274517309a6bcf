"""label list: show value labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..data.storage import MISSING, missing_name
from ..errors import StataError
from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style


@record
class ValueLabels(Result):
    """Value labels by name: value -> text, extended missing values as their doubles."""

    labels: Mapping[str, Mapping[float, str]]

    def stored(self) -> Stored:
        """r(k), r(min), r(max), r(hasemiss) of the last label listed."""
        values = list(list(self.labels.values())[-1]) if self.labels else []
        numbers = [value for value in values if value < MISSING]
        scalars = {
            "k": float(len(values)),
            "min": min(numbers, default=math.nan),
            "max": max(numbers, default=math.nan),
            "hasemiss": float(len(numbers) < len(values)),
        }
        return Stored("r", scalars=scalars)


@command("label list", shortest="la l", start="names")
def label_list(context: Context, statement: Statement) -> ValueLabels:
    """label list [lblname ...]

    Show the values and texts of value labels; of all of them without a name.
    """
    context.options(statement, ())
    words = statement.arguments
    known = context.data.value_labels
    for word in words:
        if word.text not in known and word.text != "_all":
            raise StataError(f"value label {word.text} not found", 111, word.span)
    names = [word.text for word in words if word.text != "_all"] or sorted(known)
    return ValueLabels({name: known[name] for name in names})


@layout(ValueLabels)
def lay_out(result: ValueLabels, style: Style) -> Document:
    from ..report.document import Document, Line, line

    blocks: list[Line] = []
    for name, label in result.labels.items():
        blocks.append(line(f"{name}:"))
        for value, text in sorted(label.items()):
            shown = missing_name(value) if value >= MISSING else f"{value:.0f}"
            blocks.append(line(f"{shown:>12} {text}"))
    return Document(tuple(blocks))
