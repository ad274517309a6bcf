"""replace works through the observations one by one, so ``x[_n-1]`` is the value just put there.

Only expressions that look at other observations of the variable being replaced need this.  The parts that do not are
evaluated once for all rows; what is left is a small tree per row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...data.dataset import Dataset
from ...data.storage import MISSING, missing_name
from ...errors import type_mismatch
from ...expr.environment import Environment, Value
from ...expr.evaluate import Evaluator, first_value, is_string
from ...expr.names import find_variable, resolve_variable
from ...records import record, replace
from ...syntax import tree
from .waves import run_in_waves, worth_waves


def looks_elsewhere(expr: tree.Expr | None, variable: str, dataset: Dataset) -> bool:
    """True if ``expr`` has a subscripted reference to ``variable``."""
    if isinstance(expr, tree.Subscript) and find_variable(expr.name, dataset) == variable:
        return True
    return expr is not None and any(looks_elsewhere(part, variable, dataset) for part in _parts(expr))


def _parts(expr: tree.Expr) -> tuple[tree.Expr, ...]:
    if isinstance(expr, tree.Subscript):
        return (expr.index,)
    if isinstance(expr, tree.Unary):
        return (expr.operand,)
    if isinstance(expr, tree.Binary):
        return (expr.left, expr.right)
    return expr.args if isinstance(expr, tree.Call) else ()


def run_through(
    variable: str,
    exp: tree.Expr,
    condition: tree.Expr | None,
    rows: np.ndarray,
    dataset: Dataset,
    env: Environment,
    store: Callable[[Any], Any],
) -> tuple[np.ndarray, np.ndarray]:
    """The contents of ``variable`` after going through ``rows`` (bool, shape (n,)), and the rows that were assigned.

    ``store`` turns a value into what the variable holds of it (a float rounds it).  Values are float64 in the working
    representation, or an object array of ``str``; both arrays have shape (n,).
    """
    if env.starts is not None and worth_waves(env.starts, dataset.n, exp, condition):
        return run_in_waves(variable, exp, condition, rows, dataset, env, store, looks_elsewhere)
    evaluator = Evaluator(dataset, env)
    current = np.array(evaluator.column(variable))
    assigned = np.zeros(dataset.n, dtype=bool)
    first, size = (np.broadcast_to(bound, assigned.shape) for bound in evaluator.group_bounds())
    plan = _Plan(evaluator, variable, current, first, size)
    value_at = plan.compile(exp)
    holds_at = plan.compile(condition) if condition is not None else None
    for row in np.flatnonzero(rows).tolist():
        if holds_at is not None and not plan.holds(holds_at(row)):
            continue
        current[row] = store(plan.number(value_at(row)))
        assigned[row] = True
    return current, assigned


@record(frozen=False)
class _Plan:
    """Turns an expression into a function of the row number that gives a literal node."""

    evaluator: Evaluator
    variable: str
    current: np.ndarray
    first: np.ndarray
    size: np.ndarray

    def compile(self, expr: tree.Expr) -> Callable[[int], tree.Expr]:
        """A function from a row number to ``expr`` as it is in that row: a literal, or a call on literals."""
        if not looks_elsewhere(expr, self.variable, self.evaluator.dataset):
            return self._fixed(self.evaluator.value(expr))
        if isinstance(expr, tree.Subscript):
            index = self.compile(expr.index)
            name = resolve_variable(expr.name, self.evaluator.dataset, expr.span)
            source = self.current if name == self.variable else self.evaluator.column(name)
            return lambda row: _literal(self._at(source, row, self.number(index(row))))
        parts = [self.compile(part) for part in _parts(expr)]
        build = _BUILD[type(expr)]
        return lambda row: _literal(self.number(build(expr, [part(row) for part in parts])))

    def _fixed(self, value: Value) -> Callable[[int], tree.Expr]:
        if isinstance(value, np.ndarray):
            return lambda row: _literal(value[row])
        node = _literal(value)
        return lambda row: node

    def _at(self, source: np.ndarray, row: int, index: float) -> Any:
        """The value now at ``index`` of the by-group that ``row`` is in."""
        position = int(index) - 1 if index < MISSING else -1
        if 0 <= position < self.size[row]:
            return source[int(self.first[row]) + position]
        return "" if source.dtype == object else MISSING

    def holds(self, node: tree.Expr) -> bool:
        """Whether a condition is true in a row; a string is r(109)."""
        value = self.number(node)
        if is_string(value):
            raise type_mismatch()
        return value != 0

    def number(self, node: tree.Expr) -> Any:
        """The value of a node that has only literals below it."""
        if isinstance(node, tree.Number | tree.String):
            return node.value
        single = Evaluator(self.evaluator.dataset, self.evaluator.env, single=True)
        return first_value(single.value(node))


_BUILD: dict[type, Callable[[Any, list[Any]], tree.Expr]] = {
    tree.Unary: lambda node, parts: replace(node, operand=parts[0]),
    tree.Binary: lambda node, parts: replace(node, left=parts[0], right=parts[1]),
    tree.Call: lambda node, parts: replace(node, args=tuple(parts)),
}


def _literal(value: Any) -> tree.Expr:
    if is_string(value):
        return tree.String(value)
    if value >= MISSING:
        return tree.Missing(missing_name(float(value)))
    return tree.Number(float(value))
