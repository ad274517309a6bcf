"""From the wide to the long form: one observation for each value of j."""

from __future__ import annotations

import re

import numpy as np

from ...data.columns import group_codes, new_numeric, new_string, sort_rows
from ...data.dataset import Column, Dataset
from ...data.storage import DTYPES, FLOAT_MISSING, LARGEST, MISSING, default_format, from_double, is_numeric, to_double
from ...errors import StataError, type_mismatch
from ...records import replace
from .._shared.data import check_name, frozen
from .common import Plan, Reshaped, kept_label, kept_value_label, long_name, remember, wide_name

_INTEGER = re.compile(r"\d+")


def found_values(data: Dataset, i: tuple[str, ...], stubs: tuple[str, ...], string: bool) -> tuple[str, ...]:
    """What stands in the place of j in the names of the wide variables, ascending; r(111) if nothing does."""
    found: set[str] = set()
    for stub in stubs:
        before, _, after = stub.partition("@")
        fits = re.compile(f"{re.escape(before)}(.+){re.escape(after)}").fullmatch
        matches = (fits(name) for name in data.columns if name not in i)
        found |= {match[1] for match in matches if match and (string or _INTEGER.fullmatch(match[1]))}
    if not found:
        raise StataError("no xij variables found", 111)
    return in_order(found, string)


def in_order(values: set[str], string: bool) -> tuple[str, ...]:
    """Values of j in the order of the variable that will hold them."""
    return tuple(sorted(values) if string else sorted(values, key=lambda text: (int(text), text)))


def reshape_long(data: Dataset, plan: Plan) -> tuple[Dataset, Reshaped]:
    """The long data set and the report.  Raises r(9), r(110), r(111) and r(198)."""
    absent = _check(data, plan)
    order = sort_rows(data, plan.i)
    wide = {name for stub in plan.stubs for name in plan.wide(stub)}
    columns: dict[str, Column] = {name: _repeated(data.columns[name], order, len(plan.values)) for name in plan.i}
    columns[plan.j] = _j_column(data, plan)
    made = {stub: _stacked(data, plan, stub, order) for stub in plan.stubs}
    for name, column in data.columns.items():
        stub = next((s for s in plan.stubs if wide_name(s, plan.values[0]) == name), None)
        if stub is not None:
            columns[made[stub].name] = made[stub]
        elif name not in wide and name not in plan.i:
            columns[name] = _repeated(column, order, len(plan.values))
    columns.update({made[stub].name: made[stub] for stub in plan.stubs if made[stub].name not in columns})
    n = data.n * len(plan.values)
    kept = {name: texts for name, texts in data.characteristics.items() if name == "_dta" or name in columns}
    new = replace(data, columns=columns, n=n, sorted_by=(*plan.i, plan.j), hidden={}, characteristics=kept)
    stubs = tuple((long_name(stub), tuple(plan.wide(stub))) for stub in plan.stubs)
    report = Reshaped("long", plan, (data.n, n), (len(data.columns), len(columns)), stubs, absent)
    return remember(new, plan, {}), report


def _check(data: Dataset, plan: Plan) -> tuple[str, ...]:
    """Raise what stands against reshaping; the wide variables that do not exist."""
    if plan.j in data.columns:
        raise StataError(f"variable {plan.j} already defined", 110)
    check_name(plan.j)
    names = [name for stub in plan.stubs for name in plan.wide(stub)]
    if not any(name in data.columns for name in names):
        raise StataError("no xij variables found", 111)
    for stub in plan.stubs:
        name = long_name(stub)
        check_name(name)
        if name in data.columns and name not in names:
            raise StataError(f"variable {name} already defined", 110)
    if len(group_codes([data.columns[name] for name in plan.i])[1]) < data.n:
        several = len(plan.i) > 1
        subject = f"variable{'s' if several else ''} {' '.join(plan.i)} {'do' if several else 'does'}"
        raise StataError(f"{subject} not uniquely identify the observations", 9)
    return tuple(name for name in names if name not in data.columns)


def _repeated(column: Column, order: np.ndarray, times: int) -> Column:
    return replace(column, values=frozen(np.repeat(column.values[order], times)))


def _j_column(data: Dataset, plan: Plan) -> Column:
    """The variable of j: its values over and over, in the smallest type that holds them."""
    label, texts = kept_label(data, plan, plan.j), kept_value_label(data)
    if plan.string:
        return new_string(plan.j, list(plan.values) * data.n, label=label)
    numbers = np.array([float(value) for value in plan.values])
    largest = numbers.max()
    storage = next((name for name, top in LARGEST.items() if largest <= top), "double")
    return new_numeric(plan.j, np.tile(numbers, data.n), storage, label, default_format(storage), texts)


def _stacked(data: Dataset, plan: Plan, stub: str, order: np.ndarray) -> Column:
    """The long variable of a stub: row by row the values of its wide variables, missing where there is none."""
    parts = [data.columns.get(name) for name in plan.wide(stub)]
    known = [part for part in parts if part is not None]
    if not known:
        raise StataError(f"variable {wide_name(stub, plan.values[0])} not found", 111)
    if len({is_numeric(part.storage) for part in known}) > 1:
        raise type_mismatch()
    first = known[0]
    storage = common_storage([part.storage for part in known])
    empty = empty_values(storage, data.n)
    table = np.column_stack([empty if part is None else _as(part, storage)[order] for part in parts])
    shape = first.format if is_numeric(storage) else default_format(storage)
    texts = next((part.value_label for part in known if part.value_label), "")
    name = long_name(stub)
    return Column(name, storage, frozen(table.reshape(-1)), shape, kept_label(data, plan, name), texts)


def common_storage(types: list[str]) -> str:
    """The smallest type that holds the values of all: the longer string, the wider integer, double for long and float."""
    if not is_numeric(types[0]):
        return "strL" if "strL" in types else f"str{max(int(each[3:]) for each in types)}"
    if "double" in types or ("float" in types and "long" in types):
        return "double"
    return "float" if "float" in types else max(types, key=list(LARGEST).index)


def empty_values(storage: str, n: int) -> np.ndarray:
    """``n`` missing values in the native form of a type."""
    if not is_numeric(storage):
        return np.full(n, "", dtype=object)
    missing = {**{name: top + 1 for name, top in LARGEST.items()}, "float": FLOAT_MISSING[0], "double": MISSING}
    return np.full(n, missing[storage], dtype=DTYPES[storage])


def _as(column: Column, storage: str) -> np.ndarray:
    """The values of a column in the native form of another type that holds them."""
    if column.storage == storage or not is_numeric(storage):
        return column.values
    return from_double(to_double(column.values, column.storage), storage)
