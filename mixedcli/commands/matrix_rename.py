"""matrix rename: give a matrix another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._matrix.tables import drop_matrices, keep_matrix, or_assignment
from ._shared.clauses import split_clauses
from ._shared.data import check_name
from .registry import command

if TYPE_CHECKING:
    from .context import Context

OPTIONS = (Option("replace", "replace", help="a matrix of the new name is replaced"),)


@command("matrix rename", shortest="mat ren", start="raw", options=OPTIONS)
@or_assignment("matrix")
def matrix_rename(context: Context, statement: Statement) -> None:
    """matrix rename old new [, replace]: give a matrix another name."""
    typed, start, rest = split_clauses(statement)
    options = context.options(rest, OPTIONS)
    span = (start, start + len(typed))
    if len(typed.split()) != 2:
        raise StataError("invalid syntax", 198, span)
    old, new = typed.split()
    matrix = context.state.matrices.get(old)
    if matrix is None:
        raise StataError(f"matrix {old} not found", 111, span)
    check_name(new, span)
    if new in context.state.matrices and not options["replace"]:
        raise StataError(f"matrix {new} already defined", 110, span)
    drop_matrices(context, (old, new))
    keep_matrix(context, new, matrix)
