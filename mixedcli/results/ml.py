"""What the single-level maximum-likelihood commands return (logit, poisson, ologit, tobit ...), and its e() names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ..errors import StataError
from ..records import field, record
from .base import Matrix, Result, Stored
from .coefficients import CoefficientRow
from .display import Show
from .resample import Resampling
from .stripe import StripeName


@record
class MlOptions(Show):
    """What the user asked to see; ``ratio``: show exp(b) (``or``, ``irr``, ``eform``).

    ``replayed``: without what is said only once.
    """

    ratio: str = ""
    noheader: bool = False
    notable: bool = False
    nolog: bool = False
    replayed: bool = False


@record
class LogLine:
    """One iteration: the log likelihood, and whether it is concave there."""

    ll: float
    concave: bool = True


@record
class LogBlock:
    """The iterations of one model that was fitted, under a title (``""``: none)."""

    title: str
    lines: tuple[LogLine, ...]


@record
class Separation:
    """A covariate that predicts the outcome perfectly and was left out with ``n`` observations.

    ``relation`` and ``value`` say where it does: ``!= 0``; ``success`` says which outcome.  ``> 3`` and ``< 3`` predict
    both outcomes, but for the observations at the value.
    """

    name: str
    relation: str
    value: float
    success: bool
    n: int


@record
class Censoring:
    """How many observations of censored data are of each kind, and where tobit's limits stand (infinite: none)."""

    uncensored: int
    left: int
    right: int
    interval: int = 0
    lower: str = "-inf"
    upper: str = "+inf"


@record
class MlResult(Result):
    """A maximum-likelihood fit.

    ``coefficients``: rows of the main equation in the order of e(b), then the offset if there is one.  ``ancillary``:
    further parameters as shown, in blocks (cut points; ln alpha, then alpha).  ``names``, ``b`` (k,) and ``V`` (k, k):
    e(b) and e(V).  ``chi2type`` is LR or Wald; numbers that do not exist are nan.  ``df_r``: t in place of z.
    ``ll_c``: the comparison model (Poisson, for nbreg).  ``determined``: failures and successes
    completely determined (ordered outcomes: all of them, and zero).
    """

    schema: ClassVar[str] = "ml"

    command: str
    title: str
    depvar: str
    n: int
    coefficients: tuple[CoefficientRow, ...]
    ancillary: tuple[tuple[CoefficientRow, ...], ...]
    names: tuple[StripeName, ...]
    b: np.ndarray
    V: np.ndarray
    ll: float
    ll_0: float
    chi2: float
    chi2type: str
    df_m: int
    p: float
    r2_p: float
    rank: int
    converged: bool
    log: tuple[LogBlock, ...]
    df_r: float = math.nan
    level: float = 95
    cmdline: str = ""
    wtype: str = ""
    wexp: str = ""
    vce: str = "oim"
    cluster: str = ""
    n_clusters: int = 0
    resampling: Resampling | None = None
    offset: str = ""
    dispersion: str = ""
    ll_c: float = math.nan
    chi2_c: float = math.nan
    p_c: float = math.nan
    outcomes: tuple[float, ...] = ()
    zeros: int = 0
    determined: tuple[int, int] = (0, 0)
    separations: tuple[Separation, ...] = ()
    censoring: Censoring | None = None
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    options: MlOptions = MlOptions()
    notes: tuple[str, ...] = ()

    def failure(self) -> StataError | None:
        """r(430) where the search did not converge."""
        return None if self.converged else StataError("convergence not achieved", 430)

    def stored(self) -> Stored:
        """e() under Stata's names."""
        b = Matrix(self.b.reshape(1, -1), (StripeName("", "y1"),), self.names)
        matrices = {"b": b, "V": Matrix(self.V, self.names, self.names)}
        if self.command in ("ologit", "oprobit"):
            columns = tuple(StripeName("", f"c{k + 1}") for k in range(len(self.outcomes)))
            matrices["cat"] = Matrix(np.array([self.outcomes]), (StripeName("", "r1"),), columns)
        stored = Stored("e", _scalars(self), _macros(self), matrices, sample=True)
        return stored if self.resampling is None else self.resampling.added_to(stored)

    @property
    def pseudo(self) -> bool:
        """True where the likelihood is not taken for that of the data: with robust standard errors."""
        return self.vce in ("robust", "cluster")


def _scalars(result: MlResult) -> dict[str, float]:
    equations = len({name.equation for name in result.names} - {"/"})
    equations += sum(name.equation == "/" for name in result.names)
    lines = result.log[-1].lines if result.log else ()
    found: dict[str, float] = {
        "N": result.n, "ll": result.ll, "ll_0": result.ll_0, "chi2": result.chi2, "p": result.p, "r2_p": result.r2_p,
        "df_m": result.df_m, "df_r": result.df_r, "k": len(result.names), "k_eq": equations, "k_eq_model": 1, "k_dv": 1,
        "rank": result.rank, "ic": max(len(lines) - 1, 0), "rc": 0.0 if result.converged else 430.0,
        "converged": float(result.converged), "ll_c": result.ll_c, "chi2_c": result.chi2_c, "p_c": result.p_c,
    }
    found = {name: value for name, value in found.items() if not math.isnan(value) or name in ("p", "chi2")}
    if not math.isnan(result.df_r) and result.chi2type == "Wald" and result.df_m:
        found["F"] = result.chi2 / result.df_m
    if result.cluster:
        found["N_clust"] = result.n_clusters
    return found | _particular(result)


def _particular(result: MlResult) -> dict[str, float]:
    """The scalars that only some of the commands leave."""
    command = result.command
    found: dict[str, float] = {}
    if command in ("logit", "logistic", "probit"):
        found |= {"N_cdf": result.determined[0], "N_cds": result.determined[1]}
    if command == "cloglog":
        found |= {"N_f": result.zeros, "N_s": result.n - result.zeros}
    if command in ("ologit", "oprobit"):
        found |= {"k_cat": len(result.outcomes), "N_cd": result.determined[0]}
    if command == "nbreg":
        shown = result.ancillary[-1][0]
        found |= {"delta" if result.dispersion == "constant" else "alpha": shown.b}
    if result.censoring is not None:
        count = result.censoring
        found |= {"N_unc": count.uncensored, "N_lc": count.left, "N_rc": count.right}
        found |= {"N_int": count.interval} if command == "intreg" else {}
    return found


_PREDICT = {
    "logit": "logit_p", "logistic": "logisti_p", "probit": "probit_p", "cloglog": "clogl_p", "poisson": "poisso_p",
    "nbreg": "nbreg_p", "ologit": "ologit_p", "oprobit": "oprobi_p", "tobit": "tobit_p", "intreg": "intreg_p",
}


def _macros(result: MlResult) -> dict[str, str]:
    macros = {
        "cmdline": result.cmdline, "cmd": result.command, "predict": _PREDICT[result.command], "depvar": result.depvar,
        "title": result.title, "vce": result.vce, "vcetype": "Robust" if result.pseudo else "",
        "clustvar": result.cluster, "chi2type": result.chi2type, "offset": result.offset, "wtype": result.wtype,
        "wexp": result.wexp, "dispers": result.dispersion, "properties": "b V", "opt": "moptimize", "which": "max",
        "chi2_ct": "LR" if not math.isnan(result.chi2_c) else "",
    }
    return {name: text for name, text in macros.items() if text}
