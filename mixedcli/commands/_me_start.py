"""Where the search begins for outcomes that have a unit: a variance of one says nothing about incomes or milligrams."""

from __future__ import annotations

import math

import numpy as np

from ..engine.model import RandomEquation
from ..engine.response.base import Startable
from ..engine.structure import parameter_pairs
from ._me_families import Family
from ._ml_model import MlData

_USUAL = math.log(5.0)                # up to here the usual start, variances of one, is near enough


def scaled_start(
    family: Family, response: Startable, data: MlData, equations: list[RandomEquation]
) -> np.ndarray | None:
    """theta with random effects as large as the residual; None where the engine's own start will do.

    The last further parameter of these families is the logarithm of the residual's scale.
    """
    aft = family.name == "survival" and family.extra == ("logs",)
    if not (family.scaled or aft):
        return None
    first = response.starting_values(data.design.X, data.offset, data.weights)
    size = float(first[-1])
    if not np.isfinite(first).all() or abs(size) <= _USUAL:
        return None
    parts = [first]
    for equation in equations:
        z = np.asarray(equation.z, dtype=float)
        columns = np.sqrt(np.mean(z * z, axis=0))
        for i, j in parameter_pairs(equation.structure, z.shape[1]):
            width = float(columns[i]) or 1.0
            parts.append(np.array([size - math.log(width) if i == j else 0.0]))
    return np.concatenate(parts)
