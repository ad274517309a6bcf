"""What the random-effects commands for panels of binary outcomes and counts return (xtlogit, xtprobit, xtpoisson)."""

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
from .mixed import Convergence, GroupLevel, LRTest
from .ml import LogLine, Separation
from .resample import Resampling
from .stripe import StripeName

GAUSSIAN, GAMMA = "Gaussian", "Gamma"


@record
class XtreOptions(Show):
    """What the user asked to see; ``ratio``: ``or``, ``irr`` or "".  ``replayed``: without what is said only once."""

    ratio: str = ""
    nolog: bool = False
    noheader: bool = False
    notable: bool = False
    nolrtest: bool = False
    replayed: bool = False


@record
class XtreLogs:
    """The searches: without the panel effect; (tau, log likelihood) along the way to the start; of the whole model."""

    comparison: tuple[LogLine, ...] = ()
    shares: tuple[tuple[float, float], ...] = ()
    full: tuple[LogLine, ...] = ()


@record
class XtreResult(Result):
    """A model with an effect of each panel, normal (``law`` Gaussian) or gamma (Gamma).  What does not exist is nan.

    ``coefficients``: rows of the main equation in the order of e(b), then the offset if there is one.  ``logarithm``:
    ln sigma_u^2 or ln alpha.  ``derived``: sigma_u and rho, or alpha.  ``names``, ``b`` (k,) and ``V`` (k, k): e(b) and
    e(V), the logarithm last.  ``method`` and ``points``: how the effect was integrated out ("" and 0: in closed form).
    ``ll_c``: the log likelihood without the effect.
    """

    schema: ClassVar[str] = "xtre"

    command: str
    title: str
    law: str
    depvar: str
    n: int
    groups: GroupLevel
    coefficients: tuple[CoefficientRow, ...]
    logarithm: CoefficientRow
    derived: tuple[CoefficientRow, ...]
    names: tuple[StripeName, ...]
    b: np.ndarray
    V: np.ndarray
    ll: float
    chi2: float
    df_m: int
    p: float
    rank: int
    ll_c: float
    method: str = ""
    points: int = 0
    lr: LRTest | None = None
    logs: XtreLogs = XtreLogs()
    convergence: Convergence = Convergence(True)
    df_r: float | None = None
    level: float = 95
    cmdline: str = ""
    wtype: str = ""
    wexp: str = ""
    vce: str = "oim"
    cluster: str = ""
    n_clusters: int = 0
    resampling: Resampling | None = None
    offset: str = ""
    separations: tuple[Separation, ...] = ()
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    options: XtreOptions = XtreOptions()
    notes: tuple[str, ...] = ()

    @property
    def robust(self) -> bool:
        return self.n_clusters > 0

    @property
    def parameter(self) -> str:
        """What the test against the model without the effect calls it: ``rho``, ``sigma_u`` or ``alpha``."""
        return "sigma_u" if self.command == "xtpoisson" and self.law == GAUSSIAN else str(self.derived[-1].term)

    def failure(self) -> StataError | None:
        """r(430) where the search did not converge; results that are shown again have no log."""
        if self.convergence.converged or self.options.replayed:
            return None
        return StataError("convergence not achieved", 430)

    def stored(self) -> Stored:
        """e() under Stata's names."""
        b = Matrix(self.b.reshape(1, -1), (StripeName("", "y1"),), self.names)
        matrices = {"b": b, "V": Matrix(self.V, self.names, self.names)}
        stored = Stored("e", _scalars(self), _macros(self), matrices, sample=True)
        return stored if self.resampling is None else self.resampling.added_to(stored)


def _scalars(result: XtreResult) -> dict[str, float]:
    groups = result.groups
    found: dict[str, float] = {
        "N": result.n, "N_g": groups.count, "g_min": groups.minimum, "g_avg": groups.mean, "g_max": groups.maximum,
        "k": len(result.b), "k_eq": 2, "k_aux": 1, "k_eq_model": 1, "k_dv": 1, "df_m": result.df_m, "ll": result.ll,
        "ll_c": result.ll_c, "chi2": result.chi2, "p": result.p, "rank": result.rank,
        "ic": result.convergence.iterations, "rc": 0.0 if result.convergence.converged else 430.0,
        "converged": float(result.convergence.converged),
    }
    found |= {str(row.term): row.b for row in result.derived}
    if result.points:
        found["n_quad"] = result.points
    if result.lr is not None:
        found |= {"chi2_c": result.lr.chi2, "p_c": result.lr.p}
    if result.n_clusters:
        found["N_clust"] = result.n_clusters
    if result.df_r is not None:
        found["df_r"] = result.df_r
    return {name: value for name, value in found.items() if not math.isnan(value)}


def _macros(result: XtreResult) -> dict[str, str]:
    macros = {
        "cmd": result.command, "cmdline": result.cmdline, "depvar": result.depvar, "ivar": result.groups.name,
        "model": "re", "title": result.title, "distrib": result.law, "intmethod": result.method,
        "offset": result.offset, "wtype": result.wtype, "wexp": result.wexp, "chi2type": "Wald",
        "chi2_ct": "LR" if result.lr is not None else "", "vce": result.vce,
        "vcetype": "Robust" if result.robust else "", "clustvar": result.cluster, "opt": "ml", "which": "max",
        "ml_method": "d2", "technique": "nr", "properties": "b V",
        "method": "ml" if result.command == "xtpoisson" else "",
        "predict": f"{result.command}_re_p" if result.command != "xtpoisson" else "xtpoisson_p",
    }
    return {name: text for name, text in macros.items() if text}
