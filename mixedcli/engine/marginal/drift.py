"""How the joint modes of the random effects move with the parameters: implicit differentiation at the mode."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mixedcli.engine.batched import Array
from mixedcli.engine.nested import Directions

from . import arrays
from .layout import Block
from .modes import Joint
from .point import Parameters


def mode_slopes(block: Block, parameters: Parameters, joint: Joint, directions: Sequence[Directions]) -> list[Array]:
    """Per level, the derivatives of the modes in psi = (beta, extra, phi): (r, P, J).

    At the mode the slope of the joint log density in v is zero; M times the modes' derivative is that of the slope with
    v held.
    """
    _, first, second = joint.derivatives[:3]
    turned = _turned_columns(block, directions)
    bent = second * _predictor_slopes(block, parameters, joint, directions, turned)
    p, k = parameters.beta.size, parameters.extra.size
    if k:
        bent[p : p + k] = block.response.extra_derivatives(joint.eta, parameters.extra, 1)[1]
    right = []
    for number, (level, columns) in enumerate(zip(block.levels, joint.columns, strict=True)):
        each = np.stack([level.rows.sum(c * bent) for c in columns])
        each[:, p + k + directions[number].index] += level.rows.sum(turned[number] * first).transpose(1, 0, 2)
        right.append(each)
    return joint.system.solve(block, right)


def _turned_columns(block: Block, directions: Sequence[Directions]) -> list[Array]:
    """Per level, the derivative of Lambda'z in its own phi: (number of phi, r, n)."""
    return [
        np.tensordot(d.basis.transpose(0, 2, 1), level.z, 1)
        for d, level in zip(directions, block.levels, strict=True)
    ]


def _predictor_slopes(
    block: Block, parameters: Parameters, joint: Joint, directions: Sequence[Directions], turned: list[Array]
) -> Array:
    """The derivatives of eta in psi with v held, (P, n)."""
    p, k = parameters.beta.size, parameters.extra.size
    out = np.zeros((p + k + sum(d.index.size for d in directions), block.offset.size))
    out[:p] = block.x
    for level, d, columns, v in zip(block.levels, directions, turned, joint.modes, strict=True):
        spread = level.rows.spread(v)
        for at, each in zip(p + k + d.index, columns, strict=True):
            out[at] += arrays.dot(each, spread)
    return out
