"""centile: percentiles of any order, with confidence intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import numeric
from ..data.storage import is_missing, is_numeric
from ..errors import StataError
from ..formats import abbreviate, g
from ..records import record
from ..results.base import Result, Stored
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._shared.moments import moments
from ._shared.tables import chosen_columns, chosen_rows, page, refuse, result_line
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Line, Style
    from .context import Context

OPTIONS = (
    Option("centile", "c", Kind.NUMLIST, help="the percentiles; default 50"),
    Option("cci", "cc", help="conservative limits: values in the data, with at least the nominal coverage"),
    Option("normal", "n", help="limits from the normal distribution of a percentile"),
    Option("meansd", "m", help="percentiles and limits of a normal distribution with the mean and sd of the data"),
    Option("level", "l", Kind.REAL, low=10, high=99.99, help="confidence level"),
)
METHODS = {
    "": "-- Binom. Interp. --", "cci": "-- Binomial Exact --", "normal": "-- Normal, based on observed centiles --",
    "meansd": "-- Normal, based on mean and std. dev.--",
}


@record
class Centile:
    """One percentile and its limits; ``at_end``: the limit is the smallest or largest value, so coverage is less."""

    percent: float
    value: float
    lo: float
    hi: float
    at_end: bool = False


@record
class VariableCentiles:
    name: str
    N: int
    centiles: tuple[Centile, ...]


@record
class Centiles(Result):
    """``method``: "", ``cci``, ``normal`` or ``meansd``."""

    schema: ClassVar[str] = "centile"

    variables: tuple[VariableCentiles, ...]
    level: float
    method: str = ""

    def stored(self) -> Stored:
        """r(N), r(n_cent), r(c_1), r(lb_1), r(ub_1), ... of the last variable."""
        if not self.variables:
            return Stored("r")
        last = self.variables[-1]
        scalars = {"N": float(last.N), "n_cent": float(len(last.centiles))}
        for k, one in enumerate(last.centiles, start=1):
            scalars |= {f"c_{k}": one.value, f"lb_{k}": one.lo, f"ub_{k}": one.hi}
        macros = {"centiles": " ".join(g(one.percent) for one in last.centiles)}
        return Stored("r", scalars=scalars, macros=macros)


@command("centile", shortest="cen", options=OPTIONS, by="loop")
def centile(context: Context, statement: Statement) -> Centiles:
    """centile [varlist] [if] [in] [, centile(numlist) cci normal meansd level(#)]: percentiles with confidence
    intervals."""
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    method = _method(options)
    percents = options["centile"] or (50.0,)
    if not all(0 < p < 100 for p in percents):
        raise StataError("centiles must be between 0 and 100", 198, options.spans.get("centile"))
    level = options["level"] or context.settings.level
    rows = chosen_rows(context, statement)
    found = []
    for column in chosen_columns(context, statement):
        if not is_numeric(column.storage):
            continue
        values = numeric(column)[rows]
        values = np.sort(values[~is_missing(values)])
        centiles = tuple(centile_of(values, p, level, method) for p in percents) if values.size else ()
        found.append(VariableCentiles(column.name, len(values), centiles))
    return Centiles(tuple(found), level, method)


def _method(options: OptionValues) -> str:
    asked = [name for name in ("cci", "normal", "meansd") if options[name]]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198, options.spans[asked[1]])
    return asked[0] if asked else ""


# ---- numbers -------------------------------------------------------------------------------------------------


def at_rank(ordered: np.ndarray, rank: float) -> float:
    """The value at a rank (1 .. n, maybe between two) of ascending values; the ends beyond."""
    rank = min(max(rank, 1.0), float(len(ordered)))
    below = int(rank)
    value = float(ordered[below - 1])
    return value if below == len(ordered) else value + (rank - below) * (float(ordered[below]) - value)


def centile_of(ordered: np.ndarray, percent: float, level: float, method: str) -> Centile:
    """A percentile of ascending values (n,): the value at rank (n + 1) percent / 100, with limits by ``method``.

    Limits follow [R] centile, Methods and formulas.
    """
    n, q = len(ordered), percent / 100
    alpha = (1 - level / 100) / 2
    value = at_rank(ordered, (n + 1) * q)
    if method == "meansd":
        return _of_normal(ordered, percent, level)
    if method == "normal":
        half = _normal_half_width(ordered, q, value, level)
        return Centile(percent, value, value - half, value + half)
    cumulative = _binomial(n, q)
    low, high = _ranks(cumulative, alpha, exact=method == "cci")
    at_end = low < 1 or high > n
    return Centile(percent, value, at_rank(ordered, low), at_rank(ordered, high), at_end)


def _binomial(n: int, q: float) -> np.ndarray:
    """P(B <= k) for k = 0 .. n, B binomial(n, q); shape (n + 1,)."""
    k = np.arange(n + 1)
    logs = np.array([math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(n + 1)])
    return np.cumsum(np.exp(logs + k * math.log(q) + (n - k) * math.log1p(-q)))


def _ranks(cumulative: np.ndarray, alpha: float, exact: bool) -> tuple[float, float]:
    """The ranks of the limits.  The r-th smallest value is above the percentile with probability P(B <= r - 1).

    ``exact`` keeps whole ranks with at most ``alpha`` in each tail; otherwise a rank between them has exactly alpha.
    0 and n + 1 stand for limits beyond the data.
    """
    n = len(cumulative) - 1
    low = int(np.searchsorted(cumulative, alpha, side="right"))       # P(B <= low - 1) <= alpha < P(B <= low)
    upper = 1 - cumulative                                            # P(B > k) = P(B >= k + 1)
    high = int(np.argmax(upper <= alpha)) + 1                         # P(B >= high) <= alpha < P(B >= high - 1)
    if exact:
        return float(low), float(high)
    before = cumulative[low - 1] if low else 0.0
    lower_rank = low + (alpha - before) / (cumulative[low] - before)
    after, step = upper[high - 1], upper[high - 2] - upper[high - 1] if high > 1 else 1.0
    upper_rank = high - (alpha - after) / step
    return (lower_rank if low else 0.0), (upper_rank if high <= n else n + 1.0)


def _normal_half_width(ordered: np.ndarray, q: float, value: float, level: float) -> float:
    """The half width from the asymptotic law of a percentile, its density taken from a normal distribution."""
    from ..engine.tails import normal_density, normal_quantile

    found = moments(ordered, None, False)
    if not found.sd > 0:
        return math.nan
    density = normal_density((value - found.mean) / found.sd) / found.sd
    return normal_quantile(0.5 + level / 200) * math.sqrt(q * (1 - q) / found.N) / density


def _of_normal(ordered: np.ndarray, percent: float, level: float) -> Centile:
    from ..engine.tails import normal_quantile

    found = moments(ordered, None, False)
    z = normal_quantile(percent / 100)
    value = found.mean + z * found.sd
    se = found.sd * math.sqrt(1 / found.N + z * z / (2 * (found.N - 1))) if found.N > 1 else math.nan
    half = normal_quantile(0.5 + level / 200) * se
    return Centile(percent, value, value - half, value + half)


# ---- layout --------------------------------------------------------------------------------------------------


@layout(Centiles)
def lay_out(result: Centiles, style: Style) -> Document:
    words = "conf. interval" if style.version >= 17 else "Conf. Interval"
    interval = f"[{result.level:g}% {words}]"
    lines: list[str | Line] = [
        "", f"{METHODS[result.method]:>75}".rstrip(),
        f"{'Variable':>12} |{'Obs':>10}{'Percentile':>12}{'Centile':>11}{interval:>28}",
        "-" * 13 + "+" + "-" * 61,
    ]
    short = False
    for one in result.variables:
        count = f"{one.N:,d}" if style.version >= 14 else str(one.N)
        stub = f"{abbreviate(one.name, 12):>12} |{count:>10}"
        for each in one.centiles:
            mark = "*" if each.at_end else ""
            short |= each.at_end
            limits = f"{g(each.lo):>16}{g(each.hi):>12}{mark}"
            lines.append(result_line(stub, f"{g(each.percent):>12}{g(each.value):>12}{limits}"))
            stub = " " * 12 + " |" + " " * 10
        if not one.centiles:
            lines.append(stub)
    if short:
        lines += ["", "* Lower (upper) confidence limit held at minimum (maximum) of sample"]
    return page(lines)
