"""constraint list: the constraints in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._shared.constraints import ConstraintListing, chosen_constraints
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("constraint list", shortest="cons l", start="raw")
def constraint_list(context: Context, statement: Statement) -> ConstraintListing:
    """constraint list [numlist | _all]: show constraints as they were typed, in the order of their numbers."""
    return chosen_constraints(context, statement.rest)
