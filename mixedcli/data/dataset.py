"""The dataset: immutable columns with Stata's storage types.  Every change makes a new `Dataset` that shares columns.

Because nothing is changed in place, a command that fails leaves the data as they were, and ``preserve`` is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ..records import field, record, replace


@record(eq=False)
class Column:
    """One variable.

    ``storage``: ``byte int long float double``, ``str1``..``str2045`` or ``strL``.
    ``values``: shape (n,), read-only; numeric columns in Stata's native little-endian dtype (i1 i2 i4 f4 f8) with
    Stata's own missing encodings (byte 101..127, ..., float 2**127 and up, double 2**1023 and up); string columns an
    object array of ``str`` (``bytes`` for binary strL).
    """

    name: str
    storage: str
    values: np.ndarray
    format: str
    label: str = ""
    value_label: str = ""


@record(eq=False)
class Dataset:
    """``n`` rows of named columns, in order.

    ``value_labels``: label name -> {value: text}; extended missing values are keyed by their double encoding.
    ``characteristics``: ``_dta`` or a variable -> {name: text} (notes are ``note0``, ``note1``, ...).
    ``hidden``: row-aligned arrays of shape (n,) that follow every sort, keep and drop but are no variables
    (estimation samples).  ``changed``: not saved since last loaded.
    """

    columns: Mapping[str, Column] = field(default_factory=dict)
    n: int = 0
    label: str = ""
    timestamp: str = ""
    filename: str = ""
    sorted_by: tuple[str, ...] = ()
    value_labels: Mapping[str, Mapping[float, str]] = field(default_factory=dict)
    characteristics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hidden: Mapping[str, np.ndarray] = field(default_factory=dict)
    changed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def with_column(self, column: Column) -> Dataset:
        """A copy with ``column`` replaced, or added at the end."""
        columns = dict(self.columns)
        columns[column.name] = column
        sorted_by = self.sorted_by
        if column.name in sorted_by and column.values is not self.columns[column.name].values:
            sorted_by = sorted_by[: sorted_by.index(column.name)]
        return replace(self, columns=columns, sorted_by=sorted_by, changed=True, n=len(column.values))

    def without(self, names: Iterable[str]) -> Dataset:
        """A copy without the named columns (all must exist)."""
        gone = set(names)
        columns = {k: v for k, v in self.columns.items() if k not in gone}
        first = next((i for i, k in enumerate(self.sorted_by) if k in gone), len(self.sorted_by))
        n = self.n if columns else 0
        return replace(self, columns=columns, sorted_by=self.sorted_by[:first], changed=True, n=n)

    def take(self, rows: np.ndarray) -> Dataset:
        """A copy with the rows selected by ``rows``: a boolean mask of shape (n,) or an array of row numbers."""
        columns = {k: replace(c, values=c.values[rows]) for k, c in self.columns.items()}
        n = int(np.count_nonzero(rows)) if rows.dtype == bool else len(rows)
        keeps_order = rows.dtype == bool
        hidden = {k: v[rows] for k, v in self.hidden.items()}
        return replace(
            self, columns=columns, n=n, hidden=hidden, sorted_by=self.sorted_by if keeps_order else (), changed=True
        )
