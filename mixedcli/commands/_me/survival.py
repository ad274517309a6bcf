"""mestreg: survival times as stset has declared them."""

from __future__ import annotations

import numpy as np

from ...data.dataset import Dataset
from ...engine.response.survival import survival
from ...errors import StataError
from ...expr.evaluate import working_values
from ...records import replace
from .._ml.model import MlData
from .._shared.st import shown_setting
from .plan import MePlan
from .response import Outcome


def survival_outcome(plan: MePlan, data: MlData, dataset: Dataset) -> Outcome:
    """Times with right censoring and delayed entry.  Raises r(498) where nothing fails."""
    family = plan.family
    time, entry, failed = (
        np.asarray(working_values(dataset, name)[data.mask], dtype=float) for name in ("_t", "_t0", "_d")
    )
    if not failed.any():
        raise StataError("no failures", 498)
    response = survival(
        family.distribution, time, failed, entry if (entry > 0).any() else None, aft=family.aft
    )
    told = replace(
        shown_setting(dataset), distribution=family.distribution, aft=family.aft,
        shown=not plan.options["noshow"],
    )
    return Outcome(response, family.extra, survival=told)
