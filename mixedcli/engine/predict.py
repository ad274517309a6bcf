"""Predicted random effects of a linear mixed model and their standard errors.

Best linear unbiased prediction (Henderson 1950; Robinson 1991): b = G Z' V^-1 (y - X beta).  Its prediction variance is
G - G Z' V^-1 Z G with beta taken as known, which goes with ML; REML adds G Z' V^-1 X (X' V^-1 X)^-1 X' V^-1 Z G for
beta.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mixedcli.engine.batched import Array
from mixedcli.engine.crossproducts import Codes
from mixedcli.engine.lmm import LmmFit

from ..records import record


@record
class RandomEffects:
    """The random effects of one equation: keys (J,) ascending group codes, effects (J, q), standard_errors (J, q)."""

    keys: Codes
    effects: Array
    standard_errors: Array

    def on_rows(self, groups: ArrayLike, standard_errors: bool = False) -> Array:
        """Effects (or their standard errors) for rows with these group codes, (n, q); nan for a group not in the
        fit."""
        values = self.standard_errors if standard_errors else self.effects
        codes = np.asarray(groups)
        out = np.full((codes.size, values.shape[1]), np.nan)
        if self.keys.size:
            where = np.minimum(np.searchsorted(self.keys, codes), self.keys.size - 1)
            known = self.keys[where] == codes
            out[known] = values[where[known]]
        return out

    def contribution(self, z: ArrayLike, groups: ArrayLike) -> Array:
        """Z b for rows (n,): what this equation adds to the fixed part's linear prediction."""
        return np.asarray((np.asarray(z, dtype=float) * self.on_rows(groups)).sum(axis=1))


def random_effects(fit: LmmFit) -> tuple[RandomEffects | None, ...]:
    """The random effects of every equation, in the units of its z; None for an equation without columns."""
    model = fit.model
    if model.response.exact:
        return tuple(None if p is None else _nothing(p.keys, p.q) for p in model.equations)
    with np.errstate(all="ignore"):
        posterior = model.profile.posterior(fit.level_covariances())
    return tuple(None if p is None else _one_equation(fit, e, posterior) for e, p in enumerate(model.equations))


def _nothing(keys: Codes, q: int) -> RandomEffects:
    return RandomEffects(keys, np.zeros((keys.size, q)), np.zeros((keys.size, q)))


def _one_equation(fit: LmmFit, e: int, posterior: list[tuple[Array, Array]]) -> RandomEffects:
    place = fit.model.equations[e]
    assert place is not None
    d, back = fit.relative[e], place.columns.map
    variance, projected = posterior[place.level]
    variance, projected = variance[place.own, place.own], projected[:, place.own]
    effects = fit.model.response.scale * (back @ d @ projected[-1])
    squares = np.einsum("ka,abj,kb->kj", back, variance, back, optimize=True)
    if fit.reml:
        turned = np.matmul(back @ d, projected[:-1])
        squares = squares + (turned**2).sum(0)
    errors = np.sqrt(np.maximum(fit.sigma2 * squares, 0.0))
    return RandomEffects(place.keys, effects[:, place.position].T.copy(), errors[:, place.position].T.copy())
