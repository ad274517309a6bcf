"""Probabilities of single outcomes by saddle-point expansion, which keep their digits for large counts.

(Loader 2000, "Fast and accurate computation of binomial probabilities".)  Counts need not be whole.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_SERIES = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360)


def stirling_error(n: Any) -> Any:
    """ln n! minus Stirling's formula for it; n not negative."""
    from scipy.special import gammaln

    n = np.asarray(n, dtype=np.float64)
    large = np.maximum(n, 15.0)
    series = np.polynomial.polynomial.polyval(1 / large**2, _SERIES) / large
    small = np.clip(n, 1e-300, 15.0)
    direct = gammaln(small + 1) - (small + 0.5) * np.log(small) + small - 0.5 * math.log(2 * math.pi)
    return np.where(n > 15, series, direct)


def deviance_part(x: Any, mean: Any) -> Any:
    """x ln(x / mean) + mean - x for positive x and mean, without cancellation where they are close."""
    x, mean = np.asarray(x, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    v = (x - mean) / (x + mean)
    close = np.abs(v) < 0.3
    w = np.where(close, v, 0.0)
    total = sum(w ** (2 * j) / (2 * j + 1) for j in range(16, 0, -1))
    return np.where(close, (x - mean) * w + 2 * x * w * total, x * np.log(x / mean) + mean - x)


def poisson_mass(k: Any, mean: Any) -> Any:
    """mean^k exp(-mean) / k!."""
    k, mean = np.asarray(k, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    inner = np.exp(-stirling_error(k) - deviance_part(k, mean)) / np.sqrt(2 * math.pi * k)
    return np.where(mean == 0, np.where(k == 0, 1.0, 0.0), np.where(k == 0, np.exp(-mean), inner))


def binomial_mass(k: Any, n: Any, p: Any) -> Any:
    """(n over k) p^k (1 - p)^(n - k) for 0 <= k <= n."""
    k, n, p = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (k, n, p)))
    q, rest = 1 - p, n - k
    logs = stirling_error(n) - stirling_error(k) - stirling_error(rest)
    logs = logs - deviance_part(k, n * p) - deviance_part(rest, n * q)
    inner = np.exp(logs) * np.sqrt(n / (2 * math.pi * k * rest))
    out = np.where(k == 0, np.exp(n * np.log1p(-p)), np.where(rest == 0, p**n, inner))
    certain = np.where(p == 0, k == 0, k == n)
    return np.where((p == 0) | (q == 0), np.where(certain, 1.0, 0.0), out)
