"""The texts that ``egen newvar = group(varlist), label`` gives to the group numbers."""

from __future__ import annotations

from collections.abc import Sequence

from ...data.columns import level_label
from ...data.dataset import Column, Dataset
from ...data.storage import DTYPES, MISSING, missing_name, to_double
from ...formats import g


def label_of_groups(dataset: Dataset, columns: Sequence[Column], row: int, cut: int | None) -> str:
    """The values of ``columns`` in row number ``row``, joined by blanks.

    Texts and value labels are cut to ``cut`` display columns, bare numbers are not.
    """
    return " ".join(_text(dataset, column, row, cut) for column in columns)


def _text(dataset: Dataset, column: Column, row: int, cut: int | None) -> str:
    """A text as it is, a number by its value label, an integer in full, another number in seven digits."""
    if column.storage not in DTYPES:
        value = column.values[row]
        return _cut(value if isinstance(value, str) else bytes(value).decode("latin-1"), cut)
    number = float(to_double(column.values[row : row + 1], column.storage)[0])
    label = level_label(dataset, column, number)
    if label is not None:
        return _cut(label, cut)
    if number >= MISSING:
        return missing_name(number)
    return g(number, 18 if number == int(number) else 9)


def _cut(text: str, width: int | None) -> str:
    """The beginning of ``text`` that fits ``width`` display columns; East Asian characters and emoji take two."""
    if width is None or len(text.encode("utf-8", "surrogateescape")) <= width:
        return text
    from unicodedata import east_asian_width

    used = 0
    for position, character in enumerate(text):
        used += 2 if east_asian_width(character) in "WF" else 1
        if used > width:
            return text[:position]
    return text
