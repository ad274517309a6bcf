"""Normal outcomes are fitted in units of their residual: the search then does not depend on whether incomes are given
in cents or in millions.  What it finds is converted back.

In units of s the outcome is y/s, so that coefficients and standard deviations are divided by s, and every outcome that
is known exactly has a density larger by the factor s.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...engine.glmm import GlmmFit, fit_glmm
from ...engine.model import RandomEquation
from ...engine.response.base import Startable
from ...engine.structure import parameter_pairs
from ...records import record, replace
from .._ml.model import MlData

_USUAL = math.log(5.0)                # outcomes with residuals between 1/5 and 5 stay as they are


@record(eq=False)
class Units:
    """How an outcome is written in other units.

    ``divided(s)``: the response of y/s.  ``exact`` (n_used,): which outcomes are known exactly.
    """

    divided: Callable[[float], Startable]
    exact: np.ndarray


def unit_of(response: Startable, data: MlData) -> float:
    """A power of two near the residual's standard deviation, by least squares; one where that is near one."""
    size = float(response.starting_values(data.design.X, data.offset, data.weights)[-1])
    if not math.isfinite(size) or abs(size) <= _USUAL:
        return 1.0
    return 2.0 ** round(size / math.log(2.0))


def fit_in_units(
    units: Units, unit: float, data: MlData, equations: list[RandomEquation], **settings: Any
) -> GlmmFit:
    """`fit_glmm` on the outcome over ``unit``, in the outcome's own units; ``settings``: its other arguments.

    `posterior` of this fit gives random effects over ``unit``.
    """
    if settings.get("start") is not None:
        pairs = [parameter_pairs(each.structure, np.asarray(each.z).shape[1]) for each in equations]
        scale, moved = _conversion(data.design.X.shape[1], 1, pairs, 1.0 / unit)
        settings["start"] = np.asarray(settings["start"], dtype=float) * scale + moved
    fit = fit_glmm(units.divided(unit), data.design.X, equations, offset=data.offset / unit, **settings)
    counts = data.weights
    for each in list(settings.get("weights", ()))[1:]:
        counts = counts if each is None else counts * each
    return in_own_units(fit, unit, float(counts[units.exact].sum()), float(data.weights[units.exact].sum()))


def _conversion(
    p: int, k: int, pairs: Sequence[Sequence[tuple[int, int]]], unit: float
) -> tuple[np.ndarray, np.ndarray]:
    """theta in units ``unit`` times smaller is theta * scale + moved: coefficients are multiplied, ln sds are moved."""
    random = [math.log(unit) if i == j else 0.0 for each in pairs for i, j in each]
    scale = np.concatenate([np.full(p, unit), np.ones(k + len(random))])
    return scale, np.concatenate([np.zeros(p + k - 1), [math.log(unit)], random])


def in_own_units(fit: GlmmFit, unit: float, exact: float, exact_fixed: float) -> GlmmFit:
    """``fit`` of an outcome over ``unit``, converted.

    ``exact``: how often outcomes known exactly count, by the weights of all levels; ``exact_fixed``: without random
    effects, by those of the observations.
    """
    p, k = len(fit.beta), len(fit.extra)
    scale, moved = _conversion(p, k, fit.theta_pairs, unit)
    theta, lost, lost_fixed = fit.theta * scale + moved, exact * math.log(unit), exact_fixed * math.log(unit)
    return replace(
        fit, beta=theta[:p], extra=theta[p : p + k], theta=theta, vcov=fit.vcov * np.outer(scale, scale),
        covariances=tuple(G * unit**2 for G in fit.covariances), loglik=fit.loglik - lost,
        loglik_fixed=fit.loglik_fixed - lost_fixed, fixed=fit.fixed * scale[: p + k] + moved[: p + k],
        fixed_log=tuple(ll - lost_fixed for ll in fit.fixed_log), scores=fit.scores / scale,
        convergence=replace(fit.convergence, loglik=tuple(ll - lost for ll in fit.convergence.loglik)),
    )
