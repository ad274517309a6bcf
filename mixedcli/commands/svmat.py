"""svmat: make variables of the columns of a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.columns import new_numeric
from ..data.storage import DTYPES, MISSING
from ..errors import StataError, type_mismatch
from ..records import record
from ..results.base import Matrix
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._matrix.tables import named_matrix
from ._shared.data import check_new_variable
from .registry import command, layout
from .set import MoreObservations, lengthened

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("names", "n", Kind.STRING, "how the variables are called: col, eqcol, matcol, or what their names begin with"),
)


@record
class ResetObservations(MoreObservations):
    """The matrix has more rows than the data, which become longer."""


@command("svmat", start="names", options=OPTIONS)
def svmat(context: Context, statement: Statement) -> ResetObservations | None:
    """svmat [type] A [, names(col | eqcol | matcol | text)]

    Make a variable of each column of a matrix: A1, A2, ..., or called as names() says (col: by the column names, matcol:
    matrix and column name, eqcol: equation and column name). The data get as many observations as the matrix has rows.
    """
    options = context.options(statement, OPTIONS)
    words = [word.text for word in statement.arguments]
    storage = context.settings.type
    if len(words) == 2:
        storage, *words = words
    if len(words) != 1:
        raise StataError("invalid syntax" if words else "matrix name required", 198 if words else 100)
    if storage not in DTYPES:
        raise type_mismatch() if storage.startswith("str") else StataError(f"{storage} invalid type", 198)
    matrix = named_matrix(context, words[0], statement.arguments[-1].span)
    names = _variables(words[0], matrix, options["names"])
    _check(context, names)
    return _make(context, matrix, names, storage)


def _variables(name: str, matrix: Matrix, how: str | None) -> list[str]:
    if how in ("c", "co", "col"):
        return [each.name for each in matrix.columns]
    if how is not None and len(how) > 1 and "matcol".startswith(how):
        return [f"{name}{each.name}" for each in matrix.columns]
    if how is not None and len(how) > 1 and "eqcol".startswith(how):
        return [f"{each.equation}{each.name}" for each in matrix.columns]
    return [f"{how or name}{k}" for k in range(1, len(matrix.columns) + 1)]


def _check(context: Context, names: list[str]) -> None:
    """Raise r(110) for a name in use, also by another column, and r(198) for one that is not valid."""
    for k, name in enumerate(names):
        check_new_variable(name, context.data)
        if name in names[:k]:
            raise StataError(f"variable {name} already defined", 110)


def _make(context: Context, matrix: Matrix, names: list[str], storage: str) -> ResetObservations | None:
    before, rows = context.data.n, len(matrix.rows)
    data = lengthened(context.data, rows) if rows > before else context.data
    for k, name in enumerate(names):
        values = np.full(data.n, MISSING)
        values[:rows] = np.where(np.isnan(matrix.values[:, k]), MISSING, matrix.values[:, k])
        data = data.with_column(new_numeric(name, values, storage))
    context.data = data
    return ResetObservations(before, rows) if rows > before else None


@layout(ResetObservations)
def lay_out(result: ResetObservations, style: Style) -> Document:
    from ..report.document import Document, line
    from .set import lay_out as more

    warning = (
        line(f"number of observations will be reset to {result.after}"),
        line("Press any key to continue, or Break to abort"),
    )
    return Document(warning) + more(result, style)
