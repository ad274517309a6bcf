"""One coefficient and what is inferred about it: the test that it is zero, and the confidence interval."""

from __future__ import annotations

import math

from ...engine.tails import normal_quantile, normal_two_sided, t_quantile, t_two_sided
from ...records import replace
from ...results.coefficients import CoefficientRow
from ...results.stripe import Term


def tested_row(term: Term | str, b: float, variance: float, df: float | None, level: float) -> CoefficientRow:
    """The row of a coefficient with a positive variance: normal inference, or t with ``df`` degrees of freedom.

    ``level``: confidence level in percent.
    """
    se = math.sqrt(variance)
    statistic = b / se
    upper = 0.5 + level / 200
    if df is None:
        p, z = normal_two_sided(statistic), normal_quantile(upper)
    else:
        p, z = t_two_sided(statistic, df), t_quantile(upper, df)
    return CoefficientRow(term, b, se, statistic, p, b - z * se, b + z * se)


def exponentiated(row: CoefficientRow) -> CoefficientRow:
    """exp(b), its standard error by the delta method, and the ends of the interval exponentiated."""
    value = _exp(row.b)
    return replace(row, b=value, se=value * row.se, lo=_exp(row.lo), hi=_exp(row.hi))


def _exp(x: float) -> float:
    """exp, missing where it is larger than a double."""
    return math.exp(x) if x < 709.0 else math.nan
