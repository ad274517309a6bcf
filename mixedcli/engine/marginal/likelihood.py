"""The marginal log likelihood of all data as a function of one vector of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mixedcli.engine.batched import Array
from mixedcli.engine.nested import Directions

from ...records import record
from . import curvature, moments
from .drift import mode_slopes
from .information import approximate_information
from .layout import Block, Layout
from .modes import find_modes
from .point import Derivatives, Parameters

# steps of differences, as a share of standard errors: mean-variance adaptation stops a little off its fixed point
_STEP = {"mvaghermite": 3e-3}
_SMALL_STEP = 1e-4
# what the prediction leaves is the same on both sides of a difference, and cancels
_PREDICTED = 1e-8


@record(eq=False)
class _Evaluation:
    """What was found at psi, by block."""

    psi: Array
    order: int
    found: list[Derivatives]


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
        self._last: _Evaluation | None = None

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
        return self._total(self._evaluated(psi, 0))

    def gradient(self, psi: Array) -> tuple[float, Array]:
        """The log likelihood and its gradient (P,)."""
        found, slope = self._evaluated(psi, 1), np.zeros(self.size)
        total = self._total(found)
        if not np.isfinite(total):
            return -np.inf, slope
        for block, each in zip(self.layout.blocks, found, strict=True):
            slope += self._collect(block, each)
        return total, slope

    def hessian(self, psi: Array, errors: Array) -> Array:
        """Minus the Hessian (P, P) of the log likelihood by central differences of the gradient; nan where undefined.

        ``errors`` (P,): about the standard errors, which say how far to go.  Every difference begins at the modes of
        psi, moved as they move with the parameters, or at the nodes of psi.
        """
        steps = np.clip(_STEP.get(self.method, _SMALL_STEP) * errors, 1e-8, 1e-2)
        if not np.isfinite(self._total(self._evaluated(psi, 1))):
            return np.full((self.size, self.size), np.nan)
        out = np.zeros((self.size, self.size))
        for i, block in enumerate(self.layout.blocks):
            slopes = self._mode_slopes(i, block, psi)
            for k, size in enumerate(steps):
                ends = [self._displaced(i, block, psi, k, step, slopes) for step in (-size, size)]
                out[k] += (ends[0] - ends[1]) / (2.0 * size)
        return 0.5 * (out + out.T)

    def approximate_information(self, psi: Array) -> Array:
        """That of the working linear model, (P, P)."""
        starts = self._states if self._by_modes else [None] * len(self._states)
        return approximate_information(self.layout.blocks, self.parameters(psi), self.directions, starts)

    def _mode_slopes(self, i: int, block: Block, psi: Array) -> list[Array]:
        """Per level the derivatives of the modes in psi, (r, P, J); none for nodes that have no modes."""
        if not self._by_modes:
            return []
        parameters = self.parameters(psi)
        joint = find_modes(block, parameters, self._states[i], 2)
        return mode_slopes(block, parameters, joint, self.directions)

    def _displaced(self, i: int, block: Block, psi: Array, k: int, step: float, slopes: list[Array]) -> Array:
        """A block's gradient (P,) with element k of psi moved by ``step``."""
        moved = psi.copy()
        moved[k] += step
        parameters, state = self.parameters(moved), self._states[i]
        if self._by_modes:
            start = [v + step * s[:, k] for v, s in zip(state, slopes, strict=True)]
            found, _ = curvature.evaluate(block, parameters, self.points, start, 1, _PREDICTED)
        else:
            found, _ = moments.evaluate(block, parameters, self.points, state, 1, self.method == "mvaghermite")
        if not np.isfinite(found.value).all():
            return np.full(self.size, np.nan)
        return self._collect(block, found)

    def scores(self, psi: Array) -> Array:
        """What each top-level group, with its weight, adds to the gradient: (J, P)."""
        parts = []
        for block, found in zip(self.layout.blocks, self._evaluated(psi, 1), strict=True):
            if not np.isfinite(found.value).all():
                parts.append(np.full((self.size, block.count), np.nan))
                continue
            top = block.levels[0].rows
            pieces = [np.stack([top.sum(x * found.row) for x in block.x]) if self.p else np.zeros((0, block.count))]
            pieces.append(found.extra)
            phi = np.zeros((self.size - self.p - self.k, block.count))
            for d, by_factor in zip(self.directions, found.factors, strict=True):
                phi[d.index] += np.tensordot(d.basis, by_factor, ((1, 2), (0, 1)))
            each = np.concatenate([*pieces, phi])
            parts.append(each if block.top_weights is None else each * block.top_weights)
        return np.concatenate(parts, axis=1).T

    @property
    def _by_modes(self) -> bool:
        return self.method in ("laplace", "mcaghermite")

    def _evaluated(self, psi: Array, order: int) -> list[Derivatives]:
        """All blocks at psi.  The last evaluation is kept: searches end where the next question is asked."""
        last = self._last
        if last is None or last.order < order or not np.array_equal(last.psi, psi):
            found = [self._block(i, block, psi, order) for i, block in enumerate(self.layout.blocks)]
            last = self._last = _Evaluation(psi.copy(), order, found)
        return last.found

    def _total(self, found: list[Derivatives]) -> float:
        total = float(sum(self._weighted(b, each.value) for b, each in zip(self.layout.blocks, found, strict=True)))
        return total if np.isfinite(total) else -np.inf

    def _block(self, i: int, block: Block, psi: Array, order: int) -> Derivatives:
        parameters, state = self.parameters(psi), self._states[i]
        new: Any
        if self._by_modes:
            found, new = curvature.evaluate(block, parameters, self.points, state, order)
            if state is not None and not np.isfinite(found.value).all():
                # the modes of a point far away may be a bad place to start
                found, new = curvature.evaluate(block, parameters, self.points, None, order)
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
            total = by_factor.sum(-1).ravel()
            phi[d.index] += d.basis.reshape(d.index.size, total.size) @ total
        return out
