"""The random part of generalized mixed models as named rows of tables: ``district`` -> ``var(_cons)``."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ...engine.tails import normal_quantile
from ...results.coefficients import CoefficientRow
from ...results.esttab import row_key
from ...results.me import MeResult
from ...results.me_names import random_name
from ...results.mixed import RandomParameter
from ...results.xtme import XtmeResult

Rows = Mapping[str, CoefficientRow]


def with_random_part(result: object, rows: Rows) -> dict[str, CoefficientRow]:
    """``rows``, keyed as in e(b), with the random part as displayed; other results are left as they are.

    The test of ln sd = 0 says nothing about a standard deviation, so those rows have none.
    """
    if isinstance(result, XtmeResult):
        return _older(result, rows)
    return _newer(result, rows) if isinstance(result, MeResult) else dict(rows)


def _older(result: XtmeResult, rows: Rows) -> dict[str, CoefficientRow]:
    raw = {row_key(name.equation, name.name) for name in result.names[len(result.fixed_names):]}
    out = {key: row for key, row in rows.items() if key not in raw}
    metric = result.options.metric
    for equation in result.equations:
        for parameter in equation.parameters:
            name = _name(parameter, metric)
            found = parameter.sd if metric == "sd" else parameter.var
            row = CoefficientRow(name, found.value, found.se, lo=found.lo, hi=found.hi, tested=False)
            out[row_key(equation.level, name)] = row
    return out


def _name(parameter: RandomParameter, metric: str) -> str:
    word = metric if parameter.kind == "sd" else {"sd": "corr", "var": "cov"}[metric]
    return f"{word}({','.join(parameter.columns)})"


def _newer(result: MeResult, rows: Rows) -> dict[str, CoefficientRow]:
    """Variances have intervals on the log scale and no test; covariances are as in e(b)."""
    z = normal_quantile(0.5 + result.level / 200)
    out: dict[str, CoefficientRow] = {}
    for name in result.names:
        key = row_key(name.equation, name.name)
        found = random_name(name)
        if key not in rows or found is None:
            out |= {key: rows[key]} if key in rows else {}
            continue
        row = rows[key]
        tested = found[1].startswith("cov")
        lo, hi = (row.lo, row.hi) if tested else _log_interval(row, z)
        out[row_key(*found)] = CoefficientRow(
            found[1], row.b, row.se, *((row.statistic, row.p) if tested else (math.nan, math.nan)), lo, hi, tested=tested
        )
    return out


def _log_interval(row: CoefficientRow, z: float) -> tuple[float, float]:
    if not (row.b > 0 and row.se > 0):
        return math.nan, math.nan
    half = z * row.se / row.b
    return row.b * math.exp(-half), row.b * math.exp(half) if half < 700 else math.inf
