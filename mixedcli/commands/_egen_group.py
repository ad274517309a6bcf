"""The texts that ``egen newvar = group(varlist), label`` gives to the group numbers."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.columns import level_label
from ..data.dataset import Column, Dataset
from ..data.storage import DTYPES, MISSING, missing_name, to_double
from ..formats import g


def label_of_groups(dataset: Dataset, columns: Sequence[Column], row: int, cut: int | None) -> str:
    """The values of ``columns`` in row number ``row``, joined by blanks, each cut to ``cut`` characters."""
    return " ".join(_text(dataset, column, row)[:cut] for column in columns)


def _text(dataset: Dataset, column: Column, row: int) -> str:
    """A text as it is, a number by its value label, an integer in full, another number in seven digits."""
    if column.storage not in DTYPES:
        value = column.values[row]
        return value if isinstance(value, str) else bytes(value).decode("latin-1")
    number = float(to_double(column.values[row : row + 1], column.storage)[0])
    label = level_label(dataset, column, number)
    if label is not None:
        return label
    if number >= MISSING:
        return missing_name(number)
    return g(number, 18 if number == int(number) else 9)
