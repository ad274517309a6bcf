"""What ``predict`` gives after mestreg: means and medians of the survival time, hazards and survivor functions.

With S the survivor function of the fit's family ([ME] mestreg; Kalbfleisch and Prentice 2002, chapter 2): Weibull times
have S = exp(-exp(eta) t^p) in the proportional-hazards form and exp(-(t exp(-eta))^p) in the accelerated one.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...data.storage import is_missing
from ...engine.glm_cdf import gamma_median
from ...engine.response.survival import survival
from ...expr.evaluate import working_values
from .._shared.predict import present_variables
from ..context import Context
from .families import Family
from .model import MeModel

Values = np.ndarray
LABELS = {
    "mean": "mean survival time", "median": "median survival time", "hazard": "hazard", "surv": "S(t)",
    "density": "density", "distribution": "F(t)",
}


def statistic(name: str, model: MeModel, context: Context, touse: Values) -> Callable[[Values], Values]:
    """One of `LABELS` on the rows of ``touse`` as a function of the linear predictor."""
    family, extra = model.plan.family, model.fit.extra
    if name == "mean":
        return _mean(family, extra)
    if name == "median":
        return _median(family, extra)
    time = np.array(working_values(context.data, *present_variables(context, ("_t",)))[touse], dtype=float)
    time[is_missing(time)] = np.nan

    def log_density(eta: Values, failed: float) -> Values:
        found = survival(family.distribution, time, np.full(len(time), failed), None, family.aft)
        return np.asarray(found.derivatives(eta, extra, 0)[0])

    return {
        "surv": lambda eta: np.exp(log_density(eta, 0.0)),
        "distribution": lambda eta: -np.expm1(log_density(eta, 0.0)),
        "density": lambda eta: np.exp(log_density(eta, 1.0)),
        "hazard": lambda eta: np.exp(log_density(eta, 1.0) - log_density(eta, 0.0)),
    }[name]


def _scaled(family: Family, extra: Values) -> tuple[float, float]:
    """(slope, p): ln t is slope * eta plus a part whose distribution does not depend on eta; p the Weibull's shape."""
    p = math.exp(float(extra[0])) if family.distribution == "weibull" else 1.0
    return (1.0 if family.aft else -1.0 / p), p


def _mean(family: Family, extra: Values) -> Callable[[Values], Values]:
    slope, p = _scaled(family, extra)
    s = math.exp(float(extra[0])) if len(extra) else 1.0
    factor = {
        "lognormal": lambda: math.exp(0.5 * s * s),
        "loglogistic": lambda: math.pi * s / math.sin(math.pi * s) if s < 1 else math.nan,
        "gamma": lambda: 1.0,
    }.get(family.distribution, lambda: math.gamma(1 + 1 / p))()
    return lambda eta: factor * np.exp(slope * eta)


def _median(family: Family, extra: Values) -> Callable[[Values], Values]:
    slope, p = _scaled(family, extra)
    if family.distribution in ("exponential", "weibull"):
        factor = math.log(2) ** (1 / p)
    elif family.distribution == "gamma":
        factor = gamma_median(math.exp(float(extra[0])))
    else:
        factor = 1.0
    return lambda eta: factor * np.exp(slope * eta)


def reach(family: Family, extra: Values, largest_sd: float) -> float:
    """How much wider the nodes of an average over the random effects must lie for a mean of exp(slope eta)."""
    return abs(_scaled(family, extra)[0]) * largest_sd
