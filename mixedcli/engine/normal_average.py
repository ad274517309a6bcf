"""The mean of a function of a normal variable.

The trapezoidal rule's error for an analytic integrand is exp(-2 pi d / step), d the distance of its nearest singularity
from the real axis (Trefethen and Weideman 2014).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mixedcli.engine.batched import Array

REACH = 9.0                           # the normal density is 1e-18 there
_MOST_NODES = 4000


def over_normal(function: Callable[[Array], Array], centre: Array, sd: Array, reach: float = REACH) -> Array:
    """E function(centre + sd v) for standard normal v, row by row: centre and sd (n,), the function maps (n,) to (n,).

    ``reach``: how far the nodes go; further than the density needs where the function grows exponentially.
    """
    largest = float(sd.max(initial=0.0))
    if largest == 0.0:
        return np.asarray(function(centre))
    step = max(min(0.125, 0.5 / largest), 2 * reach / _MOST_NODES)
    last = math.ceil(reach / step)
    nodes = np.arange(-last, last + 1) * step
    weights = np.exp(-0.5 * nodes**2)
    weights /= weights.sum()
    total = np.zeros(len(centre))
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        total += weight * function(centre + sd * node)
    return total
