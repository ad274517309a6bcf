"""return matrix: a matrix for r()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._shared.returns import MATRIX_OPTIONS, matrix_of, move_away, return_entry
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("return matrix", shortest="ret mat", start="raw", options=MATRIX_OPTIONS)
def return_matrix(context: Context, statement: Statement) -> None:
    """return matrix name = A [, copy]

    What the matrix r(name) will be when the rclass program that is running ends. A is dropped unless copied.
    """
    name, matrix, moved = matrix_of(context, statement)
    return_entry(context, "matrices", name, matrix)
    move_away(context, moved)
