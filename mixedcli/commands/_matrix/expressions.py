"""The values of matrix expressions.

A value is a `Matrix`, a number or text (what an ordinary expression gives), or an unnamed array: numbers put side by
side, which get the names r1, c1, ... when the whole is known, so that ``(1,2\\3,4)`` has rows r1 and r2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.storage import MISSING, missing_name
from ...errors import NotBuilt, StataError, type_mismatch
from ...expr.evaluate import Evaluator, first_value, working
from ...expr.functions import table
from ...expr.functions_matrix import MATRIX_FUNCTIONS
from ...expr.functions_random import stream_of
from ...records import replace
from ...results.base import Matrix
from ...results.stripe import StripeName
from ...syntax import tree
from . import functions, values
from .tables import find_matrix

if TYPE_CHECKING:
    from ..context import Context

Value = Matrix | np.ndarray | float | str
_SYSTEM = {"_b": "e(b)", "VCE": "e(V)"}


def matrix_value(context: Context, expression: tree.Expr) -> Matrix:
    """The matrix that ``expression`` gives; a number is a matrix of one element.

    Raises r(503) for sizes that do not fit, r(111) for unknown names, r(109) for text, and what functions raise.
    """
    return as_matrix(MatrixEvaluator(context).value(expression), expression.span)


def as_matrix(value: Value, span: tree.Span) -> Matrix:
    """A value of any kind as a matrix."""
    if isinstance(value, Matrix):
        return value
    if isinstance(value, str):
        raise type_mismatch(span)
    if isinstance(value, float):
        value = np.array([[values.stored_form(value)]])
    return values.unnamed(value)


def _single(value: Value, span: tree.Span) -> float | str:
    """A number or text; a matrix of one element is a number, r(109) for a larger one."""
    if isinstance(value, float | str):
        return value
    elements = as_matrix(value, span).values
    if elements.size != 1:
        raise type_mismatch(span)
    return first_value(working(elements.reshape(-1)))


def _literal(value: float | str, span: tree.Span) -> tree.Expr:
    """A value as a node, so that ordinary expressions can go on with it."""
    if isinstance(value, str):
        return tree.String(value, span)
    return tree.Number(value, span) if value < MISSING else tree.Missing(missing_name(value), span)


class MatrixEvaluator:
    """Evaluates matrix expressions; numbers, and functions of numbers, are left to `Evaluator`."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._results: dict[str, Matrix] = {}
        environment = replace(context.environment(), matrices=self._find, display=True)
        self.numbers = Evaluator(context.data, environment, single=True)

    def _find(self, name: str) -> Matrix | None:
        return self._results.get(name) or find_matrix(self.context, name)

    # ---- nodes ---------------------------------------------------------------------------------------------

    def value(self, node: tree.Expr) -> Value:
        """The value of any node."""
        code = _NODES.get(type(node))
        return code(self, node) if code is not None else self.number_of(node)

    def number_of(self, node: tree.Expr) -> float | str:
        """The value of an ordinary expression; of a variable its first observation."""
        return first_value(self.numbers.value(node))

    def scalar(self, node: tree.Expr) -> float | str:
        """The value of ``node``, which must be a number or text; a matrix of one element is a number."""
        return _single(self.value(node), node.span)

    def matrix(self, node: tree.Expr) -> Matrix:
        """The value of ``node`` as a matrix."""
        return as_matrix(self.value(node), node.span)

    def name(self, node: tree.Name) -> Value:
        found = self._find(node.name)
        return self.number_of(node) if found is None else found

    def stored(self, node: tree.Stored) -> Value:
        found = self._find(f"{node.kind}({node.key})") if node.kind in ("e", "r") else None
        return self.number_of(node) if found is None else found

    def subscript(self, node: tree.Subscript) -> Value:
        index = self.scalar(node.index)
        return self.number_of(replace(node, index=_literal(index, node.index.span)))

    def transposed(self, node: tree.Transposed) -> Value:
        return values.transpose(self.matrix(node.operand))

    def unary(self, node: tree.Unary) -> Value:
        value = self.value(node.operand)
        if isinstance(value, float | str):
            return self.number_of(replace(node, operand=_literal(value, node.operand.span)))
        if node.op == "!":
            raise type_mismatch(node.span)
        matrix = as_matrix(value, node.operand.span)
        return values.negative(matrix) if node.op == "-" else matrix

    def binary(self, node: tree.Binary) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, float | str) and isinstance(right, float | str):
            parts = {"left": _literal(left, node.left.span), "right": _literal(right, node.right.span)}
            return self.number_of(replace(node, **parts))
        if node.op not in "+-*/":
            return self._of_elements(node, left, right)
        try:
            return self._arithmetic(node, left, right)
        except StataError as error:
            raise error.at(node.span) from None

    def _of_elements(self, node: tree.Binary, left: Value, right: Value) -> Value:
        """Comparisons, powers and logic, which matrices of one element may take part in."""
        parts = {"left": _literal(_single(left, node.left.span), node.left.span),
                 "right": _literal(_single(right, node.right.span), node.right.span)}
        return self.number_of(replace(node, **parts))

    def _arithmetic(self, node: tree.Binary, left: Value, right: Value) -> Matrix:
        a, b = as_matrix(left, node.left.span), as_matrix(right, node.right.span)
        if node.op in "+-":
            return values.add(a, b, 1.0 if node.op == "+" else -1.0)
        if node.op == "/":
            if b.values.size != 1:
                raise values.conformability_error()
            return values.divide(a, float(b.values[0, 0]))
        if isinstance(left, float) or (a.values.size == 1 and b.values.shape[0] != 1):
            return values.scale(b, float(a.values[0, 0]))
        if isinstance(right, float) or (b.values.size == 1 and a.values.shape[1] != 1):
            return values.scale(a, float(b.values[0, 0]))
        return values.multiply(a, b)

    # ---- joining and taking apart --------------------------------------------------------------------------

    def joined(self, node: tree.Joined) -> Value:
        parts = [self.value(part) for part in node.parts if not self._is_null(part)]
        if not parts:
            raise StataError("invalid syntax", 198, node.span)
        try:
            if node.op == "#":
                return values.kronecker(*(as_matrix(p, n.span) for p, n in zip(parts, node.parts, strict=True)))
            return self._together(node, parts)
        except StataError as error:
            raise error.at(node.span) from None

    def _together(self, node: tree.Joined, parts: list[Value]) -> Value:
        matrices = [as_matrix(part, node.span) for part in parts]
        made = values.join_columns(matrices) if node.op == "," else values.join_rows(matrices)
        return made if any(isinstance(part, Matrix) for part in parts) else made.values

    def _is_null(self, node: tree.Expr) -> bool:
        """True for ``nullmat(A)`` when there is no A."""
        if not isinstance(node, tree.Call) or node.function != "nullmat":
            return False
        return self._find(_matrix_name(node)) is None

    def submatrix(self, node: tree.Submatrix) -> Value:
        matrix = self._find(node.name)
        if matrix is None:
            raise StataError(f"{node.name} not found", 111, node.span)
        places = [self._place(part, names) for part, names in ((node.row, matrix.rows), (node.column, matrix.columns))]
        if all(isinstance(place, float) for place in places):
            return self._element(matrix, *places)  # type: ignore[arg-type]
        rows, columns = (
            _whole(place, len(names), node.span) for place, names in zip(places, (matrix.rows, matrix.columns), strict=True)
        )
        return Matrix(matrix.values[rows, columns].copy(), matrix.rows[rows], matrix.columns[columns])

    def _element(self, matrix: Matrix, row: float, column: float) -> float:
        i, j = np.floor(row), np.floor(column)
        n, k = matrix.values.shape
        if not (1 <= i <= n and 1 <= j <= k):
            return MISSING
        return float(working(float(matrix.values[int(i) - 1, int(j) - 1])))  # type: ignore[arg-type]

    def _place(self, part: tree.Expr | tree.IndexRange, names: tuple[StripeName, ...]) -> float | slice:
        """A number, or the rows or columns (counted from 0) that a name or a range stands for."""
        if isinstance(part, tree.IndexRange):
            first = self._end(part.first, names)[0]
            last = len(names) if part.last is None else self._end(part.last, names)[1]
            if not 1 <= first <= last <= len(names):
                raise values.conformability_error(part.span)
            return slice(first - 1, last)
        index = self.scalar(part)
        if isinstance(index, str):
            first, last = named_places(index, names, part.span)
            return slice(first - 1, last)
        return index

    def _end(self, node: tree.Expr, names: tuple[StripeName, ...]) -> tuple[int, int]:
        """One end of a range: the first and last row or column it stands for; a missing number is the last one."""
        index = self.scalar(node)
        if isinstance(index, str):
            return named_places(index, names, node.span)
        place = len(names) if index >= MISSING else int(np.floor(max(index, -1)))
        return place, place

    # ---- functions -----------------------------------------------------------------------------------------

    def call(self, node: tree.Call) -> Value:
        try:
            return self._call(node)
        except StataError as error:
            raise error.at(node.span) from None

    def _call(self, node: tree.Call) -> Value:
        if node.function in functions.FUNCTIONS:
            code, kinds = functions.FUNCTIONS[node.function]
            return code(*self._arguments(node, kinds))
        if node.function == "matuniform":
            return functions.uniform(stream_of(self.numbers), *self._arguments(node, "nn"))
        if node.function == "nullmat":
            return self._existing(_matrix_name(node), node)
        if node.function == "get":
            return self._system(node)
        if node.function == "scalar":
            return self.number_of(node)
        args: tuple[tree.Expr, ...] = ()                # an unknown function is refused whatever its arguments are
        if node.function in MATRIX_FUNCTIONS:
            args = tuple(self._matrix_argument(arg) for arg in node.args)
        elif node.function in table():
            args = tuple(_literal(self.scalar(arg), arg.span) for arg in node.args)
        return self.number_of(replace(node, args=args))

    def _arguments(self, node: tree.Call, kinds: str) -> list[Any]:
        if len(node.args) != len(kinds):
            raise StataError("invalid syntax", 198, node.span)
        found: list[Any] = []
        for arg, kind in zip(node.args, kinds, strict=True):
            one = self.matrix(arg) if kind == "m" else self.scalar(arg)
            if isinstance(one, str):
                raise type_mismatch(arg.span)
            found.append(one)
        return found

    def _matrix_argument(self, arg: tree.Expr) -> tree.Expr:
        """An argument of a function that takes the name of a matrix: any matrix expression gets a name for it."""
        if isinstance(arg, tree.Name | tree.Stored):
            return arg
        value = self.value(arg)
        if isinstance(value, float | str):
            return _literal(value, arg.span)
        name = f"#{len(self._results)}"
        self._results[name] = as_matrix(value, arg.span)
        return tree.Name(name, arg.span)

    def _existing(self, name: str, node: tree.Expr) -> Matrix:
        found = self._find(name)
        if found is None:
            raise StataError(f"{name} not found", 111, node.span)
        return found

    def _system(self, node: tree.Call) -> Matrix:
        """``get(_b)`` and ``get(VCE)``: what the last estimation left."""
        name = _matrix_name(node)
        if name not in _SYSTEM:
            raise NotBuilt(f"get({name})", node.span)
        found = self._find(_SYSTEM[name])
        if found is None:
            raise StataError("last estimates not found", 301, node.span)
        return found


def _matrix_name(node: tree.Call) -> str:
    """The only argument of a function that takes a name."""
    if len(node.args) == 1 and isinstance(node.args[0], tree.Name):
        return node.args[0].name
    raise StataError("invalid syntax", 198, node.span)


def named_places(wanted: str, names: tuple[StripeName, ...], span: tree.Span | None = None) -> tuple[int, int]:
    """The first and last row or column called ``wanted``, from 1: a name, ``eq:name``, or ``eq:`` for an equation.

    Raises r(111) if there is none.
    """
    equation, colon, name = wanted.strip().rpartition(":")
    found = [
        k for k, each in enumerate(names, 1)
        if (not colon or each.equation == equation) and (each.name == name or (colon and not name))
    ]
    if not found:
        raise StataError(f"{wanted.strip()} not found", 111, span)
    return (found[0], found[-1]) if colon and not name else (found[0], found[0])


def _whole(place: float | slice, count: int, span: tree.Span) -> slice:
    """A number as a range of one; r(503) beyond the matrix."""
    if isinstance(place, slice):
        return place
    index = np.floor(place)
    if not 1 <= index <= count:
        raise values.conformability_error(span)
    return slice(int(index) - 1, int(index))


_NODES: dict[type, Callable[[MatrixEvaluator, Any], Value]] = {
    tree.Name: MatrixEvaluator.name,
    tree.Stored: MatrixEvaluator.stored,
    tree.Subscript: MatrixEvaluator.subscript,
    tree.Transposed: MatrixEvaluator.transposed,
    tree.Unary: MatrixEvaluator.unary,
    tree.Binary: MatrixEvaluator.binary,
    tree.Joined: MatrixEvaluator.joined,
    tree.Submatrix: MatrixEvaluator.submatrix,
    tree.Call: MatrixEvaluator.call,
}
