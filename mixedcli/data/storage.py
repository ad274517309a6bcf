"""Stata's storage types and missing values.

Working representation of numbers: float64 in which every missing value is one of the 27 doubles
``2**1023 * (1 + k/4096)`` (``.`` is k = 0, ``.a`` is k = 1, ... ``.z`` is k = 26), as in Stata itself.  So missing
compares larger than every number, and ``.`` < ``.a`` < ... < ``.z``, without special cases.  (Stata .dta file
specification, "Missing values".)
"""

from __future__ import annotations

import numpy as np

MISSING = 2.0**1023                                     # the double encoding of "."
MISSING_CODES = tuple(MISSING * (1 + k / 4096) for k in range(27))
CODE_NAMES = (".", *(f".{chr(ord('a') + k)}" for k in range(26)))
MISSING_BY_NAME = dict(zip(CODE_NAMES, MISSING_CODES, strict=True))

DTYPES = {"byte": "<i1", "int": "<i2", "long": "<i4", "float": "<f4", "double": "<f8"}
FLOAT_MISSING = tuple(np.float32(2.0**127 * (1 + k / 4096)) for k in range(27))
# The largest value each integer type can hold; the 27 values above it are the missing codes.
LARGEST = {"byte": 100, "int": 32740, "long": 2147483620}
SMALLEST = {"byte": -127, "int": -32767, "long": -2147483647}


def is_numeric(storage: str) -> bool:
    return storage in DTYPES


def is_missing(values: np.ndarray) -> np.ndarray:
    """Where a float64 array in the working representation is missing; infinities and NaN count as missing."""
    return ~(values < MISSING) | (values == -np.inf)


def missing_name(value: float) -> str:
    """``.``, ``.a`` ... of a missing double; values between the codes read as ``.``."""
    for code, name in zip(MISSING_CODES, CODE_NAMES, strict=True):
        if value == code:
            return name
    return "."


def to_double(values: np.ndarray, storage: str) -> np.ndarray:
    """Native column values of shape (n,) as float64 in the working representation (a new array).

    Infinities, NaN and numbers beyond Stata's largest double become ``.``.
    """
    out = values.astype(np.float64)
    if storage in LARGEST:
        over = values > LARGEST[storage]
        if over.any():
            k = values[over].astype(np.int64) - LARGEST[storage] - 1
            out[over] = MISSING * (1 + k / 4096)
        return out
    if storage == "float":
        bad = ~(np.abs(values) < FLOAT_MISSING[0])
        if bad.any():
            k = np.rint((out[bad] / 2.0**127 - 1) * 4096)
            known = (k >= 0) & (k <= 26) & (values[bad] > 0)
            out[bad] = np.where(known, MISSING * (1 + np.where(known, k, 0) / 4096), MISSING)
        return out
    bad = ~(np.abs(out) < MISSING)
    if bad.any():
        codes = np.isin(out, MISSING_CODES)
        out[bad & ~codes] = MISSING
    return out


def from_double(values: np.ndarray, storage: str) -> np.ndarray:
    """float64 working values of shape (n,) as the native dtype of ``storage``.

    Numbers that do not fit (out of range; for integer types a fraction is cut off) become ``.``, as in Stata.
    """
    dtype = np.dtype(DTYPES[storage])
    miss = is_missing(values)
    absent = bool(miss.any())
    if storage == "double":
        out = values.astype(dtype)
        if absent:
            out[miss] = np.where(np.isin(out[miss], MISSING_CODES), out[miss], MISSING)
        return out
    if storage == "float":
        fits = ~miss & (np.abs(values) < float(FLOAT_MISSING[0]))
        out = np.full(values.shape, FLOAT_MISSING[0], dtype=dtype)
        out[fits] = values[fits].astype(dtype)
        out[fits & ~(np.abs(out) < FLOAT_MISSING[0])] = FLOAT_MISSING[0]           # rounded up to the first code
        if absent:
            out[miss] = np.array(FLOAT_MISSING, dtype=dtype)[_code_numbers(values[miss])]
        return out
    top = LARGEST[storage]
    cut = np.trunc(np.where(miss, 0.0, values) if absent else values)
    fits = (cut <= top) & (cut >= SMALLEST[storage])
    out = np.where(fits, cut, top + 1).astype(dtype)
    if absent:
        out[miss] = top + 1 + _code_numbers(values[miss])
    return out


def _code_numbers(missing: np.ndarray) -> np.ndarray:
    """0 for ``.`` to 26 for ``.z``, shape (m,); 0 for whatever else counts as missing."""
    with np.errstate(invalid="ignore", over="ignore"):
        k = np.rint((missing / MISSING - 1) * 4096)
    known = (k >= 0) & (k <= 26)
    number = np.where(known, k, 0).astype(np.int64)
    return np.where(np.array(MISSING_CODES)[number] == missing, number, 0)


def default_format(storage: str) -> str:
    """The display format Stata gives a new variable of this type."""
    if storage.startswith("str"):
        return "%9s" if storage == "strL" else f"%{max(9, int(storage[3:]))}s"
    return {"byte": "%8.0g", "int": "%8.0g", "long": "%12.0g", "float": "%9.0g", "double": "%10.0g"}[storage]
