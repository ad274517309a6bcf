"""Writes delimited text as ``export delimited`` does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from ..formats import format_number, parse_format
from ..records import record
from .columns import numeric
from .dataset import Column, Dataset
from .files import write_aside
from .storage import LARGEST, MISSING, is_missing, is_numeric, missing_name

_ROWS_AT_ONCE = 1 << 15


@record
class OutputForm:
    """``names``: begin with a row of names.  ``labels``: labelled values as their texts.  ``quote``: put every text in
    quotes, not only where it must be.  ``display_formats``: numbers in the variables' display formats."""

    delimiter: str = ","
    names: bool = True
    labels: bool = True
    quote: bool = False
    display_formats: bool = False


def write_delimited(dataset: Dataset, path: str, names: Sequence[str], rows: np.ndarray, form: OutputForm) -> None:
    """Write the named variables at the row numbers ``rows``.  Raises: StataError r(603), r(693)."""
    write_aside(path, _pieces(dataset, names, rows, form))


def _pieces(dataset: Dataset, names: Sequence[str], rows: np.ndarray, form: OutputForm) -> Iterator[bytes]:
    needs_quotes = re.compile(f'["\r\n{re.escape(form.delimiter)}]')
    if form.names:
        yield (form.delimiter.join(names) + "\n").encode()
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[begin : begin + _ROWS_AT_ONCE]
        cells = [_cells(dataset, dataset.columns[name], part, form, needs_quotes) for name in names]
        lines = map(form.delimiter.join, zip(*cells, strict=True))
        yield ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _cells(
    dataset: Dataset, column: Column, rows: np.ndarray, form: OutputForm, needs_quotes: re.Pattern[str]
) -> list[str]:
    """The texts of one column: its labels, numbers in full, or in the display format."""

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if form.quote or needs_quotes.search(text) else text

    values = column.values[rows]
    if not is_numeric(column.storage):
        return [quoted(v.decode("utf-8", "replace") if isinstance(v, bytes) else v) for v in values.tolist()]
    labels = dataset.value_labels.get(column.value_label, {}) if form.labels and column.value_label else {}
    parts = parse_format(column.format)
    in_format = form.display_formats or (parts is not None and parts.kind == "t")
    doubles = numeric(column)[rows].tolist()
    if column.storage in LARGEST and not labels and not in_format:
        return [str(v) if d < MISSING else _missing(d) for v, d in zip(values.tolist(), doubles, strict=True)]
    known: dict[float, str] = {}
    for value in doubles:
        if value not in known:
            label = labels.get(value)
            known[value] = quoted(label if label is not None else quoted_number(value, column, in_format))
    return [known[value] for value in doubles]


def quoted_number(value: float, column: Column, in_format: bool) -> str:
    """A number as text: in the column's display format, or in full."""
    if is_missing(np.array([value]))[0]:
        return _missing(value)
    if in_format:
        return format_number(value, column.format).strip()
    return full_text(value, column.storage)


def full_text(value: float, storage: str) -> str:
    """The number with the fewest digits Stata prints in full (8 for a float, 16 for a double) that read back the same."""
    least, most = (8, 9) if storage == "float" else (16, 17)
    text = f"{value:.{least}g}"
    same = np.float32(float(text)) == np.float32(value) if storage == "float" else float(text) == value
    text = text if same else f"{value:.{most}g}"
    return re.sub(r"^(-?)0\.", r"\1.", text)


def _missing(value: float) -> str:
    """``.`` is written as nothing, ``.a`` to ``.z`` as they are."""
    return missing_name(value).removesuffix(".")
