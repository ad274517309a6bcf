"""Recognising estimates on the boundary of the parameter space, and the smaller problem that remains there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array
from mixedcli.engine.model import EquationPlace
from mixedcli.engine.structure import factor_basis, parameter_pairs

from ..records import record

Pair = tuple[int, int]
Mask = NDArray[np.bool_]


@record
class Restriction:
    """A singular D as Lambda Lambda' with Lambda = sum_k phi_k basis_k, basis (k, q, r), the zero directions left out.

    held: the elements of G whose reported parameters are at their boundary.
    """

    basis: Array
    phi: Array
    held: frozenset[Pair]


def restrict(place: EquationPlace, phi: Array, threshold: float) -> Restriction | None:
    """The restriction that holds when relative variances below ``threshold`` are zero; None when there are none.

    A relative variance is that of a direction of the random part, its columns scaled to mean square one, over
    sigma_e^2.
    """
    if place.structure == "unstructured":
        return _restrict_unstructured(place, phi, threshold)
    keep = phi**2 >= threshold
    if keep.all():
        return None
    basis = factor_basis(place.structure, place.q)[keep]
    return Restriction(basis, phi[keep], _held(place, keep))


def _held(place: EquationPlace, keep: Mask) -> frozenset[Pair]:
    pairs = parameter_pairs(place.structure, place.q)
    if place.structure == "exchangeable":  # keep: the eigenvalues (1 - rho), (1 + (q - 1) rho) times the variance
        return frozenset(pairs) if not keep.any() else frozenset(pairs[1:])
    return frozenset(pair for pair, kept in zip(pairs, keep, strict=True) if not kept)


def _restrict_unstructured(place: EquationPlace, phi: Array, threshold: float) -> Restriction | None:
    factor = np.tensordot(phi, factor_basis("unstructured", place.q), 1)
    values, vectors = np.linalg.eigh(factor @ factor.T)
    positive = values >= threshold
    if positive.all():
        return None
    to_scaled = place.scale[:, None] * place.columns.map
    half = to_scaled @ (vectors[:, positive] * np.sqrt(values[positive]))
    scaled = half @ half.T
    alive = np.diag(scaled) >= threshold
    trapezoid, entries = _pivoted_factor(np.where(np.outer(alive, alive), scaled, 0.0), int(positive.sum()))
    from_scaled = place.columns.inverse / place.scale[None, :]
    rank = trapezoid.shape[1]
    basis = np.zeros((len(entries), place.q, rank))
    for k, (i, j) in enumerate(entries):
        basis[k, :, j] = from_scaled[:, i]
    values_at = np.array([trapezoid[i, j] for i, j in entries])
    return Restriction(basis, values_at, _held_unstructured(scaled, alive))


def _held_unstructured(scaled: Array, alive: Mask) -> frozenset[Pair]:
    q = alive.size
    held = {(k, k) for k in range(q) if not alive[k]}
    for j in range(q):
        for i in range(j + 1, q):
            undefined = not (alive[i] and alive[j])
            if undefined or 1.0 - scaled[i, j] ** 2 / (scaled[i, i] * scaled[j, j]) < 1e-10:
                held.add((i, j))
    return frozenset(held)


def _pivoted_factor(matrix: Array, rank: int) -> tuple[Array, list[Pair]]:
    """L (q, r) with L L' = matrix (positive semidefinite), its rows in pivot order trapezoidal; and its free
    entries."""
    rest = matrix.copy()
    columns: list[Array] = []
    entries: list[Pair] = []
    pivots: list[int] = []
    alive = np.diag(matrix) > 0.0
    for j in range(rank):
        diagonal = np.diag(rest).copy()
        diagonal[pivots] = -1.0
        pivot = int(np.argmax(diagonal))
        if diagonal[pivot] <= 1e-14 * max(float(np.diag(matrix).max(initial=0.0)), 1e-300):
            break
        column = rest[:, pivot] / np.sqrt(rest[pivot, pivot])
        column[pivots] = 0.0
        rest = rest - np.outer(column, column)
        columns.append(column)
        entries += [(i, j) for i in range(matrix.shape[0]) if alive[i] and i not in pivots]
        pivots.append(pivot)
    stacked = np.stack(columns, axis=1) if columns else np.zeros((matrix.shape[0], 0))
    return stacked, entries
