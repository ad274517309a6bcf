"""Vector helpers on columns: making, working values, sort order, group codes, level labels, storage types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .dataset import Column, Dataset
from .storage import DTYPES, FLOAT_MISSING, LARGEST, SMALLEST, default_format, from_double, is_missing, to_double

LONGEST_FIXED_STRING = 2045      # bytes; longer text is strL
_SMALL_SPAN = 1 << 20            # widest range of integers that is coded through a table instead of a sort


def new_numeric(
    name: str, doubles: np.ndarray, storage: str = "float", label: str = "", format: str = "", value_label: str = ""
) -> Column:
    """A numeric variable from working values of shape (n,); what ``storage`` cannot hold becomes ``.``."""
    values = from_double(np.asarray(doubles, dtype=np.float64), storage)
    values.flags.writeable = False
    return Column(name, storage, values, format or default_format(storage), label, value_label)


def new_string(name: str, texts: Iterable[str | bytes], storage: str = "", label: str = "") -> Column:
    """A string variable; without ``storage`` it gets the shortest that holds every text."""
    given = list(texts)
    values = np.empty(len(given), dtype=object)
    values[:] = given
    values.flags.writeable = False
    storage = storage or string_storage(given)
    return Column(name, storage, values, default_format(storage), label)


def string_storage(texts: Iterable[str | bytes]) -> str:
    """The shortest of str1..str2045, strL that holds every text (lengths are UTF-8 bytes)."""
    longest = 1
    for text in texts:
        if isinstance(text, bytes) or "\0" in text:
            return "strL"
        longest = max(longest, len(text) if text.isascii() else len(text.encode("utf-8", "replace")))
    return f"str{longest}" if longest <= LONGEST_FIXED_STRING else "strL"


def numeric(column: Column) -> np.ndarray:
    """A numeric column as float64 in the working representation, shape (n,), a new array."""
    return to_double(column.values, column.storage)


def missing_rows(column: Column) -> np.ndarray:
    """Where the column is missing, shape (n,), bool; for strings, where it is empty."""
    if column.storage in LARGEST:
        return column.values > LARGEST[column.storage]
    if column.storage in DTYPES:
        return is_missing(numeric(column))
    return np.fromiter((len(v) == 0 for v in column.values), dtype=bool, count=len(column.values))


def smallest_storage(doubles: np.ndarray) -> str:
    """The smallest type that holds working values of shape (n,) without loss, as ``compress`` would choose."""
    known = doubles[~is_missing(doubles)]
    if np.array_equal(known, np.trunc(known)):
        low, high = (known.min(), known.max()) if known.size else (0.0, 0.0)
        for storage, top in LARGEST.items():
            if low >= SMALLEST[storage] and high <= top:
                return storage
        return "double"
    return "float" if _fits_float(known) and np.array_equal(known.astype(np.float32), known) else "double"


def promoted_storage(storage: str, doubles: np.ndarray) -> str:
    """The type a numeric variable takes when ``replace`` puts ``doubles`` (working values) into it.

    An integer type grows until the values fit: byte, int and long by range, to float for a fraction (a long to double,
    which keeps its nine digits).  A float becomes double only for numbers beyond its range.
    """
    if storage == "double":
        return storage
    known = doubles[~is_missing(doubles)]
    if storage == "float":
        return "float" if _fits_float(known) else "double"
    if not np.array_equal(known, np.trunc(known)):
        return "float" if storage != "long" and _fits_float(known) else "double"
    order = ["byte", "int", "long", "double"]
    return max(storage, smallest_storage(known), key=order.index)


def _fits_float(known: np.ndarray) -> bool:
    return known.size == 0 or bool(np.abs(known).max() < float(FLOAT_MISSING[0]))


def level_label(dataset: Dataset, column: Column, value: float) -> str | None:
    """The text that the column's value label gives ``value`` (working representation), or None."""
    if not column.value_label:
        return None
    return dataset.value_labels.get(column.value_label, {}).get(float(value))


def sort_rows(dataset: Dataset, names: Sequence[str]) -> np.ndarray:
    """Row numbers, shape (n,), that put the data in the stable order of the named columns.

    Numbers ascend with missing last (``.`` before ``.a``); strings go by their UTF-8 bytes.
    """
    keys = [_sort_key(dataset.columns[name]) for name in names]
    if not keys:
        return np.arange(dataset.n)
    if len(keys) == 1:
        return np.argsort(keys[0], kind="stable")
    return np.lexsort(keys[::-1])


def _sort_key(column: Column) -> np.ndarray:
    """Values whose ascending order is the column's order, shape (n,)."""
    if column.storage in LARGEST:
        return column.values                  # the native missing codes already compare larger than every number
    if column.storage in DTYPES:
        return numeric(column)
    return _string_codes(column.values)[0]


def _string_codes(texts: np.ndarray) -> tuple[np.ndarray, int]:
    """(codes, number of distinct texts): codes ascend with the texts' bytes; equal texts have equal codes."""
    octets = [t if isinstance(t, bytes) else t.encode("utf-8", "surrogateescape") for t in texts.tolist()]
    rank = {t: code for code, t in enumerate(sorted(set(octets)))}
    return np.fromiter((rank[t] for t in octets), dtype=np.int64, count=len(octets)), len(rank)


def group_codes(
    columns: Sequence[Column], rows: np.ndarray | None = None, missing: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Groups formed by the distinct values of ``columns`` among the row numbers ``rows`` (None: all rows).

    Returns ``codes``, int64 of shape (len(rows),), numbering the groups 0..J-1 in Stata's sort order, and
    ``first_row``, shape (J,), the row number at which each group first occurs.  With ``missing`` False, rows with a
    missing value (or an empty string) in any column belong to no group: code -1.
    """
    inside: np.ndarray | None = None
    if not missing:
        inside = np.logical_and.reduce([~_at(missing_rows(column), rows) for column in columns])
    if inside is not None and not inside.all():
        taken = np.flatnonzero(inside) if rows is None else np.asarray(rows)[inside]
    else:
        taken, inside = rows, None
    within, count = _codes(columns[0], taken)
    for column in columns[1:]:
        more, more_count = _codes(column, taken)
        within, count = _compact(within * more_count + more)
    first = np.empty(count, dtype=np.int64)
    numbers = np.arange(len(within)) if taken is None else np.asarray(taken)
    first[within[::-1]] = numbers[::-1]      # the last assignment to a group stays: its first row
    if inside is None:
        return within, first
    codes = np.full(len(inside), -1, dtype=np.int64)
    codes[inside] = within
    return codes, first


def _at(values: np.ndarray, rows: np.ndarray | None) -> np.ndarray:
    """``values`` in the given rows; None means all, without a copy."""
    return values if rows is None else values[rows]


def _codes(column: Column, rows: np.ndarray | None) -> tuple[np.ndarray, int]:
    given = _at(column.values, rows)
    if column.storage not in DTYPES:
        return _string_codes(given)
    if column.storage in LARGEST:
        return _compact(given.astype(np.int64))
    values = to_double(given, column.storage)
    if values.size and np.abs(values).max() < 2.0**53 and np.array_equal(values, np.trunc(values)):
        return _compact(values.astype(np.int64))
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64, copy=False), len(distinct)


def _compact(numbers: np.ndarray) -> tuple[np.ndarray, int]:
    """(codes 0..J-1 in ascending order, J) of int64 numbers of shape (m,)."""
    if numbers.size == 0:
        return numbers, 0
    low = int(numbers.min())
    span = int(numbers.max()) - low + 1
    if span > max(_SMALL_SPAN, 4 * numbers.size):
        distinct, codes = np.unique(numbers, return_inverse=True)
        return codes.astype(np.int64, copy=False), len(distinct)
    shifted = numbers - low
    present = np.zeros(span, dtype=bool)
    present[shifted] = True
    table = np.cumsum(present) - 1
    return table[shifted], int(table[-1]) + 1
