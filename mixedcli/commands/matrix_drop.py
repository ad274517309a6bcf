"""matrix drop: take matrices out of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..syntax.tree import Statement
from ._matrix.tables import drop_matrices, or_assignment
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("matrix drop", shortest="mat drop", start="raw")
@or_assignment("matrix")
def matrix_drop(context: Context, statement: Statement) -> None:
    """matrix drop names | _all: take matrices out of memory."""
    names = tuple(statement.rest.split())
    if not names:
        raise StataError("matrix name required", 100)
    if names == ("_all",):
        names = tuple(context.state.matrices)
    for name in names:
        if name not in context.state.matrices:
            raise StataError(f"matrix {name} not found", 111)
    drop_matrices(context, names)
