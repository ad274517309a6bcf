"""Writes .dta files in format 118 (Stata 14 and later), or 119 when there are more variables than 118 can count."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

import numpy as np

from ..records import replace
from .columns import LONGEST_FIXED_STRING, string_storage
from .dataset import Column, Dataset
from .dta_layout import LONG_MISSING, NUMERIC_SIZES, width_of
from .dta_tagged import TYPES, WIDTHS, Widths
from .files import write_aside
from .storage import MISSING_CODES, is_numeric

_CODES = {storage: code for code, storage in TYPES.items()}
_MOST_VARIABLES_118 = 32767
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LABEL_CHARACTERS = 80
_ROWS_PER_WRITE = 1 << 16
_MAP_SIZE = len(b"<map></map>") + 14 * 8


def write_dta(dataset: Dataset, path: str, timestamp: str | None = None) -> Dataset:
    """Writes ``dataset`` to ``path``, replacing what is there only once the new file is complete.

    ``timestamp`` is Stata's "dd Mon yyyy hh:mm"; by default the present minute.  Returns the data set as it now stands
    on disk: ``filename``, ``timestamp`` set, ``changed`` False.
    Raises: StataError r(603) if the file cannot be made, r(693) if writing it fails half-way.
    """
    stamp = present_minute() if timestamp is None else timestamp
    write_aside(path, _sections(dataset, stamp))
    return replace(dataset, filename=os.fspath(path), timestamp=stamp, changed=False)


def present_minute() -> str:
    """Now, as Stata stamps files, with English month names whatever the locale."""
    now = time.localtime()
    return f"{now.tm_mday:2d} {_MONTHS[now.tm_mon - 1]} {now.tm_year} {now.tm_hour:02d}:{now.tm_min:02d}"


def _sections(dataset: Dataset, timestamp: str) -> Iterator[bytes]:
    """The file's bytes, in pieces.  The map goes before what it maps, so all but the data is built first."""
    columns = [_storable(c) for c in dataset.columns.values()]
    release = 118 if len(columns) <= _MOST_VARIABLES_118 else 119
    widths = WIDTHS[release]
    texts = _LongStrings(columns)
    head = _header(dataset, columns, timestamp, release, widths)
    before = [*_variable_sections(dataset, columns, widths), _characteristics(dataset.characteristics, widths)]
    data_size = len(b"<data></data>") + dataset.n * sum(width_of(c.storage) for c in columns)
    after = [b"<strls>" + texts.objects + b"</strls>", _value_labels(dataset.value_labels, widths), b"</stata_dta>"]
    sizes = [len(head), _MAP_SIZE, *map(len, before), data_size, *map(len, after)]
    offsets = np.cumsum([0, *sizes])
    yield head
    yield b"<map>" + offsets.astype("<u8").tobytes() + b"</map>"
    yield from before
    yield b"<data>"
    yield from _rows(columns, dataset.n, texts, widths)
    yield b"</data>"
    yield from after


def _storable(column: Column) -> Column:
    """The column, with a string type widened if a text has outgrown it."""
    if is_numeric(column.storage) or column.storage == "strL":
        return column
    needed = string_storage(column.values.tolist())
    fits = needed != "strL" and width_of(needed) <= width_of(column.storage) <= LONGEST_FIXED_STRING
    return column if fits else replace(column, storage=needed)


def _header(dataset: Dataset, columns: list[Column], timestamp: str, release: int, widths: Widths) -> bytes:
    label = dataset.label[:_LABEL_CHARACTERS].encode("utf-8", "replace")
    stamp = timestamp.encode("ascii", "replace")
    return b"".join((
        b"<stata_dta><header><release>%d</release><byteorder>LSF</byteorder><K>" % release,
        len(columns).to_bytes(widths.nvar, "little"), b"</K><N>", dataset.n.to_bytes(8, "little"), b"</N><label>",
        len(label).to_bytes(widths.label, "little"), label, b"</label><timestamp>",
        len(stamp).to_bytes(1, "little"), stamp, b"</timestamp></header>",
    ))  # fmt: skip


def _variable_sections(dataset: Dataset, columns: list[Column], widths: Widths) -> list[bytes]:
    types = b"".join(_type_code(c.storage).to_bytes(2, "little") for c in columns)
    names = list(dataset.columns)
    order = [names.index(name) + 1 for name in dataset.sorted_by if name in dataset.columns]
    order += [0] * (len(columns) + 1 - len(order))
    sort = b"".join(v.to_bytes(widths.sort, "little") for v in order)
    return [
        b"<variable_types>" + types + b"</variable_types>",
        b"<varnames>" + _fields(names, widths.name) + b"</varnames>",
        b"<sortlist>" + sort + b"</sortlist>",
        b"<formats>" + _fields([c.format for c in columns], widths.format) + b"</formats>",
        b"<value_label_names>" + _fields([c.value_label for c in columns], widths.name) + b"</value_label_names>",
        b"<variable_labels>"
        + _fields([c.label[:_LABEL_CHARACTERS] for c in columns], widths.variable_label)
        + b"</variable_labels>",
    ]


def _type_code(storage: str) -> int:
    return _CODES[storage] if storage in _CODES else int(storage[3:])


def _fields(texts: list[str], width: int) -> bytes:
    """Each text in a field of ``width`` bytes that ends in at least one NUL."""
    return b"".join(_clipped(t, width - 1).ljust(width, b"\0") for t in texts)


def _clipped(text: str, most: int) -> bytes:
    """UTF-8 of at most ``most`` bytes, never ending inside a character."""
    raw = text.encode("utf-8", "replace")
    return raw if len(raw) <= most else raw[:most].decode("utf-8", "ignore").encode("utf-8")


def _characteristics(owners: Mapping[str, Mapping[str, str]], widths: Widths) -> bytes:
    out = [b"<characteristics>"]
    for owner, entries in owners.items():
        for name, text in entries.items():
            content = _fields([owner, name], widths.name) + text.encode("utf-8", "replace") + b"\0"
            out += [b"<ch>", len(content).to_bytes(4, "little"), content, b"</ch>"]
    return b"".join([*out, b"</characteristics>"])


def _rows(columns: list[Column], n: int, texts: _LongStrings, widths: Widths) -> Iterator[bytes]:
    """The observations row by row, `_ROWS_PER_WRITE` at a time."""
    if not columns:
        return
    kinds = [(f"f{j}", _cell_type(c.storage)) for j, c in enumerate(columns)]
    for begin in range(0, n, _ROWS_PER_WRITE):
        part = slice(begin, min(n, begin + _ROWS_PER_WRITE))
        block = np.zeros(part.stop - begin, dtype=np.dtype(kinds))
        for j, column in enumerate(columns):
            if column.storage == "strL":
                block[f"f{j}"] = texts.references(j, widths)[part]
            elif is_numeric(column.storage):
                block[f"f{j}"] = column.values[part]
            else:
                block[f"f{j}"] = [t.encode("utf-8", "replace") for t in column.values[part].tolist()]
        yield block.tobytes()


def _cell_type(storage: str) -> str:
    if storage == "strL":
        return "V8"
    if storage in NUMERIC_SIZES:
        return ("<f" if storage in ("float", "double") else "<i") + str(NUMERIC_SIZES[storage])
    return f"S{width_of(storage)}"


class _LongStrings:
    """The strL cells: each distinct text is stored once, under the first (variable, row) where it occurs.

    Stata wants the stored texts in the order of rows, and within a row in that of variables.
    """

    def __init__(self, columns: list[Column]) -> None:
        self._cells: dict[int, list[tuple[int, int]]] = {j: [] for j, c in enumerate(columns) if c.storage == "strL"}
        known: dict[tuple[bool, bytes], tuple[int, int]] = {}
        out: list[bytes] = []
        values = {j: columns[j].values for j in self._cells}
        rows = len(next(iter(values.values()))) if values else 0
        for i in range(rows):
            for j, column in values.items():
                binary, raw = _octets(column[i])
                place = (0, 0) if not raw else known.get((binary, raw))
                if place is None:
                    place = known[binary, raw] = (j + 1, i + 1)
                    out.append(_stored(place, binary, raw))
                self._cells[j].append(place)
        self.objects = b"".join(out)

    def references(self, j: int, widths: Widths) -> np.ndarray:
        """Variable ``j``'s cells, shape (n,): 8 bytes each."""
        size = widths.variable_reference
        raw = b"".join(v.to_bytes(size, "little") + o.to_bytes(8 - size, "little") for v, o in self._cells[j])
        return np.frombuffer(raw, dtype="V8")


def _octets(text: str | bytes) -> tuple[bool, bytes]:
    """(is it binary, its bytes): text with a NUL inside can only be kept as binary."""
    if isinstance(text, bytes):
        return True, text
    return "\0" in text, text.encode("utf-8", "replace")


def _stored(place: tuple[int, int], binary: bool, raw: bytes) -> bytes:
    content = raw if binary else raw + b"\0"
    variable, row = place
    kind = 129 if binary else 130
    return b"".join((
        b"GSO", variable.to_bytes(4, "little"), row.to_bytes(8, "little"), bytes([kind]),
        len(content).to_bytes(4, "little"), content,
    ))  # fmt: skip


def _value_labels(tables: Mapping[str, Mapping[float, str]], widths: Widths) -> bytes:
    out = [b"<value_labels>"]
    for name, table in tables.items():
        if table:
            body = _value_label_table(table)
            out += [b"<lbl>", len(body).to_bytes(4, "little"), _fields([name], widths.name), bytes(3), body, b"</lbl>"]
    return b"".join([*out, b"</value_labels>"])


def _value_label_table(table: Mapping[float, str]) -> bytes:
    entries = sorted((_label_value(key), text.encode("utf-8", "replace") + b"\0") for key, text in table.items())
    lengths = [len(raw) for _, raw in entries]
    offsets = [0, *np.cumsum(lengths[:-1]).tolist()] if entries else []
    return b"".join((
        len(entries).to_bytes(4, "little"), sum(lengths).to_bytes(4, "little"),
        np.array(offsets, dtype="<i4").tobytes(), np.array([v for v, _ in entries], dtype="<i4").tobytes(),
        *(raw for _, raw in entries),
    ))  # fmt: skip


def _label_value(key: float) -> int:
    return LONG_MISSING + MISSING_CODES.index(key) if key in MISSING_CODES else int(key)
