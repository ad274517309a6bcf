"""Values of expressions over a dataset, all rows at once, with Stata's rules for missing values.

Numbers are float64 in the working representation of `mixedcli.data.storage`: every missing code is a very large
double, so comparisons need no special cases, while arithmetic that meets or makes a missing value gives ``.``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.storage import MISSING, MISSING_BY_NAME, is_numeric, to_double
from ..errors import StataError, type_mismatch, variable_not_found
from ..syntax import tree
from .environment import Environment, Value
from .names import ambiguous, find_variable, matching, resolve_variable

LONGEST_STRING = 2_000_000_000
SYSTEM_CONSTANTS = {"_pi": math.pi, "_cons": 1.0}


def evaluate(expr: tree.Expr, dataset: Dataset, env: Environment | None = None) -> Value:
    """The value of ``expr``: a scalar (float or str) if it involves no variable, else an array of shape (n,).

    Raises `StataError`: r(109) type mismatch, r(111) unknown or ambiguous name, r(133) unknown function,
    r(198) wrong number of arguments; each carries the span of the offending part.
    """
    return Evaluator(dataset, env or Environment()).value(expr)


def evaluate_scalar(expr: tree.Expr, dataset: Dataset, env: Environment | None = None) -> float | str:
    """The value of ``expr`` where one value is wanted (``display``, ``scalar``): that of the first observation."""
    return first_value(Evaluator(dataset, env or Environment(), single=True).value(expr))


def first_value(value: Value) -> float | str:
    """A scalar as it stands; of an array the first element (missing if there are no rows)."""
    if not isinstance(value, np.ndarray):
        return value
    if value.size == 0:
        return "" if value.dtype == object else MISSING
    head = value.flat[0]
    return head if isinstance(head, str) else float(head)


def is_string(value: Value) -> bool:
    return isinstance(value, str) or (isinstance(value, np.ndarray) and value.dtype == object)


def tidy(result: Any, *operands: Any) -> float | np.ndarray:
    """``result`` with ``.`` wherever an operand is missing or the result is NaN, infinite or out of range."""
    if np.ndim(result) == 0:
        fine = abs(result) < MISSING and all(x < MISSING for x in operands)
        return float(result) if fine else MISSING
    bad = ~(np.abs(result) < MISSING)
    for x in operands:
        bad |= np.asarray(x) >= MISSING
    out = np.array(result, dtype=np.float64)
    out[bad] = MISSING
    return out


class Evaluator:
    """Evaluates expressions over the rows of one dataset.

    ``single``: only one value is wanted, so ``_n`` is 1 and a random function draws once.
    """

    def __init__(self, dataset: Dataset, env: Environment, single: bool = False) -> None:
        self.dataset = dataset
        self.env = env
        self.single = single
        self._columns: dict[str, np.ndarray] = {}

    # ---- rows and by-groups ------------------------------------------------------------------------------------

    @property
    def n(self) -> int:
        """How many values a row-wise function makes."""
        return 1 if self.single else self.dataset.n

    def group_bounds(self) -> tuple[np.ndarray | float, np.ndarray | float]:
        """For each row the first row of its by-group and the size of that group; scalars without ``by``."""
        starts = self.env.starts
        if starts is None or self.single:
            return 0.0, float(self.dataset.n)
        sizes = np.diff(np.append(starts, self.dataset.n))
        return np.repeat(starts, sizes).astype(np.float64), np.repeat(sizes, sizes).astype(np.float64)

    def observation_number(self) -> Value:
        """``_n``, counted within by-groups."""
        if self.single:
            return 1.0
        return np.arange(1.0, self.dataset.n + 1) - self.group_bounds()[0]

    # ---- nodes -------------------------------------------------------------------------------------------------

    def value(self, expr: tree.Expr) -> Value:
        """The value of any node."""
        return _NODES[type(expr)](self, expr)

    def number(self, expr: tree.Expr, span: tree.Span) -> Any:
        """The value of ``expr``, which must be numeric, or else r(109) at ``span``."""
        value = self.value(expr)
        if is_string(value):
            raise type_mismatch(span)
        return value

    def column(self, name: str) -> np.ndarray:
        """The values of the variable ``name`` (its full name): shape (n,), float64 or object."""
        if name not in self._columns:
            values = working_values(self.dataset, name)
            values.flags.writeable = False
            self._columns[name] = values
        return self._columns[name]

    def name(self, node: tree.Name) -> Value:
        """A system variable, else a variable (maybe abbreviated), else a scalar."""
        word = node.name
        if word == "_n":
            return self.observation_number()
        if word == "_N":
            return self.group_bounds()[1]
        if word == "_rc":
            return float(self.env.rc)
        if word in SYSTEM_CONSTANTS:
            return SYSTEM_CONSTANTS[word]
        found = matching(word, self.dataset)
        if len(found) == 1:
            return self.column(found[0])
        if word in self.env.scalars:
            return working(self.env.scalars[word])
        if found:
            raise ambiguous(word, node.span)
        raise self.unknown(word, node.span)

    def unknown(self, word: str, span: tree.Span) -> StataError:
        if self.env.display:
            return StataError(f"{word} not found", 111, span)
        return variable_not_found(word, span)

    def subscript(self, node: tree.Subscript) -> Value:
        """``x[k]``: row k of the by-group, ``.`` or ``""`` beyond it."""
        values = self.column(resolve_variable(node.name, self.dataset, node.span))
        index = self.number(node.index, node.span)
        first, size = self.group_bounds()
        row, first, size = np.broadcast_arrays(np.trunc(index), first, size)
        inside = (row >= 1) & (row <= size)
        out = np.full(row.shape, "" if values.dtype == object else MISSING, dtype=values.dtype)
        out[inside] = values[(first + row - 1)[inside].astype(np.int64)]
        return out if out.ndim else first_value(out)

    def element(self, node: tree.MatrixElement) -> Value:
        """``M[i,j]``: an element of a matrix, ``.`` where there is none."""
        from .functions_matrix import element

        return element(self, node.name, node.row, node.column, node.span)

    def date(self, node: tree.DateLiteral) -> Value:
        """``td(02jan1960)``; r(198) if the text is no such date."""
        from .date_text import literal

        value = literal(node.unit, node.text)
        if value is None:
            raise StataError("invalid syntax", 198, node.span)
        return value

    def unary(self, node: tree.Unary) -> Value:
        x = self.number(node.operand, node.span)
        if node.op == "+":
            return x
        if node.op == "!":
            return as_number(x == 0)
        return tidy(-x, x)

    def binary(self, node: tree.Binary) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        text = is_string(left), is_string(right)
        if any(text):
            return _text_operation(node, left, right, text)
        if node.op in _COMPARE:
            return as_number(_COMPARE[node.op](left, right))
        if node.op == "&":
            return as_number(np.logical_and(np.not_equal(left, 0), np.not_equal(right, 0)))
        if node.op == "|":
            return as_number(np.logical_or(np.not_equal(left, 0), np.not_equal(right, 0)))
        with np.errstate(all="ignore"):
            return tidy(_ARITHMETIC[node.op](left, right), left, right)

    def call(self, node: tree.Call) -> Value:
        from .functions import call_function

        return call_function(self, node)

    def stored(self, node: tree.Stored) -> Value:
        """``e() r() c() s()``: ``.`` where nothing has that name; ``_b[] _se[]``: r(111) then."""
        value = self.env.lookup(node.kind, node.key)
        if value is None:
            if node.kind in ("_b", "_se"):
                raise StataError(f"[{node.key}] not found", 111, node.span)
            if node.kind in ("e", "r") and self.env.matrices(f"{node.kind}({node.key})") is not None:
                raise type_mismatch(node.span)
            return MISSING
        return working(value)

    def indicator(self, node: tree.FactorValue) -> Value:
        """``2.x``: 1 where x is 2, ``.`` where x is missing."""
        name = find_variable(node.name, self.dataset, node.span)
        if name is None:
            raise variable_not_found(node.name, node.span)
        values = self.column(name)
        if values.dtype == object:
            raise type_mismatch(node.span)
        return np.where(values >= MISSING, MISSING, as_number(values == node.level))

    def time_value(self, node: tree.TimeValue) -> Value:
        """``L.x``: x one period before, within the panel; ``.`` where there is no such observation."""
        from .timeseries import operated_name, read_shifts

        name = resolve_variable(node.name, self.dataset, node.span)
        try:
            return self.column(operated_name(read_shifts(node.operator, node.span)[0], name))
        except StataError as error:
            raise error.at(node.span) from None


def as_number(truth: Any) -> float | np.ndarray:
    """True and False as 1 and 0."""
    return truth.astype(np.float64) if isinstance(truth, np.ndarray) else float(truth)


def working_values(dataset: Dataset, name: str) -> np.ndarray:
    """A new array of the values of a variable: float64 in the working representation, or objects that are ``str``.

    ``name`` may carry a time-series operator (``L.x``).
    """
    column = dataset.columns.get(name)
    if column is None:
        from .timeseries import column_of

        column = column_of(dataset, name)
    return to_double(column.values, column.storage) if is_numeric(column.storage) else as_text(column.values)


def as_text(values: np.ndarray) -> np.ndarray:
    """A copy of a string column in which binary strL values are read byte by byte as Latin-1 text."""
    out = np.array(values, dtype=object)
    for k, text in enumerate(out):
        if not isinstance(text, str):
            out[k] = bytes(text).decode("latin-1")
    return out


def working(value: Value) -> Value:
    """A stored value in the working representation: NaN and infinities become ``.``."""
    if is_string(value):
        return value
    if isinstance(value, np.ndarray):
        numbers = value.astype(np.float64)
        numbers[~(np.abs(numbers) < np.inf)] = MISSING
        return numbers
    number = float(value)
    return number if math.isfinite(number) else MISSING


def _text_operation(node: tree.Binary, left: Any, right: Any, text: tuple[bool, bool]) -> Value:
    """``+`` joins two strings, ``*`` repeats one, comparisons order them; anything else is r(109)."""
    if all(text):
        if node.op in _COMPARE:
            return as_number(_as_bool(_COMPARE[node.op](left, right)))
        if node.op == "+":
            return np.add(left, right, dtype=object) if _any_array(left, right) else left + right
    elif node.op == "*":
        words, times = (left, right) if text[0] else (right, left)
        return _repeat(words, times)
    raise type_mismatch(node.span)


def _repeat(words: Any, times: Any) -> Value:
    def one(word: str, count: float) -> str:
        if not 0 < count < MISSING:
            return ""
        if len(word) * count > LONGEST_STRING:
            raise StataError("op. sys. refuses to provide memory", 909)
        return word * int(count)

    if not _any_array(words, times):
        return one(words, times)
    return np.frompyfunc(one, 2, 1)(words, times)


def _any_array(*values: Value) -> bool:
    return any(isinstance(v, np.ndarray) for v in values)


def _as_bool(truth: Any) -> Any:
    return truth.astype(bool) if isinstance(truth, np.ndarray) else truth


def _divide(left: Any, right: Any) -> Any:
    return np.true_divide(left, right)   # numpy's: a Python float would raise at zero


def _power(left: Any, right: Any) -> Any:
    return np.power(np.asarray(left, dtype=np.float64), right)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "^": _power,
}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_NODES: dict[type, Callable[[Evaluator, Any], Value]] = {
    tree.Number: lambda self, node: node.value if abs(node.value) < MISSING else MISSING,
    tree.Missing: lambda self, node: MISSING_BY_NAME[node.code],
    tree.String: lambda self, node: node.value,
    tree.Name: Evaluator.name,
    tree.Subscript: Evaluator.subscript,
    tree.MatrixElement: Evaluator.element,
    tree.DateLiteral: Evaluator.date,
    tree.Unary: Evaluator.unary,
    tree.Binary: Evaluator.binary,
    tree.Call: Evaluator.call,
    tree.Stored: Evaluator.stored,
    tree.FactorValue: Evaluator.indicator,
    tree.TimeValue: Evaluator.time_value,
}
