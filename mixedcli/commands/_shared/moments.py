"""Moments and percentiles of one variable, with Stata's definitions ([R] summarize, Methods and formulas)."""

from __future__ import annotations

import math

import numpy as np

from ...records import record

PERCENTS = (1, 5, 10, 25, 50, 75, 90, 95, 99)


@record
class Moments:
    """``N``: observations (the sum of frequencies with fweights).  ``sum_w``: the sum of weights.

    What does not exist (the variance of one value) is nan.
    """

    N: float
    sum_w: float
    sum: float
    mean: float
    variance: float
    sd: float
    min: float
    max: float
    skewness: float
    kurtosis: float


@record
class Quantiles:
    """``percentiles``: pairs (p, value).  ``smallest`` and ``largest``: up to four values, ascending."""

    percentiles: tuple[tuple[int, float], ...]
    smallest: tuple[float, ...]
    largest: tuple[float, ...]


def total(values: np.ndarray) -> float:
    """The correctly rounded sum of ``values``, shape (m,); nan where it is too large for a double."""
    try:
        return math.fsum(values.tolist())
    except (OverflowError, ValueError):
        return math.nan


def moments(values: np.ndarray, weights: np.ndarray | None, frequency: bool) -> Moments:
    """Moments of ``values``, shape (m,), none missing, by two passes over the data.

    ``weights``, shape (m,): frequencies if ``frequency``, else analytic weights, which are scaled to sum to m.
    """
    if values.size == 0:
        return Moments(0.0, 0.0, 0.0, *([math.nan] * 7))
    w = np.ones(values.size) if weights is None else weights
    sum_w = total(w)
    n = sum_w if frequency else float(values.size)
    with np.errstate(all="ignore"):
        whole = total(w * values)
        mean = whole / sum_w
        deviation = values - mean
        centre = total(w * deviation)
        second = total(w * deviation**2) - centre * centre / sum_w
        variance = (second / sum_w) * (n / (n - 1)) if n > 1 else math.nan
        skewness, kurtosis = _shape(w, deviation - centre / sum_w, second / sum_w, sum_w)
    sd = math.sqrt(variance) if variance >= 0 else math.nan
    extremes = float(values.min()), float(values.max())
    return Moments(
        n, sum_w, _finite(whole), _finite(mean), _finite(variance), _finite(sd), *extremes, skewness, kurtosis
    )


def _shape(w: np.ndarray, deviation: np.ndarray, second: float, sum_w: float) -> tuple[float, float]:
    """Skewness m3 m2^(-3/2) and kurtosis m4 m2^(-2); nan where the second moment m2 is zero."""
    if not second > 0:
        return math.nan, math.nan
    z = deviation / math.sqrt(second)
    return _finite(total(w * z**3) / sum_w), _finite(total(w * z**4) / sum_w)


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else math.nan


def quantiles(
    values: np.ndarray, weights: np.ndarray | None, frequency: bool, percents: tuple[int, ...] = PERCENTS
) -> Quantiles:
    """Percentiles and extreme values of ``values``, shape (m,), none missing.

    The p-th percentile is the first value whose running weight exceeds P = n p / 100, or, where the running weight
    before it equals P, the mean of the two.
    """
    ordered, running = _ordered(values, weights, frequency)
    percentiles = tuple((p, _percentile(ordered, running, p)) for p in percents)
    return Quantiles(percentiles, tuple(ordered[:4].tolist()), tuple(ordered[-4:].tolist()))


def percentile(values: np.ndarray, weights: np.ndarray | None, frequency: bool, p: int) -> float:
    """One percentile, as `quantiles` defines it; nan without values."""
    return _percentile(*_ordered(values, weights, frequency), p)


def _ordered(values: np.ndarray, weights: np.ndarray | None, frequency: bool) -> tuple[np.ndarray, np.ndarray]:
    """``values`` in ascending order, and the running sum of their weights."""
    order = np.argsort(values, kind="stable")
    if weights is None:
        return values[order], np.arange(1.0, values.size + 1)
    scale = 1.0 if frequency or not values.size else values.size / total(weights)
    return values[order], np.cumsum(weights[order]) * scale


def _percentile(ordered: np.ndarray, running: np.ndarray, p: int) -> float:
    if ordered.size == 0:
        return math.nan
    wanted = running[-1] * p / 100
    place = min(int(np.searchsorted(running, wanted, side="right")), ordered.size - 1)
    if place and running[place - 1] == wanted:
        return float(ordered[place - 1] + ordered[place]) / 2
    return float(ordered[place])
