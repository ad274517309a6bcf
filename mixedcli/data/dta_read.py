"""Reads .dta files: formats 105-119 with our own code, older ones through pandas.

The whole file is read into memory once; every length it states is checked against that before anything is allocated,
so a damaged file fails cleanly.
"""

from __future__ import annotations

import os
from typing import Literal

import numpy as np

from ..errors import StataError
from ..records import replace
from .dataset import Column, Dataset
from .dta_binary import read_binary
from .dta_layout import BINARY_RELEASES, Descriptors, corrupt, decode, is_unicode, not_stata_format
from .dta_tagged import START, WIDTHS, read_tagged
from .storage import DTYPES, LARGEST, default_format, is_numeric

_PANDAS_RELEASES = (102, 103, 104)
_BLOCK_BYTES = 1 << 18        # rows are split into columns in pieces that stay in the processor's cache
_NARROW = 64                  # numpy decodes all cells at once, at four bytes a character: only for narrow ones
_OLD_MISSING = {"byte": 127, "int": 32767, "long": 2147483647}


def read_dta(path: str) -> Dataset:
    """The data set in the file at ``path``, with everything Stata keeps in it; ``filename`` is ``path``.

    Raises: StataError r(601) no such file, r(603) cannot be opened, r(610) not a Stata file, r(612) ends early,
    r(688) corrupt.
    """
    data = _read_bytes(path)
    if data[: len(START)] == START:
        found = read_tagged(data, path)
    elif data[0] in BINARY_RELEASES:
        found = read_binary(data)
    else:
        from .dta_pandas import read_through_pandas

        return read_through_pandas(path, data)
    return _dataset(data, found, path)


def _read_bytes(path: str) -> bytes:
    """The file's bytes; only a file that starts as a Stata file is read beyond its first bytes."""
    try:
        with open(path, "rb", buffering=0) as file:
            head = file.read(len(START))
            if head != START and not _starts_binary(head):
                raise not_stata_format(path)
            return head + file.readall()
    except FileNotFoundError:
        raise StataError(f"file {path} not found", 601) from None
    except (OSError, ValueError):
        raise StataError(f"file {path} could not be opened", 603) from None


def _starts_binary(head: bytes) -> bool:
    """The release, the byte order, and 1.  (A text's first letter can be a release: "name" begins with 110.)"""
    return (
        len(head) > 2
        and (head[0] in BINARY_RELEASES or head[0] in _PANDAS_RELEASES)
        and head[1] in ((1, 2) if head[0] in BINARY_RELEASES else (0, 1, 2))
        and head[2] == 1
    )


def _dataset(data: bytes, found: Descriptors, path: str) -> Dataset:
    if len(set(found.names)) != found.nvar or not all(name and name.isprintable() for name in found.names):
        raise corrupt("The file does not record <varnames> as expected.")
    raw = _split(data, found)
    columns = {}
    for j, name in enumerate(found.names):
        column = Column(name, found.storages[j], raw[j], found.formats[j], found.labels[j], found.attached[j])
        if found.release < 113 and is_numeric(column.storage):
            column = _with_missing_codes(column)
        elif not is_numeric(column.storage):
            column = replace(column, values=_strings(column.values, column.storage, found))
        column.values.flags.writeable = False
        columns[name] = column if column.format else replace(column, format=default_format(column.storage))
    return Dataset(
        columns=columns,
        n=found.nobs if columns else 0,
        label=found.label,
        timestamp=found.timestamp.strip("\0"),
        filename=os.fspath(path),
        sorted_by=tuple(found.names[j] for j in found.sort),
        value_labels=found.value_labels,
        characteristics=found.characteristics,
    )


def _split(data: bytes, found: Descriptors) -> list[np.ndarray]:
    """The rows as one contiguous native array per variable: numbers in `DTYPES`, cells of strings as raw bytes."""
    n, widths = found.nobs, found.widths
    stride, offset = sum(widths), found.data_at
    step = max(1, _BLOCK_BYTES // max(1, stride))
    native = [np.dtype(DTYPES[s] if is_numeric(s) else f"V{w}") for s, w in zip(found.storages, widths, strict=True)]
    out = [np.empty(n, dtype=kind) for kind in native]
    if n == 0:
        return out
    starts = [offset, *(offset + np.cumsum(widths)).tolist()]
    views = [
        np.ndarray(n, kind.newbyteorder(found.order), buffer=data, offset=at, strides=stride)
        for kind, at in zip(native, starts, strict=False)
    ]
    for begin in range(0, n, step):
        rows = slice(begin, begin + step)
        for target, view in zip(out, views, strict=True):
            target[rows] = view[rows]
    return out


def _with_missing_codes(column: Column) -> Column:
    """Before format 113 an integer type's largest value was its only missing value; the 26 below it were numbers."""
    old = _OLD_MISSING.get(column.storage)
    if old is None:
        return column
    missing = column.values == old
    top = LARGEST[column.storage]
    if not bool(((column.values > top) & ~missing).any()):
        return replace(column, values=np.where(missing, column.values.dtype.type(top + 1), column.values))
    wider = {"byte": "int", "int": "long", "long": "double"}[column.storage]
    code = 2.0**1023 if wider == "double" else LARGEST[wider] + 1
    values = column.values.astype(DTYPES[wider])
    values[missing] = code
    return replace(column, storage=wider, values=values)


def _strings(cells: np.ndarray, storage: str, found: Descriptors) -> np.ndarray:
    if storage == "strL":
        return _long_strings(cells, found)
    width = cells.dtype.itemsize
    octets = cells.view(np.uint8).reshape(len(cells), width)
    plain = len(cells) == 0 or bool(octets.max() < 0x80)
    if plain and width <= _NARROW and not _text_after_end(octets):
        return cells.view(f"S{width}").astype(f"U{width}").astype(object)
    unicode = is_unicode(found.release)
    known: dict[bytes, str] = {}
    out = np.empty(len(cells), dtype=object)
    for i, raw in enumerate(cells.tolist()):
        text = known.get(raw)
        if text is None:
            text = known[raw] = decode(raw, unicode)
        out[i] = text
    return out


def _text_after_end(octets: np.ndarray) -> bool:
    """Whether some cell goes on after its first NUL, which numpy would take for text."""
    return bool(((octets[:, 1:] != 0) & (octets[:, :-1] == 0)).any())


def _long_strings(cells: np.ndarray, found: Descriptors) -> np.ndarray:
    """strL cells are references (variable, row), both 1-based; (0, 0) is the empty string."""
    split = WIDTHS[found.release].variable_reference
    endian: Literal["little", "big"] = "little" if found.order == "<" else "big"
    out = np.empty(len(cells), dtype=object)
    for i, raw in enumerate(cells.tolist()):
        key = (int.from_bytes(raw[:split], endian), int.from_bytes(raw[split:], endian))
        text = found.long_strings.get(key) if key != (0, 0) else ""
        if text is None:
            raise corrupt("The file does not record <strls> where expected.")
        out[i] = text
    return out
