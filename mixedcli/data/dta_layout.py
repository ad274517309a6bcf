"""What the readers and the writer of .dta files share: descriptors, a bounded cursor, text, corrupt-file errors.

Source: Stata's published descriptions of the .dta formats (``help dta_113`` ... ``dta_119``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ..errors import StataError
from ..records import field, record
from .storage import LARGEST, MISSING_CODES

TAGGED_RELEASES = (117, 118, 119)
BINARY_RELEASES = (105, 108, 110, 111, 112, 113, 114, 115)
NUMERIC_SIZES = {"byte": 1, "int": 2, "long": 4, "float": 4, "double": 8}
Order = Literal["<", ">"]           # numpy's marks for least and most significant byte first
LONG_MISSING = LARGEST["long"] + 1                      # a value label's key for "."


def not_stata_format(path: str) -> StataError:
    return StataError(f"file {path} not Stata format", 610)


def corrupt(detail: str) -> StataError:
    """The file is there, is a Stata file, and does not hold together."""
    return StataError(f".dta file corrupt\n    {detail}", 688)


def ended_early() -> StataError:
    return StataError(".dta file corrupt\n    The file unexpectedly ended before it should have.", 612)


@record(frozen=False)
class Descriptors:
    """Everything in a .dta file but the data: filled by the two header readers.

    ``order`` is numpy's byte-order mark; ``sort`` holds 0-based variable numbers; ``data_at`` is the offset of row 0.
    ``long_strings`` maps the 8-byte reference of a strL cell, as a (variable, row) pair, to its text.
    """

    release: int
    order: Order
    nvar: int = 0
    nobs: int = 0
    label: str = ""
    timestamp: str = ""
    storages: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    sort: list[int] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    characteristics: dict[str, dict[str, str]] = field(default_factory=dict)
    value_labels: dict[str, dict[float, str]] = field(default_factory=dict)
    long_strings: dict[tuple[int, int], str | bytes] = field(default_factory=dict)
    data_at: int = 0

    @property
    def widths(self) -> list[int]:
        return [width_of(s) for s in self.storages]


def width_of(storage: str) -> int:
    """Bytes that one cell takes in a row."""
    if storage in NUMERIC_SIZES:
        return NUMERIC_SIZES[storage]
    return 8 if storage == "strL" else int(storage[3:])


def is_unicode(release: int) -> bool:
    return release >= 118


# Before Stata 14 text was in the writer's code page.  Windows' is by far the commonest, and agrees with Latin-1 but
# for these bytes, which in Latin-1 would be terminal control codes.
_WINDOWS = {
    byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


def decode(raw: bytes, unicode: bool) -> str:
    """Text up to the first NUL; bytes that are no UTF-8 show as U+FFFD, as in Stata."""
    raw = raw.split(b"\0", 1)[0]
    if raw.isascii():
        return raw.decode("ascii")
    if unicode:
        return raw.decode("utf-8", "replace")
    return raw.decode("latin-1").translate(_WINDOWS)


class Cursor:
    """Reads forward in the bytes of a file and never past their end (r(612) instead)."""

    __slots__ = ("at", "data", "order", "unicode")

    def __init__(self, data: bytes, order: Order, unicode: bool, at: int = 0) -> None:
        self.data, self.order, self.unicode, self.at = data, order, unicode, at

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def skip(self, size: int) -> int:
        """Step over ``size`` bytes; returns where they begin."""
        if size > self.left:
            raise ended_early()
        begin = self.at
        self.at += size
        return begin

    def take(self, size: int) -> bytes:
        begin = self.skip(size)
        return self.data[begin : begin + size]

    def number(self, size: int) -> int:
        """An unsigned integer of ``size`` bytes."""
        return int.from_bytes(self.take(size), "little" if self.order == "<" else "big")

    def text(self, size: int) -> str:
        return decode(self.take(size), self.unicode)

    def texts(self, count: int, size: int) -> list[str]:
        block = self.take(count * size)
        return [decode(block[i : i + size], self.unicode) for i in range(0, count * size, size)]

    def integers(self, count: int, size: int) -> list[int]:
        raw = np.frombuffer(self.take(count * size), dtype=f"{self.order}i{size}")
        return [int(v) for v in raw]

    def expect(self, tags: str) -> None:
        """Step over ``tags``, one marker or several on end; r(688) names the first that is not there."""
        for tag in (f"{piece}>" for piece in tags.split(">")[:-1]):
            if self.take(len(tag)) != tag.encode("ascii"):
                raise missing_marker(tag)

    def sees(self, tag: str) -> bool:
        """Whether ``tag`` comes next; steps over it if so."""
        found = self.data.startswith(tag.encode("ascii"), self.at)
        if found:
            self.at += len(tag)
        return found


def missing_marker(tag: str) -> StataError:
    return corrupt(
        f"The marker {tag} was not found in the file where it was expected to\n"
        "    be.  This means that the file was written incorrectly or that the file\n"
        "    has subsequently become damaged."
    )


def read_value_label_table(cursor: Cursor, size: int) -> dict[float, str]:
    """One label's body of ``size`` bytes: n, text length, n offsets, n values, the texts (formats 108 and later)."""
    end = cursor.at + size
    if size < 8 or end > len(cursor.data):
        raise ended_early()
    count, length = cursor.number(4), cursor.number(4)
    if 8 + 8 * count + length > size:
        raise corrupt("The file does not record a value label as expected.")
    offsets, values = cursor.integers(count, 4), cursor.integers(count, 4)
    texts = cursor.take(length)
    if any(not 0 <= o < length for o in offsets):
        raise corrupt("The file does not record a value label as expected.")
    cursor.at = end
    ends = [texts.find(b"\0", o) for o in offsets]
    pieces = [texts[o : e if e >= 0 else length] for o, e in zip(offsets, ends, strict=True)]
    return {label_key(v): decode(piece, cursor.unicode) for v, piece in zip(values, pieces, strict=True)}


def label_key(value: int) -> float:
    """A value label's key: the integer, or the double encoding of the missing value it stands for."""
    k = value - LONG_MISSING
    return MISSING_CODES[k] if k >= 0 else float(value)


def add_characteristic(where: dict[str, dict[str, str]], variable: str, name: str, text: str) -> None:
    if variable and name:
        where.setdefault(variable, {})[name] = text


def sort_list(raw: Sequence[int], nvar: int) -> list[int]:
    """1-based variable numbers up to the first 0, as 0-based numbers."""
    out: list[int] = []
    for v in raw:
        if v == 0:
            break
        if not 0 < v <= nvar:
            raise corrupt("The file does not record the sort order as expected.")
        out.append(v - 1)
    return out
