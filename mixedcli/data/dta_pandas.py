"""Formats 102-104 (Stata 3 and 4), which pandas reads and we do not; kept apart so that pandas loads only for them."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import numpy as np

from .columns import new_numeric, new_string, smallest_storage
from .dataset import Column, Dataset
from .dta_layout import corrupt
from .storage import MISSING

if TYPE_CHECKING:
    import pandas as pd


def read_through_pandas(path: str, data: bytes) -> Dataset:
    """The data set in ``data``.  Raises: StataError r(688) for whatever pandas cannot read."""
    from pandas.io.stata import StataReader

    try:
        with StataReader(io.BytesIO(data), convert_dates=False, convert_categoricals=False) as reader:
            frame = reader.read()
            label, labels, tables = reader.data_label, reader.variable_labels(), reader.value_labels()
    except Exception:  # pandas raises many kinds on a damaged file, and any of them means just that
        raise corrupt("The file does not hold the data that its header announces.") from None
    columns = {name: _column(name, frame[name], labels.get(name, "")) for name in frame.columns}
    value_labels = {k: {float(v): t for v, t in table.items()} for k, table in tables.items()}
    return Dataset(columns, len(frame), label, "", os.fspath(path), value_labels=value_labels)


def _column(name: str, series: pd.Series, label: str) -> Column:
    storages = {"int8": "byte", "int16": "int", "int32": "long", "float32": "float"}
    if series.dtype.kind not in "iuf":
        return new_string(name, [str(v) for v in series], label=label)
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.where(np.isnan(values), MISSING, values)
    storage = storages.get(str(series.dtype)) or smallest_storage(values)
    return new_numeric(name, values, storage, label=label)
