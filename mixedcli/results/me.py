"""What the generalized mixed models return (melogit, mepoisson, meglm, mestreg ...), and Stata's e() names for it."""

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
from .mixed import Convergence, GroupLevel, LRTest, RandomParameter, group_matrices
from .ml import Censoring, Separation
from .stripe import StripeName


@record
class MeOptions(Show):
    """What the user asked to see.

    ``ratio``: show exp(b): ``or``, ``irr``, ``eform``, ``hr`` or ``tratio``.
    """

    ratio: str = ""
    nolog: bool = False
    noheader: bool = False
    nogroup: bool = False
    notable: bool = False
    nolrtest: bool = False
    nocnsreport: bool = False


@record
class MeEquation:
    """One ``|| level:`` part.

    ``path``: the level within those above it (``school>class``).  ``structure``: as typed or implied, in lower case.
    ``columns``: the names of the random coefficients.  ``parameters``: in the sd, variance and estimation metrics.
    ``z`` and ``p``: the tests that covariances are zero, nan for variances.
    """

    level: str
    path: str
    structure: str
    columns: tuple[str, ...]
    parameters: tuple[RandomParameter, ...] = ()
    z: tuple[float, ...] = ()
    p: tuple[float, ...] = ()


@record
class MeLogs:
    """The log likelihoods on the way: without random effects, at the starting values, and of the whole model."""

    fixed: tuple[float, ...] = ()
    grid: float = math.nan
    full: tuple[float, ...] = ()


@record
class Survival:
    """How the survival times of mestreg were set: the failure, the time, further lines (label, text), and the model's
    distribution and form."""

    failure: str
    time: str
    more: tuple[tuple[str, str], ...] = ()
    distribution: str = ""
    aft: bool = False
    shown: bool = True


@record
class MeResult(Result):
    """A fitted generalized linear mixed model.

    ``coefficients``: the fixed part in the order of e(b), then the offset if there is one.  ``ancillary``: further
    parameters (cut points, ``/lnalpha``).  ``residual``: the residual variance of a normal outcome, named
    ``var(e.y)``.  ``names``, ``b`` (k,) and ``V`` (k, k): e(b) and e(V), in which variances and covariances stand as
    such.  ``method`` and ``points``: how the random effects were integrated out.  ``ll_c``: log likelihood without
    random effects; ``comparison``: what that model is called.  ``constraints``: the linear constraints on
    them, as they are listed; ``Cns`` (m, k + 1): the same, weights and then what they are to give; None without any.
    Numbers that do not exist are nan.
    """

    schema: ClassVar[str] = "me"

    command: str
    title: str
    depvar: str
    n: int
    family: str
    link: str
    method: str
    points: tuple[int, ...]
    coefficients: tuple[CoefficientRow, ...]
    ancillary: tuple[CoefficientRow, ...]
    equations: tuple[MeEquation, ...]
    residual: RandomParameter | None
    names: tuple[StripeName, ...]
    b: np.ndarray
    V: np.ndarray
    ll: float
    chi2: float
    df_m: int
    p: float
    rank: int
    ll_c: float
    comparison: str
    lr: LRTest | None = None
    groups: tuple[GroupLevel, ...] = ()
    logs: MeLogs = MeLogs()
    convergence: Convergence = Convergence(True)
    level: float = 95
    cmdline: str = ""
    wtype: str = ""
    wexp: str = ""
    vce: str = "oim"
    cluster: str = ""
    n_clusters: int = 0
    offset: str = ""
    trials: str = ""
    dispersion: str = ""
    outcomes: tuple[float, ...] = ()
    censoring: Censoring | None = None
    survival: Survival | None = None
    separations: tuple[Separation, ...] = ()
    constraints: tuple[str, ...] = ()
    Cns: np.ndarray | None = None
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    options: MeOptions = MeOptions()
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[RandomParameter, ...]:
        """All random parameters, equation by equation."""
        return tuple(p for equation in self.equations for p in equation.parameters)

    @property
    def free(self) -> tuple[StripeName, ...]:
        """The names in e(b) of what is no coefficient of the fixed part."""
        offset = any(row.note in ("(offset)", "(exposure)") for row in self.coefficients)
        return self.names[len(self.coefficients) - offset :]

    @property
    def modern(self) -> bool:
        """Whether e(b) has the names of version 15 and later (/var(_cons[g]), not var(_cons[g]):_cons)."""
        return not self.free or self.free[0].equation == "/"

    def failure(self) -> StataError | None:
        """r(430) where the search did not converge; results that are shown again have no log."""
        return None if self.convergence.converged or not self.logs.fixed else StataError("convergence not achieved", 430)

    def stored(self) -> Stored:
        """e() under Stata's names."""
        b = Matrix(self.b.reshape(1, -1), (StripeName("", "y1"),), self.names)
        matrices = {"b": b, "V": Matrix(self.V, self.names, self.names)} | group_matrices(self.groups)
        if self.Cns is not None:
            rows = tuple(StripeName("", f"r{k + 1}") for k in range(len(self.Cns)))
            matrices["Cns"] = Matrix(self.Cns, rows, (*self.names, StripeName("_Cns", "_r")))
        if self.outcomes:
            columns = tuple(StripeName("", f"c{k + 1}") for k in range(len(self.outcomes)))
            matrices["cat"] = Matrix(np.array([self.outcomes]), (StripeName("", "r1"),), columns)
        return Stored("e", _scalars(self), _macros(self), matrices, sample=True)


def _scalars(result: MeResult) -> dict[str, float]:
    parameters = result.parameters
    sds = sum(p.kind == "sd" for p in parameters)
    fixed = sum(row.note not in ("(offset)", "(exposure)") for row in result.coefficients)
    found: dict[str, float] = {
        "N": result.n, "k": len(result.names), "k_dv": 1, "k_eq": len({n.equation for n in result.names}),
        "k_f": fixed, "k_r": len(parameters), "k_rs": sds, "k_rc": len(parameters) - sds, "df_m": result.df_m,
        "ll": result.ll, "chi2": result.chi2, "p": result.p, "rank": result.rank,
        "ic": result.convergence.iterations, "rc": 0.0 if result.convergence.converged else 430.0,
        "converged": float(result.convergence.converged), "level": result.level,
    }
    if result.method != "laplace" and result.equations:
        found["n_quad"] = result.points[0]
    if result.lr is not None:
        found |= {"ll_c": result.ll_c, "chi2_c": result.lr.chi2, "df_c": result.lr.df, "p_c": result.lr.p}
    if result.n_clusters:
        found["N_clust"] = result.n_clusters
    if result.outcomes:
        found["k_cat"] = len(result.outcomes)
    return found | _censored(result.censoring)


def _censored(count: Censoring | None) -> dict[str, float]:
    if count is None:
        return {}
    return {"N_unc": count.uncensored, "N_lc": count.left, "N_rc": count.right, "N_int": count.interval}


def _macros(result: MeResult) -> dict[str, str]:
    equations = result.equations
    macros = {
        "cmdline": result.cmdline, "cmd": "meglm" if result.modern else "gsem",
        "cmd2": result.command, "depvar": result.depvar, "title": result.title, "link": result.link,
        "family": result.family, "model": result.comparison, "dispersion": result.dispersion,
        "binomial": result.trials, "offset": result.offset, "intmethod": result.method if equations else "",
        "ivars": " ".join(dict.fromkeys(each.level for each in equations)),
        "redim": " ".join(str(len(each.columns)) for each in equations),
        "vartypes": " ".join(each.structure.capitalize() for each in equations),
        "revars": " ".join(name for each in equations for name in each.columns), "wtype": result.wtype,
        "wexp": result.wexp, "vce": result.vce, "vcetype": "Robust" if result.vce != "oim" else "",
        "clustvar": result.cluster, "chi2type": "Wald", "opt": "moptimize", "which": "max", "ml_method": "gf2",
        "technique": "nr", "properties": "b V", "predict": f"{result.command}_p",
        "estat_cmd": f"{result.command}_estat",
        "distribution": result.survival.distribution if result.survival else "",
        "frm2": "" if result.survival is None else "time" if result.survival.aft else "hazard",
    }
    return {name: text for name, text in macros.items() if text}
