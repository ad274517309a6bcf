"""An approximate information matrix to begin a search with: that of the working linear mixed model at the modes.

Breslow and Clayton (1993): near the mode the model looks like a linear one with weights W = -l''.  Its information on
(beta, extra) is the Schur complement of the random effects in the joint Hessian; that on the entries of Lambda is
tr(A dG_k A dG_l) / 2 with A = Z'V^-1 Z, where Lambda'A Lambda = I - (a diagonal block of M^-1).  Terms between levels are
left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mixedcli.engine.batched import Array
from mixedcli.engine.nested import Directions

from .layout import Block
from .modes import Joint, find_modes
from .point import Parameters

# a factor whose smallest singular value (columns have been rescaled) is below this is not inverted
_SINGULAR = 1e-8


def approximate_information(
    blocks: Sequence[Block],
    parameters: Parameters,
    directions: Sequence[Directions],
    starts: Sequence[list[Array] | None],
) -> Array:
    """(P, P) in (beta, extra, phi).  ``starts``: per block, where the search for the modes begins."""
    outer = parameters.beta.size + parameters.extra.size
    total = np.zeros((outer + sum(d.index.size for d in directions),) * 2)
    for block, start in zip(blocks, starts, strict=True):
        joint = find_modes(block, parameters, start, 2)
        total[:outer, :outer] += _fixed(block, parameters, joint)
        for k, variance in enumerate(joint.system.variances(block)):
            where = outer + directions[k].index
            total[np.ix_(where, where)] += _random(parameters.factors[k], directions[k], variance)
    return total


def _fixed(block: Block, parameters: Parameters, joint: Joint) -> Array:
    weight = -joint.derivatives[2]
    right = block.x * weight
    outer = right @ block.x.T
    if parameters.extra.size:
        _, by_first = block.response.extra_derivatives(joint.eta, parameters.extra, 1)
        right = np.concatenate([right, -by_first])
        corner = -block.response.extra_curvature(joint.eta, parameters.extra).sum(-1)
        side = -(block.x @ by_first.T)
        outer = np.block([[outer, side], [side.T, corner]])
    columns = [
        np.stack([level.rows.sum(c * right) for c in z]) for level, z in zip(block.levels, joint.columns, strict=True)
    ]
    solved = joint.system.solve(block, columns)
    lost = sum(np.tensordot(c, s, ((0, 2), (0, 2))) for c, s in zip(columns, solved, strict=True))
    return np.asarray(outer - lost, dtype=float)


def _random(factor: Array, directions: Directions, variance: Array) -> Array:
    """``variance`` (r, r, J): the diagonal blocks of M^-1 of the level."""
    r = factor.shape[1]
    if factor.shape[0] != r or np.linalg.svd(factor, compute_uv=False)[-1] < _SINGULAR:
        return np.eye(directions.index.size)
    half = np.linalg.solve(factor, directions.basis)                     # Lambda^-1 M_k, (k, r, r)
    slopes = half + half.transpose(0, 2, 1)
    kept = np.eye(r)[:, :, None] - variance
    moved = np.einsum("abj,kbc->kacj", kept, slopes)
    return np.asarray(0.5 * np.einsum("kacj,lcaj->kl", moved, moved), dtype=float)
