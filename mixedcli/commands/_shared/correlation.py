"""Covariances and correlations of columns, and how `correlate` and `pwcorr` draw a lower triangle."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...data.columns import numeric
from ...data.dataset import Column
from ...data.storage import is_missing, is_numeric
from ...errors import StataError
from ...formats import abbreviate

STUB, CELL = 12, 9


def check_numeric(columns: Sequence[Column]) -> None:
    """Raise r(109) for a string variable."""
    for column in columns:
        if not is_numeric(column.storage):
            raise StataError(f"string variables not allowed in varlist;\n{column.name} is a string variable", 109)


def known_values(columns: Sequence[Column], rows: np.ndarray) -> np.ndarray:
    """The columns on ``rows``: float64 of shape (len(rows), k), nan where missing."""
    out = np.empty((len(rows), len(columns)))
    for j, column in enumerate(columns):
        values = numeric(column)[rows]
        out[:, j] = np.where(is_missing(values), np.nan, values)
    return out


def covariance(values: np.ndarray, weights: np.ndarray | None, frequency: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """``means`` (k,), covariance matrix (k, k) with divisor N - 1, and N, of complete rows ``values`` (m, k).

    Frequency weights count rows; analytic weights are scaled to sum to m.  nan where N < 2.
    """
    m, k = values.shape
    w = np.ones(m) if weights is None else weights
    if not m:
        return np.full(k, np.nan), np.full((k, k), np.nan), 0.0
    n = float(w.sum()) if frequency else float(m)
    scaled = w * (n / w.sum())
    means = scaled @ values / n
    centred = values - means
    centred -= scaled @ centred / n      # the second pass takes out what rounding left in the means
    cross = centred.T @ (centred * scaled[:, None])
    return means, cross / (n - 1) if n > 1 else np.full((k, k), np.nan), n


def correlation(covariances: np.ndarray) -> np.ndarray:
    """The correlations (k, k) of a covariance matrix: nan for a constant column, exactly one on the diagonal."""
    variances = np.diag(covariances)
    with np.errstate(all="ignore"):
        sd = np.sqrt(np.where(variances > 0, variances, np.nan))
        out = np.clip(covariances / np.outer(sd, sd), -1.0, 1.0)
    np.fill_diagonal(out, np.where(np.isnan(sd), np.nan, 1.0))
    return out


def p_value(rho: float, n: float) -> float:
    """The two-sided p of a correlation, from t with n - 2 degrees of freedom; nan for n < 3 ([R] correlate)."""
    if n <= 2 or math.isnan(rho):
        return math.nan
    if abs(rho) >= 1:
        return 0.0
    from ...engine.tails import t_two_sided

    return t_two_sided(rho * math.sqrt((n - 2) / (1 - rho * rho)), n - 2)


# ---- layout --------------------------------------------------------------------------------------------------


def panels(count: int, linesize: int) -> list[range]:
    """Which columns stand beside each other: as many as the page holds."""
    fits = max((linesize - STUB - 3) // CELL, 1)
    return [range(start, min(start + fits, count)) for start in range(0, count, fits)]


def heading(names: Sequence[str], shown: range) -> list[str]:
    """The names above the columns, cut to eight characters, and the rule below them."""
    heads = "".join(f"{abbreviate(names[j], CELL - 1):>{CELL}}" for j in shown)
    return [f"{'':>{STUB}} |{heads}", rule(len(shown))]


def rule(columns: int) -> str:
    return "-" * (STUB + 1) + "+" + "-" * (CELL * columns)


def stub(name: str) -> str:
    return f"{abbreviate(name, STUB):>{STUB}} |"
