"""The marginal log likelihood of all data as a function of one vector of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mixedcli.engine.batched import Array
from mixedcli.engine.nested import Directions

from . import curvature, moments
from .layout import Block, Layout
from .point import Derivatives, Parameters


class Marginal:
    """psi = (beta (p) of the fitted columns, extra (k), the entries phi of the factors Lambda).

    directions: per level, Lambda as a linear function of phi.  Modes or nodes of the last evaluation are where the next
    one starts.
    """

    def __init__(
        self,
        layout: Layout,
        sizes: tuple[int, int],
        directions: Sequence[Directions],
        method: str,
        points: tuple[int, ...],
    ) -> None:
        self.layout, self.directions, self.method, self.points = layout, directions, method, points
        self.p, self.k = sizes
        self._states: list[Any] = [None] * len(layout.blocks)

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.p + self.k + sum(d.index.size for d in self.directions)

    def held(self, psi: Array) -> Marginal:
        """The same integrals with the nodes that mean-variance adaptation finds at psi, wherever they are evaluated."""
        self.gradient(psi)
        out = Marginal(self.layout, (self.p, self.k), self.directions, "held", self.points)
        out._states = list(self._states)
        return out

    def parameters(self, psi: Array) -> Parameters:
        """psi taken apart."""
        phi = psi[self.p + self.k :]
        factors = tuple(d.factor(phi) for d in self.directions)
        return Parameters(psi[: self.p], psi[self.p : self.p + self.k], factors)

    def value(self, psi: Array) -> float:
        """The log likelihood; -inf where it is not defined."""
        return float(sum(self._weighted(b, self._block(i, b, psi, 0).value) for i, b in enumerate(self.layout.blocks)))

    def gradient(self, psi: Array) -> tuple[float, Array]:
        """The log likelihood and its gradient (P,)."""
        total, slope = 0.0, np.zeros(self.size)
        for i, block in enumerate(self.layout.blocks):
            found = self._block(i, block, psi, 1)
            total += self._weighted(block, found.value)
            if not np.isfinite(total):
                return -np.inf, np.zeros(self.size)
            slope += self._collect(block, found)
        return total, slope

    def scores(self, psi: Array) -> Array:
        """The gradient of each top-level group's log likelihood, (J, P), without the groups' weights."""
        parts = []
        for i, block in enumerate(self.layout.blocks):
            found = self._block(i, block, psi, 1)
            if not np.isfinite(found.value).all():
                parts.append(np.full((self.size, block.count), np.nan))
                continue
            top = block.levels[0].rows
            pieces = [np.stack([top.sum(x * found.row) for x in block.x]) if self.p else np.zeros((0, block.count))]
            pieces.append(found.extra)
            phi = np.zeros((self.size - self.p - self.k, block.count))
            for d, by_factor in zip(self.directions, found.factors, strict=True):
                phi[d.index] += np.tensordot(d.basis, by_factor, ((1, 2), (0, 1)))
            parts.append(np.concatenate([*pieces, phi]))
        return np.concatenate(parts, axis=1).T

    def _block(self, i: int, block: Block, psi: Array, order: int) -> Derivatives:
        parameters, state = self.parameters(psi), self._states[i]
        new: Any
        if self.method in ("laplace", "mcaghermite"):
            found, new = curvature.evaluate(block, parameters, self.points, state, order)
        else:
            found, new = moments.evaluate(block, parameters, self.points, state, order, self.method == "mvaghermite")
        if self.method != "held" and np.isfinite(found.value).all():
            self._states[i] = new
        return found

    def _weighted(self, block: Block, values: Array) -> float:
        return float(values.sum() if block.top_weights is None else values @ block.top_weights)

    def _collect(self, block: Block, found: Derivatives) -> Array:
        row, extra, factors = found.row, found.extra, found.factors
        if block.top_weights is not None:
            row = row * block.levels[0].rows.spread(block.top_weights)
            extra = extra * block.top_weights
            factors = tuple(f * block.top_weights for f in factors)
        out = np.zeros(self.size)
        out[: self.p] = block.x @ row
        out[self.p : self.p + self.k] = extra.sum(-1)
        phi = out[self.p + self.k :]
        for d, by_factor in zip(self.directions, factors, strict=True):
            phi[d.index] += np.tensordot(d.basis, by_factor.sum(-1), ((1, 2), (0, 1)))
        return out
