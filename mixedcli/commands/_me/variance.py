"""The variance of the estimates of a generalized mixed model: model-based, or robust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.dataset import Dataset
from ...design.groups import group_index
from ...engine.glmm import GlmmFit
from ...errors import NotBuilt, StataError
from .plan import MePlan

if TYPE_CHECKING:
    from .model import RandomPart


def estimated_variance(
    dataset: Dataset, plan: MePlan, mask: np.ndarray, random: tuple[RandomPart, ...], fit: GlmmFit
) -> tuple[np.ndarray, int, str]:
    """The variance of ``fit.theta``, the number of clusters, and their variable; 0 and "" unless robust.

    The robust one is H^-1 (sum s s') H^-1 J / (J - 1) over the scores s of J top-level groups (rows, without
    random effects), or of clusters of them.
    Raises r(459) for groups that are not nested within clusters.  Parameters at their boundary, and those that the data
    do not determine, have zero rows.
    """
    vcov = np.where(np.isfinite(fit.vcov), fit.vcov, 0.0)      # parameters that the data do not determine
    if not plan.vce.robust:
        return vcov, 0, ""
    if any(each.weight[0] == "fweight" for each in plan.equations):
        raise NotBuilt("robust standard errors with frequency weights of groups")
    scores, cluster = fit.scores, random[0].level if random else ""
    if plan.vce.cluster:
        cluster = plan.vce.cluster
        scores = _summed(scores, _cluster_of_groups(dataset, cluster, mask, random))
    count = len(scores)
    if count < 2:
        raise StataError("insufficient observations", 2001)
    spread = scores.T @ scores * (count / (count - 1.0))
    return vcov @ spread @ vcov, count if cluster else 0, cluster


def symmetric(V: np.ndarray) -> np.ndarray:
    """``V`` equal to its transpose to the last bit, as ``matrix list`` and inverses want it."""
    return (V + V.T) / 2


def _cluster_of_groups(
    dataset: Dataset, cluster: str, mask: np.ndarray, random: tuple[RandomPart, ...]
) -> np.ndarray:
    """Each top-level group's cluster; each row's without random effects."""
    codes = group_index(dataset, (cluster,), mask).codes
    if not random:
        return codes
    groups = random[0].groups
    mine = codes[groups.first]
    if not np.array_equal(mine[groups.codes], codes):
        raise StataError(f"highest-level groups are not nested within {cluster}", 459)
    return mine


def _summed(scores: np.ndarray, codes: np.ndarray) -> np.ndarray:
    out = np.zeros((int(codes.max()) + 1, scores.shape[1]))
    np.add.at(out, codes, scores)
    return out
