"""Functions about whole rows or whole columns: choice, membership, missingness, running sums."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.storage import MISSING
from ..errors import type_mismatch
from .environment import Value
from .evaluate import Evaluator, as_number, is_string
from .functions import MANY, Function


def scalar_or_array(out: np.ndarray) -> Value:
    """A 0-d result as a plain scalar."""
    if out.ndim:
        return out
    value = out.item()
    return value if isinstance(value, str) else float(value)


def same_kind(*values: Value) -> bool:
    """True for strings, False for numbers; a mixture is r(109)."""
    kinds = {is_string(value) for value in values}
    if len(kinds) > 1:
        raise type_mismatch()
    return kinds.pop()


def _as_objects(value: Value) -> np.ndarray:
    return np.asarray(value, dtype=object if is_string(value) else np.float64)


def condition(test: Value, yes: Value, no: Value, unknown: Value | None = None) -> Value:
    """``cond(x, a, b[, c])``: a where x is not zero, b where it is zero, c (else a) where x is missing."""
    branches = [yes, no] if unknown is None else [yes, no, unknown]
    same_kind(*branches)
    test = np.asarray(test)
    out = np.where(test != 0, _as_objects(yes), _as_objects(no))
    if unknown is not None:
        out = np.where(test >= MISSING, _as_objects(unknown), out)
    return scalar_or_array(out)


def in_list(first: Value, *members: Value) -> Value:
    """``inlist(z, a, b, ...)``: 1 where z equals one of the others."""
    same_kind(first, *members)
    found: Any = np.equal(_as_objects(first), _as_objects(members[0]))
    for member in members[1:]:
        found = found | np.equal(_as_objects(first), _as_objects(member))
    return as_number(np.asarray(found, dtype=bool)) if np.ndim(found) else float(bool(found))


def in_range(z: Value, low: Value, high: Value) -> Value:
    """``inrange(z, a, b)``: 1 where a <= z <= b; a missing bound is open, a missing z is never inside."""
    if same_kind(z, low, high):
        z, low, high = _as_objects(z), _as_objects(low), _as_objects(high)
        inside = np.greater_equal(z, low) & np.less_equal(z, high)
        return as_number(np.asarray(inside, dtype=bool)) if np.ndim(inside) else float(bool(inside))
    z, low, high = np.asarray(z), np.asarray(low), np.asarray(high)
    inside = (z < MISSING) & ((low >= MISSING) | (z >= low)) & ((high >= MISSING) | (z <= high))
    return scalar_or_array(np.asarray(inside, dtype=np.float64))


def any_missing(*values: Value) -> Value:
    """``missing(x, ...)``: 1 where any number is missing or any string empty."""
    out: Any = np.zeros((), dtype=bool)
    for value in values:
        out = out | (np.equal(_as_objects(value), "") if is_string(value) else np.asarray(value) >= MISSING)
    return scalar_or_array(np.asarray(out, dtype=bool).astype(np.float64))


def running_sum(rows: Evaluator, x: Value) -> Value:
    """``sum(x)``: the sum down to each row, missing as zero, starting anew in each by-group."""
    if rows.single:
        head = float(np.asarray(x).flat[0]) if np.size(x) else MISSING
        return head if head < MISSING else 0.0
    values = np.broadcast_to(np.asarray(x, dtype=np.float64), (rows.dataset.n,))
    terms = np.where(values < MISSING, values, 0.0)
    starts = () if rows.env.starts is None else rows.env.starts[1:]
    groups = np.split(terms, starts)   # not one sum minus another: that would leave rounding noise
    sums = np.concatenate([np.cumsum(group) for group in groups])
    return np.where(np.abs(sums) < MISSING, sums, MISSING)


FUNCTIONS = {
    "cond": Function(condition, kinds="na", least=3, most=4, strict=False),
    "inlist": Function(in_list, kinds="a", least=2, most=MANY, strict=False),
    "inrange": Function(in_range, kinds="a", least=3, most=3, strict=False),
    "missing": Function(any_missing, kinds="a", most=MANY, strict=False),
    "mi": Function(any_missing, kinds="a", most=MANY, strict=False),
    "sum": Function(running_sum, needs_rows=True),
}
