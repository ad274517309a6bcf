"""What xtmelogit, xtmepoisson, meqrlogit and meqrpoisson return, and Stata's e() names for it.

The random part has a table of its own, as after xtmixed, and e(b) has ln sds and atanh correlations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ..errors import StataError
from ..records import field, record
from .base import Matrix, Result, Stored
from .coefficients import CoefficientRow
from .mixed import (
    Convergence,
    GroupLevel,
    LRTest,
    MixedOptions,
    RandomEquation,
    RandomParameter,
    group_matrices,
    raw_names,
)
from .ml import Separation
from .stripe import StripeName

FIXED_EQUATION = "eq1"                # what e(b) calls the fixed part


@record
class XtmeLog:
    """The log likelihoods of the search: at the refinement of the starting values, and after it."""

    refinement: tuple[float, ...] = ()
    search: tuple[float, ...] = ()


@record
class XtmeResult(Result):
    """A fitted logistic or Poisson mixed model.

    ``coefficients``: the fixed part in the order of e(b), exponentiated if ``ratio`` (``or``, ``irr``) says so, then
    the offset.  ``b`` (k,) and ``V`` (k, k): e(b) and e(V) of the coefficients and of ln sd and atanh corr.  ``points``:
    quadrature points of each level; one means Laplace's approximation.  ``comparison``: what the model without random
    effects is called; ``ll_c`` its log likelihood.  ``binomial``: the variable or number of trials.

    estat sd shows the random part of the newer commands in this form too; only there can standard errors be robust
    (``vce``, ``cluster``, ``n_clusters``) and a ``residual`` stand beside the random effects.
    """

    schema: ClassVar[str] = "xtme"

    command: str
    title: str
    depvar: str
    n: int
    coefficients: tuple[CoefficientRow, ...]
    equations: tuple[RandomEquation, ...]
    fixed_names: tuple[str, ...]
    b: np.ndarray
    V: np.ndarray
    points: tuple[int, ...]
    ll: float
    chi2: float
    df_m: int
    p: float
    rank: int
    ll_c: float
    comparison: str
    lr: LRTest | None = None
    groups: tuple[GroupLevel, ...] = ()
    log: XtmeLog = XtmeLog()
    convergence: Convergence = Convergence(True)
    ratio: str = ""
    level: float = 95
    cmdline: str = ""
    offset: str = ""
    binomial: str = ""
    vce: str = "oim"
    cluster: str = ""
    n_clusters: int = 0
    residual: RandomParameter | None = None
    separations: tuple[Separation, ...] = ()
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    options: MixedOptions = MixedOptions()
    notes: tuple[str, ...] = ()

    @property
    def laplace(self) -> bool:
        return set(self.points) == {1}

    @property
    def parameters(self) -> tuple[RandomParameter, ...]:
        """All random parameters in the order of e(b)."""
        return tuple(p for equation in self.equations for p in equation.parameters)

    @property
    def names(self) -> tuple[StripeName, ...]:
        """The column names of e(b)."""
        random = (name for mine in raw_names(self.equations) for name in mine)
        fixed = tuple(StripeName(FIXED_EQUATION, name) for name in self.fixed_names)
        return (*fixed, *(StripeName(name, "_cons") for name in random))

    def failure(self) -> StataError | None:
        """r(430) where the search did not converge; results that are shown again have no log."""
        shown_again = not (self.log.refinement or self.log.search)
        return None if self.convergence.converged or shown_again else StataError("convergence not achieved", 430)

    def stored(self) -> Stored:
        """e() under Stata's names; e(b) is in the ln sd and atanh corr metric whatever is displayed."""
        names = self.names
        b = Matrix(self.b.reshape(1, -1), (StripeName("", "y1"),), names)
        matrices = {"b": b, "V": Matrix(self.V, names, names)} | group_matrices(self.groups)
        return Stored("e", _scalars(self), _macros(self), matrices, sample=True)


def _scalars(result: XtmeResult) -> dict[str, float]:
    parameters = result.parameters
    sds = sum(p.kind == "sd" for p in parameters)
    fixed = len(result.fixed_names)
    found: dict[str, float] = {
        "N": result.n, "k": fixed + len(parameters), "k_f": fixed, "k_r": len(parameters), "k_rs": sds,
        "k_rc": len(parameters) - sds, "df_m": result.df_m, "ll": result.ll, "chi2": result.chi2, "p": result.p,
        "rank": result.rank, "reparm_rc": 0.0, "rc": 0.0 if result.convergence.converged else 430.0,
        "converged": float(result.convergence.converged), "ic": result.convergence.iterations, "level": result.level,
    }
    if result.lr is not None:
        found |= {"ll_c": result.ll_c, "chi2_c": result.lr.chi2, "df_c": result.lr.df, "p_c": result.lr.p}
    return {name: value for name, value in found.items() if not (name == "p" and math.isnan(value) and result.df_m)}


def _macros(result: XtmeResult) -> dict[str, str]:
    levels = list(dict.fromkeys(equation.level for equation in result.equations))
    macros = {
        "cmdline": result.cmdline, "cmd": result.command, "depvar": result.depvar, "title": result.title,
        "model": "logistic" if result.command.endswith("logit") else "Poisson", "offset": result.offset,
        "binomial": result.binomial, "ivars": " ".join(levels),
        "redim": " ".join(str(len(e.columns)) for e in result.equations),
        "vartypes": " ".join(e.structure for e in result.equations if e.structure != "(empty)"),
        "revars": " ".join(column for e in result.equations for column in e.columns),
        "n_quad": " ".join(str(each) for each in result.points), "laplace": "laplace" if result.laplace else "",
        "chi2type": "Wald", "vce": result.vce, "method": "ML", "opt": "ml", "ml_method": "d0", "technique": "nr",
        "properties": "b V", "predict": f"{result.command}_p", "estat_cmd": f"{result.command}_estat",
    }
    return {name: text for name, text in macros.items() if text}
