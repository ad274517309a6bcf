"""What regress returns: every number of the fit at full precision, and Stata's e() names for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ..records import field, record
from .base import Matrix, Result, Stored
from .coefficients import CoefficientRow
from .stripe import StripeName


@record
class RegressOptions:
    """What the user asked to see."""

    noheader: bool = False
    notable: bool = False
    noomitted: bool = False
    noemptycells: bool = False
    baselevels: bool = False
    allbaselevels: bool = False
    vsquish: bool = False


@record
class RegressResult(Result):
    """A linear regression.

    ``coefficients``: k rows, base and omitted terms among them, in the order of e(b).  ``V``: shape (k, k), zero rows
    and columns for terms not estimated.  ``mss`` and ``rss``: the model and residual sums of squares, about the mean if
    ``constant``.  ``n`` counts frequencies; ``sum_w`` is the sum of analytic weights (nan without).
    ``level``: confidence level in percent.  What does not exist is nan.
    """

    schema: ClassVar[str] = "regress"

    depvar: str
    n: int
    coefficients: tuple[CoefficientRow, ...]
    V: np.ndarray
    constant: bool
    df_m: int
    df_r: int
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
        return self.df_m + self.df_r

    def stored(self) -> Stored:
        """e() under Stata's names."""
        return Stored("e", _scalars(self), _macros(self), _matrices(self), sample=True)


def _scalars(result: RegressResult) -> dict[str, float]:
    return {
        "N": result.n, "df_m": result.df_m, "df_r": result.df_r, "F": result.F, "r2": result.r2, "rmse": result.rmse,
        "mss": result.mss, "rss": result.rss, "r2_a": result.r2_a, "ll": result.ll, "ll_0": result.ll_0,
        "rank": result.rank,
    }


def _macros(result: RegressResult) -> dict[str, str]:
    macros = {
        "cmdline": result.cmdline, "title": "Linear regression", "marginsok": "XB default", "vce": "ols",
        "wtype": result.wtype, "wexp": result.wexp, "depvar": result.depvar, "cmd": "regress", "properties": "b V",
        "predict": "regres_p", "model": "ols", "estat_cmd": "regress_estat",
    }
    return {name: text for name, text in macros.items() if text}


def _matrices(result: RegressResult) -> dict[str, Matrix]:
    names = tuple(StripeName("", row.stripe) for row in result.coefficients)
    b = np.array([[row.b if row.status == "shown" else 0.0 for row in result.coefficients]])
    return {"b": Matrix(b, (StripeName("", "y1"),), names), "V": Matrix(result.V, names, names)}
