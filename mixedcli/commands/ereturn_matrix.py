"""ereturn matrix: a matrix in e()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..syntax.tree import Statement
from ._shared.returns import MATRIX_OPTIONS, estimation_entry, matrix_of, move_away
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("ereturn matrix", shortest="eret mat", start="raw", options=MATRIX_OPTIONS)
def ereturn_matrix(context: Context, statement: Statement) -> None:
    """ereturn matrix name = A [, copy]

    Add the matrix e(name) to the estimation results. A is dropped unless copied. e(b) and e(V) are for ereturn post.
    """
    name, matrix, moved = matrix_of(context, statement)
    if name in ("b", "V", "Cns"):
        raise StataError(f"e({name}) may only be set by ereturn post", 198)
    estimation_entry(context, "matrices", name, matrix)
    move_away(context, moved)
