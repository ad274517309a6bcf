"""matrix list: a matrix with its row and column names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..formats import parse_format
from ..results.postest import MatrixListing
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._matrix.tables import named_matrix, or_assignment
from ._shared.clauses import split_clauses
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("format", "f", Kind.FORMAT, help="display format of the elements; default %10.0g"),
    Option("noblank", "nob", help="no blank line first"),
    Option("noheader", "noh", help="without the name and the size"),
    Option("nonames", "non", help="without the names of rows and columns"),
    Option("nohalf", "noha", help="both triangles of a symmetric matrix"),
    Option("nodotz", "nod", help="leave elements that are .z blank"),
    Option("title", "t", Kind.STRING, help="a title beside the name"),
)


@command("matrix list", shortest="mat l", start="raw", options=OPTIONS)
@or_assignment("matrix")
def matrix_list(context: Context, statement: Statement) -> MatrixListing:
    """matrix list name [, format(%fmt) title(text) noblank noheader nohalf nonames nodotz]

    Show a matrix: one of the session, or a stored one such as e(b), e(V) or r(C).
    """
    typed, start, rest = split_clauses(statement)
    options = context.options(rest, OPTIONS)
    fmt = options["format"] or "%10.0g"
    if parse_format(fmt) is None:
        raise StataError("invalid %format", 120)
    matrix = named_matrix(context, typed, (start, start + len(typed)))
    return MatrixListing(
        "".join(typed.split()), matrix, fmt, title=options["title"] or "", header=not options["noheader"],
        names=not options["nonames"], full=options["nohalf"], no_blank=options["noblank"], no_dot_z=options["nodotz"],
    )


@layout(MatrixListing)
def lay_out(result: MatrixListing, style: Style) -> Document:
    from ..report.matrix import matrix_document

    return matrix_document(result, style)
