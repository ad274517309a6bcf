"""Reads delimited text as ``import delimited`` does: smallest storage types, lower-case names, the header as labels.

Python's own csv reader is used rather than pandas': it is there at once, and it takes rows of unequal length.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain, islice, zip_longest
from typing import IO

import numpy as np

from ..errors import StataError
from ..records import record, replace
from .columns import new_numeric, new_string, smallest_storage
from .dataset import Column, Dataset
from .names import valid_names
from .storage import MISSING, MISSING_BY_NAME

_ROWS_AT_ONCE = 1 << 15
_CASES: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "preserve": str}


class _NotNumeric(Exception):
    """Some cell of a column is text."""


@record
class TextForm:
    """How a text is cut into rows and columns, and which of them are wanted.  Rows and columns count from 1.

    ``delimiters``: characters each of which ends a cell, ``""`` to find out (tab or comma); ``together``: as one string;
    ``collapse``: several in a row end one cell.  ``names``: the row of names, 0 for none, None to find out.
    ``rows``, ``columns``: first and last wanted (None: to the end; a first row of None is the one after the names).
    ``texts``, ``numbers``: numbers of columns that are kept as text (None: all), or made numeric whatever they hold.
    ``fraction``: the type of numbers with decimals.  ``missing``: cells that stand for ``.``, beside ``""`` and ``.``.
    ``variables``: names to use instead of the file's.
    """

    delimiters: str = ""
    together: bool = False
    collapse: bool = False
    quotes: bool = True
    names: int | None = None
    rows: tuple[int | None, int | None] = (None, None)
    columns: tuple[int, int | None] = (1, None)
    case: str = "lower"
    texts: frozenset[int] | None = frozenset()
    numbers: frozenset[int] = frozenset()
    fraction: str = "float"
    encoding: str = ""
    missing: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    def keeps_text(self, j: int) -> bool:
        """Whether column ``j`` (from 0, of those wanted) is text whatever it holds."""
        return self.texts is None or j + self.columns[0] in self.texts

    def forces_numbers(self, j: int) -> bool:
        return j + self.columns[0] in self.numbers


def read_csv(source: str | IO[str] | IO[bytes], missing: Collection[str] = ("NA",)) -> Dataset:
    """The data set in a comma- or tab-separated text: a path, or an open stream.

    The first row gives the names unless it looks like the second one and holds a number.  A column is numeric when
    every cell is a number, empty, ``.``, ``.a`` ... ``.z`` or one of ``missing``; whole numbers get the smallest of
    byte, int, long, double, others float (double if out of its range).  Short rows are filled with missing values.
    ``filename`` stays empty, so that a later ``save`` cannot overwrite the text.
    Raises: StataError r(601) no such file, r(603) cannot be opened, r(610) not text.
    """
    return read_delimited(source, TextForm(missing=tuple(missing)))[0]


def read_delimited(source: str | IO[str] | IO[bytes], form: TextForm) -> tuple[Dataset, str]:
    """The data set in a text cut as ``form`` says, and the encoding that was found (``ISO-8859-1`` for plain ASCII).

    Raises: as `read_csv`; r(198) for an unknown encoding, r(102) or r(103) if the number of ``form.variables`` is wrong.
    """
    text, encoding = _text(source, form.encoding)
    form = form if form.delimiters else replace(form, delimiters=_guessed_delimiter(text))
    try:
        header, labels, skip = _header(text, form)
        _check_count(form.variables, header)
        names = list(form.variables) or header
        columns, n = _columns(text, form, names, skip)
    except csv.Error as failure:
        raise StataError(f"not delimited text: {failure}", 610) from None
    named = {c.name: replace(c, label=label) for c, label in zip(columns, labels, strict=True)}
    return Dataset(named, n if named else 0), encoding


def _check_count(variables: tuple[str, ...], header: list[str]) -> None:
    if variables and len(variables) < len(header):
        raise StataError("too few variables specified", 102)
    if len(variables) > len(header):
        raise StataError("too many variables specified", 103)


def _guessed_delimiter(text: str) -> str:
    first_line = text[: text.find("\n")]
    return "\t" if "\t" in first_line and "," not in first_line else ","


def read_text(source: str | IO[str] | IO[bytes], encoding: str = "") -> str:
    """The whole text; see `_text`."""
    return _text(source, encoding)[0]


def _text(source: str | IO[str] | IO[bytes], encoding: str) -> tuple[str, str]:
    """(the whole text without a byte-order mark, its encoding); bytes that are no UTF-8 are taken for Latin-1."""
    if isinstance(source, (str, os.PathLike)):
        try:
            with open(source, "rb") as file:
                return _text(file, encoding)
        except FileNotFoundError:
            raise StataError(f"file {source} not found", 601) from None
        except (OSError, ValueError):
            raise StataError(f"file {source} could not be opened", 603) from None
    raw = source.read()
    if isinstance(raw, str):
        return raw.removeprefix("\ufeff"), "UTF-8"
    if encoding:
        try:
            return raw.decode(encoding, "replace").removeprefix("\ufeff"), encoding
        except (LookupError, ValueError):
            raise StataError(f"invalid encoding {encoding}", 198) from None
    if b"\0" in raw:
        raise StataError("not delimited text: line contains NUL", 610)
    try:
        return raw.decode("utf-8-sig"), "ISO-8859-1" if raw.isascii() else "UTF-8"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "ISO-8859-1"


# ---- rows and cells ------------------------------------------------------------------------------------------


def _rows(text: str, form: TextForm) -> Iterator[list[str]]:
    """The rows that are not blank, cut to the wanted columns."""
    if len(form.delimiters) == 1 and not form.collapse:
        csv.field_size_limit(max(len(text), 1 << 17))
        stream = io.StringIO(text, newline="")
        if form.quotes:
            reader = csv.reader(stream, delimiter=form.delimiters)
        else:
            reader = csv.reader(stream, delimiter=form.delimiters, quoting=csv.QUOTE_NONE)
        rows: Iterator[list[str]] = (row for row in reader if row)
    else:
        end = re.compile(_expression(form))
        rows = (_cells(line, end, form) for line in text.splitlines() if line.strip())
    first, last = form.columns
    return rows if (first, last) == (1, None) else (row[first - 1 : last] for row in rows)


def _expression(form: TextForm) -> str:
    """A regular expression for what ends a cell."""
    one = re.escape(form.delimiters) if form.together else f"[{re.escape(form.delimiters)}]"
    return f"(?:{one})+" if form.collapse else one


def _cells(line: str, end: re.Pattern[str], form: TextForm) -> list[str]:
    """The cells of one line; a quoted cell may hold delimiters, but no line end."""
    if form.collapse and not form.delimiters.strip():
        line = line.strip()
    cells, at = [], 0
    while True:
        quoted = re.compile(r'"((?:[^"]|"")*)"').match(line, at) if form.quotes else None
        stop = end.search(line, quoted.end() if quoted else at)
        cell = line[quoted.end() if quoted else at : stop.start() if stop else len(line)]
        cells.append((quoted[1].replace('""', '"') if quoted else "") + cell)
        if stop is None:
            return cells
        at = max(stop.end(), at + 1)


def _header(text: str, form: TextForm) -> tuple[list[str], list[str], int]:
    """(names, variable labels, rows before the data).  The width is that of the widest row seen first."""
    at = form.names if form.names else 1
    rows = islice(_rows(text, form), at - 1, None)
    first = [cell.strip() for cell in next(rows, [])]
    second = next(rows, [])
    width = max(len(row) for row in chain([first, second], islice(rows, _ROWS_AT_ONCE)))
    start = form.rows[0]
    if not first or form.names == 0 or (form.names is None and not _names_variables(first, second)):
        return [f"v{j + form.columns[0]}" for j in range(width)], [""] * width, start - 1 if start else 0
    first += [""] * (width - len(first))
    names = valid_names(first, _CASES[form.case], lambda j: f"v{j + form.columns[0]}")
    labels = ["" if cell == name else cell for cell, name in zip(first, names, strict=True)]
    return names, labels, start - 1 if start else at


def _names_variables(first: list[str], second: list[str]) -> bool:
    """Whether a first row holds names: no number in it, or one less than in the row below."""
    numbers = [_is_number(cell) for cell in first]
    return not any(numbers) or any(
        _is_number(below) and not number for number, below in zip(numbers, second, strict=False)
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


# ---- columns -------------------------------------------------------------------------------------------------


def _columns(text: str, form: TextForm, names: list[str], skip: int) -> tuple[list[Column], int]:
    """Numbers are converted as the text is read, so that a long file never exists as one list of cells.

    A column that turns out to hold text only after some rows went by is read in a second pass.
    """
    codes = {"": MISSING, **MISSING_BY_NAME, **dict.fromkeys(form.missing, MISSING)}
    numbers: dict[int, list[np.ndarray]] = {j: [] for j in range(len(names)) if not form.keeps_text(j)}
    n = 0
    for cells in _blocks(text, form, len(names), skip):
        n += len(cells[0]) if cells else 0
        for j in list(numbers):
            try:
                numbers[j].append(_numbers(cells[j], codes))
            except _NotNumeric:
                if form.forces_numbers(j):
                    numbers[j].append(_forced(cells[j], codes))
                else:
                    del numbers[j]
    texts: dict[int, list[str]] = {j: [] for j in range(len(names)) if j not in numbers}
    if texts:
        for cells in _blocks(text, form, len(names), skip):
            for j, column in texts.items():
                column.extend(cells[j])
    made = [
        new_string(name, texts[j]) if j in texts else _numeric_column(name, numbers[j], form.fraction)
        for j, name in enumerate(names)
    ]
    return made, n


def _blocks(text: str, form: TextForm, width: int, skip: int) -> Iterator[list[tuple[str, ...]]]:
    """The cells, column by column, `_ROWS_AT_ONCE` rows at a time; cells beyond ``width`` are dropped."""
    rows = islice(_rows(text, form), skip, form.rows[1])
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


def _forced(cells: tuple[str, ...], codes: dict[str, float]) -> np.ndarray:
    """Numbers out of cells of which some are text; those become ``.``."""
    out = np.full(len(cells), MISSING)
    for i, cell in enumerate(cells):
        try:
            out[i] = _numbers((cell,), codes)[0]
        except _NotNumeric:
            continue
    return out


def _numeric_column(name: str, parts: list[np.ndarray], fraction: str) -> Column:
    values = np.concatenate(parts) if parts else np.empty(0)
    storage = smallest_storage(values)
    known = values[np.abs(values) < MISSING]
    if storage in ("float", "double") and not np.array_equal(known, np.trunc(known)):
        storage = fraction if np.abs(known).max() < 2.0**127 else "double"
    return new_numeric(name, values, storage)
