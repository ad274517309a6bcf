"""The variance of the estimates of a generalized mixed model: model-based, or robust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.dataset import Dataset
from ...design.groups import group_index
from ...engine.glmm import GlmmFit
from ...engine.likelihood import sandwich
from ...errors import NotBuilt, StataError
from .._ml.model import MlData
from .plan import MePlan

if TYPE_CHECKING:
    from .model import RandomPart


def estimated_variance(
    dataset: Dataset, plan: MePlan, data: MlData, random: tuple[RandomPart, ...], fit: GlmmFit
) -> tuple[np.ndarray, int, str]:
    """The variance of ``fit.theta``, the number of clusters, and their variable; 0 and "" unless robust.

    The robust one is H^-1 (sum s s') H^-1 J / (J - 1) over the scores s of J top-level groups (without random effects
    observations, of which frequencies are repetitions), or of clusters of them.
    Parameters at their boundary, and those that the data do not determine, have zero rows.  Raises r(459) for groups
    that are not nested within clusters, r(2001) for a single cluster.
    """
    vcov = np.where(np.isfinite(fit.vcov), fit.vcov, 0.0)      # parameters that the data do not determine
    if not plan.vce.robust:
        return vcov, 0, ""
    if any(each.weight[0] == "fweight" for each in plan.equations):
        raise NotBuilt("robust standard errors with frequency weights of groups")
    if plan.vce.cluster:
        clusters = _cluster_of_groups(dataset, plan.vce.cluster, data.mask, random)
        return *robust_variance(vcov, fit.scores, clusters), plan.vce.cluster
    if random:
        return *robust_variance(vcov, fit.scores, None), random[0].level
    if data.wtype != "fweight":
        return robust_variance(vcov, fit.scores, None)[0], 0, ""
    if data.n < 2:
        raise StataError("insufficient observations", 2001)
    spread = fit.scores.T @ (fit.scores / data.weights[:, None])
    return vcov @ spread @ vcov * (data.n / (data.n - 1)), 0, ""


def robust_variance(vcov: np.ndarray, scores: np.ndarray, clusters: np.ndarray | None) -> tuple[np.ndarray, int]:
    """The sandwich of the scores (J, P) of groups, or of ``clusters`` of them (codes (J,)), and how many there are.

    Raises r(2001) for a single one.
    """
    count = len(scores) if clusters is None else int(clusters.max()) + 1
    if count < 2:
        raise StataError("insufficient observations", 2001)
    return sandwich(vcov, scores, clusters), count


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
