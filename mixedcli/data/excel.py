"""Excel workbooks (.xlsx), through openpyxl: the optional extra ``excel``."""

from __future__ import annotations

import datetime
import io
import os
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import NotBuilt, StataError
from ..formats import parse_format
from ..records import record, replace
from .columns import new_numeric, new_string, numeric, smallest_storage
from .dataset import Column, Dataset
from .files import could_not_open, write_aside
from .names import valid_names
from .storage import MISSING, is_numeric

_EPOCH = datetime.datetime(1960, 1, 1)
_DAY_FORMAT, _TIME_FORMAT = "%tdnn/dd/CCYY", "%tcnn/dd/ccYY_hh:MM:SS"
_CASES: dict[str, Callable[[str], str]] = {"preserve": str, "lower": str.lower, "upper": str.upper}
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
# What stands before a value that a spreadsheet would take for a formula; here it is text.
_TEXT_CELL = "s"


@record
class CellRange:
    """``first_row`` ... in Excel's counting from 1; a last one of None means as far as there is something."""

    first_row: int = 1
    first_column: int = 1
    last_row: int | None = None
    last_column: int | None = None


def cell_range(text: str) -> CellRange:
    """``A1``, ``A1:C20``, ``:C20`` or ``B2:``.  Raises: StataError r(198)."""
    first, _, last = text.partition(":")
    row, column = _cell(first, text) if first.strip() else (1, 1)
    if not last.strip():
        return CellRange(row, column)
    last_row, last_column = _cell(last, text)
    if last_row < row or last_column < column:
        raise StataError(f"invalid cell range {text}", 198)
    return CellRange(row, column, last_row, last_column)


def _cell(text: str, whole: str) -> tuple[int, int]:
    match = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})", text.strip())
    if match is None:
        raise StataError(f"invalid cell range {whole}", 198)
    return int(match[2]), _column_number(match[1])


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """``A`` for 1, ``AA`` for 27."""
    out = ""
    while number:
        number, digit = divmod(number - 1, 26)
        out = chr(ord("A") + digit) + out
    return out


# ---- reading -------------------------------------------------------------------------------------------------


def read_excel(
    path: str, sheet: str = "", cells: CellRange | None = None, first_row: bool = False, case: str = "preserve",
    all_strings: bool = False,
) -> Dataset:
    """The data set on one worksheet (the first if ``sheet`` is "").

    ``first_row``: names are taken from it, and its texts become labels; else variables are called A, B, ...  A column
    of numbers gets the smallest integer type, or double; dates are %td, or %tc with a time of day; any text makes the
    column a string.
    Raises: StataError r(199) without openpyxl, r(601) no such file or sheet, r(603) cannot be read.
    """
    cells = cells or CellRange()
    rows = _worksheet_rows(path, sheet, cells)
    headings = [_text(value) for value in rows.pop(0)] if first_row and rows else []
    width = max((len(row) for row in rows), default=len(headings))
    letters = [column_letters(cells.first_column + j) for j in range(max(width, len(headings)))]
    headings += [""] * (len(letters) - len(headings))
    names = valid_names(headings, _CASES[case], lambda j: letters[j])
    labels = [heading if heading != name else "" for heading, name in zip(headings, names, strict=True)]
    columns = {}
    for j, (name, label) in enumerate(zip(names, labels, strict=True)):
        values = [row[j] if j < len(row) else None for row in rows]
        columns[name] = replace(_column(name, values, all_strings), label=label[:80])
    return Dataset(columns, len(rows) if columns else 0)


def _worksheet_rows(path: str, sheet: str, cells: CellRange) -> list[list[Any]]:
    """The cells' values, row by row; empty rows and columns at the end are left out."""
    book = _open(path)
    try:
        if sheet and sheet not in book.sheetnames:
            raise StataError(f"worksheet {sheet} not found", 601)
        found = book[sheet] if sheet else book[book.sheetnames[0]]
        rows = [
            list(row)
            for row in found.iter_rows(
                min_row=cells.first_row, max_row=cells.last_row, min_col=cells.first_column, max_col=cells.last_column,
                values_only=True,
            )
        ]
    except StataError:
        raise
    except Exception:  # a damaged workbook can fail anywhere in openpyxl's lazy reading
        raise StataError(f"file {path} could not be loaded", 603) from None
    finally:
        book.close()
    width = max((j + 1 for row in rows for j, value in enumerate(row) if value is not None), default=0)
    while rows and cells.last_row is None and all(value is None for value in rows[-1]):
        rows.pop()
    return [row if cells.last_column else row[:width] for row in rows]


def _open(path: str) -> Any:
    openpyxl = _need_openpyxl()
    if path.lower().endswith(".xls"):
        raise NotBuilt("reading .xls workbooks (save as .xlsx)")
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except FileNotFoundError:
        raise StataError(f"file {path} not found", 601) from None
    except OSError:
        raise could_not_open(path) from None
    try:
        return openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except Exception:  # zip, XML and openpyxl's own errors all mean that this is no workbook
        raise StataError(f"file {path} could not be loaded", 603) from None


def _need_openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise StataError(
            "Excel files need openpyxl, which is not installed\n    pip install 'mixedcli[excel]' installs it", 199
        ) from None
    return openpyxl


def _column(name: str, values: Sequence[Any], all_strings: bool) -> Column:
    known = [value for value in values if value is not None]
    if not all_strings and all(isinstance(value, (int, float)) for value in known):
        doubles = np.array([MISSING if value is None else float(value) for value in values])
        storage = smallest_storage(doubles)
        return new_numeric(name, doubles, "double" if storage == "float" else storage)
    if not all_strings and all(isinstance(value, (datetime.datetime, datetime.date)) for value in known):
        return _dates(name, values)
    return new_string(name, [_text(value) for value in values])


def _dates(name: str, values: Sequence[Any]) -> Column:
    stamps = [_stamp(value) for value in values]
    days = np.array([MISSING if s is None else (s - _EPOCH) / datetime.timedelta(days=1) for s in stamps])
    if np.array_equal(days, np.floor(days)):
        return new_numeric(name, days, "long" if np.abs(days[days < MISSING]).max(initial=0) > 32740 else "int",
                           format=_DAY_FORMAT)
    milliseconds = np.array([MISSING if s is None else (s - _EPOCH) / datetime.timedelta(milliseconds=1) for s in stamps])
    return new_numeric(name, np.rint(milliseconds), "double", format=_TIME_FORMAT)


def _stamp(value: Any) -> datetime.datetime | None:
    if value is None or isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None) if value is not None else None
    return datetime.datetime(value.year, value.month, value.day)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.16g}"
    return str(value)


# ---- writing -------------------------------------------------------------------------------------------------


@record
class SheetForm:
    """``headings``: the first row's texts (empty: none).  ``labels``: labelled values as their texts.  ``missing``: what
    stands in a cell for a missing number (empty: an empty cell).  ``keep``: other sheets of an existing file stay;
    ``modify``: so do other cells of the sheet."""

    sheet: str = "Sheet1"
    headings: tuple[str, ...] = ()
    labels: bool = True
    missing: str = ""
    first_row: int = 1
    first_column: int = 1
    keep: bool = False
    modify: bool = False


def write_excel(dataset: Dataset, path: str, names: Sequence[str], rows: np.ndarray, form: SheetForm) -> None:
    """Write the named variables at the row numbers ``rows`` on one sheet.

    Raises: StataError r(199) without openpyxl, r(198) too large for a sheet, r(603), r(693).
    """
    openpyxl = _need_openpyxl()
    if len(rows) + form.first_row > _MOST_ROWS or len(names) + form.first_column - 1 > _MOST_COLUMNS:
        raise StataError("observations must be fewer than 1,048,576 and variables at most 16,384", 198)
    book = _existing(path) if form.keep else openpyxl.Workbook()
    if not form.keep:
        book.active.title = form.sheet
    if form.sheet in book.sheetnames and form.keep and not form.modify:
        del book[form.sheet]
    page = book[form.sheet] if form.sheet in book.sheetnames else book.create_sheet(form.sheet)
    for j, heading in enumerate(form.headings):
        _put(page, form.first_row, form.first_column + j, heading)
    top = form.first_row + bool(form.headings)
    for j, name in enumerate(names):
        for i, value in enumerate(_cell_values(dataset, dataset.columns[name], rows, form)):
            if value is not None:
                _put(page, top + i, form.first_column + j, value)
    out = io.BytesIO()
    book.save(out)
    write_aside(path, [out.getvalue()])


def _existing(path: str) -> Any:
    openpyxl = _need_openpyxl()
    if not os.path.exists(path):
        book = openpyxl.Workbook()
        book.remove(book.active)
        return book
    try:
        return openpyxl.load_workbook(path)
    except Exception:  # see _open
        raise StataError(f"file {path} could not be loaded", 603) from None


def _put(page: Any, row: int, column: int, value: Any) -> None:
    cell = page.cell(row=row, column=column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = _TEXT_CELL           # a text that begins with = is no formula


def _cell_values(dataset: Dataset, column: Column, rows: np.ndarray, form: SheetForm) -> list[Any]:
    values = column.values[rows]
    if not is_numeric(column.storage):
        texts = (v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values.tolist())
        return [_printable(text) or None for text in texts]
    labels = dataset.value_labels.get(column.value_label, {}) if form.labels and column.value_label else {}
    detail = parts.detail if (parts := parse_format(column.format)) is not None and parts.kind == "t" else ""
    out: list[Any] = []
    for value in numeric(column)[rows].tolist():
        if value in labels:
            out.append(_printable(labels[value]))
        elif value >= MISSING:
            out.append(form.missing or None)
        else:
            out.append(_date(value, detail) if detail[:1] in tuple("dcC") and detail else _plain(value))
    return out


def _printable(text: str) -> str:
    """``text`` without the control characters that a workbook may not hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)


def _plain(value: float) -> float | int:
    if value == int(value) and abs(value) < 2**53:
        return int(value)
    return value


def _date(value: float, detail: str) -> Any:
    unit = datetime.timedelta(days=value) if detail[0] == "d" else datetime.timedelta(milliseconds=value)
    try:
        stamp = _EPOCH + unit
    except OverflowError:
        return value
    if stamp.year < 1900:
        return value                          # before the first day a workbook knows
    return stamp.date() if detail[0] == "d" else stamp
