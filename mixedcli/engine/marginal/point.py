"""What every way of integrating shares: the parameters at which it evaluates, and what it gives back."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mixedcli.engine.batched import Array

from ...records import record
from .layout import Block

NOTHING = np.zeros(0)


@record(eq=False)
class Parameters:
    """beta (p,) of the fitted columns, the extra parameters (k,), and Lambda (q, r) per level, top down.

    The random effects of a level are Lambda v with v standard normal.
    """

    beta: Array
    extra: Array
    factors: tuple[Array, ...]

    def predictor(self, block: Block) -> Array:
        """The fixed part of eta, (n,)."""
        return self.beta @ block.x + block.offset

    def columns(self, block: Block) -> list[Array]:
        """Per level Lambda'z, (r, n): what multiplies v."""
        return [
            factor[0, 0] * level.z if factor.size == 1 else factor.T @ level.z
            for factor, level in zip(self.factors, block.levels, strict=True)
        ]


@record(eq=False)
class Derivatives:
    """The log likelihood of each top-level group of a block, (J,), and its derivatives.

    row (n,): in eta of every row.  extra (k, J).  factors: per level in Lambda, (q, r, J).  Empty where only the value
    was asked for, or where it is not finite.
    """

    value: Array
    row: Array = NOTHING
    extra: Array = NOTHING
    factors: tuple[Array, ...] = ()


@lru_cache(maxsize=64)
def hermite(points: int, effects: int) -> tuple[Array, Array]:
    """Nodes (effects, K) and log weights (K,) of the product rule for integrals of f(x) exp(-|x|^2 / 2).

    K = points ** effects.  The log weights contain + |x|^2 / 2 and are normalised so that f = exp(-|x|^2 / 2) /
    (2 pi)^(effects / 2) integrates to one (Gauss-Hermite; Abramowitz and Stegun 1964, 25.4.46).
    """
    from numpy.polynomial.hermite_e import hermegauss

    x, w = hermegauss(points)
    log = np.log(w) - 0.5 * np.log(2.0 * np.pi) + 0.5 * x * x
    grid = np.meshgrid(*[np.arange(points)] * effects, indexing="ij") if effects else []
    index = np.array([axis.ravel() for axis in grid], dtype=np.intp).reshape(effects, -1)
    return x[index], log[index].sum(0)
