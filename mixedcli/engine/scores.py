"""Scores of a linear mixed model, and the variance matrix that is robust to its misspecification.

With r = y - X b and V the covariance of y, a cluster of whole top-level groups contributes to the log likelihood's
derivatives

    X' V^-1 r                                         for b,
    (r' V^-1 dV V^-1 r - tr(V^-1 dV)) / 2             for an element of theta = (ln sd, atanh corr, ln sigma_e).

V^-1 r = (r - sum Z u) / sigma_e^2 with the predicted random effects u, so a pass over the rows gives the first; the
products Z' V^-1 Z and Z' V^-1 r per group give the second (dV = Z dG Z'), and tr(V^-1) follows from V^-1 V = I.

The robust variance is J / (J - 1) B (sum_j s_j s_j') B with B the model's own variance matrix, block-diagonal in b and
theta, as Stata has it: the figures printed in its logs have been reproduced to seven digits with this B and this factor,
and not with the inverse of the joint Hessian or without the factor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mixedcli.engine.batched import Array
from mixedcli.engine.boundary import Pair
from mixedcli.engine.crossproducts import Codes
from mixedcli.engine.lmm import LmmFit
from mixedcli.engine.model import EquationPlace, RandomEquation
from mixedcli.engine.predict import random_effects

from ..records import record


@record
class Robust:
    """J clusters; variances of b (p, p) and theta (r, r), and their covariance (p, r)."""

    clusters: int
    vcov_beta: Array
    vcov_theta: Array
    vcov_cross: Array


def scores(
    fit: LmmFit, y: ArrayLike, x: ArrayLike, equations: Sequence[RandomEquation], clusters: ArrayLike
) -> Array:
    """Derivatives of the log likelihood by (b, theta) per cluster, shape (J, p + r), clusters in ascending order.

    y (n,), x (n, p) and the equations are those of the fit, by ML; clusters (n,): codes of clusters of whole top-level
    groups (see `nested_in`), or of rows for a model without random effects.  Parameters held at their boundary have
    scores of zero.  ValueError after REML, whose likelihood is no sum over groups.
    """
    if fit.reml:
        raise ValueError("scores need maximum likelihood")
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    keys, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    count = keys.size
    left = y - x @ fit.beta
    residual = left.copy()
    for equation, effects in zip(equations, random_effects(fit), strict=True):
        if effects is not None:
            residual -= effects.contribution(equation.z, equation.groups)
    out = np.zeros((count, x.shape[1] + fit.theta.size))
    for k in range(x.shape[1]):
        out[:, k] = np.bincount(cluster, x[:, k] * residual, count) / fit.sigma2
    # r' V^-1 V V^-1 r and tr(V^-1 V), from which what belongs to the random effects is taken off below
    squares = np.bincount(cluster, left * residual, count) / fit.sigma2
    rows = np.bincount(cluster, minlength=count).astype(float)
    out[:, -1] = squares - rows
    _random_part(fit, equations, cluster, out[:, x.shape[1] :])
    return out


@record
class _Groups:
    """The groups of one equation: A = Z' V^-1 Z (q, q, J_e) and P = Z' V^-1 r (q, J_e) of its fitted columns.

    Relative to sigma_e^2 and sigma_e.  back: from the columns as given to the fitted ones.  cluster (J_e,).
    """

    information: Array
    projected: Array
    back: Array
    cluster: Codes
    clusters: int

    def difference(self, change: Array) -> Array:
        """r' V^-1 dV V^-1 r - tr(V^-1 dV) per cluster for dV = Z change Z', change (q, q) over sigma_e^2."""
        matrix = self.back @ change @ self.back.T
        values = np.einsum("aj,ab,bj->j", self.projected, matrix, self.projected)
        values = values - np.tensordot(matrix, self.information, 2)
        return np.bincount(self.cluster, values, self.clusters).astype(float)


def _random_part(fit: LmmFit, equations: Sequence[RandomEquation], cluster: Codes, out: Array) -> None:
    """Fill the scores (J, r) of ln sd and atanh corr, and complete that of ln sigma_e."""
    levels = fit.model.profile.information(fit.level_covariances())
    unit = fit.model.response.scale / math.sqrt(fit.sigma2)
    column = 0
    for e, place in enumerate(fit.model.equations):
        if place is None:
            continue
        information, projected = levels[place.level]
        groups = _Groups(
            information[place.own, place.own], projected[place.own] * unit, place.columns.inverse,
            _clusters_of_groups(place, equations[e], cluster), out.shape[0],
        )
        relative = fit.covariances[e] / fit.sigma2
        out[:, -1] -= groups.difference(relative)
        for slope in covariance_slopes(relative, fit.theta_pairs[e], place.structure):
            out[:, column] = 0.5 * groups.difference(slope)
            column += 1


def _clusters_of_groups(place: EquationPlace, equation: RandomEquation, cluster: Codes) -> Codes:
    """The cluster of each of the level's groups (J_e,), from that of its rows."""
    own = np.zeros(place.keys.size, dtype=np.intp)
    own[np.searchsorted(place.keys, np.asarray(equation.groups))] = cluster
    out = np.empty_like(own)
    out[place.position] = own
    return out


def covariance_slopes(g: Array, pairs: tuple[Pair, ...], structure: str) -> Array:
    """dG (k, q, q) by each ln sd and atanh corr of ``pairs`` (see `structure.parameter_pairs`).

    Zero for parameters at their boundary: sd zero, corr +-1.
    """
    q = g.shape[0]
    out = np.zeros((len(pairs), q, q))
    sd = np.sqrt(np.diag(g))
    for k, (i, j) in enumerate(pairs):
        common = structure in ("identity", "exchangeable")
        if i == j and common:
            out[k] = 2.0 * g
        elif i == j:
            out[k, i, :] += g[i, :]
            out[k, :, i] += g[:, i]
        elif sd[i] > 0.0 and sd[j] > 0.0:
            change = sd[i] * sd[j] - g[i, j] ** 2 / (sd[i] * sd[j])
            if common:
                out[k] = change * (1.0 - np.eye(q))
            else:
                out[k, i, j] = out[k, j, i] = change
    return out


def nested_in(groups: ArrayLike, clusters: ArrayLike) -> bool:
    """Whether every group lies in one cluster; both are codes (n,)."""
    groups, clusters = np.asarray(groups), np.asarray(clusters)
    _, first, position = np.unique(groups, return_index=True, return_inverse=True)
    return bool((clusters[first][position] == clusters).all())


def robust(fit: LmmFit, values: Array) -> Robust:
    """The sandwich of ``values`` (J, p + r), the scores of J clusters.

    Rows of nan (parameters the data do not determine) stay; with a single cluster everything is nan.
    """
    count, p = values.shape[0], fit.beta.size
    unknown = np.isnan(np.diag(fit.vcov_theta))
    theta = np.where(unknown[:, None] | unknown, 0.0, fit.vcov_theta)
    half = np.concatenate([values[:, :p] @ fit.vcov_beta, values[:, p:] @ theta], axis=1)
    with np.errstate(all="ignore"):
        vcov = (half.T @ half) * (count / (count - 1) if count > 1 else math.nan)
    lost = p + np.flatnonzero(unknown)
    vcov[lost, :] = vcov[:, lost] = np.nan
    return Robust(count, vcov[:p, :p], vcov[p:, p:], vcov[:p, p:])
