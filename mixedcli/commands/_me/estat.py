"""estat after the generalized mixed models: intraclass correlations and the random part in another metric.

The latent response of a binary or ordered outcome has a residual variance of its own: pi^2/3 under the logit link (the
logistic distribution), 1 under the probit, pi^2/6 under the complementary log-log (the Gumbel distribution).
"""

from __future__ import annotations

import math

import numpy as np

from ...engine.tails import normal_quantile
from ...errors import StataError
from ...results.mixed import Estimate, MixedOptions
from ...results.stripe import CONSTANT
from ...results.xtme import XtmeResult
from .model import MeModel

_LATENT = {"logit": math.pi**2 / 3, "probit": 1.0, "cloglog": math.pi**2 / 6}
_CHOICES = ("bernoulli", "binomial", "ordinal")


def intraclass(model: MeModel, above: set[str], level: float) -> Estimate:
    """Variance of the intercepts at the levels ``above`` over the total variance, with a logit interval.

    With variances v_j = exp(2 t_j), rho = A / T, d rho / d t_j = 2 v_j ([j in A] T - A) / T^2 (delta method).  Raises
    r(321) for outcomes whose residual variance depends on the mean.
    """
    places, members = _intercepts(model, above)
    fixed, residual = _residual(model)
    if residual is not None:
        places, members = [*places, residual], [*members, False]
    theta = model.fit.theta
    variances = np.exp(2 * np.minimum(theta[places], 300.0))
    total, part = float(variances.sum()) + fixed, float(variances[np.array(members, dtype=bool)].sum())
    rho = part / total
    gradient = np.zeros(len(theta))
    np.add.at(gradient, places, 2 * variances * (np.array(members) * total - part) / total**2)
    variance = float(gradient @ model.V @ gradient)
    if not (0 < rho < 1 and variance > 0):          # at the boundary there is no standard error
        return Estimate(rho)
    se = math.sqrt(variance)
    centre = math.log(rho / (1 - rho))
    half = normal_quantile(0.5 + level / 200) * se / (rho * (1 - rho))
    return Estimate(rho, se, _logistic(centre - half), _logistic(centre + half))


def _intercepts(model: MeModel, above: set[str]) -> tuple[list[int], list[bool]]:
    """Where theta has the ln sd of each random intercept, and whether it belongs to the levels ``above``."""
    if any(part.factor for part in model.random):
        raise StataError("estat icc is not available for crossed-effects models", 321)
    places, members = [], []
    at = len(model.fit.beta) + len(model.fit.extra)
    for part, pairs in zip(model.random, model.fit.theta_pairs, strict=True):
        if CONSTANT in part.terms:
            k = part.terms.index(CONSTANT)
            places.append(at + (pairs.index((k, k)) if (k, k) in pairs else 0))
            members.append(part.level in above)
        at += len(pairs)
    return places, members


def _residual(model: MeModel) -> tuple[float, int | None]:
    """The residual variance that the link fixes (0 if none), or where theta has its ln sd."""
    family = model.plan.family
    if family.name in _CHOICES:
        return _LATENT[family.link], None
    if family.scaled and family.link == "identity":
        return 0.0, len(model.fit.beta) + len(model.fit.extra) - 1
    raise StataError("requested action not valid after most recent estimation command", 321)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def random_part(model: MeModel, metric: str, level: float) -> XtmeResult:
    """The random part in standard deviations and correlations (``sd``) or variances and covariances (``var``)."""
    from .._xtme.result import make_result

    return make_result(model, MixedOptions(metric=metric, nolog=True), level, "")
