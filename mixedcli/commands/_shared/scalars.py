"""Listing scalars: what scalar list and scalar dir share."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...errors import StataError
from ...formats import format_number
from ...records import record
from ...results.base import Result
from ..registry import layout

if TYPE_CHECKING:
    from ...report.document import Document, Style
    from ..context import Context

NAME_END = 10


@record
class ScalarListing(Result):
    """Scalars by name, in the order in which they are shown."""

    schema: ClassVar[str] = "scalar list"

    scalars: dict[str, float | str]


def chosen_scalars(context: Context, typed: str) -> ScalarListing:
    """The scalars that ``typed`` names, in that order; all of them, the newest first, for nothing and ``_all``."""
    scalars = context.state.scalars
    names = typed.split()
    if not names or names == ["_all"]:
        return ScalarListing(dict(reversed(list(scalars.items()))))
    return ScalarListing({name: scalars[name] for name in existing_scalars(context, names)})


def existing_scalars(context: Context, names: list[str]) -> list[str]:
    """``names``, if all of them are scalars; r(111) otherwise."""
    for name in names:
        if name not in context.state.scalars:
            raise StataError(f"scalar {name} not found", 111)
    return names


@layout(ScalarListing)
def lay_out(result: ScalarListing, style: Style) -> Document:
    from ...report.document import RESULT, Document, Span, line

    return Document(tuple(
        line(f"{name:>{NAME_END}} = ", Span(value if isinstance(value, str) else format_number(value, "%10.0g"), RESULT))
        for name, value in result.scalars.items()
    ))
