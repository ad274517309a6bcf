"""replace: new contents for a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.columns import numeric, promoted_storage, string_storage
from ..data.dataset import Column
from ..data.storage import default_format, from_double, is_missing, is_numeric, to_double
from ..errors import StataError, type_mismatch
from ..expr.evaluate import evaluate, is_string
from ..expr.names import resolve_variable
from ..expr.sample import range_mask, sample_mask
from ..records import record
from ..records import replace as with_fields
from ..results.base import Result
from ..syntax.spec import Option
from ..syntax.tree import Assignment, Statement
from ._shared.data import counted, cut, frozen, thousands, values_over_rows, width_in_bytes
from ._shared.sequential import looks_elsewhere, run_through
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (Option("nopromote", "nop", help="keep the storage type; what does not fit is cut or becomes missing"),)


@record
class Replaced(Result):
    """How many values changed, how many of those to missing, and the storage type before and after."""

    variable: str
    storage_before: str
    storage: str
    changes: int
    to_missing: int


@command("replace", start="assignment", options=OPTIONS, by="native")
def replace(context: Context, statement: Statement) -> Replaced:
    """replace oldvar = exp [if] [in] [, nopromote]

    Change the contents of a variable, observation by observation: oldvar[_n-1] is the value just put there.  The
    storage type grows if the new values need it: byte, int and long to a larger integer type, or to float or double
    for fractions; a float stays a float.
    """
    options = context.options(statement, OPTIONS)
    if statement.assignment is None:
        raise StataError("=exp required", 100)
    target = statement.assignment
    old = context.data.columns[resolve_variable(target.target, context.data, target.span)]
    values, rows = _values(context, statement, target, old)
    if is_string(values) == is_numeric(old.storage):
        raise type_mismatch(target.exp.span)
    make = _numbers if is_numeric(old.storage) else _texts
    new, changed, to_missing = make(old, values, rows, options["nopromote"])
    changes = int(np.count_nonzero(changed))
    if changes or new.storage != old.storage:
        context.data = context.data.with_column(new)
    return Replaced(old.name, old.storage, new.storage, changes, int(np.count_nonzero(to_missing)))


def _values(
    context: Context, statement: Statement, target: Assignment, old: Column
) -> tuple[np.ndarray, np.ndarray]:
    """What to put in, and the rows to put it in, both of shape (n,)."""
    data, env = context.data, context.environment()
    if any(looks_elsewhere(part, old.name, data) for part in (target.exp, statement.condition)):
        span = range_mask(data, statement.in_range)
        return run_through(old.name, target.exp, statement.condition, span, data, env, _keeper(old))
    rows = sample_mask(data, statement.condition, statement.in_range, env)
    value = evaluate(target.exp, data, env)
    return values_over_rows(value, rows), rows


def _keeper(old: Column) -> Any:
    """What the variable holds of a value that is put into it: a float keeps seven digits."""

    def keep(value: Any) -> Any:
        if is_string(value) == is_numeric(old.storage):
            raise type_mismatch()
        if old.storage != "float":
            return value
        kept = to_double(from_double(np.atleast_1d(np.asarray(value, dtype=np.float64)), "float"), "float")
        return kept if isinstance(value, np.ndarray) else kept[0]

    return keep


Change = tuple[Column, np.ndarray, np.ndarray]
"""The new column, the rows that changed, the rows that changed to missing (bool, shape (n,))."""


def _numbers(old: Column, values: np.ndarray, rows: np.ndarray, keep_type: bool) -> Change:
    """A numeric column with ``values`` (float64, working representation) in ``rows``."""
    before = numeric(old)
    wanted = np.where(rows, values, before)
    storage = old.storage if keep_type or old.storage == "float" else promoted_storage(old.storage, wanted[rows])
    native = from_double(wanted, storage)
    after = to_double(native, storage)
    changed = after != before
    return with_fields(old, storage=storage, values=frozen(native)), changed, changed & is_missing(after)


def _texts(old: Column, values: np.ndarray, rows: np.ndarray, keep_type: bool) -> Change:
    """A string column with ``values`` in ``rows``; ``str#`` grows to hold the longest text, its format with it."""
    texts = np.where(rows, values, old.values)
    storage = old.storage
    if storage != "strL" and keep_type:
        texts = cut(texts, int(storage[3:]))
    elif storage != "strL" and width_in_bytes(values[rows]) > int(storage[3:]):
        storage = string_storage(values[rows])
    display = default_format(storage) if old.format == default_format(old.storage) else old.format
    changed = np.fromiter((a != b for a, b in zip(texts, old.values, strict=True)), dtype=bool, count=len(texts))
    to_missing = changed & np.fromiter((not text for text in texts), dtype=bool, count=len(texts))
    return with_fields(old, storage=storage, values=frozen(texts), format=display), changed, to_missing


@layout(Replaced)
def lay_out(result: Replaced, style: Style) -> Document:
    from ..report.document import Document, line

    lines = []
    if result.storage != result.storage_before:
        lines.append(line(f"variable {result.variable} was {result.storage_before} now {result.storage}"))
    changes = counted(result.changes, "real change", "real changes", style.version)
    missing = f", {thousands(result.to_missing, style.version)} to missing" if result.to_missing else ""
    lines.append(line(f"({changes} made{missing})"))
    return Document(tuple(lines))
