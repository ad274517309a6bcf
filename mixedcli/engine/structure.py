"""Covariance structures of one random-effect equation.

A relative covariance matrix is D = G / sigma_e^2 = Lambda Lambda'.  Every structure is *linear* in its factor,
Lambda = sum_k phi_k M_k with constant matrices M_k and unconstrained phi:

    identity       Lambda = phi I
    independent    Lambda = diag(phi)
    exchangeable   Lambda = phi_1 (I - J) + phi_2 J,  J = 11'/q  (D has the eigenvalues phi_1^2 and phi_2^2)
    unstructured   Lambda lower triangular, column by column

so one set of derivatives serves all: dD_k = M_k Lambda' + Lambda M_k', d2D_kl = M_k M_l' + M_l M_k'.  A variance of
zero or a correlation of +-1 is the ordinary point phi = 0, where the deviance is smooth; Newton's method reaches it.

What is reported are Stata's parameters, ln sd and atanh corr: `report` maps D to them with the
Jacobian.
"""

from __future__ import annotations

import math

import numpy as np

from mixedcli.engine.batched import Array

STRUCTURES = ("independent", "exchangeable", "identity", "unstructured")


def effective_structure(structure: str, q: int) -> str:
    """With one column all structures are the same: identity (also what Stata prints)."""
    if structure not in STRUCTURES:
        raise ValueError(f"unknown covariance structure {structure!r}")
    return "identity" if q == 1 else structure


def factor_basis(structure: str, q: int) -> Array:
    """The matrices M_k, shape (k, q, q), with Lambda = sum_k phi_k M_k."""
    structure = effective_structure(structure, q)
    eye = np.eye(q)
    if q == 0:
        return np.zeros((0, 0, 0))
    if structure == "identity":
        return np.stack([eye])
    if structure == "independent":
        return np.stack([np.outer(unit, unit) for unit in eye])
    if structure == "exchangeable":
        mean = np.full((q, q), 1.0 / q)
        return np.stack([eye - mean, mean])
    return np.stack([np.outer(eye[i], eye[j]) for j in range(q) for i in range(j, q)])


def starting_factor(structure: str, variances: Array) -> Array:
    """phi for a diagonal D with about these relative variances (q,)."""
    q = variances.size
    structure = effective_structure(structure, q)
    if q == 0:
        return np.zeros(0)
    if structure == "identity":
        return np.array([math.sqrt(variances.mean())])
    if structure == "independent":
        return np.sqrt(variances)
    if structure == "exchangeable":
        return np.full(2, math.sqrt(variances.mean()))
    return np.array([math.sqrt(variances[j]) if i == j else 0.0 for j in range(q) for i in range(j, q)])


def parameter_pairs(structure: str, q: int) -> tuple[tuple[int, int], ...]:
    """Which element (k, l) of G each reported parameter describes: (k, k) a ln sd, (l, k) with l > k an atanh corr.

    Order: sds by column, then correlations column by column of the lower triangle, as in Stata's e(b).
    """
    structure = effective_structure(structure, q)
    if q == 0:
        return ()
    if structure == "identity":
        return ((0, 0),)
    if structure == "exchangeable":
        return ((0, 0), (1, 0))
    sds = tuple((k, k) for k in range(q))
    if structure == "independent":
        return sds
    return sds + tuple((i, j) for j in range(q) for i in range(j + 1, q))


def report(
    covariance: Array, slopes: Array, pairs: tuple[tuple[int, int], ...], held: frozenset[tuple[int, int]]
) -> tuple[Array, Array]:
    """(ln sd, atanh corr) of a covariance matrix (q, q) and their derivatives along ``slopes`` (k, q, q).

    Returns values (r,) and Jacobian (r, k).  held: pairs at their boundary, whose rows of the Jacobian are zero and
    whose values are -inf (sd zero), +-inf (corr +-1), or nan (the correlation with a constant).
    """
    values = np.zeros(len(pairs))
    jacobian = np.zeros((len(pairs), slopes.shape[0]))
    for r, pair in enumerate(pairs):
        if pair in held:
            values[r] = _boundary_value(covariance, *pair)
        elif pair[0] == pair[1]:
            variance = covariance[pair]
            values[r] = 0.5 * math.log(variance) if variance > 0.0 else -math.inf
            jacobian[r] = slopes[:, pair[0], pair[0]] / (2.0 * variance)
        else:
            values[r], jacobian[r] = _atanh_correlation(covariance, slopes, *pair)
    return values, jacobian


def _boundary_value(covariance: Array, i: int, j: int) -> float:
    if i == j:
        return -math.inf
    if covariance[i, i] <= 0.0 or covariance[j, j] <= 0.0:
        return math.nan
    rho = covariance[i, j] / math.sqrt(covariance[i, i]) / math.sqrt(covariance[j, j])
    # an exchangeable correlation has its lower boundary at -1/(q - 1), where atanh is finite
    return math.copysign(math.inf, rho) if abs(rho) > 1.0 - 1e-7 else math.atanh(rho)


def _atanh_correlation(covariance: Array, slopes: Array, i: int, j: int) -> tuple[float, Array]:
    vi, vj = covariance[i, i], covariance[j, j]
    rho = covariance[i, j] / math.sqrt(vi) / math.sqrt(vj)
    room = (1.0 - rho) * (1.0 + rho)
    if room < 1e-14:  # the origin of an uncentred covariate is so far away that rounding hides the difference from one
        return math.copysign(math.inf, rho), np.zeros(slopes.shape[0])
    slope = slopes[:, i, j] / math.sqrt(vi) / math.sqrt(vj) - 0.5 * rho * (slopes[:, i, i] / vi + slopes[:, j, j] / vj)
    return math.atanh(rho), slope / room
