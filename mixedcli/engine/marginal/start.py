"""Where the search for the maximum begins."""

from __future__ import annotations

import math

import numpy as np

from mixedcli.engine import scaling
from mixedcli.engine.batched import Array
from mixedcli.engine.boundary import Pair
from mixedcli.engine.glm_fixed import FixedFit
from mixedcli.engine.model import EquationPlace
from mixedcli.engine.structure import factor_basis, parameter_pairs, starting_factor

from ...records import record
from .effects import RandomPart
from .layout import Layout
from .likelihood import Marginal

# variances of one fit hopelessly when they lose more than this share of the log likelihood without random effects
_HOPELESS = 0.05


@record(eq=False)
class StartingPoint:
    """Makes psi from the fit without random effects, or from a theta.  sizes: the numbers of beta and of extra."""

    part: RandomPart
    layout: Layout
    fixed_columns: scaling.Columns
    sizes: tuple[int, int]

    def search(self, fixed: FixedFit, marginal: Marginal, unit: bool) -> Array:
        """The fit without random effects, and variances of one, or by moments; the next guess where that is infeasible.

        Moments are squared sums of the slopes of the log density in each group against their expectation.  They are
        taken as well where variances of one (a covariate may have any unit) fit hopelessly.
        """
        if unit:
            ones = np.zeros(sum(self.sizes) + sum(len(_pairs(place)) for place in self.part.placed))
            psi = np.concatenate([fixed.theta, self.at(ones)[sum(self.sizes) :]])
            if marginal.gradient(psi)[0] > fixed.loglik - _HOPELESS * abs(fixed.loglik):
                return psi
        moments = self._moment_variances(fixed)
        for guess in (moments, *([np.full_like(m, size) for m in moments] for size in (0.1, 0.01, 1e-4))):
            psi = self._with_variances(fixed, guess)
            if np.isfinite(marginal.gradient(psi)[0]):
                return psi
        return psi

    def nearly_fixed(self, fixed: FixedFit) -> Array:
        """The fit without random effects, and variances that hardly matter."""
        return self._with_variances(fixed, [np.full(z.shape[0], 1e-4) for z, _ in self.part.levels])

    def _with_variances(self, fixed: FixedFit, variances: list[Array]) -> Array:
        parts = [starting_factor(place.structure, variances[place.level][place.own]) for place in self.part.placed]
        return np.concatenate([fixed.theta, *parts])

    def _moment_variances(self, fixed: FixedFit) -> list[Array]:
        """One step of maximum likelihood from no random effects at all, level by level and column by column."""
        p = self.sizes[0]
        sums = [np.zeros((2, z.shape[0])) for z, _ in self.part.levels]
        for block in self.layout.blocks:
            eta = fixed.theta[:p] @ block.x + block.offset
            _, first, second = block.response.derivatives(eta, fixed.theta[p:], 2)
            for k, level in enumerate(block.levels):
                for a, z in enumerate(level.z):
                    slope = level.rows.sum(z * first)
                    weight = np.maximum(level.rows.sum(-z * z * second), 1e-12)
                    sums[k][0, a] += float((slope**2 - weight).sum())
                    sums[k][1, a] += float((weight**2).sum())
        return [np.clip(np.nan_to_num(s[0] / s[1], nan=0.1), 0.02, 4.0) for s in sums]

    def at(self, theta: Array) -> Array:
        """psi of a given theta = (beta, extra, ln sds and atanh corrs of every equation)."""
        p, k = self.sizes
        parts = [self.fixed_columns.inverse @ theta[:p], theta[p : p + k]]
        at = p + k
        for place in self.part.placed:
            size = len(_pairs(place))
            parts.append(_entries(place, theta[at : at + size]))
            at += size
        return np.concatenate(parts)


def _pairs(place: EquationPlace) -> tuple[Pair, ...]:
    return parameter_pairs(place.structure, place.q)


def _entries(place: EquationPlace, theta: Array) -> Array:
    """phi of an equation with ln sds and atanh corrs ``theta``."""
    inverse = place.columns.inverse
    fitted = inverse @ _covariance(place, theta) @ inverse.T
    q = place.q
    if place.structure == "exchangeable":
        mean = np.ones(q) / math.sqrt(q)
        along = float(mean @ fitted @ mean)
        rest = (float(np.trace(fitted)) - along) / (q - 1)
        return np.sqrt([max(rest, 0.0), max(along, 0.0)])
    root = np.linalg.cholesky(fitted + 1e-14 * np.trace(fitted) * np.eye(q))
    return np.array([float((root * m).sum() / (m * m).sum()) for m in factor_basis(place.structure, q)])


def _covariance(place: EquationPlace, theta: Array) -> Array:
    """G (q, q) of an equation in the user's columns."""
    q, common = place.q, place.structure in ("identity", "exchangeable")
    sd = np.ones(q) * (math.exp(theta[0]) if common else 1.0)
    corr = np.eye(q)
    for (i, j), value in zip(_pairs(place), theta, strict=True):
        if i == j:
            sd[i] = sd[i] if common else math.exp(value)
        elif common:
            corr = np.full((q, q), math.tanh(value))
            np.fill_diagonal(corr, 1.0)
        else:
            corr[i, j] = corr[j, i] = math.tanh(value)
    return corr * np.outer(sd, sd)
