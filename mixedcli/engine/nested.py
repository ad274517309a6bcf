"""The profiled deviance of a linear mixed model with nested levels, its exact gradient and its exact Hessian.

Relative to sigma_e^2 the covariance of y is V = I + sum_l Z_l D_l Z_l'.  Let V_(l) hold the levels l and below only.
Woodbury's identity removes one level at a time, the lowest first:

    V_(l)^-1 = V_(l+1)^-1 - V_(l+1)^-1 Z K Z' V_(l+1)^-1,   K = D (I + A D)^-1,   A = Z' V_(l+1)^-1 Z,
    ln|V_(l)| = ln|V_(l+1)| + sum over groups of ln|I + A D|,

so all that is carried are products of Z_l with [Z_0..Z_l, X, y] per group.  This gives S = W' V^-1 W (W = [X, y]),
hence beta and Q = (y - Xb)' V^-1 (y - Xb), and with df = n (ML) or n - p (REML) and sigma_e^2 = Q / df the deviance

    f = ln|V| + df (1 + ln(2 pi Q / df)) [+ ln|X' V^-1 X| for REML]

(Pinheiro and Bates 2000, ch. 2; Bates et al. 2015, sec. 3).  For a direction E = dD of level l

    d ln|V| = sum_g tr(G_g E),  dS = - sum_g P_g' E P_g,   G_g = Z_g' V^-1 Z_g,  P_g = Z_g' V^-1 W,

which a pass from the top down supplies.  Second derivatives come from differentiating the same two passes (forward
mode), only for the levels at and above that of E; the rest follows by symmetry.  W is rotated at the current point so
that S = diag(I, Q), which makes the formulas short.  Nothing here depends on the number of rows; no loop runs over
groups.

Arrays per level have shape (column, q, J), groups in the order of their parents.
"""

from __future__ import annotations

import math

import numpy as np

from mixedcli.engine.batched import Array, contract, inverse
from mixedcli.engine.crossproducts import Codes, CrossProducts

from ..records import record


@record
class Directions:
    """The factor of one level: Lambda = sum_k phi[index_k] basis_k; basis (k, q, r), index (k,)."""

    basis: Array
    index: Codes

    def factor(self, phi: Array) -> Array:
        return np.tensordot(phi[self.index], self.basis, 1)

    def slopes(self, factor: Array) -> Array:
        """dD_k = M_k Lambda' + Lambda M_k', shape (k, q, q)."""
        half = self.basis @ factor.T
        return half + half.transpose(0, 2, 1)


@record
class Evaluation:
    """The deviance at phi.

    value: f with all constants, in the metric of the cross-products.  gradient (k,), hessian (k, k) with respect to
    phi. quadratic: Q.  quadratic_slope (k,): dQ / dphi.  beta (p,); precision (p, p) = X' V^-1 X.
    """

    value: float
    gradient: Array
    hessian: Array
    quadratic: float
    quadratic_slope: Array
    beta: Array
    precision: Array


@record(frozen=False)
class _Eliminated:
    """One level after its elimination: products with V_(l+1)^-1 (before) and V_(l)^-1 (after), and K."""

    products: Array
    inverse: Array
    reduced: Array
    gain: Array


@record(frozen=False)
class _Step:
    """One step of the downward pass from a level to the ancestor level ``above``."""

    above: int
    groups: Codes
    link: Array
    weighted: Array


@record(frozen=False)
class _Marginal:
    """Products of a level's Z with V^-1 of the whole model, and the steps that led there."""

    information: Array
    projected: Array
    steps: list[_Step]


class NestedProfile:
    """Cross-products arranged by the nesting of the groups, and the deviance as a function of the D of every level."""

    def __init__(self, data: CrossProducts, reml: bool) -> None:
        self.n = data.n
        self.total = data.total
        self.p = data.total.shape[0] - 1
        self.reml = reml
        self.df = data.n - self.p if reml else data.n
        self.products: list[Array] = []
        self.order: list[Codes] = []
        self.parent: list[Codes] = []
        self.starts: list[Codes] = []
        self._arrange(data)
        widths = [block.shape[1] for block in self.products]
        self.offsets = [0, *np.cumsum(widths).tolist()]

    def _arrange(self, data: CrossProducts) -> None:
        """Put the groups of every level in the order of their parents, so that sums over children are contiguous."""
        for depth, level in enumerate(data.levels):
            if depth == 0:
                order = np.arange(level.keys.size)
                parent = np.zeros(level.keys.size, dtype=np.intp)
                starts = np.zeros(0, dtype=np.intp)
            else:
                above = data.levels[depth - 1]
                rank = np.empty(above.keys.size, dtype=np.intp)
                rank[self.order[-1]] = np.arange(above.keys.size)
                parent = rank[np.searchsorted(above.keys, level.parents)]
                order = np.argsort(parent, kind="stable")
                parent = parent[order]
                starts = np.searchsorted(parent, np.arange(above.keys.size))
            in_order = bool((order[1:] > order[:-1]).all())
            self.products.append(level.products if in_order else level.products[:, :, order])
            self.order.append(order)
            self.parent.append(parent)
            self.starts.append(starts)

    def _own(self, level: int) -> slice:
        return slice(self.offsets[level], self.offsets[level + 1])

    def _columns(self, array: Array, level: int, upto: int) -> Array:
        """Of the rows [Z_0..Z_level, W] those of Z_0..Z_(upto-1) and of W."""
        width = self.offsets[level + 1]
        return np.concatenate([array[: self.offsets[upto]], array[width:]])

    def _sum_to(self, array: Array, level: int, above: int) -> Array:
        """Sum over the groups of ``level`` within each group of the level ``above``."""
        for depth in range(level, above, -1):
            array = np.add.reduceat(array, self.starts[depth], axis=-1)
        return array

    def _ancestor(self, level: int, above: int) -> Codes:
        groups = self.parent[level]
        for depth in range(level - 1, above, -1):
            groups = self.parent[depth][groups]
        return groups

    # -- the deviance -------------------------------------------------------------------------------------------

    def evaluate(self, phi: Array, directions: list[Directions], order: int = 2) -> Evaluation:
        """The deviance at phi; order 0: value, 1: with gradient, 2: with Hessian (absent parts are empty arrays).

        The value is nan where the numbers break down (X' V^-1 X not positive definite, Q not positive).
        """
        factors = [d.factor(phi) for d in directions]
        states, products, log_determinant = self._eliminate([f @ f.T for f in factors])
        solved = self._solve(products)
        if solved is None:
            return _broken(phi.size, self.p)
        beta, quadratic, rotation, log_precision = solved
        value = log_determinant + self.df * (1.0 + math.log(2.0 * math.pi * quadratic / self.df))
        if self.reml:
            value += log_precision
        none = np.zeros((0, 0))
        precision = products[: self.p, : self.p]
        if order == 0 or not self.products:
            blank = np.zeros(phi.size)
            return Evaluation(value, blank, np.zeros((phi.size, phi.size)), quadratic, blank, beta, precision)
        self._rotate(states, rotation)
        marginals = [self._descend(states, level) for level in range(len(states))]
        first = _FirstOrder(self, marginals, directions, factors, quadratic, phi.size)
        hessian = none
        if order == 2:
            hessian = self._hessian(states, marginals, directions, first, quadratic)
        return Evaluation(value, first.gradient, hessian, quadratic, first.s_column[-1], beta, precision)

    def posterior(self, covariances: list[Array]) -> list[tuple[Array, Array]]:
        """For the D of every level: (D - D Z' V^-1 Z D, P), P = Z' V^-1 [X R^-1, y - Xb] with R'R = X' V^-1 X.

        Shapes (q, q, J) and (p + 1, q, J), groups in the order of the keys.  FloatingPointError when X' V^-1 X is
        singular.
        """
        states, products, _ = self._eliminate(covariances)
        solved = self._solve(products)
        if solved is None:
            raise FloatingPointError("X' V^-1 X is singular")
        self._rotate(states, solved[2])
        out = []
        for level, (state, d) in enumerate(zip(states, covariances, strict=True)):
            marginal = self._descend(states, level)
            # D - D G D without its cancellation: K is that for this level and those below, the rest is what they lack
            shared = state.reduced[self._own(level)] - marginal.information
            variance = state.gain + np.matmul(d, np.tensordot(d, shared, 1))
            back = self._back(level)
            out.append((variance[:, :, back], marginal.projected[:, :, back]))
        return out

    def information(self, covariances: list[Array]) -> list[tuple[Array, Array]]:
        """For the D of every level: (Z' V^-1 Z, Z' V^-1 (y - Xb)) of each group.

        Shapes (q, q, J) and (q, J), groups in the order of the keys.  FloatingPointError when X' V^-1 X is singular.
        """
        states, products, _ = self._eliminate(covariances)
        solved = self._solve(products)
        if solved is None:
            raise FloatingPointError("X' V^-1 X is singular")
        self._rotate(states, solved[2])
        out = []
        for level in range(len(states)):
            marginal = self._descend(states, level)
            back = self._back(level)
            out.append((marginal.information[:, :, back], marginal.projected[-1][:, back]))
        return out

    def _back(self, level: int) -> Codes:
        """Where each group, in the order of the keys, lies in the order of the parents."""
        back = np.empty_like(self.order[level])
        back[self.order[level]] = np.arange(back.size)
        return back

    def _eliminate(self, covariances: list[Array]) -> tuple[list[_Eliminated], Array, float]:
        """The upward pass: returns the levels' states, S = W' V^-1 W and ln|V|."""
        blocks = list(self.products)
        total = self.total
        log_determinant = 0.0
        states: list[_Eliminated] = []
        for level in range(len(blocks) - 1, -1, -1):
            d, block, own = covariances[level], blocks[level], self._own(level)
            q = d.shape[0]
            bracket = np.matmul(d, block[own])
            bracket[np.arange(q), np.arange(q)] += 1.0
            inv, log_det = inverse(bracket)
            reduced = contract(block, inv)
            gain = (d @ inv.reshape(q, -1)).reshape(inv.shape)
            log_determinant += log_det
            shrunk = np.matmul(d, reduced)
            w = own.stop
            m = total.shape[0]
            total = total - block[w:].reshape(m, -1) @ shrunk[w:].reshape(m, -1).T
            for above in range(level):
                moved = contract(self._columns(shrunk, level, above + 1), block[self._own(above)])
                blocks[above] = blocks[above] - self._sum_to(moved, level, above)
            states.append(_Eliminated(block, inv, reduced, gain))
        return states[::-1], 0.5 * (total + total.T), log_determinant

    def _solve(self, products: Array) -> tuple[Array, float, Array, float] | None:
        """beta, Q, the rotation that makes S = diag(I, Q), and ln|X' V^-1 X|; None where the numbers break down."""
        p = self.p
        if not np.isfinite(products).all():
            return None
        try:
            lower = np.linalg.cholesky(products[:p, :p])
        except np.linalg.LinAlgError:
            return None
        half = np.linalg.solve(lower, products[:p, p])
        quadratic = float(products[p, p] - half @ half)
        if not quadratic > 0.0:
            return None
        rotation = np.zeros((p + 1, p + 1))
        rotation[:p, :p] = np.linalg.inv(lower).T
        beta = rotation[:p, :p] @ half
        rotation[:p, p] = -beta
        rotation[p, p] = 1.0
        return beta, quadratic, rotation, 2.0 * float(np.log(np.diag(lower)).sum())

    def _rotate(self, states: list[_Eliminated], rotation: Array) -> None:
        m = rotation.shape[0]
        for level, state in enumerate(states):
            w = self.offsets[level + 1]
            shape = (m, *state.reduced.shape[1:])
            turned = (rotation.T @ state.reduced[w:].reshape(m, -1)).reshape(shape)
            state.reduced = np.concatenate([state.reduced[:w], turned])
            if level < len(states) - 1:
                turned = (rotation.T @ state.products[w:].reshape(m, -1)).reshape(shape)
                state.products = np.concatenate([state.products[:w], turned])

    def _descend(self, states: list[_Eliminated], level: int) -> _Marginal:
        """The downward pass for one level: from V_(level)^-1 to the inverse of the whole V."""
        current = states[level].reduced
        own, w = self._own(level), self.offsets[level + 1]
        steps: list[_Step] = []
        if level:
            current = current.copy()
        for above in range(level - 1, -1, -1):
            groups = self._ancestor(level, above)
            link = current[self._own(above)].transpose(1, 0, 2).copy()
            weighted = contract(link, states[above].gain[:, :, groups])
            upper = states[above].products[:, :, groups]
            stop, width = self.offsets[above], self.offsets[above + 1]
            current[:stop] -= contract(upper[:stop], weighted)
            current[w:] -= contract(upper[width:], weighted)
            current[own] -= contract(link, weighted)
            steps.append(_Step(above, groups, link, weighted))
        return _Marginal(current[own], current[w:], steps)

    # -- second derivatives -------------------------------------------------------------------------------------

    def _hessian(
        self,
        states: list[_Eliminated],
        marginals: list[_Marginal],
        directions: list[Directions],
        first: _FirstOrder,
        quadratic: float,
    ) -> Array:
        """Second derivatives: those through S and ln|V| (tangents) and those through D itself (curvature of ΛΛ')."""
        hessian = first.products_term(quadratic)
        active = slice(None) if self.reml else slice(self.p, None)
        tangents = _Tangents(self, states, marginals, active)
        for level, d in enumerate(directions):
            hessian[np.ix_(d.index, d.index)] += 2.0 * _curvature(d.basis, first.weight[level])
            for k, slope in zip(d.index, first.slopes[level], strict=True):
                for above, change in enumerate(tangents.along(level, slope, self.df / quadratic)):
                    row = np.tensordot(first.slopes[above], change, 2)
                    hessian[k, directions[above].index] += row
                    if above < level:
                        hessian[directions[above].index, k] += row
        return 0.5 * (hessian + hessian.T)


def _curvature(basis: Array, weight: Array) -> Array:
    """tr(M_k' weight M_l) for all pairs of a basis (k, q, r): half of what weight gives with d2D_kl."""
    shape = basis.shape[0], basis.shape[1] * basis.shape[2]
    product: Array = np.matmul(weight, basis).reshape(shape) @ basis.reshape(shape).T
    return product


def _broken(k: int, p: int) -> Evaluation:
    """The evaluation where the numbers break down: everything nan."""
    slope, beta = np.full(k, np.nan), np.full(p, np.nan)
    curvature, precision = np.full((k, k), np.nan), np.full((p, p), np.nan)
    return Evaluation(math.nan, slope, curvature, math.nan, slope, beta, precision)


class _FirstOrder:
    """dS for every parameter in the rotated basis, and the gradient.

    weight[level] = df/dD as a symmetric matrix: sum_g G - (df/Q) sum_g r r' [- sum_g P_x P_x'], r the residual's
    product. s_column (m, k): the last column of dS; s_block (k, p, p): dS_xx, for REML only.
    """

    def __init__(
        self,
        profile: NestedProfile,
        marginals: list[_Marginal],
        directions: list[Directions],
        factors: list[Array],
        quadratic: float,
        count: int,
    ) -> None:
        p, self.reml, self.df = profile.p, profile.reml, profile.df
        self.s_column = np.zeros((p + 1, count))
        self.s_block = np.zeros((count, p, p))
        self.gradient = np.zeros(count)
        self.weight: list[Array] = []
        self.slopes = [d.slopes(f) for d, f in zip(directions, factors, strict=True)]
        for marginal, d, slopes in zip(marginals, directions, self.slopes, strict=True):
            projected = marginal.projected
            residual = projected[p]
            weight = marginal.information.sum(-1) - self.df / quadratic * (residual @ residual.T)
            turned = np.matmul(slopes, residual).reshape(slopes.shape[0], residual.size)
            self.s_column[:, d.index] = -projected.reshape(p + 1, -1) @ turned.T
            if self.reml and p:
                weight -= np.tensordot(projected[:p], projected[:p], ((0, 2), (0, 2)))
                flat = projected[:p].reshape(p, -1)
                for k, slope in zip(d.index, slopes, strict=True):
                    self.s_block[k] = -np.matmul(slope, projected[:p]).reshape(p, -1) @ flat.T
            self.weight.append(weight)
            self.gradient[d.index] = np.tensordot(slopes, weight, 2)

    def products_term(self, quadratic: float) -> Array:
        """The part of the Hessian made of products of first derivatives of S."""
        cross, last = self.s_column[:-1], self.s_column[-1]
        term = -2.0 * self.df / quadratic * (cross.T @ cross) - self.df / quadratic**2 * np.outer(last, last)
        if self.reml:
            flat = self.s_block.reshape(last.size, cross.shape[0] ** 2)
            term -= flat @ flat.T
        return term


class _Tangents:
    """Derivatives of the two passes along a change E of one level's D."""

    def __init__(
        self, profile: NestedProfile, states: list[_Eliminated], marginals: list[_Marginal], active: slice
    ) -> None:
        self.profile = profile
        self.states = states
        self.steps = [m.steps for m in marginals]
        self.projected = [m.projected[active] for m in marginals]
        self.reduced: list[Array] = []
        self.products: list[Array] = []
        for level, state in enumerate(states):
            w = profile.offsets[level + 1]
            self.reduced.append(np.concatenate([state.reduced[:w], state.reduced[w:][active]]))
            self.products.append(np.concatenate([state.products[:w], state.products[w:][active]]))

    def along(self, level: int, change: Array, ratio: float) -> list[Array]:
        """The derivative of the weights df/dD (with df/Q and the rotation held fixed) of the levels 0..level."""
        lifted, reduced, gain = self._upward(level, change)
        return [self._weight(above, lifted, reduced, gain, ratio) for above in range(level + 1)]

    def _upward(self, level: int, change: Array) -> tuple[list[Array], list[Array], list[Array]]:
        """Derivatives of products, reduced and gain for the levels 0..level (of the lowest, reduced alone is used)."""
        prof = self.profile
        lowest = self.reduced[level]
        own = lowest[prof._own(level)]
        lifted = [np.zeros(0)] * (level + 1)
        reduced = [np.zeros(0)] * (level + 1)
        gain = [np.zeros(0)] * (level + 1)
        reduced[level] = -contract(lowest, np.matmul(change, own))
        turned = np.matmul(change, lowest)
        for above in range(level):
            moved = contract(prof._columns(turned, level, above + 1), lowest[prof._own(above)])
            lifted[above] = -prof._sum_to(moved, level, above)
        for depth in range(level - 1, -1, -1):
            self._pass_on(depth, lifted, reduced, gain)
        return lifted, reduced, gain

    def _pass_on(self, depth: int, lifted: list[Array], reduced: list[Array], gain: list[Array]) -> None:
        """From the derivative of a level's products to those of its elimination and of the levels above."""
        prof, state = self.profile, self.states[depth]
        slope = lifted[depth]
        own = slope[prof._own(depth)]
        shrunk = contract(self.products[depth], state.gain)
        rest = slope - contract(shrunk, own)
        reduced[depth] = contract(rest, state.inverse)
        gain[depth] = -contract(contract(state.gain, own), state.gain)
        for above in range(depth):
            z = prof._own(above)
            moved = contract(prof._columns(shrunk, depth, above + 1), slope[z])
            moved += contract(prof._columns(rest, depth, above + 1), shrunk[z])
            lifted[above] = lifted[above] - prof._sum_to(moved, depth, above)

    def _weight(self, level: int, lifted: list[Array], reduced: list[Array], gain: list[Array], ratio: float) -> Array:
        prof = self.profile
        own, w = prof._own(level), prof.offsets[level + 1]
        slope = reduced[level].copy() if level else reduced[level]
        for step in self.steps[level]:
            self._step(slope, step, own, w, lifted[step.above], gain[step.above])
        projected, change = self.projected[level], slope[w:]
        weight: Array = slope[own].sum(-1)
        cross = np.matmul(projected, change.transpose(0, 2, 1))
        cross = cross + cross.transpose(0, 2, 1)
        weight -= ratio * cross[-1]
        weight -= cross[:-1].sum(0)
        return weight

    def _step(self, slope: Array, step: _Step, own: slice, w: int, lifted: Array, gain: Array) -> None:
        """Differentiate one step of `NestedProfile._descend`."""
        prof = self.profile
        above = step.above
        stop, width = prof.offsets[above], prof.offsets[above + 1]
        link = slope[prof._own(above)].transpose(1, 0, 2).copy()
        weighted = contract(link, self.states[above].gain[:, :, step.groups])
        weighted += contract(step.link, gain[:, :, step.groups])
        upper = self.products[above][:, :, step.groups]
        upper_slope = lifted[:, :, step.groups]
        slope[:stop] -= contract(upper_slope[:stop], step.weighted) + contract(upper[:stop], weighted)
        slope[w:] -= contract(upper_slope[width:], step.weighted) + contract(upper[width:], weighted)
        slope[own] -= contract(link, step.weighted) + contract(step.link, weighted)
