"""matrix colnames: name the columns of a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._matrix.names import rename_side
from ._matrix.tables import or_assignment
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("matrix colnames", shortest="mat coln", start="raw")
@or_assignment("matrix")
def matrix_colnames(context: Context, statement: Statement) -> None:
    """matrix colnames A = names

    Name the columns of a matrix: `name`, `equation:name`, or `equation:`; what is not given stays as it is.
    """
    rename_side(context, statement, "columns", equations=False)
