"""Which columns of a matrix are linear combinations of the columns before them."""

from __future__ import annotations

import numpy as np

TOLERANCE = 1e-13     # squared length left over, relative to the column's own (centred) squared length
DOUBTFUL = 1e-6       # below this the cross-products have lost too many digits to be trusted
BLOCK = 65536         # rows at a time, so that no second copy of a large matrix is made
EPSILON = float(np.finfo(float).eps)


def independent_columns(X: np.ndarray, constant: bool) -> np.ndarray:
    """bool, shape (p,): True for the columns to keep, going from left to right.

    ``X``: shape (n, p), finite.  With ``constant`` a column of ones comes first, so a column that does not vary is
    dropped.  A column is dropped if its squared distance from the span of the columns kept before it is at most
    1e-13 of its squared length (about its mean, with ``constant``): the scale of a variable does not matter.

    The cross-products of the scaled columns are swept one column at a time; where cancellation makes a pivot doubtful,
    or has made one before it doubtful, the distance is measured on the columns themselves.
    """
    scale, centre, flat = _standardise(X, constant)
    gram = _cross_products(X, scale, centre)
    swept = gram.copy()
    keep = np.zeros(X.shape[1], dtype=bool)
    trusted = True
    for k in np.flatnonzero(~flat).tolist():
        left = float(swept[k, k])
        if left < DOUBTFUL or not trusted:
            left = _distance(X, scale, centre, gram, np.flatnonzero(keep), k)
            trusted = trusted and (left > DOUBTFUL or left <= TOLERANCE)
        keep[k] = left > TOLERANCE
        if keep[k] and trusted:
            swept -= np.outer(swept[:, k], swept[k]) / swept[k, k]
    return keep


def _standardise(X: np.ndarray, constant: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per column: a scale, a centre (in scaled units), and whether nothing but rounding is left about the centre.

    Dividing by the largest value first keeps values near 1e308 from overflowing.
    """
    p = X.shape[1]
    size = np.array([np.max(np.abs(X[:, k]), initial=0.0) for k in range(p)])
    safe = np.where(size > 0, size, 1.0)
    centre = np.zeros(p)
    spread = np.empty(p)
    for k in range(p):
        column = X[:, k] / safe[k]
        if constant and len(column):
            centre[k] = column.mean()
            column -= centre[k]
        spread[k] = np.sqrt(np.mean(column**2)) if len(column) else 0.0
    flat = (size == 0) | (spread <= 8 * EPSILON)
    length = np.where(flat, 1.0, spread)
    return safe * length, centre / length, flat


def _cross_products(X: np.ndarray, scale: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Z'Z/n of the standardised columns Z, shape (p, p)."""
    p = X.shape[1]
    gram = np.zeros((p, p))
    for start in range(0, len(X), BLOCK):
        Z = X[start : start + BLOCK] / scale - centre
        gram += Z.T @ Z
    return gram / max(len(X), 1)


def _distance(
    X: np.ndarray, scale: np.ndarray, centre: np.ndarray, gram: np.ndarray, kept: np.ndarray, k: int
) -> float:
    """Squared distance of standardised column k from the span of the ``kept`` ones, relative to its length."""
    if not len(kept):
        return 1.0
    inner = gram[np.ix_(kept, kept)]
    rest = X[:, k] / scale[k] - centre[k]
    for _ in range(3):   # refinement: each round projects what rounding left of the last
        weights = np.linalg.lstsq(inner, _products(X, scale, centre, kept, rest), rcond=None)[0]
        rest = rest - _combination(X, scale, centre, kept, weights)
    return float(np.mean(rest**2))


def _products(X: np.ndarray, scale: np.ndarray, centre: np.ndarray, kept: np.ndarray, rest: np.ndarray) -> np.ndarray:
    return np.array([(X[:, j] / scale[j] - centre[j]) @ rest for j in kept]) / len(X)


def _combination(
    X: np.ndarray, scale: np.ndarray, centre: np.ndarray, kept: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    out = np.zeros(len(X))
    for j, weight in zip(kept, weights, strict=True):
        out += (X[:, j] / scale[j] - centre[j]) * weight
    return out
