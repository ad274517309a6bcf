"""The conditional distribution of an outcome given its linear predictor: mean, density, distribution function.

Densities come from the classes that the fit uses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ...engine import glm_cdf
from ...engine.normal_average import over_normal
from ...engine.ordinal import normal_cdf
from ...errors import StataError
from ...expr.evaluate import working_values
from .._ml.predict import probability
from .model import MeModel
from .response import trials_of

if TYPE_CHECKING:
    from ...engine.response.base import Response
    from ..context import Context

Values = np.ndarray


# ---- means -------------------------------------------------------------------------------------------------------


def mean(model: MeModel, context: Context, touse: Values) -> Callable[[Values], Values]:
    """The mean response of the rows of ``touse`` as a function of their linear predictor.

    Of a binary outcome that is its probability, of a binomial one the number of successes.
    """
    family = model.plan.family
    if family.name in ("bernoulli", "binomial"):
        trials = trials_of(model.plan, context.data)[touse] if family.name == "binomial" else 1.0
        return lambda eta: trials * probability(family.link, eta)
    if family.name == "gaussian" and family.link == "identity":
        return lambda eta: eta
    return np.exp


def log_linear(model: MeModel) -> bool:
    """True if the mean is exp(eta), whose average over normal effects is exp(eta + variance / 2)."""
    family = model.plan.family
    return family.link == "log" and family.name in ("poisson", "nbinomial", "gamma", "gaussian")


def marginal_mean(model: MeModel, context: Context, touse: Values, eta: Values, variance: Values) -> Values:
    """The mean response over the distribution of the random effects."""
    if log_linear(model):
        return np.exp(eta + 0.5 * variance)
    return over_normal(mean(model, context, touse), eta, np.sqrt(variance))


# ---- ordered outcomes --------------------------------------------------------------------------------------------


def outcome_probability(model: MeModel, k: int) -> Callable[[Values], Values]:
    """The probability of outcome k (from 0): F(cut_k - eta) - F(cut_(k-1) - eta).

    Under the complementary log-log link F(x) = 1 - exp(-exp(x)).
    """
    cuts = np.concatenate([[-np.inf], model.fit.extra, [np.inf]])
    link = model.plan.family.link

    def between(eta: Values) -> Values:
        with np.errstate(over="ignore"):
            return probability(link, cuts[k + 1] - eta) - probability(link, cuts[k] - eta)

    return between


# ---- densities ---------------------------------------------------------------------------------------------------


def response_on(model: MeModel, context: Context, touse: Values) -> Response:
    """The conditional density of the outcomes in the rows of ``touse``."""
    plan, data = model.plan, context.data
    family = plan.family
    y = working_values(data, plan.depvar)[touse]
    if family.name == "ordinal":
        from ...engine.response.ordinal import ordinal

        return ordinal(ordinal_codes(model, y), len(model.outcomes), family.link)
    if family.name in ("bernoulli", "binomial"):
        from ...engine.response.bernoulli import bernoulli

        if family.name == "bernoulli":
            return bernoulli((y != 0).astype(float), family.link)
        return bernoulli(y, family.link, trials_of(plan, data)[touse])
    if family.name == "poisson":
        from ...engine.response.poisson import poisson

        return poisson(y)
    if family.name == "nbinomial":
        from ...engine.response.nbinomial import nbinomial

        return nbinomial(y, family.dispersion)
    if family.name == "gamma":
        from ...engine.response.gamma import gamma

        return gamma(y)
    from ...engine.response.gaussian import gaussian

    return gaussian(y, family.link)


def ordinal_codes(model: MeModel, y: Values) -> Values:
    """Which outcome each value is, from 0.  Raises r(459) for a value that the fit has not seen."""
    values = np.array(model.outcomes)
    codes = np.minimum(np.searchsorted(values, y), len(values) - 1)
    if not np.array_equal(values[codes], y):
        raise StataError(f"{model.plan.depvar} has values that were not in the estimation sample", 459)
    return codes


def density(model: MeModel, context: Context, touse: Values) -> Callable[[Values], Values]:
    """The density of each row's outcome as a function of its linear predictor."""
    response = response_on(model, context, touse)
    return lambda eta: np.exp(response.derivatives(eta, model.fit.extra, 0)[0])


def distribution(model: MeModel, context: Context, touse: Values) -> Callable[[Values], Values]:
    """The probability of an outcome no larger than each row's, as a function of its linear predictor."""
    plan = model.plan
    family, extra = plan.family, model.fit.extra
    y = working_values(context.data, plan.depvar)[touse]
    if family.name == "ordinal":
        codes, cuts = ordinal_codes(model, y), np.append(extra, np.inf)
        return lambda eta: probability(family.link, cuts[codes] - eta)
    if family.name == "bernoulli":
        return lambda eta: np.where(y != 0, 1.0, 1.0 - probability(family.link, eta))
    if family.name == "binomial":
        trials = trials_of(plan, context.data)[touse]
        return lambda eta: glm_cdf.binomial_cdf(y, trials, probability(family.link, eta))
    if family.name == "poisson":
        return lambda eta: glm_cdf.poisson_cdf(y, np.exp(eta))
    scale, centre = float(np.exp(extra[-1])), mean(model, context, touse)
    if family.name == "nbinomial" and family.dispersion == "mean":
        return lambda eta: glm_cdf.negative_binomial_cdf(y, 1 / scale, 1 / (1 + scale * np.exp(eta)))
    if family.name == "nbinomial":
        return lambda eta: glm_cdf.negative_binomial_cdf(y, np.exp(eta) / scale, 1 / (1 + scale))
    if family.name == "gamma":
        return lambda eta: glm_cdf.gamma_cdf(y, np.exp(eta), scale)
    return lambda eta: normal_cdf((y - centre(eta)) / scale)
