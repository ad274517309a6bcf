"""Covariate patterns of a binary model: residuals and influence, which count observations with the same covariates as one.

With m observations, y positive and probability p, the Pearson residual is (y - m p) / sqrt(m p (1 - p)) and the leverage
h = m p (1 - p) x V x' (Hosmer, Lemeshow and Sturdivant 2013, section 5.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import StataError
from ...syntax.parser import parse_expression
from ...syntax.tree import Statement, Weight
from .._shared.tables import read_weights
from .model import MlModel

if TYPE_CHECKING:
    from ..context import Context


def covariate_patterns(X: np.ndarray) -> tuple[np.ndarray, int]:
    """Each row's covariate pattern as a number, and how many there are."""
    if not len(X):
        return np.zeros(0, dtype=int), 0
    codes = np.unique(X, axis=0, return_inverse=True)[1].reshape(-1)
    return codes, int(codes.max()) + 1


def frequencies(
    model: MlModel, context: Context, rows: np.ndarray, weight: Weight | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The frequencies of ``rows`` and which of the rows have one (bool): those of ``weight``, else of the estimation.

    Raises r(101) after an estimation with weights that are not frequencies.
    """
    if weight is None and model.data.wtype == "fweight":
        weight = Weight("fweight", parse_expression(model.data.wexp.removeprefix("= ")))
    elif weight is None and model.data.wtype:
        raise StataError(f"not possible after {model.command} with {model.data.wtype}s", 101)
    _, weights, left = read_weights(context, Statement(text="", weight=weight), rows, ("fweight",))
    return (weights if weights is not None else np.ones(len(left))), np.isin(rows, left)


def row_weights(model: MlModel, context: Context, used: np.ndarray) -> np.ndarray:
    """How many observations each row of ``used`` stands for; zero where the frequency is missing now."""
    rows = np.flatnonzero(used)
    out = np.ones(len(rows))
    if model.data.wtype == "fweight":
        weights, keep = frequencies(model, context, rows)
        out = np.zeros(len(rows))
        out[keep] = weights
    return out


def diagnostic(
    model: MlModel, statistic: str, y: np.ndarray, X: np.ndarray, p: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """A statistic of each row's pattern: outcomes ``y`` (bool), covariates, probabilities ``p`` and weights, (n, ...)."""
    codes, count = covariate_patterns(X)
    m = np.bincount(codes, weights, count)[codes]
    positive = np.bincount(codes, weights * y, count)[codes]
    spread = m * p * (1 - p)
    h = spread * np.einsum("ij,ij->i", X @ model.V, X)
    if statistic == "hat":
        return h
    pearson = (positive - m * p) / np.sqrt(spread)
    rest = np.where(positive < m, (m - positive) * np.log((m - positive) / (m * (1 - p))), 0.0)
    deviance = 2 * (np.where(positive > 0, positive * np.log(positive / (m * p)), 0.0) + rest)
    signed = np.sign(positive - m * p) * np.sqrt(np.maximum(deviance, 0.0))
    found = {
        "residuals": pearson, "rstandard": pearson / np.sqrt(1 - h), "dx2": pearson**2 / (1 - h),
        "ddeviance": signed**2 / (1 - h), "dbeta": pearson**2 * h / (1 - h) ** 2, "deviance": signed,
    }
    return found[statistic]
