"""matrix dir: the names and sizes of the matrices in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..errors import StataError
from ..records import record
from ..results.base import Matrix, Result
from ..syntax.tree import Statement
from ._matrix.tables import or_assignment
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

NAME_END = 13


@record
class MatrixDirectory(Result):
    """The matrices, the newest first, by name."""

    schema: ClassVar[str] = "matrix dir"

    matrices: dict[str, Matrix]


@command("matrix dir", shortest="mat d", start="raw")
@or_assignment("matrix")
def matrix_dir(context: Context, statement: Statement) -> MatrixDirectory:
    """matrix dir: list the names and sizes of the matrices in memory, the newest first."""
    if statement.rest.strip():
        raise StataError("invalid syntax", 198)
    return MatrixDirectory(dict(reversed(list(context.state.matrices.items()))))


@layout(MatrixDirectory)
def lay_out(result: MatrixDirectory, style: Style) -> Document:
    from ..report.document import RESULT, Document, Span, line

    return Document(tuple(
        line(name.rjust(NAME_END), Span(f"[{len(matrix.rows)},{len(matrix.columns)}]", RESULT))
        for name, matrix in result.matrices.items()
    ))
