"""Arithmetic of matrices with names: what becomes of the rows' and columns' names is part of every operation.

A matrix holds ``.`` as NaN and ``.a`` to ``.z`` as the doubles of `mixedcli.data.storage`; arithmetic makes all of them
``.``.  The names follow [U] 14.2: sums have the names of their first operand, products the rows of the left and the
columns of the right, transposing swaps, inverting swaps too, joining keeps what it joins.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...data.storage import MISSING
from ...errors import StataError
from ...results.base import Matrix
from ...results.stripe import StripeName

MOST_ELEMENTS = 40_000_000
MOST_ROWS = 11_000                # what Stata's own matrices may have at most

Names = tuple[StripeName, ...]


def conformability_error(span: tuple[int, int] | None = None) -> StataError:
    return StataError("conformability error", 503, span)


def numbered(letter: str, count: int) -> Names:
    """``r1``, ``r2``, ... or ``c1``, ``c2``, ..."""
    return tuple(StripeName("", f"{letter}{k}") for k in range(1, count + 1))


def unnamed(values: np.ndarray) -> Matrix:
    """``values``, shape (rows, columns), with the names r1, r2 ... and c1, c2 ..."""
    return Matrix(values, numbered("r", values.shape[0]), numbered("c", values.shape[1]))


def check_size(rows: int, columns: int) -> None:
    """Raise r(908) or r(909) for a matrix that would be too large."""
    if max(rows, columns) > MOST_ROWS:
        raise StataError("matsize too small", 908)
    if rows * columns > MOST_ELEMENTS:
        raise StataError("op. sys. refuses to provide memory", 909)


def clean(values: np.ndarray) -> np.ndarray:
    """The numbers with every missing value as NaN."""
    out = np.array(values, dtype=np.float64)
    out[~(np.abs(out) < MISSING)] = np.nan
    return out


def stored_form(number: float) -> float:
    """A number of an expression as a matrix holds it: ``.`` is NaN."""
    return number if number != MISSING else float("nan")


def transpose(a: Matrix) -> Matrix:
    return Matrix(a.values.T.copy(), a.columns, a.rows)


def negative(a: Matrix) -> Matrix:
    return Matrix(-clean(a.values), a.rows, a.columns)


def add(a: Matrix, b: Matrix, sign: float = 1.0) -> Matrix:
    """A + B, or A - B with ``sign`` -1; r(503) unless they have the same size."""
    if a.values.shape != b.values.shape:
        raise conformability_error()
    with np.errstate(all="ignore"):
        return Matrix(clean(clean(a.values) + sign * clean(b.values)), a.rows, a.columns)


def scale(a: Matrix, factor: float) -> Matrix:
    """Every element times ``factor``."""
    with np.errstate(all="ignore"):
        return Matrix(clean(clean(a.values) * stored_number(factor)), a.rows, a.columns)


def divide(a: Matrix, divisor: float) -> Matrix:
    """Every element divided by ``divisor``; ``.`` throughout if it is zero."""
    with np.errstate(all="ignore"):
        return Matrix(clean(clean(a.values) / np.float64(stored_number(divisor))), a.rows, a.columns)


def stored_number(number: float) -> float:
    """A scalar for arithmetic: any missing value is NaN."""
    return number if abs(number) < MISSING else float("nan")


def multiply(a: Matrix, b: Matrix) -> Matrix:
    """A B; r(503) unless A has as many columns as B has rows."""
    if a.values.shape[1] != b.values.shape[0]:
        raise conformability_error()
    check_size(a.values.shape[0], b.values.shape[1])
    with np.errstate(all="ignore"):
        return Matrix(clean(clean(a.values) @ clean(b.values)), a.rows, b.columns)


def kronecker(a: Matrix, b: Matrix) -> Matrix:
    """A # B; the names of A become the equations of those of B."""
    check_size(a.values.shape[0] * b.values.shape[0], a.values.shape[1] * b.values.shape[1])
    with np.errstate(all="ignore"):
        values = clean(np.kron(clean(a.values), clean(b.values)))
    return Matrix(values, _crossed(a.rows, b.rows), _crossed(a.columns, b.columns))


def _crossed(outer: Names, inner: Names) -> Names:
    return tuple(StripeName(big.name, small.name) for big in outer for small in inner)


def join_columns(parts: Sequence[Matrix]) -> Matrix:
    """Side by side, with the row names of the first; r(503) unless all have as many rows."""
    if len({part.values.shape[0] for part in parts}) != 1:
        raise conformability_error()
    values = np.hstack([part.values for part in parts])
    check_size(*values.shape)
    return Matrix(values, parts[0].rows, tuple(name for part in parts for name in part.columns))


def join_rows(parts: Sequence[Matrix]) -> Matrix:
    """Below each other, with the column names of the first; r(503) unless all have as many columns."""
    if len({part.values.shape[1] for part in parts}) != 1:
        raise conformability_error()
    values = np.vstack([part.values for part in parts])
    check_size(*values.shape)
    return Matrix(values, tuple(name for part in parts for name in part.rows), parts[0].columns)


def is_symmetric(a: Matrix) -> bool:
    """Square, and equal to its transpose to the last bit."""
    values = a.values
    return values.shape[0] == values.shape[1] and np.array_equal(values, values.T, equal_nan=True)
