"""Several hypotheses at once: p-values adjusted for their number, and the coefficients that satisfy them all.

Adjustments: Bonferroni min(1, n p), Sidak 1 - (1 - p)^n, Holm (1979) with its p-values kept in order.  The constrained
estimates are those of minimum distance, b - V R' (R V R')^-1 (R b - r) (Greene 2018, section 5.4.1).
"""

from __future__ import annotations

import numpy as np

from ...results.postest import SingleTest
from .common import Coefficients, Constraints, independent_rows, wald_result

METHODS = ("noadjust", "bonferroni", "holm", "sidak")


def separate_tests(
    constraints: Constraints, coefficients: Coefficients, df_r: float | None, method: str
) -> tuple[SingleTest, ...]:
    """The test of each constraint by itself, with p-values adjusted by one of `METHODS`."""
    rows = [Constraints(constraints.R[k : k + 1], constraints.r[k : k + 1]) for k in range(len(constraints.r))]
    tests = [wald_result(row, coefficients, df_r) for row in rows]
    p = adjusted(np.array([test.p for test in tests]), method)
    return tuple(SingleTest(t.statistic, t.df, t.p, float(each)) for t, each in zip(tests, p, strict=True))


def adjusted(p: np.ndarray, method: str) -> np.ndarray:
    """The p-values (n,) adjusted for there being n tests; those that are nan stay so and are not counted."""
    known = ~np.isnan(p)
    n = int(np.count_nonzero(known))
    if method == "bonferroni":
        return np.minimum(n * p, 1.0)
    if method == "sidak":
        return np.asarray(-np.expm1(n * np.log1p(-p)))
    if method == "holm":
        out = p.copy()
        order = np.flatnonzero(known)[np.argsort(p[known], kind="stable")]
        out[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(n, 0, -1)), 1.0)
        return out
    return p


def constrained(constraints: Constraints, coefficients: Coefficients) -> tuple[np.ndarray, np.ndarray]:
    """b (k,) and V (k, k) under the constraints; V is singular in their directions."""
    R = constraints.R[independent_rows(constraints.R, coefficients.V)]
    r = constraints.r[independent_rows(constraints.R, coefficients.V)]
    if not len(R):
        return coefficients.b, coefficients.V
    V = coefficients.V
    gain = np.linalg.solve(R @ V @ R.T, R @ V).T
    b = coefficients.b - gain @ (coefficients.combined(R) - r)
    reduced = V - gain @ R @ V
    # what the constraints fix has no variance, but for rounding
    reduced[np.abs(reduced) < 1e-12 * np.sqrt(np.outer(np.diag(V), np.diag(V)))] = 0.0
    return b, reduced
