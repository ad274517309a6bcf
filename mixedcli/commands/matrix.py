"""``matrix``: define a matrix, or change some of its elements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ..errors import NotBuilt, StataError, type_mismatch
from ..records import replace
from ..syntax import tree
from ..syntax.tree import Statement
from .registry import command

if TYPE_CHECKING:
    from ..results.base import Matrix
    from .context import Context

_DEFINES = re.compile(r"\s*(?:(?:def(?:i(?:n(?:e)?)?)?|in(?:p(?:u(?:t)?)?)?)\s+(?=[^\W\d]))?")
_TARGET = re.compile(r"\s*[^\W\d]\w*\s*(?:=(?!=)|\[)")


@command("matrix", shortest="mat", start="raw")
def matrix(context: Context, statement: Statement) -> None:
    """matrix [define] A = matrix expression;  matrix A[i,j] = expression

    Operators, from the tightest: ' (transpose), sign, # (Kronecker), / (by a number), *, + and -, comma (side by side),
    \\ (below each other).  Operands: names, e(b), e(V), r(...), numbers and scalars, A[1..2, 1...], A["row","column"].
    Functions: inv invsym cholesky corr diag vecdiag vec hadamard sweep I J matuniform nullmat get(_b) get(VCE), and
    those that give numbers, such as det trace rowsof colsof el.
    """
    from ..syntax.parser import parse_matrix

    text = statement.text
    start = _start(statement)
    if not _TARGET.match(text, start):
        raise _not_a_definition(text[start:])
    define(context, parse_matrix(text, start))


def _start(statement: Statement) -> int:
    """Where the name of the matrix begins: after ``define`` if that is there."""
    start = len(statement.text) - len(statement.rest)
    match = _DEFINES.match(statement.text, start)
    assert match is not None
    return match.end()


def _not_a_definition(rest: str) -> StataError:
    """The error for what is no definition: a subcommand that is not built, or nothing that Stata knows."""
    from .planned import planned

    word = re.match(r"\s*((?!\d)\w*)", rest)
    second = word[1] if word else ""
    if not second:
        return StataError("subcommand required" if not rest.strip() else "invalid syntax", 198)
    known = planned("matrix", second)
    return NotBuilt(known) if known and " " in known else StataError(f"matrix subcommand {second} is unrecognized", 199)


def define(context: Context, assignment: tree.MatrixAssignment) -> None:
    """Do what a definition says.

    Raises r(111) if elements of a matrix that does not exist are to change, r(503) where they lie beyond it.
    """
    from ._matrix.expressions import MatrixEvaluator, as_matrix
    from ._matrix.tables import find_matrix, keep_matrix

    name = assignment.target
    evaluator = MatrixEvaluator(context)
    if assignment.row is None or assignment.column is None:
        keep_matrix(context, name, as_matrix(evaluator.value(assignment.exp), assignment.exp.span))
        return
    target = find_matrix(context, name)
    if target is None:
        raise StataError(f"matrix {name} not found", 111, assignment.span)
    row = _position(evaluator.value, assignment.row)
    column = _position(evaluator.value, assignment.column)
    part = as_matrix(evaluator.value(assignment.exp), assignment.exp.span)
    keep_matrix(context, name, with_part(target, row, column, part))


def _position(value: object, place: tree.Expr | tree.IndexRange) -> int:
    """The row or column at which elements are to be replaced, from 1."""
    if isinstance(place, tree.IndexRange):
        raise StataError("invalid syntax", 198, place.span)
    number = value(place)  # type: ignore[operator]
    if not isinstance(number, float):
        raise type_mismatch(place.span)
    return int(np.floor(min(max(number, -1.0), 1e9)))


def with_part(target: Matrix, row: int, column: int, part: Matrix) -> Matrix:
    """``target`` with ``part`` in it, whose upper left corner lies at ``row``, ``column``; r(503) if it sticks out."""
    from ._matrix.values import conformability_error

    rows, columns = part.values.shape
    if row < 1 or column < 1 or row + rows - 1 > len(target.rows) or column + columns - 1 > len(target.columns):
        raise conformability_error()
    values = target.values.copy()
    values[row - 1 : row - 1 + rows, column - 1 : column - 1 + columns] = part.values
    return replace(target, values=values)
