"""replace under by: the first observations of all groups at once, then the second ones, and so on.

Within a group replace works through the observations in order, but groups know nothing of each other, so the k-th
observations of all groups can be done together: as many steps as the largest group has observations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...data.dataset import Dataset
from ...data.storage import MISSING
from ...errors import type_mismatch
from ...expr.environment import Environment, Value
from ...expr.evaluate import Evaluator, is_string
from ...expr.functions import table
from ...expr.names import resolve_variable
from ...records import fields, is_record
from ...syntax import tree

LooksElsewhere = Callable[[tree.Expr | None, str, Dataset], bool]
_FEWEST_GROUPS = 4      # per step on average; with fewer, going row by row is as good


def worth_waves(starts: np.ndarray, n: int, exp: tree.Expr, condition: tree.Expr | None) -> bool:
    """Whether the groups, which begin at ``starts``, are so many and so small that steps over all of them pay."""
    sizes = np.diff(np.append(starts, n))
    if not len(sizes) or int(sizes.max()) * _FEWEST_GROUPS > n:
        return False
    return not any(looks_at_all_rows(each) for each in (exp, condition))


def looks_at_all_rows(node: object) -> bool:
    """True for an expression with a function of whole columns (running sums, random numbers)."""
    if isinstance(node, tree.Call):
        function = table().get(node.function)
        return (function is not None and function.needs_rows) or any(looks_at_all_rows(each) for each in node.args)
    if is_record(node):
        return any(looks_at_all_rows(getattr(node, each.name)) for each in fields(node) if each.name != "span")
    return False


def run_in_waves(
    variable: str,
    exp: tree.Expr,
    condition: tree.Expr | None,
    rows: np.ndarray,
    dataset: Dataset,
    env: Environment,
    store: Callable[[Any], Any],
    looks_elsewhere: LooksElsewhere,
) -> tuple[np.ndarray, np.ndarray]:
    """As `mixedcli.commands._shared.sequential.run_through`, for data in by-groups."""
    step = _Step(dataset, env, variable, looks_elsewhere)
    assigned = np.zeros(dataset.n, dtype=bool)
    assert env.starts is not None
    for wave in _waves(env.starts, dataset.n):
        at = wave[rows[wave]]
        if condition is not None and len(at):
            at = at[step.holds(condition, at)]
        if len(at):
            step.current[at] = store(step.over(exp, at))
            assigned[at] = True
    return step.current, assigned


def _waves(starts: np.ndarray, n: int) -> Iterator[np.ndarray]:
    """The rows of the first, second, ... observation of every group that has as many."""
    sizes = np.diff(np.append(starts, n))
    order = np.argsort(-sizes, kind="stable")
    starts, sizes = starts[order], sizes[order]
    for k in range(int(sizes[0])):
        yield starts[: np.searchsorted(-sizes, -k, side="left")] + k


class _Step(Evaluator):
    """Evaluates on some rows, reading the variable being replaced as it now stands."""

    def __init__(self, dataset: Dataset, env: Environment, variable: str, looks_elsewhere: LooksElsewhere) -> None:
        super().__init__(dataset, env)
        self.variable = variable
        self.current = np.array(self.column(variable))
        self.at = np.zeros(0, dtype=np.int64)
        self._looks_elsewhere = looks_elsewhere
        self._whole = Evaluator(dataset, env)
        self._fixed: dict[int, Value] = {}
        self._moves: dict[int, bool] = {}
        first, size = self.group_bounds()
        self._bounds = np.asarray(first), np.asarray(size)

    @property
    def n(self) -> int:
        return len(self.at)

    def over(self, expr: tree.Expr, at: np.ndarray) -> np.ndarray:
        """The value of ``expr`` on the rows ``at``, shape (len(at),)."""
        self.at = at
        value = self.value(expr)
        if isinstance(value, np.ndarray) and value.ndim:
            return value
        return np.full(len(at), value, dtype=object if is_string(value) else np.float64)

    def holds(self, condition: tree.Expr, at: np.ndarray) -> np.ndarray:
        """Where a condition is true; a string is r(109)."""
        value = self.over(condition, at)
        if is_string(value):
            raise type_mismatch(condition.span)
        return value != 0

    def value(self, expr: tree.Expr) -> Value:
        """What does not look at other observations of the variable is evaluated once, for all rows."""
        key = id(expr)
        if key not in self._moves:
            self._moves[key] = self._looks_elsewhere(expr, self.variable, self.dataset)
        if self._moves[key]:
            return self._lagged(expr) if isinstance(expr, tree.Subscript) else super().value(expr)
        if key not in self._fixed:
            self._fixed[key] = self._whole.value(expr)
        whole = self._fixed[key]
        return whole[self.at] if isinstance(whole, np.ndarray) and whole.ndim else whole

    def _lagged(self, node: tree.Subscript) -> np.ndarray:
        index = np.broadcast_to(np.trunc(self.number(node.index, node.span)), self.at.shape)
        first, size = self._bounds[0][self.at], self._bounds[1][self.at]
        inside = (index >= 1) & (index <= size)
        name = resolve_variable(node.name, self.dataset, node.span)
        source = self.current if name == self.variable else self._whole.column(name)
        out = np.full(self.at.shape, "" if source.dtype == object else MISSING, dtype=source.dtype)
        out[inside] = source[(first + index - 1)[inside].astype(np.int64)]
        return out
