"""The outcomes of a generalized mixed model as the engine wants them, with the checks that Stata makes of them."""

from __future__ import annotations

import numpy as np

from ...data.dataset import Dataset
from ...engine.response.base import Startable
from ...errors import StataError
from ...expr.evaluate import working_values
from ...records import record
from ...results.me import Survival
from ...results.ml import Censoring
from .._ml.fits import checked_counts, remarks
from .._ml.model import MlData
from .._ml.separation import outcomes_vary, without_perfect_predictors
from .families import is_number
from .plan import MePlan
from .units import Units

_MOST_CATEGORIES = 50


@record(eq=False)
class Outcome:
    """The conditional density and what is told of the outcomes.

    ``outcomes``: the values of an ordinal variable.  ``extra``: the names of the parameters beside the coefficients.
    ``units``: of a normal outcome.
    """

    response: Startable
    extra: tuple[str, ...] = ()
    outcomes: tuple[float, ...] = ()
    censoring: Censoring | None = None
    survival: Survival | None = None
    units: Units | None = None
    remarks: tuple[str, ...] = ()


def checked(plan: MePlan, data: MlData, dataset: Dataset) -> MlData:
    """``data`` without what perfectly predicts a binary outcome, unless ``asis``.

    Raises r(2000) for a binary outcome that does not vary, or that a covariate predicts completely, r(198) for ``asis``
    with other outcomes.
    """
    if not plan.family.binary:
        if plan.fixed.get("asis"):
            raise StataError(f"option asis not allowed with family {plan.family.name}", 198, plan.fixed.spans.get("asis"))
        return data
    return outcomes_vary(data) if plan.fixed.get("asis") else without_perfect_predictors(data, dataset)


def make_outcome(plan: MePlan, data: MlData, dataset: Dataset) -> Outcome:
    """The density of ``data``'s outcomes.

    Raises r(459) for counts below zero, successes above the trials and values outside a family's range, r(498) for
    counts that are all zero, r(148) and r(149) for too few and too many categories.
    """
    family = plan.family
    if family.name == "ordinal":
        return _ordinal(plan, data)
    if family.name in ("tobit", "interval"):
        from .censored import interval_outcome, tobit_outcome

        return tobit_outcome(plan, data, dataset) if family.name == "tobit" else interval_outcome(data)
    if family.name == "survival":
        from .survival import survival_outcome

        return survival_outcome(plan, data, dataset)
    if family.counts:
        y = checked_counts(data)
        return Outcome(_count(plan, y), family.extra, remarks=remarks(data))
    if family.name in ("bernoulli", "binomial"):
        return Outcome(_binary(plan, data, dataset))
    return _continuous(plan, data)


def _count(plan: MePlan, y: np.ndarray) -> Startable:
    if plan.family.name == "poisson":
        from ...engine.response.poisson import poisson

        return poisson(y)
    from ...engine.response.nbinomial import nbinomial

    return nbinomial(y, plan.family.dispersion)


def _binary(plan: MePlan, data: MlData, dataset: Dataset) -> Startable:
    from ...engine.response.bernoulli import bernoulli

    y = data.y[:, 0]
    if plan.family.name == "bernoulli":
        return bernoulli((y != 0).astype(float), plan.family.link)
    trials = trials_of(plan, dataset)[data.mask]
    name = plan.depvar
    if (y < 0).any():
        raise StataError(f"{name} must be greater than or equal to zero", 459)
    if (y > trials).any():
        raise StataError(f"{name} must be less than or equal to {plan.family.trials}", 459)
    if (trials <= 0).any():
        raise StataError(f"{plan.family.trials} must be greater than zero", 459)
    for each, values in ((name, y), (plan.family.trials, trials)):
        if not np.array_equal(values, np.trunc(values)):
            raise StataError(f"{each} has noninteger values", 459)
    return bernoulli(y, plan.family.link, trials)


def trials_of(plan: MePlan, dataset: Dataset) -> np.ndarray:
    """The trials of binomial() in every row of the data: shape (n,)."""
    typed = plan.family.trials
    if is_number(typed):
        return np.full(dataset.n, float(typed))
    return np.asarray(working_values(dataset, typed), dtype=float)


def _continuous(plan: MePlan, data: MlData) -> Outcome:
    y, family = data.y[:, 0], plan.family
    if len(y) > 1 and np.all(y == y[0]):
        raise StataError("outcome does not vary", 2000)
    if family.name == "gaussian":
        from ...engine.response.gaussian import gaussian

        identity = family.link == "identity"
        units = Units(lambda s: gaussian(y / s), np.ones(len(y), dtype=bool)) if identity else None
        return Outcome(gaussian(y, family.link), family.extra, units=units)
    if (y <= 0).any():
        raise StataError(f"{plan.depvar} must be greater than zero", 459)
    from ...engine.response.gamma import gamma

    return Outcome(gamma(y), family.extra)


def _ordinal(plan: MePlan, data: MlData) -> Outcome:
    from ...engine.response.ordinal import ordinal

    values, codes = np.unique(data.y[:, 0], return_inverse=True)
    if len(values) < 2:
        raise StataError("too few categories", 148)
    if len(values) > _MOST_CATEGORIES:
        raise StataError("too many categories", 149)
    names = tuple(f"cut{k + 1}" for k in range(len(values) - 1))
    response = ordinal(codes.reshape(-1), len(values), plan.family.link)
    return Outcome(response, names, tuple(values.tolist()))
