"""Functions of matrix expressions that give matrices: inv(), cholesky(), diag(), sweep() and the like.

Each takes the arguments as matrices or numbers, and says which names its result has ([FN] Matrix functions).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...data.storage import MISSING
from ...errors import StataError
from ...results.base import Matrix
from ...results.stripe import StripeName
from .values import check_size, clean, conformability_error, numbered, stored_form, unnamed

# A pivot smaller than this, relative to the diagonal element it came from, is taken for zero.
SINGULAR = 1e-13
# How far a matrix may be from its transpose, relatively, and still count as symmetric.
ASYMMETRY = 1e-8

Argument = Matrix | float
Function = Callable[..., Matrix]


# ---- what a matrix must be -----------------------------------------------------------------------------------


def _known(a: Matrix) -> np.ndarray:
    """The numbers of ``a``; r(504) if one is missing."""
    values = clean(a.values)
    if np.isnan(values).any():
        raise StataError("matrix has missing values", 504)
    return values


def _square(a: Matrix) -> np.ndarray:
    values = _known(a)
    if values.shape[0] != values.shape[1]:
        raise StataError("matrix not square", 505)
    return values


def symmetric_values(a: Matrix) -> np.ndarray:
    """The numbers of a symmetric matrix, shape (n, n), exactly symmetric; r(505) if it is not, but for rounding."""
    values = _square(a)
    if (np.abs(values - values.T) > ASYMMETRY * (np.abs(values) + np.abs(values.T))).any():
        raise StataError("matrix not symmetric", 505)
    return (values + values.T) / 2


def _vector(a: Matrix) -> tuple[np.ndarray, tuple[StripeName, ...]]:
    """The elements of a row or column vector, shape (n,), and their names."""
    rows, columns = a.values.shape
    if rows != 1 and columns != 1:
        raise conformability_error()
    return a.values.reshape(-1), a.columns if rows == 1 else a.rows


def _count(number: float) -> int:
    """A number of rows or columns, rounded; r(498) unless it is at least 1."""
    if not 0.5 <= number < MISSING:
        raise StataError("matrix dimensions must be positive integers", 498)
    return round(number)


# ---- inverses ------------------------------------------------------------------------------------------------


def kept_pivots(values: np.ndarray) -> np.ndarray:
    """Which rows of a symmetric matrix, shape (n, n), can be inverted together: bool of shape (n,).

    Gaussian elimination on the diagonal, the relatively largest pivot first, until what is left is zero or negative.
    """
    left, original = values.copy(), np.diag(values).copy()
    kept = np.zeros(len(values), dtype=bool)
    with np.errstate(all="ignore"):
        while not kept.all():
            relative = np.where(kept | (original <= 0), -np.inf, np.diag(left) / original)
            k = int(np.argmax(relative))
            if not relative[k] > SINGULAR:
                break
            kept[k] = True
            left = left - np.outer(left[:, k], left[k]) / left[k, k]
    return kept


def invsym(a: Matrix) -> Matrix:
    """The inverse of a positive definite matrix; of another a generalized inverse with rows and columns of zeros."""
    values = symmetric_values(a)
    kept = kept_pivots(values)
    out = np.zeros_like(values)
    if kept.any():
        inverse = _inverted(values[np.ix_(kept, kept)])
        out[np.ix_(kept, kept)] = (inverse + inverse.T) / 2
    return Matrix(out, a.columns, a.rows)


def inv(a: Matrix) -> Matrix:
    """The inverse; a symmetric matrix of less than full rank has the generalized inverse of invsym().

    Raises r(505) if the matrix is not square, r(504) if it is not symmetric and singular.
    """
    values = _square(a)
    if np.array_equal(values, values.T):
        least, most = np.linalg.eigvalsh(values)[[0, -1]]
        if least > -SINGULAR * abs(most):         # not indefinite
            return invsym(a)
    return Matrix(_inverted(values), a.columns, a.rows)


def _inverted(values: np.ndarray) -> np.ndarray:
    """The inverse; rows and columns are brought to one size first, so that their units do not matter."""
    size = np.max(np.abs(values), axis=1)
    if not size.all():
        raise StataError("matrix singular", 504)
    balanced = values / size[:, None]
    width = np.max(np.abs(balanced), axis=0)
    if not width.all():
        raise StataError("matrix singular", 504)
    balanced = balanced / width
    if np.linalg.cond(balanced) > 1 / np.finfo(float).eps:
        raise StataError("matrix singular", 504)
    return np.asarray(np.linalg.inv(balanced) / width[:, None] / size)


def cholesky(a: Matrix) -> Matrix:
    """The lower triangle L with L L' = A; r(506) unless A is positive definite."""
    try:
        return Matrix(np.linalg.cholesky(symmetric_values(a)), a.rows, a.columns)
    except np.linalg.LinAlgError:
        raise StataError("matrix not positive definite", 506) from None


def sweep(a: Matrix, place: float) -> Matrix:
    """A swept on its ``place``-th row; the names of that row and column change places.  A zero pivot gives zeros."""
    values = _square(a)
    k = _count(place) - 1
    if k >= len(values):
        raise conformability_error()
    pivot, row, column = values[k, k], values[k].copy(), values[:, k].copy()
    if pivot == 0:
        out = values.copy()
        out[k, :] = out[:, k] = 0.0
    else:
        out = values - np.outer(column, row) / pivot
        out[k, :], out[:, k] = row / pivot, -column / pivot
        out[k, k] = 1 / pivot
    rows, columns = list(a.rows), list(a.columns)
    rows[k], columns[k] = columns[k], rows[k]
    return Matrix(out, tuple(rows), tuple(columns))


# ---- other shapes --------------------------------------------------------------------------------------------


def correlation(a: Matrix) -> Matrix:
    """The correlations of a variance matrix."""
    values = symmetric_values(a)
    variances = np.diag(values)
    if (variances <= 0).any():
        raise StataError("matrix not positive definite", 506)
    sd = np.sqrt(variances)
    out = values / sd / sd[:, None]
    np.fill_diagonal(out, 1.0)
    return Matrix((out + out.T) / 2, a.rows, a.columns)


def diagonal_matrix(a: Matrix) -> Matrix:
    """A square matrix with the elements of a vector on its diagonal."""
    elements, names = _vector(a)
    check_size(len(elements), len(elements))
    return Matrix(np.diag(elements), names, names)


def diagonal(a: Matrix) -> Matrix:
    """The diagonal of a square matrix as a row vector."""
    if a.values.shape[0] != a.values.shape[1]:
        raise StataError("matrix not square", 505)
    return Matrix(np.diag(a.values).reshape(1, -1).copy(), numbered("r", 1), a.columns)


def vec(a: Matrix) -> Matrix:
    """The columns of a matrix below each other; the column's name becomes the equation."""
    names = tuple(StripeName(column.name, row.name) for column in a.columns for row in a.rows)
    check_size(len(names), 1)
    return Matrix(a.values.reshape(-1, 1, order="F").copy(), names, numbered("c", 1))


def hadamard(a: Matrix, b: Matrix) -> Matrix:
    """The products of corresponding elements."""
    if a.values.shape != b.values.shape:
        raise conformability_error()
    with np.errstate(all="ignore"):
        return Matrix(clean(clean(a.values) * clean(b.values)), a.rows, a.columns)


def identity(n: float) -> Matrix:
    count = _count(n)
    check_size(count, count)
    return unnamed(np.eye(count))


def constant(rows: float, columns: float, value: float) -> Matrix:
    """J(r, c, z): every element is ``value``."""
    shape = (_count(rows), _count(columns))
    check_size(*shape)
    return unnamed(np.full(shape, stored_form(value)))


def uniform(stream: np.random.Generator, rows: float, columns: float) -> Matrix:
    """matuniform(r, c): uniform random numbers."""
    shape = (_count(rows), _count(columns))
    check_size(*shape)
    return unnamed(stream.random(shape))


# Name -> (function, its arguments: m a matrix, n a number).
FUNCTIONS: dict[str, tuple[Function, str]] = {
    "inv": (inv, "m"),
    "invsym": (invsym, "m"),
    "syminv": (invsym, "m"),
    "cholesky": (cholesky, "m"),
    "corr": (correlation, "m"),
    "diag": (diagonal_matrix, "m"),
    "vecdiag": (diagonal, "m"),
    "vec": (vec, "m"),
    "hadamard": (hadamard, "mm"),
    "sweep": (sweep, "mn"),
    "I": (identity, "n"),
    "J": (constant, "nnn"),
}
