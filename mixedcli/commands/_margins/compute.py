"""Margins and their derivatives by the coefficients.

A margin is the mean over rows of a prediction, or of its change with a covariate, with some covariates fixed.  Its
variance by the delta method is J V J', where J is the derivative of the margin by b ([R] margins, Methods and
formulas).
"""

from __future__ import annotations

import numpy as np

from ...errors import StataError
from ...records import record
from ...results.stripe import Part, Term
from .at import Covariates
from .design import Rows, Scenario, at_level
from .response import Response

Values = np.ndarray

KINDS = ("dydx", "eyex", "dyex", "eydx")


@record
class Effect:
    """Which change is asked for: of ``name``, or, for a factor, from its base to ``level``; ``kind`` as in `KINDS`."""

    kind: str
    name: str
    level: int | None = None
    base: int | None = None

    @property
    def is_base(self) -> bool:
        return self.level is not None and self.level == self.base

    @property
    def term(self) -> Term:
        """The term that names it: ``mpg``, ``2.rep78``, ``1b.rep78``."""
        if self.level is None:
            return Term((Part(self.name, operated=False),))
        return Term((Part(self.name, self.level, base=self.is_base),), "base" if self.is_base else "shown")


def effects(kind: str, names: list[str], covariates: Covariates) -> tuple[Effect, ...]:
    """The effects of some covariates: one for a continuous variable, one for each level of a factor.

    Raises r(198) for the elasticity with respect to a factor.
    """
    out = []
    for name in names:
        if name not in covariates.levels:
            out.append(Effect(kind, name))
            continue
        if kind in ("eyex", "dyex"):
            raise StataError(f"{kind}() option is not allowed with factor variable {name}", 198)
        base = covariates.bases[name]
        out += [Effect(kind, name, level, base) for level in covariates.levels[name]]
    return tuple(out)


def margin(response: Response, rows: Rows, scenario: Scenario, effect: Effect | None) -> tuple[float, Values]:
    """One margin and its derivative by b, shape (k,)."""
    if effect is None:
        value, gradient = response.prediction(rows.matrix(response.terms, scenario), rows.offset)
    elif effect.level is not None:
        value, gradient = _discrete(response, rows, scenario, effect)
    else:
        value, gradient = _continuous(response, rows, scenario, effect)
    return float(rows.average(value)), rows.average(gradient)


def _discrete(response: Response, rows: Rows, scenario: Scenario, effect: Effect) -> tuple[Values, Values]:
    """The change from the base level, of the prediction or (``eydx``) of its logarithm."""
    assert effect.level is not None and effect.base is not None
    sides = []
    for level in (effect.level, effect.base):
        X = rows.matrix(response.terms, {**scenario, effect.name: at_level(level)})
        value, gradient = response.prediction(X, rows.offset)
        if effect.kind == "eydx":
            with np.errstate(all="ignore"):
                value, gradient = np.log(value), gradient / value[:, None]
        sides.append((value, gradient))
    (upper, upper_gradient), (lower, lower_gradient) = sides
    return upper - lower, upper_gradient - lower_gradient


def _continuous(response: Response, rows: Rows, scenario: Scenario, effect: Effect) -> tuple[Values, Values]:
    """The derivative; times x for ``ex``, over the prediction for ``ey``."""
    X = rows.matrix(response.terms, scenario)
    D = rows.derivative(response.terms, scenario, effect.name)
    value, gradient = response.slope(X, D, rows.offset)
    if effect.kind.endswith("ex"):
        x = rows.values(effect.name, scenario)
        value, gradient = value * x, gradient * x[:, None]
    if effect.kind.startswith("ey"):
        y, by_b = response.prediction(X, rows.offset)
        with np.errstate(all="ignore"):
            gradient = gradient / y[:, None] - (value / y**2)[:, None] * by_b
            value = value / y
    return value, gradient


class Estimability:
    """Which margins the estimation sample identifies.

    With terms dropped for collinearity or empty cells a function J b is estimable only if J lies in the row space of
    the design matrix with all its columns: J (X'X)^- X'X = J.
    """

    TOLERANCE = 1e-5

    def __init__(self, terms: tuple[Term, ...], rows: Rows) -> None:
        self.keep: Values | None = None
        if any(term.status in ("omitted", "empty") for term in terms):
            X = rows.matrix(terms, {})
            scale = np.sqrt((X**2).sum(axis=0))
            scale[scale == 0] = 1.0
            products = (X / scale).T @ (X / scale)
            self.scale = scale
            self.keep = np.linalg.pinv(products, hermitian=True, rcond=1e-10) @ products

    def holds(self, J: Values) -> bool:
        """True if the margin with derivative ``J`` (coefficients first) is identified."""
        if self.keep is None:
            return True
        scaled = J[: len(self.scale)] / self.scale
        gap = np.abs(scaled @ self.keep - scaled)
        return bool(gap.max() <= self.TOLERANCE * max(np.abs(scaled).max(), 1e-300))
