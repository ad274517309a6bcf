"""Functions that look into matrices: ``el(M, i, j)``, ``M[i,j]``, ``rowsof(M)``, ``det(M)`` and the like.

Their first argument is the name of a matrix (``M``, ``e(b)``), not a value, so they get the call as it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..data.storage import MISSING
from ..errors import StataError
from ..syntax import tree
from .environment import MatrixLike, Value
from .evaluate import Evaluator, is_string, tidy, working

MatrixFunction = Callable[[Evaluator, tree.Call], Value]


def element(rows: Evaluator, name: str, row: tree.Expr, column: tree.Expr, span: tree.Span) -> Value:
    """``M[i,j]``: r(111) if there is no such matrix, ``.`` beyond its borders."""
    matrix = rows.env.matrices(name)
    if matrix is None:
        raise StataError(f"{name} not found", 111, span)
    return pick(matrix, _position(rows, row, matrix.rows), _position(rows, column, matrix.columns))


def pick(matrix: MatrixLike, row: Any, column: Any) -> Value:
    """Elements by number (from 1, fractions cut off); ``.`` where there is none."""
    i, j = np.broadcast_arrays(np.floor(row), np.floor(column))
    n, k = matrix.values.shape
    inside = (i >= 1) & (i <= n) & (j >= 1) & (j <= k)
    out = np.full(i.shape, MISSING)
    out[inside] = matrix.values[(i[inside] - 1).astype(np.int64), (j[inside] - 1).astype(np.int64)]
    return working(out if out.ndim else out.item())


def _position(rows: Evaluator, place: tree.Expr, names: Sequence[Any]) -> Any:
    """The number of a row or column, given as a number or by its name; ``.`` for a name that is not there."""
    value = rows.value(place)
    return _numbered(value, names) if isinstance(value, str) else rows.number(place, place.span)


def _numbered(wanted: str, names: Sequence[Any]) -> float:
    """The first row or column called ``name``, ``equation:name`` or (``equation:``) of that equation."""
    wanted = wanted.strip()
    for k, each in enumerate(names, 1):
        full = str(each)
        if wanted in (full, full.rpartition(":")[2]) or (wanted.endswith(":") and full.startswith(wanted)):
            return float(k)
    return MISSING


def matrix_name(arg: tree.Expr) -> str:
    """The name that an argument gives to a matrix; r(198) if it is no name."""
    if isinstance(arg, tree.Name):
        return arg.name
    if isinstance(arg, tree.Stored) and arg.kind in ("e", "r"):
        return f"{arg.kind}({arg.key})"
    raise StataError("invalid syntax", 198, arg.span)


def _named(rows: Evaluator, arg: tree.Expr) -> MatrixLike:
    name = matrix_name(arg)
    matrix = rows.env.matrices(name)
    if matrix is None:
        raise StataError(f"{name} not found", 111, arg.span)
    return matrix


def _count(node: tree.Call, wanted: int) -> None:
    if len(node.args) != wanted:
        raise StataError("invalid syntax", 198, node.span)


def el(rows: Evaluator, node: tree.Call) -> Value:
    """``el(M, i, j)``: like ``M[i,j]``, but ``.`` also where there is no such matrix."""
    _count(node, 3)
    matrix = rows.env.matrices(matrix_name(node.args[0]))
    places = [rows.number(place, place.span) for place in node.args[1:]]
    return MISSING if matrix is None else pick(matrix, *places)


def _of_values(code: Callable[[np.ndarray], float], square: bool = False) -> MatrixFunction:
    """A function of the numbers of one matrix; ``.`` if one of them is missing."""

    def run(rows: Evaluator, node: tree.Call) -> Value:
        _count(node, 1)
        values = _clean(_named(rows, node.args[0]).values)
        if square and values.shape[0] != values.shape[1]:
            raise StataError("matrix not square", 505, node.args[0].span)
        with np.errstate(all="ignore"):
            return tidy(float(code(values)))

    return run


def _clean(values: np.ndarray) -> np.ndarray:
    """Numbers with every missing value as NaN."""
    out = np.array(values, dtype=np.float64)
    out[~(np.abs(out) < MISSING)] = np.nan
    return out


def _determinant(values: np.ndarray) -> float:
    return float(np.linalg.det(values)) if np.isfinite(values).all() else np.nan


def _place_of(side: str) -> MatrixFunction:
    """``rownumb(M, name)`` and ``colnumb(M, name)``."""

    def run(rows: Evaluator, node: tree.Call) -> Value:
        _count(node, 2)
        names = getattr(_named(rows, node.args[0]), side)
        wanted = rows.value(node.args[1])
        if not is_string(wanted):
            raise StataError("type mismatch", 109, node.args[1].span)
        if isinstance(wanted, np.ndarray):
            return np.array([_numbered(each, names) for each in wanted], dtype=np.float64)
        return _numbered(str(wanted), names)

    return run


def _relative_difference(rows: Evaluator, node: tree.Call) -> Value:
    """``mreldif(X, Y)``: the largest relative difference between elements."""
    _count(node, 2)
    x, y = (_clean(_named(rows, arg).values) for arg in node.args)
    if x.shape != y.shape:
        raise StataError("conformability error", 503, node.span)
    return tidy(float(np.max(np.abs(x - y) / (np.abs(y) + 1), initial=0.0)))


MATRIX_FUNCTIONS: dict[str, MatrixFunction] = {
    "el": el,
    "rowsof": _of_values(lambda values: values.shape[0]),
    "colsof": _of_values(lambda values: values.shape[1]),
    "det": _of_values(_determinant, square=True),
    "trace": _of_values(lambda values: float(np.trace(values)), square=True),
    "issymmetric": _of_values(lambda values: float(np.array_equal(values, values.T, equal_nan=True))),
    "matmissing": _of_values(lambda values: float(np.isnan(values).any())),
    "diag0cnt": _of_values(lambda values: float(np.sum(np.diagonal(values) == 0)), square=True),
    "rownumb": _place_of("rows"),
    "colnumb": _place_of("columns"),
    "mreldif": _relative_difference,
}
