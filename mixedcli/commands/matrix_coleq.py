"""matrix coleq: name the equations of a matrix's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._matrix.names import rename_side
from ._matrix.tables import or_assignment
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("matrix coleq", shortest="mat cole", start="raw")
@or_assignment("matrix")
def matrix_coleq(context: Context, statement: Statement) -> None:
    """matrix coleq A = equations

    Name the equations of a matrix's columns: `name`, `equation:name`, or `equation:`; what is not given stays as it is.
    """
    rename_side(context, statement, "columns", equations=True)
