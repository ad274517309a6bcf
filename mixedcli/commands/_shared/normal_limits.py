"""A normal outcome between two limits: its probability, its mean when it is cut off there, its mean when it is censored.

With z = N(mu, sigma^2) and limits a < b (Greene 2018, sections 19.2 and 19.3), A = (a - mu) / sigma, B = (b - mu) / sigma:
P(a < z < b) = Phi(B) - Phi(A); E(z | a < z < b) = mu + sigma (phi(A) - phi(B)) / P; E(z*) where z* is a below a and b
above b.
"""

from __future__ import annotations

import math

import numpy as np

from ...data.storage import is_missing
from ...engine.ordinal import normal_cdf
from ...errors import StataError
from ...expr.evaluate import working_values
from ...formats import g
from ...records import record
from ...syntax.spec import Kind, Option, OptionValues
from ..context import Context
from .predict import present_variables

OPTIONS = (
    Option("pr", "pr", Kind.RAW, "probability of being between two limits"),
    Option("e", "e", Kind.RAW, "expected value between two limits"),
    Option("ystar", "ys", Kind.RAW, "expected value, censored at two limits"),
)
STATISTICS = tuple(option.name for option in OPTIONS)


@record(eq=False)
class Limits:
    """Two limits for each of the rows predicted, shape (n,), infinite where there is none; ``texts`` as typed."""

    low: np.ndarray
    high: np.ndarray
    texts: tuple[str, str]

    def label(self, depvar: str) -> str:
        """``a<y<b``, or with a single limit ``y>a`` or ``y<b``."""
        low, high = self.texts
        if low and high:
            return f"{low}<{depvar}<{high}"
        return f"{depvar}>{low}" if low else f"{depvar}<{high}" if high else f"-inf<{depvar}<+inf"


def read_limits(context: Context, options: OptionValues, statistic: str, used: np.ndarray) -> Limits:
    """The limits that an option such as ``pr(0,x)`` gives: numbers or variables, a missing value for none.

    Raises r(198) unless there are two, r(111) for an unknown variable.
    """
    parts = [part.strip() for part in options[statistic].split(",")]
    if len(parts) != 2 or not all(parts):
        raise StataError(f"option {statistic}() incorrectly specified", 198, options.spans.get(statistic))
    low = bound(context, parts[0], used, -math.inf)
    high = bound(context, parts[1], used, math.inf)
    return Limits(low, high, (shown(parts[0]), shown(parts[1])))


def bound(context: Context, text: str, used: np.ndarray, missing: float) -> np.ndarray:
    """A number, or the values of a variable on the rows ``used``; ``missing`` in place of missing values."""
    count = int(np.count_nonzero(used))
    if text == ".":
        return np.full(count, missing)
    try:
        return np.full(count, float(text))
    except ValueError:
        values = working_values(context.data, present_variables(context, (text,))[0])[used]
    return np.where(is_missing(values), missing, values)


def shown(typed: str) -> str:
    """A limit in the label of a variable; empty for none."""
    if typed == ".":
        return ""
    try:
        return g(float(typed))
    except ValueError:
        return typed


def between(
    statistic: str, depvar: str, mu: np.ndarray, sigma: float | np.ndarray, limits: Limits
) -> tuple[np.ndarray, str]:
    """One of `STATISTICS` for normal outcomes with means ``mu`` (n,) and standard deviations ``sigma`` (one, or (n,)), and
    the label of the new variable."""
    low, high = limits.low, limits.high
    a, b = (low - mu) / sigma, (high - mu) / sigma
    inside = np.where(a > 0, normal_cdf(-a) - normal_cdf(-b), normal_cdf(b) - normal_cdf(a))
    inside = np.where(high > low, inside, np.nan)
    where = limits.label(depvar)
    if statistic == "pr":
        return inside, f"Pr({where})"
    density = [np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) for z in (a, b)]
    within = mu * inside + sigma * (density[0] - density[1])
    if statistic == "e":
        return within / inside, f"E({depvar}|{where})"
    below = np.where(np.isfinite(low), low, 0.0) * normal_cdf(a)
    above = np.where(np.isfinite(high), high, 0.0) * normal_cdf(-b)
    return within + below + above, f"E({depvar}*|{where})"
