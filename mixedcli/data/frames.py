"""To and from a pandas DataFrame.  pandas is imported here, when a command needs it, and nowhere above this room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..records import replace
from .columns import new_numeric, new_string, numeric, smallest_storage
from .dataset import Column, Dataset
from .storage import DTYPES, LARGEST, MISSING, is_missing, is_numeric

if TYPE_CHECKING:
    import pandas as pd

_STORAGES = {"int8": "byte", "int16": "int", "int32": "long", "float32": "float", "float64": "double"}
_EPOCH_DAYS = 3653                      # from 1 January 1960 to 1 January 1970
_NULLABLE = {"byte": "Int8", "int": "Int16", "long": "Int32"}


def to_frame(dataset: Dataset, names: Iterable[str] | None = None, rows: np.ndarray | None = None) -> pd.DataFrame:
    """The named variables (None: all) at the row numbers ``rows`` (None: all).

    Integers without missing values keep their dtype, with them they take pandas' nullable integers; in floats missing
    is NaN.  The letters of .a-.z have no counterpart and are lost.
    """
    import pandas as pd

    chosen = dataset.names if names is None else tuple(names)
    columns = {name: _series(dataset.columns[name], rows) for name in chosen}
    count = dataset.n if rows is None else len(rows)
    return pd.DataFrame(columns, index=pd.RangeIndex(count))


def _series(column: Column, rows: np.ndarray | None) -> pd.Series:
    import pandas as pd

    values = column.values if rows is None else column.values[rows]
    if not is_numeric(column.storage):
        return pd.Series([v.decode("latin-1") if isinstance(v, bytes) else v for v in values.tolist()], dtype=object)
    if column.storage in LARGEST:
        absent = values > LARGEST[column.storage]
        if not absent.any():
            return pd.Series(values)
        return pd.Series(pd.array(np.where(absent, 0, values), dtype=_NULLABLE[column.storage])).mask(absent)
    doubles = numeric(replace(column, values=values))
    doubles[is_missing(doubles)] = np.nan
    return pd.Series(doubles.astype(DTYPES[column.storage]))


def from_frame(frame: pd.DataFrame) -> Dataset:
    """A data set with the frame's columns (their names must be valid and unique); the index is left behind.

    Dtypes map to the storage type of the same width; wider integers get the smallest type that holds them; dates become
    %td or %tc numbers; categories and everything else strings.
    """
    columns = {str(name): _column(str(name), frame[name]) for name in frame.columns}
    return Dataset(columns, len(frame) if columns else 0)


def _column(name: str, series: pd.Series) -> Column:
    kind = getattr(series.dtype, "kind", "O")
    if kind in "iufb":
        doubles = series.to_numpy(dtype=np.float64, na_value=np.nan)
        doubles = np.where(np.isfinite(doubles), doubles, MISSING)
        storage = _STORAGES.get(str(series.dtype).lower())
        if storage in LARGEST and bool((doubles[doubles < MISSING] > LARGEST[storage]).any()):
            storage = None
        return new_numeric(name, doubles, storage or smallest_storage(doubles))
    if kind == "M":
        return _dates(name, series)
    return new_string(name, ["" if value is None or value != value else _text(value) for value in series.tolist()])


def _text(value: object) -> str | bytes:
    return value if isinstance(value, (str, bytes)) else str(value)


def _dates(name: str, series: pd.Series) -> Column:
    """Whole days as %td, other times as %tc (milliseconds since 1960)."""
    stamps = series.dt.tz_localize(None) if getattr(series.dt, "tz", None) is not None else series
    absent = stamps.isna().to_numpy()
    milliseconds = stamps.to_numpy().astype("datetime64[ms]").astype(np.int64).astype(np.float64)
    milliseconds += _EPOCH_DAYS * 86_400_000.0
    milliseconds[absent] = MISSING
    days = milliseconds / 86_400_000
    if np.array_equal(days[~absent], np.floor(days[~absent])):
        days[absent] = MISSING
        return new_numeric(name, days, "int" if smallest_storage(days) in ("byte", "int") else "long", format="%td")
    return new_numeric(name, milliseconds, "double", format="%tc")
