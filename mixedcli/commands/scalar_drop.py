"""scalar drop: take scalars out of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..syntax.tree import Statement
from ._matrix.tables import or_assignment
from ._shared.scalars import existing_scalars
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("scalar drop", shortest="sca drop", start="raw")
@or_assignment("scalar")
def scalar_drop(context: Context, statement: Statement) -> None:
    """scalar drop names | _all: take scalars out of memory."""
    names = statement.rest.split()
    if not names:
        raise StataError("name required", 100)
    gone = set(context.state.scalars) if names == ["_all"] else set(existing_scalars(context, names))
    context.change(scalars={name: value for name, value in context.state.scalars.items() if name not in gone})
