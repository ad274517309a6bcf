"""What append and merge share: a common storage type, columns stacked or gathered, labels and notes of both sides."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..records import replace
from .columns import LONGEST_FIXED_STRING
from .dataset import Column, Dataset
from .notes import appended_notes
from .storage import DTYPES, FLOAT_MISSING, LARGEST, MISSING, default_format, from_double, is_numeric, to_double

_SIZE_ORDER = ("byte", "int", "long", "float", "double")


def common_storage(master: str, using: str) -> str:
    """The storage type that holds every value of both types (both numeric, or both strings).

    A long beside a float needs a double: neither holds all values of the other.
    """
    if not is_numeric(master):
        if "strL" in (master, using):
            return "strL"
        width = max(int(master[3:]), int(using[3:]))
        return f"str{width}" if width <= LONGEST_FIXED_STRING else "strL"
    if {master, using} == {"long", "float"}:
        return "double"
    return max(master, using, key=_SIZE_ORDER.index)


def same_kind(one: Column, other: Column) -> bool:
    """Both numeric, or both strings."""
    return is_numeric(one.storage) == is_numeric(other.storage)


def recast(column: Column, storage: str) -> Column:
    """The column in another type of the same kind, with every missing code kept; a default format follows the type.

    A number that the type cannot hold becomes ``.`` or loses its fraction, so widen only, or check first.
    """
    if column.storage == storage:
        return column
    values = column.values
    if is_numeric(storage):
        values = from_double(to_double(values, column.storage), storage)
        values.flags.writeable = False
    follows = column.format == default_format(column.storage)
    return replace(column, storage=storage, values=values, format=default_format(storage) if follows else column.format)


def missing_value(storage: str) -> object:
    """What an empty cell of this type holds: the native ``.``, or an empty string."""
    if storage in LARGEST:
        return LARGEST[storage] + 1
    if storage == "float":
        return FLOAT_MISSING[0]
    return MISSING if storage == "double" else ""


def missing_cells(storage: str, n: int) -> np.ndarray:
    """``n`` empty cells in the native form of ``storage``."""
    return np.full(n, missing_value(storage), dtype=DTYPES.get(storage, object))


def gathered(column: Column, rows: np.ndarray, some_absent: bool) -> np.ndarray:
    """The column's values at ``rows``, shape (m,); with ``some_absent`` a row number of -1 gives an empty cell."""
    if not some_absent:
        return column.values[rows]
    if len(column.values) == 0:
        return missing_cells(column.storage, len(rows))
    out = column.values[rows]
    out[rows < 0] = missing_value(column.storage)
    return out


def stacked(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The arrays one after the other, read-only."""
    out = np.concatenate(list(parts))
    out.flags.writeable = False
    return out


def lengthened_hidden(dataset: Dataset, more: int) -> dict[str, np.ndarray]:
    """The row-aligned arrays that are no variables, with ``more`` rows that belong to no sample."""
    blank = {"b": False, "i": -1, "u": 0, "f": np.nan}
    out = {}
    for key, values in dataset.hidden.items():
        filler = np.full((more, *values.shape[1:]), blank.get(values.dtype.kind), dtype=values.dtype)
        out[key] = np.concatenate([values, filler])
    return out


def with_metadata(
    dataset: Dataset, using: Dataset, new: Iterable[str], labels: bool = True, notes: bool = True
) -> tuple[Dataset, tuple[str, ...]]:
    """``dataset`` with the value labels, characteristics and notes that came with the ``new`` variables of ``using``.

    Value labels that the data have already stay as they are; their names are the second part of the result.
    Without ``labels`` no definitions are copied; without ``notes`` neither are notes.
    """
    tables = dict(dataset.value_labels)
    taken = tuple(name for name in using.value_labels if name in tables) if labels else ()
    if labels:
        tables.update({name: table for name, table in using.value_labels.items() if name not in tables})
    owners = {owner: dict(entries) for owner, entries in dataset.characteristics.items()}
    for name in new:
        if name in using.characteristics:
            entries = using.characteristics[name]
            owners[name] = dict(entries) if notes else {k: v for k, v in entries.items() if not k.startswith("note")}
    if notes and (more := using.characteristics.get("_dta")):
        combined = appended_notes(owners.get("_dta", {}), more)
        if combined:
            owners["_dta"] = combined
    return replace(dataset, value_labels=tables, characteristics=owners), taken
