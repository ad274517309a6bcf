"""What regress returns: every number of the fit at full precision, and Stata's e() names for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ..records import field, record
from .base import Matrix, Result, Stored
from .coefficients import CoefficientRow
from .display import Show
from .resample import Resampling
from .stripe import StripeName


@record
class RegressOptions(Show):
    """What the user asked to see; ``replayed``: without what is said only once."""

    noheader: bool = False
    notable: bool = False
    replayed: bool = False


@record
class RegressResult(Result):
    """A linear regression.

    ``coefficients``: k rows, base and omitted terms among them, in the order of e(b).  ``V``: shape (k, k), zero rows
    and columns for terms not estimated.  ``mss`` and ``rss``: the model and residual sums of squares, about the mean if
    ``constant``.  ``n`` counts frequencies; ``sum_w`` is the sum of analytic or sampling weights (nan without).
    ``vce``: how V has been estimated, ols or another name of vce().  ``F`` tests all slopes, with ``df_m`` and ``df_r``
    degrees of freedom; it is a chi2 where ``df_r`` is None and tests are normal.  ``clusters``: how many, in ``cluster``.
    ``level``: confidence level in percent.  What does not exist is nan.
    """

    schema: ClassVar[str] = "regress"

    depvar: str
    n: int
    coefficients: tuple[CoefficientRow, ...]
    V: np.ndarray
    constant: bool
    df_m: int
    df_r: int | None
    mss: float
    rss: float
    F: float
    p: float
    r2: float
    r2_a: float
    rmse: float
    ll: float
    ll_0: float
    rank: int
    level: float = 95
    cmdline: str = ""
    wtype: str = ""
    wexp: str = ""
    sum_w: float = float("nan")
    vce: str = "ols"
    cluster: str = ""
    clusters: int = 0
    resampling: Resampling | None = None
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    options: RegressOptions = RegressOptions()
    notes: tuple[str, ...] = ()                 # lines above the output, such as omitted because of collinearity

    @property
    def tss(self) -> float:
        """The total sum of squares."""
        return self.mss + self.rss

    @property
    def df_t(self) -> int:
        """Total degrees of freedom."""
        return self.df_m + (self.df_r or 0)

    def stored(self) -> Stored:
        """e() under Stata's names."""
        stored = Stored("e", _scalars(self), _macros(self), _matrices(self), sample=True)
        return stored if self.resampling is None else self.resampling.added_to(stored)


def _scalars(result: RegressResult) -> dict[str, float]:
    tests: dict[str, float] = {"chi2": result.F, "p": result.p}
    if result.df_r is not None:
        tests = {"df_r": result.df_r, "F": result.F}
    found = {
        "N": result.n, "df_m": result.df_m, **tests, "r2": result.r2, "rmse": result.rmse,
        "mss": result.mss, "rss": result.rss, "r2_a": result.r2_a, "ll": result.ll, "ll_0": result.ll_0,
        "rank": result.rank,
    }
    return found | ({"N_clust": result.clusters} if result.clusters else {})


VCETYPES = {"ols": "", "robust": "Robust", "cluster": "Robust", "hc2": "Robust HC2", "hc3": "Robust HC3"}


def _macros(result: RegressResult) -> dict[str, str]:
    macros = {
        "cmdline": result.cmdline, "title": "Linear regression", "marginsok": "XB default", "vce": result.vce,
        "vcetype": VCETYPES.get(result.vce, result.vce.capitalize()), "clustvar": result.cluster,
        "wtype": result.wtype, "wexp": result.wexp, "depvar": result.depvar, "cmd": "regress", "properties": "b V",
        "predict": "regres_p", "model": "ols", "estat_cmd": "regress_estat",
    }
    return {name: text for name, text in macros.items() if text}


def _matrices(result: RegressResult) -> dict[str, Matrix]:
    names = tuple(StripeName("", row.stripe) for row in result.coefficients)
    b = np.array([[row.b if row.status == "shown" else 0.0 for row in result.coefficients]])
    return {"b": Matrix(b, (StripeName("", "y1"),), names), "V": Matrix(result.V, names, names)}
