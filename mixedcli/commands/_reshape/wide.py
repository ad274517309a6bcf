"""From the long to the wide form: one observation for each group, a variable for each value of j."""

from __future__ import annotations

import numpy as np

from ...data.columns import group_codes, missing_rows, numeric
from ...data.dataset import Column, Dataset
from ...data.storage import is_numeric
from ...errors import StataError, variable_not_found
from ...expr.evaluate import as_text
from ...records import replace
from .._shared.data import check_name, frozen, short_label
from .common import Plan, Reshaped, labels_to_keep, long_name, remember, wide_name
from .long import empty_values, in_order


def values_of_j(data: Dataset, j: str, string: bool) -> np.ndarray:
    """The value of j in each row as it stands in names: object array of shape (n,).

    Raises r(109) where the kind of variable and the option string disagree, r(498) for missing values and fractions.
    """
    if j not in data.columns:
        raise variable_not_found(j)
    column = data.columns[j]
    if is_numeric(column.storage) == string:
        raise StataError(
            f"variable {j} is numeric" if string else f"variable {j} is string; specify string option", 109
        )
    if missing_rows(column).any():
        raise StataError(f"variable {j} contains missing values", 498)
    if string:
        return as_text(column.values)
    numbers = numeric(column)
    if not np.array_equal(numbers, np.trunc(numbers)):
        raise StataError(f"variable {j} contains noninteger values", 498)
    known = {number: f"{number:.0f}" for number in np.unique(numbers).tolist()}
    return np.array([known[number] for number in numbers.tolist()], dtype=object)


def distinct(texts: np.ndarray, string: bool) -> tuple[str, ...]:
    """The values of j that occur, in the order of the variable."""
    return in_order(set(texts.tolist()), string)


def reshape_wide(data: Dataset, plan: Plan, texts: np.ndarray) -> tuple[Dataset, Reshaped]:
    """The wide data set and the report; ``texts``: the value of j in each row, one of ``plan.values``."""
    _check(data, plan)
    codes, first = group_codes([data.columns[name] for name in plan.i])
    place = {value: k for k, value in enumerate(plan.values)}
    at = np.fromiter((place[text] for text in texts), dtype=np.int64, count=data.n)
    _check_rows(data, plan, codes, first, at)
    groups = data.take(first)
    columns = {name: groups.columns[name] for name in plan.i}
    for k, value in enumerate(plan.values):
        rows = np.flatnonzero(at == k)
        for stub in plan.stubs:
            column = _spread(data, plan, stub, value, rows, codes[rows], len(first))
            columns[column.name] = column
    gone = {plan.j, *(long_name(stub) for stub in plan.stubs)}
    columns.update({name: groups.columns[name] for name in data.columns if name not in gone and name not in columns})
    kept = {name: notes for name, notes in data.characteristics.items() if name == "_dta" or name in columns}
    new = replace(
        groups, columns=columns, n=len(first), sorted_by=plan.i, hidden={}, characteristics=kept, changed=True
    )
    stubs = tuple((long_name(stub), tuple(plan.wide(stub))) for stub in plan.stubs)
    report = Reshaped("wide", plan, (data.n, new.n), (len(data.columns), len(columns)), stubs)
    return remember(new, plan, labels_to_keep(data, plan)), report


def _check(data: Dataset, plan: Plan) -> None:
    """Raise unless the long variables exist and the wide names are new and valid."""
    gone = {long_name(stub) for stub in plan.stubs}
    for name in gone:
        if name not in data.columns:
            raise variable_not_found(name)
    for value in plan.values:
        for stub in plan.stubs:
            name = wide_name(stub, value)
            check_name(name)
            if name in data.columns and name not in gone:
                raise StataError(f"variable {name} already defined", 110)


def _check_rows(data: Dataset, plan: Plan, codes: np.ndarray, first: np.ndarray, at: np.ndarray) -> None:
    """Raise r(9) if a group has a value of j twice, or a variable that changes within a group."""
    within = " ".join(plan.i)
    pairs = codes * len(plan.values) + at
    if len(np.unique(pairs)) < len(pairs):
        raise StataError(f"values of variable {plan.j} not unique within {within}", 9)
    taken = {plan.j, *plan.i, *(long_name(stub) for stub in plan.stubs)}
    changing = [
        f"variable {name} not constant within {within}"
        for name, column in data.columns.items()
        if name not in taken and not np.array_equal(column.values, column.values[first][codes])
    ]
    if changing:
        raise StataError("\n".join(changing), 9)


def _spread(
    data: Dataset, plan: Plan, stub: str, value: str, rows: np.ndarray, groups: np.ndarray, count: int
) -> Column:
    """The wide variable of a stub for one value of j: the values of ``rows``, each in its group."""
    old = data.columns[long_name(stub)]
    values = empty_values(old.storage, count)
    values[groups] = old.values[rows]
    label = short_label(f"{value} {old.label or old.name}")[0]
    return replace(old, name=wide_name(stub, value), values=frozen(values), label=label)
