"""tobit and intreg: what is known of each outcome, and how many are of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.storage import is_missing
from ...errors import NotBuilt, StataError
from ...formats import g
from ...results.ml import Censoring
from ...syntax.spec import OptionValues
from .fits import Fitted, fit_censored
from .model import MlData

if TYPE_CHECKING:
    from .common import Step


def fit_tobit(data: MlData, options: OptionValues, modern: bool) -> Step:
    """Raises r(198) without a limit (up to version 14), r(2000) where all is censored."""
    y = data.y[:, 0]
    lower = _limit(options, "ll", float(y.min()))
    upper = _limit(options, "ul", float(y.max()))
    if lower is None and upper is None and not modern:
        raise StataError("must specify ll() or ul()", 198)
    left = y <= lower if lower is not None else np.zeros(len(y), dtype=bool)
    right = y >= upper if upper is not None else np.zeros(len(y), dtype=bool)
    if lower is not None and upper is not None and lower >= upper:
        raise StataError("ll() must be less than ul()", 198, options.spans.get("ll"))
    if (left | right).all():
        raise StataError("no uncensored observations", 2000)
    low = np.where(left, -np.inf, np.where(right, y if upper is None else upper, y))
    high = np.where(right, np.inf, np.where(left, y if lower is None else lower, y))
    fitted = fit_censored(data, low, high, options["iterate"], "tobit", modern)
    censoring = Censoring(
        count_rows(data, ~(left | right)), count_rows(data, left), count_rows(data, right),
        lower="-inf" if lower is None else g(lower), upper="+inf" if upper is None else g(upper),
    )
    return data, fitted, {"censoring": censoring}


def _limit(options: OptionValues, name: str, extreme: float) -> float | None:
    """The limit asked for: a number, the smallest or largest value, or None."""
    typed = options[name]
    if typed is None:
        return None
    if typed is True or not typed.strip():
        return extreme
    try:
        return float(typed)
    except ValueError:
        raise NotBuilt(f"{name}() with a variable", options.spans.get(name)) from None


def fit_intreg(data: MlData, options: OptionValues, modern: bool) -> Step:
    """Raises r(498) where an interval ends before it begins."""
    low, high, counts = intervals(data)
    fitted: Fitted = fit_censored(data, low, high, options["iterate"], "intreg", modern)
    return data, fitted, {"censoring": counts}


def intervals(data: MlData) -> tuple[np.ndarray, np.ndarray, Censoring]:
    """The ends of each outcome's interval, infinite where they are missing, and how many are of each kind.

    Raises r(498) where an interval ends before it begins.
    """
    missing = is_missing(data.y)
    low = np.where(missing[:, 0], -np.inf, data.y[:, 0])
    high = np.where(missing[:, 1], np.inf, data.y[:, 1])
    if (low > high).any():
        raise StataError(f"{data.depvars[0]} is greater than {data.depvars[1]} in some observations", 498)
    left, right, exact = np.isinf(low), np.isinf(high), low == high
    between = ~(left | right | exact)
    counts = [count_rows(data, kind) for kind in (exact, left, right, between)]
    return low, high, Censoring(counts[0], counts[1], counts[2], counts[3])


def count_rows(data: MlData, rows: np.ndarray) -> int:
    """How many of ``rows`` (bool, (n_used,)) there are; frequencies count."""
    return int(data.counts[rows].sum())
