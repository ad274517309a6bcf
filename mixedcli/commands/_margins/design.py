"""Design matrices with covariates fixed: the rows of a sample as they would be at a point, and their derivatives."""

from __future__ import annotations

import numpy as np

from ...design.matrix import Columns
from ...records import record
from ...results.stripe import CONSTANT, Part, Term
from .._shared import grouped as _grouped
from .at import Covariates, Point, Setting

Values = np.ndarray


@record
class Fixed:
    """What a covariate is at: ``number`` where it is continuous, the weight of each of its ``levels`` as a factor."""

    number: float
    levels: dict[int, float]


Scenario = dict[str, Fixed]


def at_level(level: int) -> Fixed:
    """A factor at one level."""
    return Fixed(float(level), {level: 1.0})


class Rows:
    """Some rows of the sample: their covariates and weights (shape (n,), None for equal weights)."""

    def __init__(self, source: Columns, weights: Values | None, offset: Values | float = 0.0) -> None:
        self.source = source
        self.weights = weights
        self.offset = offset

    def average(self, values: Values) -> Values:
        """The weighted mean over the rows of an array of shape (n, ...)."""
        if self.weights is None:
            return np.asarray(values.mean(axis=0))
        return np.asarray(self.weights @ values / self.weights.sum())

    def settled(self, point: Point, covariates: Covariates, overall: Rows) -> Scenario:
        """``point`` with its statistics computed over these rows, or over all of them where it says so."""
        out = {}
        for name, setting in point.items():
            rows = overall if setting.overall else self
            out[name] = rows._settled(name, setting, covariates)
        return out

    def _settled(self, name: str, setting: Setting, covariates: Covariates) -> Fixed:
        levels = covariates.levels.get(name, ())
        if setting.value is not None:
            return Fixed(setting.value, {level: float(level == setting.value) for level in levels})
        if setting.statistic == "asbalanced":
            return Fixed(float("nan"), dict.fromkeys(levels, 1 / max(len(levels), 1)))
        if setting.statistic == "base" and levels:
            return at_level(covariates.bases[name])
        values = self.source.values(name)
        number = self._statistic(values, setting.statistic)
        return Fixed(number, {level: self._statistic((values == level) * 1.0, setting.statistic) for level in levels})

    def _statistic(self, values: Values, statistic: str) -> float:
        if statistic in ("zero", "base"):
            return 0.0
        if statistic == "mean":
            return float(self.average(values))
        if statistic in ("min", "max"):
            return float(getattr(values, statistic)())
        percent = 50.0 if statistic == "median" else float(statistic[1:])
        codes = np.zeros(len(values), dtype=np.int64)
        return float(_grouped.percentiles(values, codes, 1, (percent,), self.weights)[0][0])

    # ---- matrices ----

    def matrix(self, terms: tuple[Term, ...], scenario: Scenario) -> Values:
        """The design matrix of ``terms``, shape (n, k), with the covariates of ``scenario`` fixed."""
        X = np.empty((self.source.n, len(terms)))
        for j, term in enumerate(terms):
            X[:, j] = self._product(term.parts, scenario) if term != CONSTANT else 1.0
        return X

    def derivative(self, terms: tuple[Term, ...], scenario: Scenario, name: str) -> Values:
        """The derivative of `matrix` by the continuous covariate ``name``: the product rule, part by part."""
        D = np.zeros((self.source.n, len(terms)))
        for j, term in enumerate(terms):
            for k, part in enumerate(term.parts):
                if part.variable == name and part.level is None:
                    D[:, j] += self._product(term.parts[:k] + term.parts[k + 1 :], scenario)
        return D

    def _product(self, parts: tuple[Part, ...], scenario: Scenario) -> Values | float:
        out: Values | float = 1.0
        for part in parts:
            out = out * self._part(part, scenario)
        return out

    def _part(self, part: Part, scenario: Scenario) -> Values | float:
        fixed = scenario.get(part.variable)
        if fixed is None:
            return self.source.part(part)
        return fixed.number if part.level is None else fixed.levels.get(part.level, 0.0)

    def values(self, name: str, scenario: Scenario) -> Values:
        """A continuous covariate on the rows, or what it is fixed at; shape (n,)."""
        if name in scenario:
            return np.full(self.source.n, scenario[name].number)
        return self.source.values(name)
