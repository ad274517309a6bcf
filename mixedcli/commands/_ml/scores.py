"""Equation-level scores: the derivatives of each observation's log likelihood in the parameters of its equations."""

from __future__ import annotations

import math

import numpy as np

from ...data.storage import is_missing
from ...engine import glm, ordinal
from ...formats import g
from .model import MlModel


def equation_scores(model: MlModel, y: np.ndarray, u: np.ndarray) -> list[np.ndarray]:
    """Shape (n,) each: in the linear prediction ``u``, then in the parameters that follow the coefficients in e(b).

    ``y`` has shape (n, number of dependent variables).
    """
    if model.outcomes:
        return _ordered(model, y[:, 0], u)
    scale = np.full(len(u), float(model.theta[-1]))
    if model.command == "nbreg":
        family = glm.nbreg_constant if model.dispersion == "constant" else glm.nbreg_mean
        return [np.asarray(each) for each in family(y[:, 0])([u, scale]).first]
    low, high = _interval(y) if model.command == "intreg" else _observed(model, y[:, 0])
    first = [np.asarray(each) for each in ordinal.censored_normal(low, high)([u, scale]).first]
    if model.command == "intreg":
        return first
    # e(b) of tobit holds the variance (sigma up to version 14), the likelihood is in ln sigma.
    power = 2.0 if model.modern else 1.0
    return [first[0], first[1] / (power * math.exp(power * float(model.theta[-1])))]


def _ordered(model: MlModel, y: np.ndarray, u: np.ndarray) -> list[np.ndarray]:
    """Scores in the linear prediction and in the cut points; nan for an outcome that the estimation did not have."""
    cuts = model.theta[len(model.theta) - len(model.extra) :]
    codes = np.searchsorted(model.outcomes, y)
    known = np.isin(y, model.outcomes)
    codes = np.where(known, codes, 0)
    logistic = model.command == "ologit"
    interval = ordinal.logistic_interval if logistic else ordinal.normal_interval
    slope = ordinal.logistic_slope if logistic else ordinal.normal_slope
    last = len(cuts)
    ends = [cuts[np.maximum(codes - 1, 0)] * (codes > 0) - u, cuts[np.minimum(codes, last - 1)] * (codes < last) - u]
    below, above = ordinal.ordered(codes == 0, codes == last, interval, slope)(ends).first
    below, above = np.where(codes > 0, below, 0.0), np.where(codes < last, above, 0.0)
    scores = [-(below + above), *(below * (codes - 1 == k) + above * (codes == k) for k in range(last))]
    return [np.where(known, each, np.nan) for each in scores]


def _interval(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the intervals, infinite where they are missing."""
    missing = is_missing(y)
    return np.where(missing[:, 0], -np.inf, y[:, 0]), np.where(missing[:, 1], np.inf, y[:, 1])


def _observed(model: MlModel, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Between which values the outcome of tobit is known to lie."""
    assert model.censoring is not None
    lower, upper = _limit(model, model.censoring.lower), _limit(model, model.censoring.upper)
    low, high = np.where(y >= upper, upper, y), np.where(y <= lower, lower, y)
    return np.where(y <= lower, -np.inf, low), np.where(y >= upper, np.inf, high)


def _limit(model: MlModel, text: str) -> float:
    """A limit from its printed form; where that has lost digits the outcome which prints so is meant."""
    value = float(text)
    same = [each for each in np.unique(model.data.y[:, 0]).tolist() if g(each) == text]
    return same[0] if same and math.isfinite(value) else value
