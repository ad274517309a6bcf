"""Comparisons of margins: the rows of the table, with p-values and intervals adjusted for their number.

With m comparisons of a term Bonferroni and Sidak use the levels 1 - (1 - c)/m and c^(1/m) for each interval; Scheffe's
method uses the law of the largest of all contrasts, d F(d, df) with d the rank of the comparisons (Miller 1981).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...engine.tails import chi2_tail, f_tail, normal_quantile, t_quantile
from ...errors import NotBuilt, StataError
from ...records import replace
from ...results.coefficients import CoefficientRow
from ...syntax.spec import Kind, Option, OptionValues
from .._linear.common import independent_rows
from .inference import tested_row

MCOMPARE = Option("mcompare", "mcomp", Kind.RAW, "adjust for several comparisons: bonferroni, sidak or scheffe")
SHOWN = (
    Option("effects", "eff", help="show tests and confidence intervals"),
    Option("cieffects", "ci", help="show confidence intervals"),
    Option("pveffects", "pv", help="show tests"),
)
GROUPS = Option("groups", "group", help="show the means with letters; those that share one do not differ")
_METHODS = ("noadjust", "bonferroni", "sidak", "scheffe")


def adjustment_method(options: OptionValues) -> str:
    """The method that mcompare() names; noadjust without it.  Raises r(198) for one that is none."""
    typed = (options["mcompare"] or "noadjust").strip().lower()
    found = next((method for method in _METHODS if typed and method.startswith(typed)), None)
    if found is not None:
        return found
    span = options.spans.get("mcompare")
    if typed in ("tukey", "snk", "duncan", "dunnett") or "adjustall" in typed:
        raise NotBuilt(f"mcompare({typed})", span)
    raise StataError("option mcompare() incorrectly specified", 198, span)


def what_is_shown(options: OptionValues) -> tuple[bool, bool]:
    """Whether intervals and whether tests are shown: intervals alone if nothing is said."""
    ci = options["effects"] or options["cieffects"]
    pv = options["effects"] or options["pveffects"]
    return (ci, pv) if ci or pv else (True, False)


def compared(
    labels: list[str], b: np.ndarray, V: np.ndarray, df: float | None, level: float, method: str
) -> tuple[CoefficientRow, ...]:
    """The rows of one term's comparisons ``b`` (m,) with variance ``V`` (m, m), called ``labels``."""
    m = len(labels)
    rank = int(np.count_nonzero(independent_rows(np.eye(m), V))) if m else 0
    each_level, adjust = _adjusted_level(level, m, method), _adjusted_p(m, method, rank, df)
    rows = []
    for label, value, variance in zip(labels, b.tolist(), np.diag(V).tolist(), strict=True):
        if not variance > 0:
            rows.append(CoefficientRow(label, value, note="(not estimable)"))
            continue
        row = tested_row(label, value, variance, df, each_level)
        row = replace(row, p=adjust(row.statistic, row.p))
        if method == "scheffe":
            half = _scheffe_quantile(level, rank, df) * row.se
            row = replace(row, lo=row.b - half, hi=row.b + half)
        rows.append(row)
    return tuple(rows)


def _adjusted_level(level: float, m: int, method: str) -> float:
    if method == "bonferroni":
        return 100 - (100 - level) / m
    return 100 * (level / 100) ** (1 / m) if method == "sidak" else level


def _adjusted_p(m: int, method: str, rank: int, df: float | None) -> Callable[[float, float], float]:
    if method == "bonferroni":
        return lambda _, p: min(m * p, 1.0)
    if method == "sidak":
        return lambda _, p: -math.expm1(m * math.log1p(-p)) if p < 1 else 1.0
    if method == "scheffe":
        if df is None:
            return lambda z, _: chi2_tail(z * z, rank)
        return lambda t, _: f_tail(t * t / rank, rank, df)
    return lambda _, p: p


def _scheffe_quantile(level: float, rank: int, df: float | None) -> float:
    """c with P(max of all standardized contrasts < c) = level, by bisection on its square."""
    tail = 1 - level / 100

    def excess(square: float) -> float:
        p = chi2_tail(square, rank) if df is None else f_tail(square / rank, rank, df)
        return p - tail

    low = 0.0
    high = (normal_quantile(1 - tail / 2) if df is None else t_quantile(1 - tail / 2, df)) ** 2
    while excess(high) > 0:
        low, high = high, 2 * high
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return math.sqrt(0.5 * (low + high))
