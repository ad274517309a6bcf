"""metobit and meintreg: what is known of each outcome, and how many are of each kind."""

from __future__ import annotations

import math

import numpy as np

from ...data.dataset import Dataset
from ...data.storage import is_missing
from ...design.varlist import expand_names
from ...engine.response.censored import censored
from ...errors import StataError
from ...expr.evaluate import working_values
from ...formats import g
from ...results.ml import Censoring
from ...syntax.tree import NamePattern
from .._ml.censored import count_rows, intervals
from .._ml.model import MlData
from .plan import MePlan
from .response import Outcome
from .units import Units


def tobit_outcome(plan: MePlan, data: MlData, dataset: Dataset) -> Outcome:
    """An outcome not seen below ll() or above ul().

    Raises r(198) for limits that are neither numbers nor variables, r(2000) where all is censored.
    """
    y = data.y[:, 0]
    lower, low_name = _limit(plan, data, dataset, "ll", float(y.min()), "-inf")
    upper, high_name = _limit(plan, data, dataset, "ul", float(y.max()), "+inf")
    left, right = y <= lower, y >= upper
    if (lower >= upper).any():
        raise StataError("ll() must be less than ul()", 198, plan.options.spans.get("ll"))
    if (left | right).all():
        raise StataError("no uncensored observations", 2000)
    low = np.where(left, -np.inf, np.where(right, upper, y))
    high = np.where(right, np.inf, np.where(left, lower, y))
    censoring = Censoring(
        count_rows(data, ~(left | right)), count_rows(data, left), count_rows(data, right), lower=low_name,
        upper=high_name,
    )
    return _outcome(low, high, censoring)


def _outcome(low: np.ndarray, high: np.ndarray, censoring: Censoring) -> Outcome:
    units = Units(lambda s: censored(low / s, high / s), low == high)
    return Outcome(censored(low, high), ("lnsigma",), censoring=censoring, units=units)


def _limit(
    plan: MePlan, data: MlData, dataset: Dataset, name: str, extreme: float, none: str
) -> tuple[np.ndarray, str]:
    """The limit of every used row and how the header shows it: a number, a variable, or the extreme outcome.

    A missing value of the variable means no limit there.
    """
    typed = plan.options[name]
    rows = np.ones(int(data.mask.sum()))
    infinite = float(none.replace("+", ""))
    if typed is None:
        return rows * infinite, none
    if typed is True or not typed.strip():
        return rows * extreme, g(extreme)
    try:
        limit = float(typed)
        if math.isfinite(limit):  # "nan" and "inf" are names of variables, if anything
            return rows * limit, g(limit)
        raise ValueError
    except ValueError:
        variable = expand_names((NamePattern(typed.strip(), plan.options.spans.get(name) or (0, 0)),), dataset)[0]
        values = working_values(dataset, variable)[data.mask]
        return np.where(is_missing(values), infinite, values), variable


def interval_outcome(data: MlData) -> Outcome:
    """An outcome between two variables.  Raises r(498) where an interval ends before it begins."""
    low, high, censoring = intervals(data)
    return _outcome(low, high, censoring)
