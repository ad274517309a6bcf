"""constraint dir: the constraints in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._shared.constraints import ConstraintListing, chosen_constraints
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("constraint dir", shortest="cons d", start="raw")
def constraint_dir(context: Context, statement: Statement) -> ConstraintListing:
    """constraint dir [numlist | _all]: show constraints as they were typed, in the order of their numbers."""
    return chosen_constraints(context, statement.rest)
