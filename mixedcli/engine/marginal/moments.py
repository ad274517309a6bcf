"""Quadrature centred at the posterior means and scaled by the posterior covariances; and quadrature with fixed nodes.

Naylor and Smith (1982), as used by Rabe-Hesketh, Skrondal and Pickles (2005): the nodes are m + C x with m and CC' the
mean and the covariance that the quadrature itself finds.  For nested levels the nodes of a level are found anew for each
node of the levels above it.

With posterior weights w_k of the nodes, m and C are right when c = (sum w x, sum w xx' - I) is zero.  The gradient is
exact, by implicit differentiation of that: with h = (x, xx'), t the derivatives of the log integrand in (m, C), and
A = cov_w(h, t), the log integral moves with any parameter as sum w_k (1 - lambda'(h_k - h)) g_k does, where A'lambda is
the derivative of the log integral in (m, C).  No derivatives of the density beyond the first are needed, so levels nest.
"""

from __future__ import annotations

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record
from . import arrays
from .layout import Block
from .modes import Joint, find_modes
from .point import NOTHING, Derivatives, Parameters, hermite

_TOLERANCE = 1e-7
_PASSES = 40
# below the top level, where they are repeated with every pass above: for one, and for all of an evaluation
_INNER_PASSES = 25
_ALL_INNER_PASSES = 200
_DAMPED = 15
_USABLE = 1e-3
_RATE = 1e-2


@record(eq=False)
class Nodes:
    """Where the nodes of a level lie: mean (r, B, J) and lower factor (r, r, B, J)."""

    mean: Array
    factor: Array


@record(eq=False)
class _Inner:
    """Log integrals (B, J) of the units of a level; row (B, n); extra (k, B, J); factors, per level from this one down,
    (q, r, B, J); moments, per level, of v: means (r, B, J) and means of vv' (r, r, B, J)."""

    log: Array
    row: Array = NOTHING
    extra: Array = NOTHING
    factors: tuple[Array, ...] = ()
    moments: tuple[tuple[Array, Array], ...] = ()


def evaluate(
    block: Block,
    parameters: Parameters,
    points: tuple[int, ...],
    start: list[Nodes | None] | None,
    order: int,
    adaptive: bool = True,
) -> tuple[Derivatives, list[Nodes | None]]:
    """The log likelihood of each top-level group (with derivatives for order 1), and the nodes it was found with.

    ``adaptive`` False: the nodes stay at m = 0, C = I (Gauss-Hermite quadrature as it stands).
    """
    joint = find_modes(block, parameters, None, 2) if adaptive and start is None else None
    if joint is not None and not np.isfinite(joint.value).all():
        return Derivatives(np.full(block.count, -np.inf)), [None] * len(block.levels)
    walk = _Walk(block, parameters, joint, start, points, adaptive)
    inner = walk.integrate(0, parameters.predictor(block)[None], [], order)
    if start is not None and adaptive and (walk.lost or not np.isfinite(inner.log).all()):
        return evaluate(block, parameters, points, None, order)
    if not order or not np.isfinite(inner.log).all():
        return Derivatives(inner.log[0]), walk.nodes
    factors = tuple(
        block.levels[k].above[0].sum(each[:, :, 0]) if k else each[:, :, 0] for k, each in enumerate(inner.factors)
    )
    return Derivatives(inner.log[0], inner.row[0], inner.extra[:, 0], factors), walk.nodes


def posterior_moments(
    block: Block, parameters: Parameters, points: tuple[int, ...], adaptive: bool = True
) -> list[tuple[Array, Array]]:
    """Per level, the posterior mean (r, J) and covariance (r, r, J) of v."""
    joint = find_modes(block, parameters, None, 2) if adaptive else None
    inner = _Walk(block, parameters, joint, None, points, adaptive).integrate(
        0, parameters.predictor(block)[None], [], 2
    )
    return [(m[:, 0], square[:, :, 0] - arrays.outer(m[:, 0], m[:, 0])) for m, square in inner.moments]


class _Walk:
    """The integrals from the top level down."""

    def __init__(
        self,
        block: Block,
        parameters: Parameters,
        joint: Joint | None,
        start: list[Nodes | None] | None,
        points: tuple[int, ...],
        adaptive: bool,
    ) -> None:
        self.block, self.parameters, self.joint, self.adaptive = block, parameters, joint, adaptive
        self.columns = parameters.columns(block)
        self.rules = [hermite(k, c.shape[0]) for k, c in zip(points, self.columns, strict=True)]
        self.products = [_products(x) for x, _ in self.rules]
        self.nodes: list[Nodes | None] = list(start) if start is not None else [None] * len(block.levels)
        self.roots = [arrays.cholesky(each) for each in joint.system.inverse] if joint is not None else []
        self.lost = False
        self.inner_passes = 0

    def integrate(self, number: int, eta: Array, above: list[Array], order: int) -> _Inner:
        """The units of level ``number`` given eta (B, n) and the effects (r_a, B, J_a) of the levels above."""
        if number == len(self.block.levels):
            return self._rows(eta, order)
        here = self._begin(number, eta.shape[0], above)
        if not self.adaptive:
            return self._pass(number, eta, above, here, order)[0]
        largest, expected = np.inf, np.inf
        for turn in range(self._limit(number)):
            self.inner_passes += number > 0
            # derivatives are made on the way once the nodes are about to be right
            full = order if expected < _TOLERANCE else 0
            inner, weights = self._pass(number, eta, above, here, full)
            moments = np.tensordot(self.products[number], weights, (1, 0))
            moments -= _target(self.columns[number].shape[0])[:, None, None]
            last, largest = largest, float(np.abs(moments).max(initial=0.0))
            if not np.isfinite(largest):
                self.lost = True
                return inner
            if largest < _TOLERANCE:
                break
            # slow convergence is a swing from side to side
            here = _moved(here, moments if turn < _DAMPED else 0.5 * moments)
            expected = largest * min(1.0, max(largest / last, _RATE))
        else:
            self.lost = True
        self.nodes[number] = here
        if full != order:
            inner = self._pass(number, eta, above, here, order)[0]
        return inner

    def _limit(self, number: int) -> int:
        """How often the nodes of a level may move: separated groups may have no nodes that are right."""
        return _PASSES if number == 0 else max(1, min(_INNER_PASSES, _ALL_INNER_PASSES - self.inner_passes))

    def _begin(self, number: int, batch: int, above: list[Array]) -> Nodes:
        """The nodes of the last evaluation; without them the conditional mode and curvature, or 0 and I."""
        level, r = self.block.levels[number], self.columns[number].shape[0]
        shape = (r, batch, level.rows.starts.size)
        last = self.nodes[number]
        if last is not None and last.mean.shape == shape:
            return last
        if self.joint is None:
            eye = np.broadcast_to(np.eye(r)[:, :, None, None], (r, *shape))
            return Nodes(np.zeros(shape), eye)
        mean = np.broadcast_to(self.joint.modes[number][:, None], shape)
        for a, effects in enumerate(above):
            away = level.above[a].spread(effects - self.joint.modes[a][:, None])
            mean = mean - arrays.times(self.joint.system.slope[number][a][:, :, None], away)
        return Nodes(mean, np.broadcast_to(self.roots[number][:, :, None], (r, *shape)))

    def _rows(self, eta: Array, order: int) -> _Inner:
        response, extra = self.block.response, self.parameters.extra
        if order != 1:
            return _Inner(response.derivatives(eta, extra, 0)[0])
        value, first = response.derivatives(eta, extra, 1)
        by_extra = response.extra_derivatives(eta, extra, 0)[0] if extra.size else np.zeros((0, *eta.shape))
        return _Inner(value, first, by_extra)

    def _pass(self, number: int, eta: Array, above: list[Array], here: Nodes, order: int) -> tuple[_Inner, Array]:
        """The log integrals with nodes ``here``, and the posterior weights (K, B, J) of the nodes."""
        level, columns = self.block.levels[number], self.columns[number]
        x, log_weights = self.rules[number]
        nodes, (batch, count) = log_weights.size, here.mean.shape[1:]
        v = here.mean[:, None] + arrays.times(here.factor[:, :, None], x[:, :, None, None])  # (r, K, B, J)
        etas = eta + arrays.dot(columns[:, None, None], level.rows.spread(v))
        lower = [
            np.broadcast_to(a[:, None], (a.shape[0], nodes, *a.shape[1:])).reshape(a.shape[0], -1, a.shape[2])
            for a in above
        ]
        flat = v.reshape(v.shape[0], nodes * batch, count)
        inner = self.integrate(number + 1, etas.reshape(nodes * batch, -1), [*lower, flat], order)
        unit_log = inner.log if level.weights is None else inner.log * level.weights
        log = level.units.sum(unit_log).reshape(nodes, batch, count) - 0.5 * arrays.dot(v, v)
        log += log_weights[:, None, None]
        top = log.max(0)
        share = np.exp(log - top)
        total = share.sum(0)
        weights = share / total
        value = top + np.log(total) + np.log(_diagonal(here.factor).prod(0))
        if not order:
            return _Inner(value), weights
        if order == 2:
            return self._moments(number, inner, value, weights, v), weights
        return self._derivatives(number, inner, value, weights, v, here), weights

    def _derivatives(
        self, number: int, inner: _Inner, value: Array, weights: Array, v: Array, here: Nodes
    ) -> _Inner:
        level, parameters = self.block.levels[number], self.parameters
        nodes, batch, count = weights.shape
        row, extra = inner.row.reshape(nodes, batch, -1), inner.extra
        lower = inner.factors
        if level.weights is not None:
            row = row * self.block.levels[number + 1].rows.spread(level.weights)
            extra = extra * level.weights
            lower = tuple(f * self._below(number, k, level.weights) for k, f in enumerate(lower, number + 1))
        by_z = np.stack([level.rows.sum(z * row) for z in level.z])                # (q, K, B, J)
        if self.adaptive:
            slope = arrays.mixed(parameters.factors[number].T, by_z) - v
            weights, correction = _adjusted(self.rules[number][0], self.products[number], weights, slope, here)
            value = value + correction
        own = arrays.outer(weights * by_z, v).sum(2)
        return _Inner(
            value,
            (level.rows.spread(weights) * row).sum(0),
            (weights * level.units.sum(extra).reshape(len(extra), nodes, batch, count)).sum(1),
            (own, *(self._mean(number, k, f, weights) for k, f in enumerate(lower, number + 1))),
        )

    def _moments(self, number: int, inner: _Inner, value: Array, weights: Array, v: Array) -> _Inner:
        mean = (weights * v).sum(1)
        square = arrays.outer(weights * v, v).sum(2)
        lower = (
            (self._mean(number, k, first, weights), self._mean(number, k, second, weights))
            for k, (first, second) in enumerate(inner.moments, number + 1)
        )
        return _Inner(value, moments=((mean, square), *lower))

    def _mean(self, number: int, lower: int, values: Array, weights: Array) -> Array:
        """Means over this level's nodes of what belongs to groups of a lower level: (..., K B, J) to (..., B, J)."""
        nodes, batch, _ = weights.shape
        spread = self.block.levels[lower].above[number].spread(weights)
        return (spread * values.reshape(*values.shape[:-2], nodes, batch, values.shape[-1])).sum(-3)

    def _below(self, number: int, lower: int, unit_weights: Array) -> Array:
        """The weights of the units just below level ``number``, for the groups of level ``lower``."""
        if lower == number + 1:
            return unit_weights
        return self.block.levels[lower].above[number + 1].spread(unit_weights)


def _diagonal(factor: Array) -> Array:
    """(r, r, ...) to (r, ...)."""
    at = np.arange(factor.shape[0])
    return factor[at, at]


def _products(x: Array) -> Array:
    """h = (x_a; x_a x_b for a >= b) at every node: (N, K)."""
    r = x.shape[0]
    return np.stack([*x, *(x[a] * x[b] for a in range(r) for b in range(a + 1))])


def _target(r: int) -> Array:
    """What h is on average under a standard normal posterior."""
    return np.array([0.0] * r + [float(a == b) for a in range(r) for b in range(a + 1)])


def _moved(here: Nodes, moments: Array) -> Nodes:
    """The nodes at the mean and covariance just found; ``moments`` (N, B, J): h's mean less its target."""
    r = here.mean.shape[0]
    mean = moments[:r]
    second = np.empty((r, r, *mean.shape[1:]))
    at = r
    for a in range(r):
        for b in range(a + 1):
            second[a, b] = second[b, a] = moments[at] + float(a == b) - mean[a] * mean[b]
            at += 1
    root = arrays.cholesky(second)
    # a posterior that one node carries alone has no variance left: stay wide enough to see its neighbours
    root = np.where(np.isfinite(root), root, 0.0)
    diagonal = np.arange(r)
    root[diagonal, diagonal] = np.maximum(root[diagonal, diagonal], 0.1)
    return Nodes(
        here.mean + arrays.times(here.factor, mean),
        arrays.product(here.factor, root),
    )


def _adjusted(x: Array, h: Array, weights: Array, slope: Array, here: Nodes) -> tuple[Array, Array]:
    """Weights (K, B, J) that make the gradient that of the adapted integral, and what is still missing of its log.

    slope (r, K, B, J): the derivative of the log integrand in v at the nodes.
    """
    r, nodes = x.shape
    pairs = [(a, b) for a in range(r) for b in range(a + 1)]
    t = np.stack([*slope, *(slope[a] * x[b][:, None, None] for a, b in pairs)])    # (N, K, B, J)
    weighted = t * weights
    mean_t = weighted.sum(1)
    mean_h = np.tensordot(h, weights, (1, 0))                                      # (N, B, J)
    size = mean_t.shape[0]
    flat = np.moveaxis(weighted, 1, 0).reshape(nodes, -1)
    covariance = (h @ flat).reshape(size, *weighted.shape[:1], *mean_h.shape[1:])  # (N of h, N of t, B, J)
    covariance = covariance - mean_h[:, None] * mean_t[None]
    right = mean_t.copy()
    for n, (a, b) in enumerate(pairs, r):
        if a == b:
            right[n] += 1.0 / here.factor[a, a]
    moments = mean_h - _target(r)[:, None, None]
    # nodes that did not settle are taken as fixed: for them the expansion around the right ones means nothing
    settled = np.abs(moments).max(0) < _USABLE
    multiplier = np.where(settled, _solved(covariance, right), 0.0)                # A' lambda = right
    correction = -(multiplier * moments).sum(0)
    change = np.tensordot(h.T, multiplier, (1, 0)) - (multiplier * mean_h).sum(0)
    return weights * (1.0 - change), correction


def _solved(matrices: Array, right: Array) -> Array:
    """lambda (N, B, J) with sum_n A[n, m] lambda[n] = right[m]; zero where A is singular."""
    if right.shape[0] == 2:
        with np.errstate(all="ignore"):
            determinant = matrices[0, 0] * matrices[1, 1] - matrices[0, 1] * matrices[1, 0]
            first = (right[0] * matrices[1, 1] - right[1] * matrices[1, 0]) / determinant
            second = (right[1] * matrices[0, 0] - right[0] * matrices[0, 1]) / determinant
            out = np.stack([first, second])
    else:
        stack = np.moveaxis(matrices, (0, 1), (-1, -2))
        try:
            out = np.moveaxis(np.linalg.solve(stack, np.moveaxis(right, 0, -1)[..., None])[..., 0], -1, 0)
        except np.linalg.LinAlgError:
            out = np.moveaxis(
                (np.linalg.pinv(stack) @ np.moveaxis(right, 0, -1)[..., None])[..., 0], -1, 0
            )
    return np.where(np.isfinite(out).all(0), out, 0.0)
