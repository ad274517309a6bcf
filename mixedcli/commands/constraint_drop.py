"""constraint drop: forget constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..syntax.tree import Statement
from ._shared.constraints import constraint_numbers
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("constraint drop", start="raw")
def constraint_drop(context: Context, statement: Statement) -> None:
    """constraint drop numlist | _all: forget these constraints; numbers that are free stay so."""
    typed = statement.rest.strip()
    if not typed:
        raise StataError("invalid syntax", 198)
    known = context.state.constraints
    gone = set(known) if typed == "_all" else set(constraint_numbers(typed))
    context.change(constraints={number: text for number, text in known.items() if number not in gone})
