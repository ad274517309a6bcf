"""``estat icc``: intraclass correlations of a mixed model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..engine.tails import normal_quantile
from ..errors import StataError
from ..report.document import Document, Style
from ..results.mixed import Estimate
from ..results.postest import IccResult, LevelICC
from ..results.stripe import CONSTANT
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._mixed.estat import generalized, level_names, mixed_model
from ._mixed.model import MixedModel
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ._me.model import MeModel

OPTIONS = (Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),)


@command("estat icc", options=OPTIONS)
def estat_icc(context: Context, statement: Statement) -> IccResult:
    """Show the share of variance that groups have in common, level by level.

    With random slopes the correlations are conditional on covariates of zero.
    """
    model = mixed_model(context)
    level = context.options(statement, OPTIONS)["level"] or context.settings.level
    names = level_names(model)
    if not names:
        raise StataError("requested action not valid after most recent estimation command", 321)
    rows = []
    for depth in range(1, len(names) + 1):
        label = "|".join(reversed(names[:depth]))
        rows.append(LevelICC(label, _correlation(model, set(names[:depth]), level)))
    return IccResult(tuple(rows), _kind(model), level)


def _correlation(model: MixedModel | MeModel, above: set[str], level: float) -> Estimate:
    if generalized(model):
        from ._me import estat as _me_estat

        return _me_estat.intraclass(model, above, level)
    assert isinstance(model, MixedModel)
    return intraclass(model, above, normal_quantile(0.5 + level / 200))


def _kind(model: MixedModel | MeModel) -> str:
    """What the correlation is conditional on: nothing, covariates, or covariates of random slopes being zero."""
    if any(term != CONSTANT for part in model.random for term in part.terms):
        return "Conditional"
    covariates = any(model.design.terms[k] != CONSTANT for k in model.design.columns)
    return "Residual" if covariates else ""


def intraclass(model: MixedModel, above: set[str], z: float) -> Estimate:
    """Variance of the intercepts at the levels ``above`` over the total variance, with a logit interval.

    With variances v_j = exp(2 t_j), rho = A / T, d rho / d t_j = 2 v_j ([j in A] T - A) / T^2 (delta method).
    """
    fit = model.fit
    members, positions = _intercepts(model, above)
    logs = fit.theta[positions]
    variances = np.exp(2 * (logs - logs.max()))  # in units of the largest, which neither overflow nor underflow
    total, part = float(variances.sum()), float(variances[members].sum())
    rho = part / total
    gradient = np.zeros(len(fit.theta))
    np.add.at(gradient, positions, 2 * variances * (members * total - part) / total**2)
    variance = float(gradient @ fit.vcov_theta @ gradient)
    if not (0 < rho < 1 and variance > 0):  # at the boundary there is no standard error
        return Estimate(rho)
    se = math.sqrt(variance)
    centre, half = math.log(rho / (1 - rho)), z * se / (rho * (1 - rho))
    return Estimate(rho, se, _logistic(centre - half), _logistic(centre + half))


def _intercepts(model: MixedModel, above: set[str]) -> tuple[np.ndarray, np.ndarray]:
    """For each random intercept, and last the residual: whether it belongs to ``above``; where theta has its ln sd."""
    members, positions, at = [], [], 0
    for part, pairs in zip(model.random, model.fit.theta_pairs, strict=True):
        if CONSTANT in part.terms:
            k = part.terms.index(CONSTANT)
            members.append(part.level in above)
            positions.append(at + (pairs.index((k, k)) if (k, k) in pairs else 0))
        at += len(pairs)
    return np.array([*members, False]), np.array([*positions, at])


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


@layout(IccResult)
def lay_out(result: IccResult, style: Style) -> Document:
    from ..report.postest import icc_document

    return icc_document(result, style)
