"""Where the search for a random-intercept model begins: along the share tau that the intercept has of 1 + its variance.

The coefficients are those of the model without the intercept, the variance of the intercept is tau / (1 - tau) (the
correlation within panels of a probit), and the likelihood is integrated by plain quadrature.  tau goes up by a tenth at a
time until the likelihood falls.  The values are those that Stata prints (Rodriguez, Multilevel Models, hospital births).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixedcli.engine.batched import Array

from .response.base import Response

_LAST = 0.9
_SMALL = 0.05                         # where to begin when no intercept at all is likelier than a tenth


def along_shares(
    response: Response, eta: Array, codes: NDArray[np.int64], points: int, weights: Array
) -> tuple[tuple[float, float], ...]:
    """(tau, log likelihood) of every step from 0 on.

    eta (n,): the linear predictor; codes (n,): the panels, 0 .. J - 1; points: number of quadrature points; weights
    (J,).  The last one is the first that is lower than the one before it, if there is one.
    """
    nodes, mass = np.polynomial.hermite.hermgauss(points)
    found: list[tuple[float, float]] = []
    with np.errstate(all="ignore"):
        for step in range(round(10 * _LAST) + 1):
            tau = step / 10
            shifts = math.sqrt(2 * tau / (1 - tau)) * nodes
            found.append((tau, _loglik(response, eta, codes, shifts, mass, weights)))
            if step and not found[-1][1] > found[-2][1]:
                break
    return tuple(found)


def best_log_sd(path: tuple[tuple[float, float], ...]) -> float:
    """The logarithm of the intercept's standard deviation at the best step."""
    tau = max(path, key=lambda each: each[1])[0] or _SMALL
    return 0.5 * math.log(tau / (1 - tau))


def _loglik(
    response: Response, eta: Array, codes: NDArray[np.int64], shifts: Array, mass: Array, weights: Array
) -> float:
    panels = np.empty((len(shifts), len(weights)))
    for k, shift in enumerate(shifts):
        rows = response.derivatives(eta + shift, np.zeros(0), 0)[0]
        panels[k] = np.bincount(codes, rows, len(weights))
    panels += np.log(mass / math.sqrt(math.pi))[:, None]
    top = panels.max(axis=0)
    return float(weights @ (top + np.log(np.exp(panels - top).sum(axis=0))))
