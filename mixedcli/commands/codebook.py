"""codebook: what is in each variable: type, label, range, unique values, missing values, and a tabulation or moments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import numeric
from ..data.storage import MISSING, is_missing, is_numeric, missing_name
from ..formats import g
from ..records import record
from ..results.base import Result, Stored
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.data import width_in_bytes
from ._shared.moments import moments, quantiles
from ._shared.tables import chosen_names, chosen_rows, labels_of, page, refuse
from .registry import command, layout

if TYPE_CHECKING:
    from ..data.dataset import Column, Dataset
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("compact", "c", help="one line per variable"),
    Option("tabulate", "t", Kind.INTEGER, low=0, help="tabulate variables with at most # unique values; default 9"),
    Option("header", "h", planned=True),
    Option("all", "a", planned=True),
    Option("notes", "n", planned=True),
    Option("mv", "m", planned=True),
    Option("detail", "d", planned=True),
    Option("problems", "p", planned=True),
    Option("languages", "l", Kind.RAW, optional_args=True, planned=True),
)
_SMALLEST_UNIT, _LARGEST_UNIT = -18, 15
PERCENTS = (10, 25, 50, 75, 90)


@record
class Entry:
    """A value in a tabulation or among the examples: its frequency, itself as text, and its label."""

    frequency: int
    value: str
    label: str = ""


@record
class VariableBook:
    """One variable.  Numbers that do not exist (of a string, of an empty variable) are nan.

    ``missing``: how many are ``.`` or empty; ``extended``: how many are ``.a`` to ``.z``; ``codes``: how many of those
    codes occur.  ``unit``: the largest power of ten of which all values are multiples.  ``entries``: the tabulation,
    None if there are too many values; then ``examples`` shows some of a string or labelled variable.
    ``problems``: which blanks the values have: leading, embedded, trailing.
    """

    name: str
    label: str
    storage: str
    format: str
    value_label: str
    unlabelled: int
    label_exists: bool
    N: int
    known: int
    missing: int
    extended: int
    codes: int
    unique: int
    unit: float
    mean: float
    sd: float
    min: float
    max: float
    percentiles: tuple[float, ...]
    entries: tuple[Entry, ...] | None
    examples: tuple[Entry, ...] = ()
    longest: int = 0
    problems: tuple[str, ...] = ()

    @property
    def is_string(self) -> bool:
        return self.storage.startswith("str")


@record
class Codebook(Result):
    schema: ClassVar[str] = "codebook"

    variables: tuple[VariableBook, ...]
    compact: bool = False

    def stored(self) -> Stored:
        return Stored("r")


@command("codebook", options=OPTIONS)
def codebook(context: Context, statement: Statement) -> Codebook:
    """codebook [varlist] [if] [in] [, compact tabulate(#)]: names, labels and contents of variables."""
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    rows = chosen_rows(context, statement)
    most = 9 if options["tabulate"] is None else options["tabulate"]
    data = context.data
    return Codebook(
        tuple(_book(data, data.columns[name], rows, most) for name in chosen_names(context, statement)),
        compact=bool(options["compact"]),
    )


# ---- one variable --------------------------------------------------------------------------------------------


def _book(data: Dataset, column: Column, rows: np.ndarray, most: int) -> VariableBook:
    return (_numeric_book if is_numeric(column.storage) else _string_book)(data, column, rows, most)


def _numeric_book(data: Dataset, column: Column, rows: np.ndarray, most: int) -> VariableBook:
    values = numeric(column)[rows]
    gone = is_missing(values)
    known, codes = values[~gone], values[gone & (values > MISSING)]
    distinct = np.unique(known)
    found, spread = moments(known, None, False), quantiles(known, None, False, PERCENTS)
    labels = labels_of(data, column)
    few = len(distinct) <= most
    return VariableBook(
        column.name, column.label, column.storage, column.format, column.value_label,
        unlabelled=sum(value not in labels for value in distinct.tolist()) if labels else 0,
        label_exists=column.value_label in data.value_labels, N=len(rows), known=len(known),
        missing=int(gone.sum()) - len(codes), extended=len(codes), codes=len(np.unique(codes)), unique=len(distinct),
        unit=unit_of(distinct, column.storage) if known.size else math.nan, mean=found.mean, sd=found.sd, min=found.min,
        max=found.max, percentiles=tuple(value for _, value in spread.percentiles),
        entries=_tabulated(values, labels) if few else None,
        examples=() if few or not labels else _numeric_examples(np.sort(known), labels),
    )


def _tabulated(values: np.ndarray, labels: Mapping[float, str]) -> tuple[Entry, ...]:
    """The frequency of each value, missing ones last."""
    found, counts = np.unique(values, return_counts=True)
    return tuple(_entry(value, count, labels) for value, count in zip(found.tolist(), counts.tolist(), strict=True))


def _entry(value: float, count: int, labels: Mapping[float, str]) -> Entry:
    text = missing_name(value) if value >= MISSING else g(value)
    return Entry(count, text, labels.get(value, ""))


def _numeric_examples(ordered: np.ndarray, labels: Mapping[float, str]) -> tuple[Entry, ...]:
    return tuple(_entry(float(ordered[k]), 0, labels) for k in example_places(len(ordered)))


def example_places(n: int) -> list[int]:
    """The four rows of sorted data, from 0, that stand for the rest: a fifth, two fifths, ... of the way."""
    return sorted({max(k * n // 5 - 1, 0) for k in range(1, 5)}) if n else []


def unit_of(distinct: np.ndarray, storage: str) -> float:
    """The largest power of ten of which all values (m,) are multiples, as far as the storage type can tell."""
    whole = np.array_equal(distinct, np.trunc(distinct))
    if whole:
        power = 0
        while power < _LARGEST_UNIT and distinct.any() and not (distinct % 10.0 ** (power + 1)).any():
            power += 1
        return 10.0**power
    for power in range(-1, _SMALLEST_UNIT, -1):
        rounded = np.rint(distinct * 10.0**-power) / 10.0**-power
        if storage == "float":
            rounded = rounded.astype(np.float32).astype(np.float64)
        if np.array_equal(rounded, distinct):
            return 10.0**power
    return 10.0**_SMALLEST_UNIT


def _string_book(data: Dataset, column: Column, rows: np.ndarray, most: int) -> VariableBook:
    texts = [t.decode("latin-1") if isinstance(t, bytes) else t for t in column.values[rows]]
    known = sorted((t for t in texts if t), key=lambda t: t.encode("utf-8", "surrogateescape"))
    counts: dict[str, int] = {}
    for text in sorted(texts, key=lambda t: t.encode("utf-8", "surrogateescape")):
        counts[text] = counts.get(text, 0) + 1
    unique = len(counts) - ("" in counts)
    return VariableBook(
        column.name, column.label, column.storage, column.format, "", 0, True, N=len(rows), known=len(known),
        missing=len(texts) - len(known), extended=0, codes=0, unique=unique, unit=math.nan, mean=math.nan, sd=math.nan,
        min=math.nan, max=math.nan, percentiles=(),
        entries=tuple(Entry(n, f'"{t}"') for t, n in counts.items()) if unique <= most else None,
        examples=tuple(Entry(0, f'"{known[k]}"') for k in example_places(len(known))) if unique > most else (),
        longest=width_in_bytes(texts), problems=_blanks(known),
    )


def _blanks(texts: list[str]) -> tuple[str, ...]:
    checks = {
        "leading": lambda t: t[0] == " ", "embedded": lambda t: " " in t.strip(" "), "trailing": lambda t: t[-1] == " "
    }
    return tuple(name for name, has in checks.items() if any(has(text) for text in texts))


@layout(Codebook)
def lay_out(result: Codebook, style: Style) -> Document:
    from ._shared.codebook import compact_lines, lines

    return page(compact_lines(result, style) if result.compact else lines(result, style))
