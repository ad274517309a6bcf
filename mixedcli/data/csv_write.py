"""Writes delimited text as ``export delimited`` does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from ..formats import format_number, parse_format
from ..records import record, replace
from .columns import numeric
from .dataset import Column, Dataset
from .files import write_aside
from .storage import LARGEST, MISSING, is_numeric, missing_name

_ROWS_AT_ONCE = 1 << 15
_LEADING_ZERO = re.compile(r"^(-?)0\.")


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
    doubles = numeric(replace(column, values=values))
    if labels or in_format:
        known: dict[float, str] = {}
        for value in doubles.tolist():
            if value not in known:
                known[value] = quoted(labels[value] if value in labels else _in_format(value, column))
        return [known[value] for value in doubles.tolist()]
    texts = list(map(str, values.tolist())) if column.storage in LARGEST else full_texts(doubles, column.storage)
    for i in np.flatnonzero(doubles >= MISSING).tolist():
        texts[i] = missing_name(doubles[i]).removesuffix(".")         # . is written as nothing, .a to .z as they are
    return texts


def _in_format(value: float, column: Column) -> str:
    return missing_name(value).removesuffix(".") if value >= MISSING else format_number(value, column.format).strip()


def full_texts(doubles: np.ndarray, storage: str) -> list[str]:
    """Numbers with the digits Stata prints in full (8 for a float, 16 for a double), or one more where they need it to
    read back the same."""
    least, most = ("%.8g", "%.9g") if storage == "float" else ("%.16g", "%.17g")
    values = doubles.tolist()
    texts = [least % value for value in values]
    back = np.array(list(map(float, texts)))
    kind = np.float32 if storage == "float" else np.float64
    with np.errstate(over="ignore"):
        for i in np.flatnonzero(back.astype(kind) != doubles.astype(kind)).tolist():
            texts[i] = most % values[i]
    return [_LEADING_ZERO.sub(r"\1.", text) if text.startswith(("0.", "-0.")) else text for text in texts]
