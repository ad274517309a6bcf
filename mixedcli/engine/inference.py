"""From the optimum in the factors' entries to the parameters that are reported, with their variance matrix.

As in Stata the variance of theta = (ln sd, atanh corr, ln sigma_e) is the inverse of minus the
Hessian of the profiled log likelihood.  At an optimum the inverse Hessian transforms by the Jacobian alone, so the
exact Hessian in phi serves for any metric.  sigma_e was profiled out too: ln sigma_e = ln(Q(phi) / df) / 2 at given
phi, and given phi it has variance 1 / (2 df).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array
from mixedcli.engine.boundary import Pair
from mixedcli.engine.model import Model
from mixedcli.engine.nested import Directions, Evaluation
from mixedcli.engine.newton import Minimum
from mixedcli.engine.structure import parameter_pairs, report

from ..records import record

_SINGULAR = 1e-11


@record
class ReportedParameters:
    """theta (r,) with ln sigma_e last, vcov (r, r); per equation the pairs, G, and D = G / sigma_e^2 of the fitted
    columns; and the positions of parameters in need of a remark."""

    theta: Array
    vcov: Array
    pairs: tuple[tuple[Pair, ...], ...]
    covariances: tuple[Array, ...]
    relative: tuple[Array, ...]
    boundary: tuple[int, ...]
    unidentified: tuple[int, ...]


def equation_pairs(model: Model) -> tuple[tuple[Pair, ...], ...]:
    """Per equation, the element of G each of its parameters describes."""
    return tuple(() if place is None else parameter_pairs(place.structure, place.q) for place in model.equations)


def reported_parameters(
    model: Model,
    bases: Sequence[Array],
    held: Sequence[frozenset[Pair]],
    minimum: Minimum[Evaluation],
    sigma2: float,
) -> ReportedParameters:
    """bases (k, q, r) and held elements per equation that has columns; minimum.phi holds their phi one after
    another."""
    pairs = equation_pairs(model)
    log_sigma = 0.5 * math.log(minimum.point.quadratic / model.profile.df) + math.log(model.response.scale)
    phi = minimum.phi
    count = sum(map(len, pairs)) + 1
    theta, jacobian = np.zeros(count), np.zeros((count, phi.size + 1))
    covariances: list[Array] = []
    relative: list[Array] = []
    boundary: list[int] = []
    row = first = placed = 0
    for place, wanted in zip(model.equations, pairs, strict=True):
        if place is None:
            covariances.append(np.zeros((0, 0)))
            relative.append(np.zeros((0, 0)))
            continue
        basis, fixed = bases[placed], held[placed]
        local = Directions(basis, np.arange(first, first + basis.shape[0]))
        factor = local.factor(phi)
        back = place.columns.map
        d = back @ (factor @ factor.T) @ back.T
        slopes = back @ local.slopes(factor) @ back.T
        rows = slice(row, row + len(wanted))
        theta[rows], jacobian[rows, local.index] = report(d, slopes, wanted, fixed)
        theta[rows] += [log_sigma if i == j else 0.0 for i, j in wanted]
        jacobian[rows, -1] = [float(i == j and (i, j) not in fixed) for i, j in wanted]
        boundary += [row + r for r, pair in enumerate(wanted) if pair in fixed or not np.isfinite(theta[row + r])]
        covariances.append(_cleaned(sigma2 * d, fixed))
        relative.append(factor @ factor.T)
        row, first, placed = row + len(wanted), first + basis.shape[0], placed + 1
    theta[-1], jacobian[-1, -1] = log_sigma, 1.0
    vcov, unidentified = _variance(minimum, jacobian, model.profile.df)
    return ReportedParameters(theta, vcov, pairs, tuple(covariances), tuple(relative), tuple(boundary), unidentified)


def _cleaned(g: Array, held: frozenset[Pair]) -> Array:
    """Exact zeros in the rows of variances held at zero."""
    g = 0.5 * (g + g.T)
    for i, j in held:
        if i == j:
            g[i, :] = g[:, i] = 0.0
    return g


def _variance(minimum: Minimum[Evaluation], jacobian: Array, df: int) -> tuple[Array, tuple[int, ...]]:
    """The variance matrix of the reported parameters; nan where the data do not determine one."""
    point = minimum.point
    of_phi, null = inverse_within(point.hessian, 1.0 + np.abs(minimum.phi), df)
    slope = point.quadratic_slope / (2.0 * point.quadratic)
    joint = np.zeros((slope.size + 1, slope.size + 1))
    joint[:-1, :-1] = 2.0 * of_phi  # f is -2 log likelihood
    joint[-1, :-1] = joint[:-1, -1] = joint[:-1, :-1] @ slope
    joint[-1, -1] = slope @ joint[:-1, -1] + 1.0 / (2.0 * df)
    vcov = jacobian @ joint @ jacobian.T
    lost = loads_on(jacobian, np.concatenate([null, (slope @ null)[None]]))
    vcov[lost, :] = vcov[:, lost] = np.nan
    return vcov, tuple(int(i) for i in np.flatnonzero(lost))


def inverse_within(hessian: Array, scale: Array, df: int) -> tuple[Array, Array]:
    """The inverse of H (k, k) within the directions it determines, and a basis (k, r) of those it does not.

    Judged with phi in units of ``scale``, where well-determined curvatures are of the order of the number of groups.
    """
    if hessian.size == 0:
        return np.zeros((0, 0)), np.zeros((0, 0))
    values, vectors = np.linalg.eigh(hessian * scale[:, None] * scale)
    sound = values > _SINGULAR * max(float(np.abs(values).max()), float(df))
    vectors = vectors * scale[:, None]
    inside = vectors[:, sound]
    return (inside / values[sound]) @ inside.T, vectors[:, ~sound]


def loads_on(jacobian: Array, null: Array) -> NDArray[np.bool_]:
    """Which reported parameters change along the directions the data do not determine."""
    change = np.abs(jacobian @ null).max(axis=1, initial=0.0)
    size = np.abs(jacobian).max(axis=1, initial=0.0)
    return np.asarray(change > 1e-5 * np.maximum(size, 1e-300))
