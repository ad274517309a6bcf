"""The random effects given the data, at the estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mixedcli.engine.batched import Array
from mixedcli.engine.model import EquationPlace

from ...records import record
from .modes import find_modes
from .moments import posterior_moments

if TYPE_CHECKING:
    from ..glmm import GlmmFit


@record(eq=False)
class Posterior:
    """The random effects of one equation.

    keys (J,): ascending group codes.  means and modes (J, q), the posterior standard deviations sd (J, q), and mode_se
    (J, q) from the curvature at the joint mode; modes do not know the weights of levels below the top.  Without
    quadrature points there are no means (nan).
    """

    keys: np.ndarray
    means: Array
    sd: Array
    modes: Array
    mode_se: Array

    def on_rows(self, groups: np.ndarray, which: str = "means") -> Array:
        """One of the four for rows with these group codes, (n, q); nan for a group that is not among ``keys``."""
        values: Array = getattr(self, which)
        out = np.full((len(groups), values.shape[1]), np.nan)
        if self.keys.size:
            where = np.minimum(np.searchsorted(self.keys, groups), self.keys.size - 1)
            known = self.keys[where] == groups
            out[known] = values[where[known]]
        return out


def posterior(fit: GlmmFit) -> tuple[Posterior | None, ...]:
    """Per equation, top down; None for an equation without columns.

    Means and their standard deviations are those of the fit's own nodes when it used mean-variance adaptive or fixed
    quadrature, and of mean-variance adaptive quadrature with as many points otherwise (Skrondal and Rabe-Hesketh 2009,
    section 5).
    """
    marginal, levels = fit.marginal, fit.part.levels
    if marginal is None:
        return (None,) * len(fit.part.places)
    parameters = marginal.parameters(fit.psi)
    found: list[list[list[Array]]] = [[[], [], [], []] for _ in levels]
    with np.errstate(all="ignore"):
        for block in marginal.layout.blocks:
            joint = find_modes(block, parameters, None, 2)
            variances = joint.system.variances(block)
            means: list[tuple[Array, Array]] | None = None
            if fit.method != "laplace" and min(fit.points) > 2:
                means = posterior_moments(block, parameters, fit.points, fit.method != "ghermite")
            for k, out in enumerate(found):
                out[2].append(joint.modes[k])
                out[3].append(variances[k])
                missing = np.full_like(joint.modes[k], np.nan)
                out[0].append(missing if means is None else means[k][0])
                out[1].append(np.full_like(variances[k], np.nan) if means is None else means[k][1])
    joined = [[np.concatenate(parts, axis=-1) for parts in out] for out in found]
    return tuple(
        None
        if place is None
        else _of_equation(place, parameters.factors[place.level], joined[place.level], marginal.layout.keys[place.level])
        for place in fit.part.places
    )


def _of_equation(place: EquationPlace, factor: Array, parts: list[Array], keys: np.ndarray) -> Posterior:
    """From v of the whole level to u of the equation in the user's columns: u = map Lambda v."""
    back = place.columns.map @ factor[place.own]
    order = np.argsort(keys, kind="stable")
    mean, mode = (np.einsum("ar,rj->ja", back, parts[k]) for k in (0, 2))
    sd, se = (
        np.sqrt(np.maximum(np.einsum("ar,rsj,as->ja", back, parts[k], back), 0.0)) for k in (1, 3)
    )
    return Posterior(keys[order], mean[order], sd[order], mode[order], se[order])
