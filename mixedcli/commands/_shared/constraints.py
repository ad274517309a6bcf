"""The linear constraints that ``constraint`` defines: their numbers, and the list of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from ...errors import StataError
from ...records import record
from ...results.base import Result
from ...syntax.numlist import read_integers
from ..registry import layout

if TYPE_CHECKING:
    from ...report.document import Document, Style
    from ...syntax.tree import Span
    from ..context import Context

LARGEST = 1999


@record
class ConstraintListing(Result):
    """Constraints as they were typed, by number."""

    schema: ClassVar[str] = "constraint list"

    constraints: dict[int, str]


def constraint_numbers(text: str, span: Span | None = None) -> tuple[int, ...]:
    """The numbers of ``1 3/5 7-9``, each once, in the order typed.

    Raises r(121) for what is no list of numbers, r(198) for numbers that constraints cannot have.
    """
    numbers = read_integers(re.sub(r"(\d)\s*-\s*(?=\d)", r"\1/", text), span)
    if not all(1 <= each <= LARGEST for each in numbers):
        raise StataError(f"constraint number must be between 1 and {LARGEST}", 198, span)
    return tuple(dict.fromkeys(numbers))


def chosen_constraints(context: Context, typed: str) -> ConstraintListing:
    """The constraints that ``typed`` numbers, all of them for nothing and ``_all``; in the order of their numbers."""
    known = context.state.constraints
    typed = typed.strip()
    numbers = set(known) if typed in ("", "_all") else set(constraint_numbers(typed))
    return ConstraintListing({number: known[number] for number in sorted(numbers) if number in known})


@layout(ConstraintListing)
def lay_out(result: ConstraintListing, style: Style) -> Document:
    """A line for each."""
    from ...report.document import RESULT, Document, Span, line

    return Document(tuple(line(f"{n:6d}:  ", Span(text, RESULT)) for n, text in result.constraints.items()))
