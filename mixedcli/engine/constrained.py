"""Linear constraints R beta = r on coefficients, by substitution: beta = T z + t with free z.

The model is fitted in z, with X T in place of X and X t added to the offset; what is found is then said of beta again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mixedcli.engine.batched import Array
from mixedcli.engine.glmm import GlmmFit

from ..records import record, replace

# A row of which elimination leaves less than this, relative to itself, follows from the rows before it ...
_NOTHING = 1e-10
# ... and contradicts them if its right-hand side differs by more than this.
_DIFFERENT = 1e-8


@record(eq=False)
class Substitution:
    """beta = T z + t: ``T`` (p, m) of full column rank, ``t`` (p,).  Rows of zeros in T are coefficients with a value."""

    T: Array
    t: Array

    def reduced(self, theta: Array) -> Array:
        """theta = (beta, further parameters) with z in place of beta (the nearest one)."""
        p = len(self.t)
        z = np.linalg.lstsq(self.T, theta[:p] - self.t, rcond=None)[0]
        return np.concatenate([z, theta[p:]])

    def full(self, theta: Array) -> Array:
        """theta = (z, further parameters) with beta in place of z."""
        m = self.T.shape[1]
        return np.concatenate([self.T @ theta[:m] + self.t, theta[m:]])


def substitution(R: ArrayLike, r: ArrayLike) -> tuple[Substitution, Array]:
    """The coefficients (p,) that satisfy R (rows, p) beta = r (rows,), and which rows say something new (bool).

    Gauss-Jordan elimination, row by row, so that of dependent rows the first ones count.  ValueError for rows that
    contradict each other.
    """
    R, r = np.asarray(R, dtype=float), np.asarray(r, dtype=float)
    reduced: list[Array] = []                # rows (weights, right-hand side), each with a coefficient of its own
    solved: list[int] = []
    new = np.zeros(len(R), dtype=bool)
    for i, row in enumerate(np.column_stack([R, r])):
        size = np.abs(row[:-1]).max(initial=0.0)
        for column, other in zip(solved, reduced, strict=True):
            row = row - row[column] * other
        if np.abs(row[:-1]).max(initial=0.0) <= _NOTHING * size:
            if abs(row[-1]) > _DIFFERENT * max(size, abs(r[i])):
                raise ValueError("contradictory constraints")
            continue
        new[i] = True
        pivot = int(np.argmax(np.abs(row[:-1])))
        row = row / row[pivot]
        reduced = [other - other[pivot] * row for other in reduced]
        reduced.append(row)
        solved.append(pivot)
    return _solution(R.shape[1], solved, reduced), new


def _solution(p: int, solved: list[int], reduced: list[Array]) -> Substitution:
    free = [k for k in range(p) if k not in solved]
    T, t = np.zeros((p, len(free))), np.zeros(p)
    T[free, np.arange(len(free))] = 1.0
    for column, row in zip(solved, reduced, strict=True):
        weights = row[free]
        T[column] = -np.where(np.abs(weights) > _NOTHING, weights, 0.0)
        t[column] = row[-1]
    return Substitution(T, t)


def in_coefficients(fit: GlmmFit, by: Substitution) -> GlmmFit:
    """``fit``, which is in z, in beta: its variance is then T V T', of the rank of T.

    ``marginal`` and ``psi`` stay those of z: posterior means of random effects are the same.
    """
    p, m = by.T.shape
    J = np.zeros((len(fit.theta) + p - m, len(fit.theta)))
    J[:p, :m], J[p:, m:] = by.T, np.eye(len(fit.theta) - m)
    theta, found = by.full(fit.theta), fit.convergence
    unknown = list(found.unidentified)
    lost = (J[:, unknown] != 0).any(axis=1)
    vcov = fit.vcov
    if unknown:
        vcov = np.where(np.isnan(vcov), 0.0, vcov)
    vcov = J @ vcov @ J.T
    vcov[lost, :] = vcov[:, lost] = np.nan
    scores = np.concatenate([fit.scores[:, :m] @ np.linalg.pinv(by.T), fit.scores[:, m:]], axis=1)
    return replace(
        fit, beta=theta[:p], theta=theta, vcov=vcov, fixed=by.full(fit.fixed), scores=scores,
        convergence=replace(
            found, boundary=tuple(k + p - m for k in found.boundary),
            unidentified=tuple(int(k) for k in np.flatnonzero(lost)),
        ),
    )
