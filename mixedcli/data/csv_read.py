"""Reads delimited text as ``import delimited`` does: smallest storage types, lower-case names, the header as labels.

Python's own csv reader is used rather than pandas': it is there at once, and it takes rows of unequal length.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice, zip_longest
from typing import IO

import numpy as np

from ..errors import StataError
from ..records import replace
from .columns import new_numeric, new_string, smallest_storage
from .dataset import Column, Dataset
from .storage import MISSING, MISSING_BY_NAME

_ROWS_AT_ONCE = 1 << 15
_LONGEST_NAME = 32
_RESERVED = frozenset((
    "_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long", "_n", "_pi", "_pred", "_rc",
    "_skip", "strl", "using", "with",
))  # fmt: skip


class _NotNumeric(Exception):
    """Some cell of a column is text."""


def read_csv(source: str | IO[str] | IO[bytes], missing: Collection[str] = ("NA",)) -> Dataset:
    """The data set in a comma- or tab-separated text: a path, or an open stream.

    The first row gives the names unless it looks like the second one and holds a number.  A column is numeric when
    every cell is a number, empty, ``.``, ``.a`` ... ``.z`` or one of ``missing``; whole numbers get the smallest of
    byte, int, long, double, others float (double if out of its range).  Short rows are filled with missing values.
    ``filename`` stays empty, so that a later ``save`` cannot overwrite the text.
    Raises: StataError r(601) no such file, r(603) cannot be opened, r(610) not text.
    """
    text = _text(source)
    delimiter = "\t" if "\t" in text[: text.find("\n")] and "," not in text[: text.find("\n")] else ","
    try:
        header, labels, skip = _header(_rows(text, delimiter))
        columns, n = _columns(text, delimiter, header, skip, missing)
    except csv.Error as failure:
        raise StataError(f"not delimited text: {failure}", 610) from None
    named = {c.name: replace(c, label=label) for c, label in zip(columns, labels, strict=True)}
    return Dataset(named, n if named else 0)


def _text(source: str | IO[str] | IO[bytes]) -> str:
    """The whole text, without a byte-order mark; bytes that are no UTF-8 are taken for Latin-1."""
    if isinstance(source, (str, os.PathLike)):
        try:
            with open(source, "rb") as file:
                return _text(file)
        except FileNotFoundError:
            raise StataError(f"file {source} not found", 601) from None
        except (OSError, ValueError):
            raise StataError(f"file {source} could not be opened", 603) from None
    raw = source.read()
    if isinstance(raw, str):
        return raw.removeprefix("\ufeff")
    if b"\0" in raw:
        raise StataError("not delimited text: line contains NUL", 610)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows that are not blank."""
    csv.field_size_limit(max(len(text), 1 << 17))
    return (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)


def _header(rows: Iterator[list[str]]) -> tuple[list[str], list[str], int]:
    """(names, variable labels, rows to skip).  The width is that of the widest row seen first."""
    first = [cell.strip() for cell in next(rows, [])]
    second = next(rows, [])
    width = max(len(row) for row in chain([first, second], islice(rows, _ROWS_AT_ONCE)))
    numbers = [_is_number(cell) for cell in first]
    named = any(_is_number(below) and not number for number, below in zip(numbers, second, strict=False))
    if not first or (any(numbers) and not named):
        return [f"v{j + 1}" for j in range(width)], [""] * width, 0
    first += [""] * (width - len(first))
    names = _variable_names(first)
    return names, ["" if cell == name else cell for cell, name in zip(first, names, strict=True)], 1


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _variable_names(header: list[str]) -> list[str]:
    """Lower case, without the characters a name may not have; ``v#`` where nothing usable is left."""
    out: list[str] = []
    taken: set[str] = set()
    for j, cell in enumerate(header):
        name = re.sub(r"\W", "", cell).lower()[:_LONGEST_NAME]
        if not name or name[0].isdigit() or name in taken or name in _RESERVED or re.fullmatch(r"str\d+", name):
            name = f"v{j + 1}"
        while name in taken:
            name += "_"
        taken.add(name)
        out.append(name)
    return out


def _columns(
    text: str, delimiter: str, names: list[str], skip: int, missing: Collection[str]
) -> tuple[list[Column], int]:
    """Numbers are converted as the text is read, so that a long file never exists as one list of cells.

    A column that turns out to hold text only after some rows went by is read in a second pass.
    """
    codes = {"": MISSING, **MISSING_BY_NAME, **dict.fromkeys(missing, MISSING)}
    numbers: dict[int, list[np.ndarray]] = {j: [] for j in range(len(names))}
    n = 0
    for cells in _blocks(text, delimiter, len(names), skip):
        n += len(cells[0]) if cells else 0
        for j in list(numbers):
            try:
                numbers[j].append(_numbers(cells[j], codes))
            except _NotNumeric:
                del numbers[j]
    texts: dict[int, list[str]] = {j: [] for j in range(len(names)) if j not in numbers}
    if texts:
        for cells in _blocks(text, delimiter, len(names), skip):
            for j, column in texts.items():
                column.extend(cells[j])
    made = [
        new_string(name, texts[j]) if j in texts else _numeric_column(name, numbers[j]) for j, name in enumerate(names)
    ]
    return made, n


def _blocks(text: str, delimiter: str, width: int, skip: int) -> Iterator[list[tuple[str, ...]]]:
    """The cells, column by column, `_ROWS_AT_ONCE` rows at a time; cells beyond ``width`` are dropped."""
    rows = _rows(text, delimiter)
    for _ in range(skip):
        next(rows, None)
    while block := list(islice(rows, _ROWS_AT_ONCE)):
        padded: Iterable[list[str]] = chain(block, [[""] * width])
        yield [column[:-1] for column in islice(zip_longest(*padded, fillvalue=""), width)]


def _numbers(cells: tuple[str, ...], codes: dict[str, float]) -> np.ndarray:
    try:
        out = np.array(list(map(float, cells)))
    except ValueError:
        try:
            out = np.array([codes[c] if (c := cell.strip()) in codes else float(c) for cell in cells])
        except ValueError:
            raise _NotNumeric from None
    # Python also takes 1_000, inf and nan for numbers; Stata does not.
    if not np.isfinite(out).all() or "_" in "".join(cells):
        raise _NotNumeric
    return out


def _numeric_column(name: str, parts: list[np.ndarray]) -> Column:
    values = np.concatenate(parts) if parts else np.empty(0)
    storage = smallest_storage(values)
    known = values[np.abs(values) < MISSING]
    if storage == "double" and not np.array_equal(known, np.trunc(known)) and np.abs(known).max() < 2.0**127:
        storage = "float"
    return new_numeric(name, values, storage)
