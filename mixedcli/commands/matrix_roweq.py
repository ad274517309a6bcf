"""matrix roweq: name the equations of a matrix's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._matrix.names import rename_side
from ._matrix.tables import or_assignment
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("matrix roweq", shortest="mat rowe", start="raw")
@or_assignment("matrix")
def matrix_roweq(context: Context, statement: Statement) -> None:
    """matrix roweq A = equations

    Name the equations of the rows of a matrix: `name`, `equation:name`, or `equation:`; what is not given stays as it is.
    """
    rename_side(context, statement, "rows", equations=True)
