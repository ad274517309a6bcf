"""gsort: put the observations in ascending and descending order."""

from __future__ import annotations

import re

import numpy as np

from ..data.columns import group_codes, missing_rows, new_numeric, sort_rows
from ..data.dataset import Dataset
from ..data.storage import is_numeric
from ..errors import StataError
from ..expr.names import resolve_variable
from ..records import record, replace
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.clauses import split_clauses
from ._shared.data import check_new_variable, invalid_syntax
from ._shared.tables import refuse
from .context import Context
from .registry import command

OPTIONS = (
    Option("generate", "g", Kind.NAME, help="a new variable that numbers the groups of equal observations"),
    Option("mfirst", "m", help="missing values come first in descending order, not last"),
)
_KEY = re.compile(r"\s*([-+]?)\s*([^\W\d]\w*)")


@record
class Key:
    name: str
    descending: bool


@command("gsort", start="raw", options=OPTIONS)
def gsort(context: Context, statement: Statement) -> None:
    """gsort [+|-]varname [[+|-]varname ...] [, generate(newvar) mfirst]

    Sort by each variable in ascending (+, the default) or descending (-) order.  Missing values come last, with mfirst
    first in descending order.  Equal observations keep their order.
    """
    text, start, clauses = split_clauses(statement)
    options = context.options(clauses, OPTIONS)
    refuse(clauses, using=True)
    if clauses.condition is not None or clauses.in_range is not None:
        raise invalid_syntax((clauses.condition or clauses.in_range).span)  # type: ignore[union-attr]
    data = context.data
    keys = _keys(text, start, data)
    if options["generate"] is not None:
        check_new_variable(options["generate"], data, options.spans["generate"])
    order, sorted_by = _order(data, keys, bool(options["mfirst"]))
    data = replace(data.take(order), sorted_by=sorted_by)
    if options["generate"] is not None:
        numbers = np.cumsum(_changes(data, keys)).astype(np.float64)
        data = data.with_column(new_numeric(options["generate"], numbers, context.settings.type))
    context.data = data


def _keys(text: str, start: int, data: Dataset) -> tuple[Key, ...]:
    keys, at = [], 0
    while text[at:].strip():
        match = _KEY.match(text, at)
        if match is None:
            raise invalid_syntax((start + at, start + len(text)))
        name = resolve_variable(match[2], data, (start + match.start(2), start + match.end(2)))
        keys.append(Key(name, match[1] == "-"))
        at = match.end()
    if not keys:
        raise StataError("varlist required", 100, (start, start + len(text)))
    return tuple(keys)


def _order(data: Dataset, keys: tuple[Key, ...], missing_first: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """Row numbers in the new order, and the variables by which the data are then in plain ascending order."""
    if not any(key.descending for key in keys):
        names = tuple(dict.fromkeys(key.name for key in keys))
        return sort_rows(data, names), names
    columns = [_sort_values(data, key, missing_first) for key in keys]
    return np.lexsort(columns[::-1]), ()


def _sort_values(data: Dataset, key: Key, missing_first: bool) -> np.ndarray:
    """Numbers whose ascending order is the one wanted, shape (n,); in descending order all missing values are equal."""
    column = data.columns[key.name]
    codes = group_codes([column])[0]
    if not key.descending:
        return codes
    missing = missing_rows(column)
    last = missing & (is_numeric(column.storage) or not missing_first)
    return np.where(last, -len(codes) - 1 if missing_first else 1, -codes)


def _changes(data: Dataset, keys: tuple[Key, ...]) -> np.ndarray:
    """Where a group begins in sorted data: bool, shape (n,)."""
    codes = group_codes([data.columns[key.name] for key in keys])[0]
    return np.append(True, codes[1:] != codes[:-1])[: data.n]
