"""The joint mode of all random effects of a top-level group given the data, and the curvature there.

In terms of standard normal v the joint log density is sum l_i(eta_i) - |v|^2 / 2.  Its negative Hessian M = I + Z'WZ has
blocks for a level and for pairs of a level with one above it; eliminating the levels from the bottom up leaves no new
ones, so that a step costs what the rows cost (Pinheiro and Chao 2006, section 3).
"""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record
from . import arrays
from .layout import Block
from .point import Parameters

MODE_TOLERANCE = 1e-9
_ITERATIONS = 60
_LONGEST = 4.0


@record(eq=False)
class System:
    """M after elimination.

    inverse: per level, the inverse (r, r, J) of the block that is left when the levels below are eliminated.  side:
    per level and higher level a, the block (r, r_a, J) between them at that point.  slope: inverse @ side: given the
    effects above, the mode moves by -slope times their deviation.  log_determinant (J_top,) of all of M.
    """

    inverse: tuple[Array, ...]
    side: tuple[tuple[Array, ...], ...]
    slope: tuple[tuple[Array, ...], ...]
    log_determinant: Array

    def solve(self, block: Block, right: list[Array]) -> list[Array]:
        """M^-1 right, both per level (r, J), or (r, m, J) for m right-hand sides at once."""
        rest = list(right)
        wide = (slice(None), slice(None), *(None,) * (right[0].ndim - 2))
        for number in reversed(range(len(rest))):
            for a, slope in enumerate(self.slope[number]):
                rest[a] = rest[a] - block.levels[number].above[a].sum(
                    arrays.times(arrays.transposed(slope)[wide], rest[number])
                )
        out: list[Array] = []
        for number, level in enumerate(block.levels):
            found = arrays.times(self.inverse[number][wide], rest[number])
            for a, slope in enumerate(self.slope[number]):
                found = found - arrays.times(slope[wide], level.above[a].spread(out[a]))
            out.append(found)
        return out

    def variances(self, block: Block) -> list[Array]:
        """The diagonal blocks (r, r, J) of M^-1, from the top level down (Takahashi's recursion)."""
        own: list[Array] = []
        side: list[list[Array]] = []
        for number, level in enumerate(block.levels):
            slopes = self.slope[number]
            mixed = []
            for a in range(number):
                total = np.zeros_like(slopes[a])
                for b, slope in enumerate(slopes):
                    between = own[a] if a == b else side[a][b] if a > b else arrays.transposed(side[b][a])
                    spread = level.above[max(a, b)].spread(between)
                    total = total - arrays.product(slope, arrays.transposed(spread))
                mixed.append(total)
            here = self.inverse[number]
            for slope, each in zip(slopes, mixed, strict=True):
                here = here - arrays.product(each, arrays.transposed(slope))
            own.append(here)
            side.append(mixed)
        return own


@record(eq=False)
class Joint:
    """The mode of a block: v per level (r, J), eta (n,), derivatives of the log density there, and M.

    value (J_top,): the joint log density at the mode.
    """

    modes: list[Array]
    columns: list[Array]
    eta: Array
    derivatives: tuple[Array, ...]
    system: System
    value: Array


def eliminate(block: Block, columns: list[Array], weight: Array) -> System:
    """Build M from the weights -l'' (n,) and eliminate from the bottom up."""
    count = len(columns)
    own: list[Array] = []
    side: list[list[Array]] = []
    for number, level in enumerate(block.levels):
        matrix = arrays.cross(level.rows, weight, columns[number], columns[number])
        for a in range(matrix.shape[0]):
            matrix[a, a] += 1.0
        own.append(matrix)
        side.append([arrays.cross(level.rows, weight, columns[number], columns[a]) for a in range(number)])
    inverses: list[Array] = [own[0]] * count
    slopes: list[tuple[Array, ...]] = [()] * count
    total = np.zeros(block.count)
    for number in reversed(range(count)):
        level = block.levels[number]
        inverses[number], logs = arrays.inverse(own[number])
        total = total + (level.above[0].sum(logs) if number else logs)
        slopes[number] = tuple(arrays.product(inverses[number], each) for each in side[number])
        for a in range(number):
            for b in range(a + 1):
                lost = level.above[a].sum(arrays.product(arrays.transposed(side[number][a]), slopes[number][b]))
                if a == b:
                    own[a] = own[a] - lost
                else:
                    side[a][b] = side[a][b] - lost
    return System(tuple(inverses), tuple(tuple(s) for s in side), tuple(slopes), total)


def find_modes(
    block: Block, parameters: Parameters, start: list[Array] | None, order: int, tolerance: float = MODE_TOLERANCE
) -> Joint:
    """Newton's method for all groups at once, from ``start`` (zeros without one); steps that do not climb are shortened.

    ``order``: 2, or 3 when the third derivatives are wanted.  ``tolerance``: of the last step, which is not taken.
    """
    base = parameters.predictor(block)
    columns = parameters.columns(block)
    shapes = [(c.shape[0], level.rows.starts.size) for c, level in zip(columns, block.levels, strict=True)]
    v = [np.zeros(shape) for shape in shapes]
    if start is not None and all(s.shape == shape for s, shape in zip(start, shapes, strict=True)):
        v = start
    at = _Search(block, parameters, columns, base, order)
    state = at(v)
    if not np.isfinite(state[2]).all():
        v = [np.zeros(shape) for shape in shapes]
        state = at(v)
    for _ in range(_ITERATIONS):
        eta, derivatives, value = state
        weight = -derivatives[2]
        system = eliminate(block, columns, weight)
        if not np.isfinite(system.log_determinant).all():
            system = eliminate(block, columns, np.maximum(weight, 0.0))
        step = system.solve(block, _slope(block, columns, derivatives[1], v))
        size = _size(block, step)
        if not size.max() > tolerance:
            break
        v, state = _climb(block, at, v, state, step, size)
    eta, derivatives, value = state
    return Joint(v, columns, eta, derivatives, system, value)


def _slope(block: Block, columns: list[Array], first: Array, v: list[Array]) -> list[Array]:
    return [
        level.rows.sum(c * first) - each for level, c, each in zip(block.levels, columns, v, strict=True)
    ]


State = tuple[Array, tuple[Array, ...], Array]


@record(eq=False)
class _Search:
    """At v: eta, the derivatives of the log density, and the joint log density per top-level group."""

    block: Block
    parameters: Parameters
    columns: list[Array]
    base: Array
    order: int

    def __call__(self, v: list[Array]) -> State:
        eta, block = self.base, self.block
        for level, c, each in zip(block.levels, self.columns, v, strict=True):
            eta = eta + arrays.dot(c, level.rows.spread(each))
        derivatives = block.response.derivatives(eta, self.parameters.extra, self.order)
        value = block.levels[0].rows.sum(derivatives[0])
        for number, each in enumerate(v):
            squares = 0.5 * arrays.dot(each, each)
            value = value - (block.levels[number].above[0].sum(squares) if number else squares)
        return eta, derivatives, value


def _size(block: Block, step: list[Array]) -> Array:
    """The largest element of the step of each top-level group."""
    out = np.zeros(block.count)
    for number, each in enumerate(step):
        largest = np.abs(each[0]) if each.shape[0] == 1 else np.abs(each).max(0)
        if number:
            largest = np.maximum.reduceat(largest, block.levels[number].above[0].starts)
        out = np.maximum(out, largest)
    return np.maximum(out, 1e-300)


def _climb(
    block: Block, at: _Search, v: list[Array], state: State, step: list[Array], size: Array
) -> tuple[list[Array], State]:
    """The step, no longer than _LONGEST, a quarter of it and so on for the groups whose joint density it would lower."""
    share = np.minimum(1.0, _LONGEST / size)
    slack = 1e-10 * (1.0 + np.abs(state[2]))
    for _ in range(30):
        trial = [
            each + move * (block.levels[k].above[0].spread(share) if k else share)
            for k, (each, move) in enumerate(zip(v, step, strict=True))
        ]
        new = at(trial)
        better = new[2] >= state[2] - slack
        if better.all():
            return trial, new
        share = np.where(better, share, 0.25 * share)
    return v, state
