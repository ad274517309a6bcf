"""What xtreg and the tests after it return: every number at full precision, and Stata's e() and r() names for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ..records import field, record
from .base import Matrix, Result, Stored
from .coefficients import CoefficientRow
from .display import Show
from .mixed import GroupLevel
from .resample import Resampling
from .stripe import StripeName

TITLES = {
    "fe": "Fixed-effects (within) regression",
    "be": "Between regression (regression on group means)",
    "re": "Random-effects GLS regression",
    "ml": "Random-effects ML regression",
}


@record
class XtregOptions(Show):
    """What the user asked to see; ``replayed``: without what is said only once."""

    theta: bool = False
    nolog: bool = False
    noheader: bool = False
    notable: bool = False
    replayed: bool = False


@record
class XtregResult(Result):
    """A panel regression.  ``model``: ``fe``, ``be``, ``re`` or ``ml``.  What does not exist is nan.

    ``coefficients``: k rows in the order of e(b); ``parameters``: those of sigma_u, sigma_e and rho (ml).
    ``V``: shape (k, k), for ml (k + 2, k + 2).  ``groups``: the panel variable and the panels' sizes.
    ``test``: F (``df_m``, ``df_r``), Wald or LR chi2 of the model, called ``test_name``.  ``r2``: within, between and
    overall.  ``F_f``: the test that all u_i are zero, shown if ``effects_test``.  ``theta``: one number for panels of
    one size, else minimum, 5th, 50th and 95th percentile, maximum.  ``scalars``: what else goes into e().  ``logs``: log
    likelihoods at each iteration, of the constant-only model if it was fitted, then of the full one.
    """

    schema: ClassVar[str] = "xtreg"

    model: str
    depvar: str
    n: int
    groups: GroupLevel
    coefficients: tuple[CoefficientRow, ...]
    V: np.ndarray
    test_name: str
    test: float
    df_m: int
    p: float
    df_r: int | None = None
    r2: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    sigma_u: float = math.nan
    sigma_e: float = math.nan
    rho: float = math.nan
    corr: float = math.nan
    F_f: float = math.nan
    p_f: float = math.nan
    effects_test: bool = False
    rmse: float = math.nan
    theta: tuple[float, ...] = ()
    parameters: tuple[CoefficientRow, ...] = ()
    ll: float = math.nan
    chibar2: float = math.nan
    p_chibar2: float = math.nan
    logs: tuple[tuple[float, ...], ...] = ()
    vce: str = "conventional"
    clustvar: str = ""
    clusters: int = 0
    resampling: Resampling | None = None
    level: float = 95
    scalars: Mapping[str, float] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    options: XtregOptions = XtregOptions()
    notes: tuple[str, ...] = ()

    @property
    def covariates(self) -> bool:
        """False for a model of the constant alone."""
        return any(row.stripe != "_cons" for row in self.coefficients)

    def stored(self) -> Stored:
        """e() under Stata's names."""
        stored = Stored("e", self._scalars(), self._macros(), self._matrices(), sample=True)
        return stored if self.resampling is None else self.resampling.added_to(stored)

    def _scalars(self) -> dict[str, float]:
        groups = self.groups
        scalars: dict[str, float] = {"N": self.n, "N_g": groups.count, "df_m": self.df_m, **self.scalars}
        scalars |= {"g_min": groups.minimum, "g_avg": groups.mean, "g_max": groups.maximum}
        named = {
            "r2_w": self.r2[0], "r2_b": self.r2[1], "r2_o": self.r2[2], "rmse": self.rmse, "sigma_u": self.sigma_u,
            "sigma_e": self.sigma_e, "rho": self.rho, "corr": self.corr, "F_f": self.F_f, "p_f": self.p_f, "ll": self.ll,
            "chi2_c": self.chibar2,
        }
        scalars |= {name: value for name, value in named.items() if not math.isnan(value)}
        if self.df_r is not None:
            scalars |= {"df_r": self.df_r, "F": self.test}
        else:
            scalars |= {"chi2": self.test, "p": self.p}
        if not math.isnan(self.sigma_u) and self.model != "ml":
            scalars["sigma"] = math.hypot(self.sigma_u, self.sigma_e)
        names = ("theta",) if len(self.theta) == 1 else ("theta_min", "theta_5", "theta_50", "theta_95", "theta_max")
        scalars |= dict(zip(names, self.theta, strict=False))
        return scalars | ({"N_clust": self.clusters} if self.clusters else {})

    def _macros(self) -> dict[str, str]:
        tail = {"fe": "F", "be": "F"}.get(self.model)
        macros = {
            **self.macros, "title": TITLES[self.model], "model": self.model, "depvar": self.depvar,
            "ivar": self.groups.name, "cmd": "xtreg", "properties": "b V", "predict": "xtrefe_p",
            "vce": self.vce, "clustvar": self.clustvar, "vcetype": "Robust" if self.clusters else "",
            "chi2type": "" if tail and self.test_name == "F" else self.test_name.partition(" ")[0],
        }
        if self.model == "ml":
            macros |= {"distrib": "Gaussian", "chi2_ct": "LR"}
        return {name: text for name, text in macros.items() if text}

    def _matrices(self) -> dict[str, Matrix]:
        equation = self.depvar if self.model == "ml" else ""
        names = [StripeName(equation, row.stripe) for row in self.coefficients]
        values = [row.b if row.status == "shown" else 0.0 for row in self.coefficients]
        if self.model == "ml":
            names += [StripeName("sigma_u", "_cons"), StripeName("sigma_e", "_cons")]
            values += [self.sigma_u, self.sigma_e]
        columns = tuple(names)
        return {
            "b": Matrix(np.array([values]), (StripeName("", "y1"),), columns), "V": Matrix(self.V, columns, columns)
        }


@record
class Xttest0Result(Result):
    """The Lagrange multiplier test for random effects: variances of the outcome, e and u, and the statistic."""

    schema: ClassVar[str] = "xttest0"

    depvar: str
    panel: str
    var_y: float
    var_e: float
    var_u: float
    lm: float
    p: float

    def stored(self) -> Stored:
        """r(lm), r(p), r(df)."""
        return Stored("r", {"lm": self.lm, "df": 1, "p": self.p})


@record
class HausmanRow:
    """A coefficient of both models; ``se`` nan where the difference of the variances is negative."""

    row: CoefficientRow
    consistent: float
    efficient: float
    se: float

    @property
    def difference(self) -> float:
        return self.consistent - self.efficient


@record
class HausmanResult(Result):
    """The Hausman test.  ``names`` and ``commands``: of the consistent and of the efficient model.

    ``rank`` and ``definite`` are those of the difference of the variances; a negative chi2 has no p.
    """

    schema: ClassVar[str] = "hausman"

    rows: tuple[HausmanRow, ...]
    names: tuple[str, str]
    commands: tuple[str, str]
    chi2: float
    df: int
    p: float
    definite: bool
    rank: int

    def stored(self) -> Stored:
        """r(chi2), r(df), r(p), r(rank)."""
        return Stored("r", {"chi2": self.chi2, "df": self.df, "p": self.p, "rank": self.rank})
