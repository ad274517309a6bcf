"""What the data commands share: names of new variables, making columns, rearranging the data, small results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...data.columns import new_numeric, new_string
from ...data.dataset import Column, Dataset
from ...data.storage import DTYPES, MISSING
from ...errors import StataError, type_mismatch
from ...expr.evaluate import is_string
from ...records import record, replace
from ...results.base import Result, Stored
from ...syntax.tree import Span
from ..registry import layout

if TYPE_CHECKING:
    from ...expr.environment import Value
    from ...report.document import Document, Style
    from ..context import Context

LONGEST_NAME = 32
LONGEST_LABEL = 80
_RESERVED_WORDS = (
    "_all _b byte _coef _cons double float if in int long _n _N _pi _pred _rc _se _skip str strL using with"
)
_NAME = re.compile(r"[^\W\d]\w*")


# ---- names ---------------------------------------------------------------------------------------------------


def invalid_syntax(span: Span | None = None) -> StataError:
    return StataError("invalid syntax", 198, span)


def is_valid_name(name: str) -> bool:
    """True for what Stata allows as a name: a letter or ``_`` first, at most 32 characters, no reserved word."""
    reserved = name in _RESERVED_WORDS.split() or re.fullmatch(r"str\d+", name)
    return bool(_NAME.fullmatch(name)) and len(name) <= LONGEST_NAME and not reserved


def check_name(name: str, span: Span | None = None) -> None:
    """Raise ``# invalid name`` r(198) unless ``name`` may name something."""
    if not is_valid_name(name):
        raise StataError(f"{name} invalid name", 198, span)


def check_new_variable(name: str, dataset: Dataset, span: Span | None = None) -> None:
    """Raise r(198) for an invalid name and r(110) for the name of a variable that exists."""
    check_name(name, span)
    if name in dataset.columns:
        raise StataError(f"variable {name} already defined", 110, span)


# ---- columns -------------------------------------------------------------------------------------------------


def frozen(values: np.ndarray) -> np.ndarray:
    """``values``, made read-only."""
    values.flags.writeable = False
    return values


def width_in_bytes(texts: Iterable[str | bytes]) -> int:
    """The length in bytes of the longest text (0 if there is none)."""
    return max((len(_octets(text)) for text in texts), default=0)


def _octets(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def cut(values: np.ndarray, width: int) -> np.ndarray:
    """A copy of an object array of texts in which each is cut to ``width`` bytes, never inside a character."""
    out = np.array(values, dtype=object)
    for k, value in enumerate(out):
        octets = _octets(value)
        if len(octets) > width:
            out[k] = octets[:width].decode("utf-8", "ignore")
    return out


def values_over_rows(value: Value, rows: np.ndarray) -> np.ndarray:
    """A value of either kind as an array of shape (n,)."""
    if isinstance(value, str) or is_string(value):
        return text_over_rows(value, rows)
    return numbers_over_rows(value, rows)


def text_over_rows(value: Value, rows: np.ndarray) -> np.ndarray:
    """A string value as an object array of shape (n,): ``""`` outside ``rows``."""
    out = np.full(rows.shape, "", dtype=object)
    out[rows] = value[rows] if isinstance(value, np.ndarray) else value
    return out


def numbers_over_rows(value: float | np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A numeric value as float64 of shape (n,): ``.`` outside ``rows``."""
    return np.where(rows, value, MISSING).astype(np.float64)


def make_column(name: str, storage: str | None, value: Value, rows: np.ndarray, default: str) -> Column:
    """The variable that ``generate [storage] name = value`` makes; ``rows`` of shape (n,) are those of if and in.

    Without ``storage`` a number gets the type ``default`` and a string the shortest ``str#``; ``str#`` cuts texts.
    Raises `StataError` r(109) if a string is to go into a numeric type or a number into a string type.
    """
    if is_string(value) == (storage in DTYPES) and storage is not None:
        raise type_mismatch()
    values = values_over_rows(value, rows)
    if values.dtype != object:
        return new_numeric(name, values, storage or default)
    if storage in (None, "str"):
        return new_string(name, values)
    return new_string(name, values if storage == "strL" else cut(values, int(storage[3:])), storage)


# ---- whole data sets -----------------------------------------------------------------------------------------


def with_order(dataset: Dataset, names: Iterable[str]) -> Dataset:
    """The same data set with its columns in the order of ``names`` (all of them)."""
    columns = {name: dataset.columns[name] for name in names}
    return replace(dataset, columns=columns, changed=dataset.changed or tuple(columns) != dataset.names)


def moved(names: Sequence[str], which: Sequence[str], before: str | None, after: str | None) -> tuple[str, ...]:
    """``names`` with those in ``which`` put before or after another, or last if neither is given."""
    rest = [name for name in names if name not in set(which)]
    place = len(rest)
    if before is not None:
        place = rest.index(before)
    elif after is not None:
        place = rest.index(after) + 1
    return (*rest[:place], *which, *rest[place:])


def renamed(dataset: Dataset, names: Mapping[str, str]) -> Dataset:
    """The data set with variables renamed, old name -> new name; order, sort order and notes follow."""
    columns = {}
    for old, column in dataset.columns.items():
        new = names.get(old, old)
        columns[new] = column if new == old else replace(column, name=new)
    return replace(
        dataset,
        columns=columns,
        sorted_by=tuple(names.get(name, name) for name in dataset.sorted_by),
        characteristics={names.get(name, name): kept for name, kept in dataset.characteristics.items()},
        changed=True,
    )


def without_variables(dataset: Dataset, names: Iterable[str]) -> Dataset:
    """The data set without the named variables and their characteristics; no rows are left without variables."""
    gone = set(names)
    out = dataset.without(gone)
    kept = {name: notes for name, notes in dataset.characteristics.items() if name not in gone}
    return replace(out, characteristics=kept, hidden=out.hidden if out.columns else {})


def refuse_unsaved(context: Context, clear: bool) -> None:
    """Raise r(4) if the data have changed since they were loaded and ``clear`` was not given."""
    if context.data.changed and not clear:
        raise StataError("no; data in memory would be lost", 4)


def widen_format(column: Column, labels: Mapping[float, str]) -> Column:
    """``column`` with a ``%#.0g`` format wide enough for the longest of its value labels."""
    match = re.fullmatch(r"%(-?)(\d+)\.0g", column.format)
    width = max((len(text) for text in labels.values()), default=0)
    if match is None or width <= int(match.group(2)):
        return column
    return replace(column, format=f"%{match.group(1)}{width}.0g")


def short_label(text: str) -> tuple[str, tuple[str, ...]]:
    """A label cut to the 80 characters Stata keeps, and the note about it (none if nothing was cut)."""
    if len(text) <= LONGEST_LABEL:
        return text, ()
    return text[:LONGEST_LABEL], (f"note: label truncated to {LONGEST_LABEL} characters",)


# ---- results -------------------------------------------------------------------------------------------------


def thousands(count: int, version: float) -> str:
    """A count as Stata prints it in messages: with commas from version 14 on."""
    return f"{count:,}" if version >= 14 else str(count)


def counted(count: int, singular: str, plural: str, version: float) -> str:
    """``1 observation`` or ``3,654 observations``."""
    return f"{thousands(count, version)} {singular if count == 1 else plural}"


@record
class Generated(Result):
    """A new variable: how many of its values are missing.  ``commas`` is False for egen, which prints none."""

    variable: str
    storage: str
    missing: int
    commas: bool = True
    notes: tuple[str, ...] = ()


@layout(Generated)
def lay_out_generated(result: Generated, style: Style) -> Document:
    from ...report.document import Document, line

    lines = [line(note) for note in result.notes]
    if result.missing:
        version = style.version if result.commas else 0
        lines.append(line(f"({counted(result.missing, 'missing value', 'missing values', version)} generated)"))
    return Document(tuple(lines))


@record
class Deleted(Result):
    """What keep or drop took away; ``observations`` is None when variables were dropped.

    ``returns``: leave r(), as newer versions do; in the older ones r() of the command before survives.
    """

    observations: int | None
    variables: int = 0
    returns: bool = False

    def stored(self) -> Stored | None:
        if not self.returns:
            return None
        return Stored("r", scalars={"N_drop": float(self.observations or 0), "k_drop": float(self.variables)})


@layout(Deleted)
def lay_out_deleted(result: Deleted, style: Style) -> Document:
    from ...report.document import Document, line

    if result.observations is None:
        return Document()
    return Document((line(f"({counted(result.observations, 'observation', 'observations', style.version)} deleted)"),))


@record
class Loaded(Result):
    """A data set has been read: where from, its label, its size."""

    filename: str
    label: str
    observations: int
    variables: int


@layout(Loaded)
def lay_out_loaded(result: Loaded, style: Style) -> Document:
    from ...report.document import Document, line

    return Document((line(f"({result.label})"),) if result.label else ())
