"""What an egen function is given and what it returns, and the steps most of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ...data.columns import group_codes, numeric
from ...data.dataset import Column, Dataset
from ...data.storage import MISSING, is_missing
from ...design.varlist import expand_names
from ...errors import StataError, type_mismatch
from ...expr.environment import Value
from ...expr.evaluate import evaluate, is_string
from ...records import record
from ...syntax.parser import parse_expression
from ...syntax.spec import OptionValues
from ...syntax.tree import Word
from .._shared.data import numbers_over_rows
from .._shared.variables import numeric_only, variables_in
from ..context import Context


@record
class Task:
    """One call of an egen function: on which rows (bool, shape (n,)), with which options."""

    name: str
    target: str
    argument: Word
    options: OptionValues
    rows: np.ndarray
    context: Context

    @property
    def data(self) -> Dataset:
        return self.context.data

    @property
    def by(self) -> tuple[str, ...]:
        """The variables of by(), or of the by prefix."""
        if self.options["by"] is not None:
            return expand_names(self.options["by"], self.data)
        prefix = self.context.by
        return prefix.names if prefix is not None else ()


@record
class Made:
    """What a function made: values of shape (n,), numbers or texts, and what goes with the variable.

    ``storage``: the type whatever was asked for.  ``texts``: a value label for the variable, called ``value_label`` or
    after it.  ``notes``: lines to print.
    """

    values: np.ndarray
    label: str = ""
    storage: str = ""
    value_label: str = ""
    texts: Mapping[float, str] | None = None
    notes: tuple[str, ...] = ()


Build = Callable[[Task], Made]
Functions = Mapping[str, tuple[Build, tuple[str, ...]]]
"""Name of the function -> what it does, and the names of its options."""


def value_of(task: Task) -> Value:
    """The expression in the parentheses."""
    if not task.argument.text.strip():
        raise StataError("invalid syntax", 198, task.argument.span)
    exp = parse_expression(task.argument.text, task.argument.span[0])
    return evaluate(exp, task.data, task.context.environment())


def values_of(task: Task) -> np.ndarray:
    """The expression in every row, float64 of shape (n,), missing outside the sample; r(109) for a string."""
    value = value_of(task)
    if isinstance(value, str) or is_string(value):
        raise type_mismatch(task.argument.span)
    if isinstance(value, np.ndarray) and task.rows.all():
        return value
    return numbers_over_rows(value, task.rows)


def variables_of(task: Task, numeric_ones: bool = True) -> list[Column]:
    """The variables that the parentheses name."""
    names = variables_in(task.argument.text, task.argument.span[0], task.data)
    if numeric_ones:
        numeric_only(names, task.data, task.argument.span)
    return [task.data.columns[name] for name in names]


def table_of(columns: list[Column]) -> np.ndarray:
    """Numeric columns side by side: float64, working representation, shape (n, columns)."""
    return np.column_stack([numeric(column) for column in columns])


def names_of(columns: list[Column]) -> str:
    return " ".join(column.name for column in columns)


def rows_of(task: Task) -> np.ndarray | None:
    """The sample's row numbers; None when it is all rows, which saves copies."""
    return None if task.rows.all() else np.flatnonzero(task.rows)


def at(values: np.ndarray, which: np.ndarray | None) -> np.ndarray:
    """``values`` in the rows ``which``; None means all."""
    return values if which is None else values[which]


def groups_of(task: Task, which: np.ndarray | None) -> tuple[np.ndarray, int]:
    """The by-group of each row number in ``which`` and the number of groups; missing values are a group too."""
    if not task.by:
        return np.zeros(task.data.n if which is None else len(which), dtype=np.int64), 1
    codes, first = group_codes([task.data.columns[name] for name in task.by], which)
    return codes, len(first)


def spread(task: Task, which: np.ndarray | None, values: np.ndarray) -> np.ndarray:
    """``values`` in the rows ``which``, missing elsewhere; shape (n,)."""
    if which is None:
        return np.asarray(values, dtype=np.float64)
    out = np.full(task.data.n, MISSING)
    out[which] = values
    return out


@record(eq=False)
class InGroups:
    """The sample's values that are not missing, ``x`` of shape (m,), and the group of each, ``codes``.

    ``which``: the sample's row numbers (None: all rows); ``known``: which of them are not missing (None: all);
    ``every``: the group of each row of the sample.
    """

    task: Task
    which: np.ndarray | None
    known: np.ndarray | None
    every: np.ndarray
    x: np.ndarray
    codes: np.ndarray
    groups: int

    def back(self, values: np.ndarray) -> np.ndarray:
        """Values of the m rows put where they belong, missing elsewhere; shape (n,)."""
        if self.known is not None:
            rows = np.flatnonzero(self.known) if self.which is None else self.which[self.known]
            return spread(self.task, rows, values)
        return spread(self.task, self.which, values)

    def to_all(self, result: np.ndarray) -> np.ndarray:
        """A value of each group given to all rows of the group; shape (n,)."""
        return spread(self.task, self.which, result[self.every])


def grouped(task: Task, values: np.ndarray) -> InGroups:
    """``values``, shape (n,), taken apart by group."""
    which = rows_of(task)
    codes, groups = groups_of(task, which)
    x = at(values, which)
    known = ~is_missing(x)
    if known.all():
        return InGroups(task, which, None, codes, x, codes, groups)
    return InGroups(task, which, known, codes, x[known], codes[known], groups)


def by_text(task: Task) -> str:
    """The end of the label of a variable made within groups."""
    return f" by {' '.join(task.by)}" if task.by else ""
