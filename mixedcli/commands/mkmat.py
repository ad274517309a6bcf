"""mkmat: make matrices of variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ..data.columns import missing_rows, numeric
from ..data.storage import MISSING, is_numeric
from ..errors import NotBuilt, StataError, no_observations
from ..results.base import Matrix
from ..results.stripe import StripeName
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._matrix.tables import keep_matrix
from ._matrix.values import Names, check_size, numbered
from ._shared.data import check_name
from ._shared.tables import chosen_names, chosen_rows, refuse, value_text
from .registry import command

if TYPE_CHECKING:
    from .context import Context

OPTIONS = (
    Option("matrix", "mat", Kind.NAME, "put the variables together in a matrix of this name"),
    Option("nomissing", "nomis", help="leave out observations with missing values"),
    Option("rownames", "rown", Kind.NAME, "a variable that gives the names of the rows"),
    Option("roweq", "rowe", Kind.NAME, "a variable that gives the equations of the rows"),
    Option("rowprefix", "rowpre", Kind.STRING, "what the names of the rows begin with"),
    Option("obs", "obs", help="name the rows by the numbers of the observations"),
    Option("nchar", "nch", Kind.INTEGER, "the most characters of a row's name", low=1, high=32),
)
LONGEST_NAME = 32


@command("mkmat", options=OPTIONS)
def mkmat(context: Context, statement: Statement) -> None:
    """mkmat varlist [if] [in] [, matrix(name) nomissing rownames(varname) roweq(varname) rowprefix(text) obs nchar(#)]

    Make a column vector of each variable, called like it, or with matrix() one matrix with a column per variable.
    """
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    if not statement.varlist:
        raise StataError("varlist required", 100)
    names = chosen_names(context, statement)
    columns = [context.data.columns[name] for name in names]
    for column in columns:
        if not is_numeric(column.storage):
            raise StataError(f"string variables not allowed in varlist;\n{column.name} is a string variable", 109)
    rows = chosen_rows(context, statement)
    if options["nomissing"]:
        missing = np.logical_or.reduce([missing_rows(column) for column in columns])
        rows = rows[~missing[rows]]
    if not len(rows):
        raise no_observations()
    check_size(len(rows), len(columns))
    values = np.column_stack([numeric(column)[rows] for column in columns])
    values[values == MISSING] = np.nan
    _keep(context, options["matrix"], values, _row_names(context, options, rows), names)


def _keep(context: Context, name: str | None, values: np.ndarray, rows: Names, names: tuple[str, ...]) -> None:
    """One matrix called ``name``, or a vector for each column."""
    stripes = tuple(StripeName("", each) for each in names)
    if name is not None:
        keep_matrix(context, name, Matrix(values, rows, stripes))
        return
    for each in names:
        check_name(each)
    for k, each in enumerate(names):
        keep_matrix(context, each, Matrix(values[:, [k]], rows, stripes[k : k + 1]))


def _row_names(context: Context, options: OptionValues, rows: np.ndarray) -> Names:
    """The names of the rows: r1, r2, ... unless options say something else."""
    prefix = options["rowprefix"]
    longest = options["nchar"] or LONGEST_NAME
    if options["obs"]:
        plain = [f"{'' if prefix is None else prefix}{row + 1}" for row in rows.tolist()]
    elif options["rownames"]:
        plain = [f"{prefix or ''}{text}" for text in _texts(context, str(options["rownames"]), rows)]
    elif prefix is not None:
        plain = [f"{prefix}{k}" for k in range(1, len(rows) + 1)]
    else:
        plain = [name.name for name in numbered("r", len(rows))]
    equations = _texts(context, str(options["roweq"]), rows) if options["roweq"] else [""] * len(rows)
    return tuple(StripeName(eq[:longest], name[:longest]) for eq, name in zip(equations, plain, strict=True))


def _texts(context: Context, name: str, rows: np.ndarray) -> list[str]:
    """The values of a variable as names: value labels or whole numbers, or texts; what no name may hold becomes _."""
    from ..expr.names import resolve_variable

    column = context.data.columns[resolve_variable(name, context.data)]
    labels = context.data.value_labels.get(column.value_label, {}) if column.value_label else {}
    values = numeric(column) if is_numeric(column.storage) else column.values
    if labels == {} and is_numeric(column.storage) and (values[rows] != np.trunc(values[rows])).any():
        raise NotBuilt("names of rows from a variable that is not whole")
    return [re.sub(r"\W", "_", value_text(values[row], column, labels).strip()) for row in rows.tolist()]
