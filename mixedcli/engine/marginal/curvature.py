"""Quadrature centred at the modes and scaled by the curvature there, and Laplace's approximation (one point).

Liu and Pierce (1994) for one level; for nested levels the nodes of a level follow those above it as the conditional
mode of a normal posterior would (Pinheiro and Chao 2006, section 4), so that one joint mode per top-level group serves
all.  The gradient is exact: modes and curvatures move with the parameters, by implicit differentiation.
"""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record
from . import arrays
from .layout import Block
from .modes import MODE_TOLERANCE, Joint, System, find_modes
from .point import NOTHING, Derivatives, Parameters, hermite


@record(eq=False)
class _Adaptation:
    """Adjoints of a level's mode (r, ..., J), of the lower factor C (r, r, ..., J), and of its slopes on the levels
    above."""

    mode: Array
    factor: Array
    slope: tuple[Array, ...]


@record(eq=False)
class _Inner:
    """Log integrals (B, J) of the units of a level, and their derivatives.

    row (B, n); extra (k, B, J); factors, per level from this one down, (q, r, B, J); adaptation per level from this one
    down; above: per higher level, in the deviation of its effects from their mode, through the nodes only (r, B, J).
    """

    log: Array
    row: Array = NOTHING
    extra: Array = NOTHING
    factors: tuple[Array, ...] = ()
    adaptation: tuple[_Adaptation, ...] = ()
    above: tuple[Array, ...] = ()


def evaluate(
    block: Block,
    parameters: Parameters,
    points: tuple[int, ...],
    start: list[Array] | None,
    order: int,
    tolerance: float = MODE_TOLERANCE,
) -> tuple[Derivatives, list[Array]]:
    """The log likelihood of each top-level group (with derivatives for order 1), and the modes."""
    joint = find_modes(block, parameters, start, 3 if order else 2, tolerance)
    if not np.isfinite(joint.value).all() or not np.isfinite(joint.system.log_determinant).all():
        return Derivatives(np.full(block.count, -np.inf)), joint.modes
    if max(points) == 1:
        return _laplace(block, parameters, joint, order), joint.modes
    factors = [arrays.cholesky(each) for each in joint.system.inverse]
    walk = _Walk(block, parameters, joint, factors, points, order)
    inner = walk.integrate(0, parameters.predictor(block)[None], [])
    if not order:
        return Derivatives(inner.log[0]), joint.modes
    direct = Derivatives(
        inner.log[0],
        inner.row[0],
        inner.extra[:, 0],
        tuple(
            _to_top(block, number, each[:, :, 0]) for number, each in enumerate(inner.factors)
        ),
    )
    adaptation = [
        _Adaptation(a.mode[:, 0], a.factor[:, :, 0], tuple(s[:, :, 0] for s in a.slope)) for a in inner.adaptation
    ]
    outer = [_inverse_adjoint(c, a.factor) for c, a in zip(factors, adaptation, strict=True)]
    return _chain(block, parameters, joint, direct, adaptation, outer), joint.modes


def _to_top(block: Block, number: int, values: Array) -> Array:
    """Sums over the groups of a level within each top-level group."""
    return block.levels[number].above[0].sum(values) if number else values


# ---- the direct part: nodes held fixed ---------------------------------------------------------------------------


class _Walk:
    """The integrals from the top level down, with the nodes given."""

    def __init__(
        self,
        block: Block,
        parameters: Parameters,
        joint: Joint,
        factors: list[Array],
        points: tuple[int, ...],
        order: int,
    ) -> None:
        self.block, self.parameters, self.joint, self.factors, self.order = block, parameters, joint, factors, order
        self.rules = [hermite(k, f.shape[0]) for k, f in zip(points, factors, strict=True)]

    def integrate(self, number: int, eta: Array, deviations: list[Array]) -> _Inner:
        """The units of level ``number`` given eta (B, n) and the deviations (r_a, B, J_a) of the levels above."""
        if number == len(self.block.levels):
            return self._rows(eta)
        level, columns = self.block.levels[number], self.joint.columns[number]
        x, log_weights = self.rules[number]
        batch, count = eta.shape[0], level.rows.starts.size
        away = [level.above[a].spread(d) for a, d in enumerate(deviations)]
        centre = self.joint.modes[number][:, None]
        for a, each in enumerate(away):
            centre = centre - arrays.times(self.joint.system.slope[number][a][:, :, None], each)
        shift = arrays.times(self.factors[number][:, :, None], x[:, :, None])  # C x, (r, K, J)
        v = centre[:, None] + shift[:, :, None]                              # (r, K, B, J)
        etas = eta + arrays.dot(columns[:, None, None], level.rows.spread(v))  # (K, B, n)
        nodes = log_weights.size
        lower: list[Array] = []
        if number + 1 < len(self.block.levels):
            lower = [
                np.broadcast_to(d[:, None], (d.shape[0], nodes, *d.shape[1:])).reshape(d.shape[0], -1, d.shape[2])
                for d in deviations
            ]
            flat = v.reshape(v.shape[0], nodes * batch, count)
            lower.append(flat - self.joint.modes[number][:, None])
        inner = self.integrate(number + 1, etas.reshape(nodes * batch, -1), lower)
        log = level.units.sum(inner.log).reshape(nodes, batch, count) - 0.5 * arrays.dot(v, v)
        log = log + log_weights[:, None, None]
        top = log.max(0)
        share = np.exp(log - top)
        total = share.sum(0)
        diagonal = np.diagonal(self.factors[number]).T                       # (r, J)
        value = top + np.log(total) + np.log(diagonal.prod(0))
        if not self.order:
            return _Inner(value)
        return self._derivatives(number, inner, value, share / total, v, x, away)

    def _rows(self, eta: Array) -> _Inner:
        response, extra = self.block.response, self.parameters.extra
        if not self.order:
            return _Inner(response.derivatives(eta, extra, 0)[0])
        value, first = response.derivatives(eta, extra, 1)
        by_extra = np.zeros((0, *eta.shape))
        if extra.size:
            by_extra = response.extra_derivatives(eta, extra, 0)[0]
        return _Inner(value, first, by_extra)

    def _derivatives(
        self, number: int, inner: _Inner, value: Array, share: Array, v: Array, x: Array, away: list[Array]
    ) -> _Inner:
        """Derivatives of the log integrals; ``share`` (K, B, J) are the posterior weights of the nodes."""
        level, parameters = self.block.levels[number], self.parameters
        nodes, batch, count = share.shape
        row = inner.row.reshape(nodes, batch, -1)
        by_z = np.stack([level.rows.sum(z * row) for z in level.z])
        slope = arrays.mixed(parameters.factors[number].T, by_z) - v
        mode = (share * slope).sum(1)  # moving the mode moves the nodes but not their deviations from it
        if inner.above:
            slope = slope + level.units.sum(inner.above[number]).reshape(v.shape)
        weighted = share * slope                                             # (r, K, B, J)
        mean = weighted.sum(1)
        factor = np.zeros((x.shape[0], x.shape[0], batch, count))
        for a in range(x.shape[0]):
            for c in range(a + 1):
                factor[a, c] = (x[c] @ weighted[a].reshape(x.shape[1], -1)).reshape(batch, count)
            factor[a, a] += 1.0 / self.factors[number][a, a]
        slopes = tuple(-arrays.outer(mean, each) for each in away)
        above = []
        for a in range(number):
            through = -arrays.times(arrays.transposed(self.joint.system.slope[number][a])[:, :, None], mean)
            if inner.above:
                below = level.units.sum(inner.above[a]).reshape(-1, nodes, batch, count)
                through = through + (share * below).sum(1)
            above.append(through)
        own = arrays.outer(share * by_z, v).sum(2)
        return _Inner(
            value,
            (level.rows.spread(share) * row).sum(0),
            (share * level.units.sum(inner.extra).reshape(len(inner.extra), nodes, batch, count)).sum(1),
            (own, *(self._kept(number, k, f, share) for k, f in enumerate(inner.factors, number + 1))),
            (
                _Adaptation(mode, factor, slopes),
                *(
                    _Adaptation(
                        self._kept(number, k, a.mode, share),
                        self._kept(number, k, a.factor, share),
                        tuple(self._kept(number, k, s, share) for s in a.slope),
                    )
                    for k, a in enumerate(inner.adaptation, number + 1)
                ),
            ),
            tuple(above),
        )

    def _kept(self, number: int, lower: int, values: Array, share: Array) -> Array:
        """Means over this level's nodes of what belongs to the groups of a lower level: (..., K B, J) to (..., B, J)."""
        nodes, batch, _ = share.shape
        weights = self.block.levels[lower].above[number].spread(share)
        shaped = values.reshape(*values.shape[:-2], nodes, batch, values.shape[-1])
        return (weights * shaped).sum(-3)


# ---- Laplace -----------------------------------------------------------------------------------------------------


def _laplace(block: Block, parameters: Parameters, joint: Joint, order: int) -> Derivatives:
    """Value at the mode less half the log determinant of M."""
    value = joint.value - 0.5 * joint.system.log_determinant
    if not order:
        return Derivatives(value)
    extra = np.zeros((0, block.count))
    if parameters.extra.size:
        extra = block.levels[0].rows.sum(block.response.extra_derivatives(joint.eta, parameters.extra, 0)[0])
    first = joint.derivatives[1]
    factors = tuple(
        arrays.cross(block.levels[0].rows, None, level.z, level.rows.spread(v) * first)
        for level, v in zip(block.levels, joint.modes, strict=True)
    )
    direct = Derivatives(value, first, extra, factors)
    still = [
        _Adaptation(np.zeros_like(v), np.zeros(0), tuple(np.zeros_like(s) for s in slopes))
        for v, slopes in zip(joint.modes, joint.system.slope, strict=True)
    ]
    outer = [-0.5 * inverse for inverse in joint.system.inverse]
    return _chain(block, parameters, joint, direct, still, outer)


# ---- the chain from modes and curvature to the parameters --------------------------------------------------------


def _inverse_adjoint(factor: Array, adjoint: Array) -> Array:
    """From the adjoint of C to that of S, where C C' = S^-1 (Murray 2016, section 3): (q, q, J), symmetric."""
    inner = arrays.product(arrays.transposed(factor), adjoint)
    for a in range(inner.shape[0]):
        inner[a, a] *= 0.5
        inner[a, a + 1 :] = 0.0
    left = arrays.transposed(arrays.lower_inverse(factor))
    of_inverse = arrays.product(arrays.product(left, inner), arrays.transposed(left))
    of_inverse = 0.5 * (of_inverse + arrays.transposed(of_inverse))
    inverse = arrays.product(factor, arrays.transposed(factor))
    return -arrays.product(arrays.product(inverse, of_inverse), inverse)


def _chain(
    block: Block,
    parameters: Parameters,
    joint: Joint,
    direct: Derivatives,
    adaptation: list[_Adaptation],
    outer: list[Array],
) -> Derivatives:
    """Add to the direct derivatives those by way of the modes, the factors C and the slopes.

    ``outer``: per level the adjoint of the eliminated block S (symmetric), all that comes of its inverse included but
    for the slopes.
    """
    own, side = _reverse(block, joint.system, adaptation, outer)
    columns, levels = joint.columns, block.levels
    _, first, second, third = joint.derivatives
    applied = [_applied(block, own, side, columns, number) for number in range(len(levels))]
    # z' M-adjoint z: each pair of levels counts once here, twice in `applied`
    weight_adjoint = 0.5 * sum(arrays.dot(c, y) for c, y in zip(columns, applied, strict=True))
    through = -third * weight_adjoint
    right = [
        a.mode + level.rows.sum(c * through) for a, level, c in zip(adaptation, levels, columns, strict=True)
    ]
    moved = joint.system.solve(block, right)
    spread = [level.rows.spread(t) for level, t in zip(levels, moved, strict=True)]
    pull = sum(arrays.dot(c, t) for c, t in zip(columns, spread, strict=True))
    row = through + second * pull
    top = levels[0].rows
    factors = []
    for number, level in enumerate(levels):
        inside = (
            row * level.rows.spread(joint.modes[number]) + first * spread[number] - second * applied[number]
        )
        factors.append(direct.factors[number] + arrays.cross(top, None, level.z, inside))
    extra = direct.extra
    if parameters.extra.size:
        _, by_first, by_second = block.response.extra_derivatives(joint.eta, parameters.extra, 2)
        extra = extra + top.sum(by_first * pull - by_second * weight_adjoint)
    return Derivatives(direct.value, direct.row + row, extra, tuple(factors))


def _reverse(
    block: Block, system: System, adaptation: list[_Adaptation], outer: list[Array]
) -> tuple[list[Array], list[list[Array]]]:
    """From the adjoints of S and the slopes to those of the blocks of M: the elimination backwards, from the top.

    Returns per level the adjoint of its own block (symmetric) and of its blocks with higher levels (stored once).
    """
    own: list[Array] = []
    side: list[list[Array]] = []
    for number, level in enumerate(block.levels):
        inverse, slopes = system.inverse[number], system.slope[number]
        of_block = outer[number]
        of_side = [arrays.product(inverse, each) for each in adaptation[number].slope]
        of_inverse = sum(
            (
                arrays.product(each, arrays.transposed(system.side[number][a]))
                for a, each in enumerate(adaptation[number].slope)
            ),
            np.zeros_like(inverse),
        )
        # what the levels above lost to this one: M_ab -= side_a' S^-1 side_b
        for a in range(number):
            for b in range(a + 1):
                adjoint = level.above[a].spread(own[a] if a == b else side[a][b])       # (r_a, r_b, J)
                of_inverse = of_inverse - arrays.product(
                    arrays.product(system.side[number][a], adjoint), arrays.transposed(system.side[number][b])
                )
                of_side[a] = of_side[a] - arrays.product(slopes[b], arrays.transposed(adjoint))
                of_side[b] = of_side[b] - arrays.product(slopes[a], adjoint)
        of_inverse = 0.5 * (of_inverse + arrays.transposed(of_inverse))
        own.append(of_block - arrays.product(arrays.product(inverse, of_inverse), inverse))
        side.append(of_side)
    return own, side


def _applied(
    block: Block, own: list[Array], side: list[list[Array]], columns: list[Array], number: int
) -> Array:
    """The derivative of z'Nz in the columns of a level, (r, n): 2 N_ll z_l + the blocks with all other levels."""
    out = 2.0 * arrays.apply(block.levels[number].rows, own[number], columns[number])
    for a in range(number):
        out = out + arrays.apply(block.levels[number].rows, side[number][a], columns[a])
    for lower in range(number + 1, len(columns)):
        out = out + arrays.apply(
            block.levels[lower].rows, arrays.transposed(side[lower][number]), columns[lower]
        )
    return out
