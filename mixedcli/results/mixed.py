"""What xtmixed and mixed return: every number of the fit at full precision, and Stata's e() names for them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from ..records import field, record
from .base import Matrix, Result, Stored
from .coefficients import CoefficientRow
from .display import Show
from .stripe import StripeName


@record
class Estimate:
    """A number with its standard error and confidence limits; what is not known is NaN."""

    value: float
    se: float = math.nan
    lo: float = math.nan
    hi: float = math.nan


@record
class RandomParameter:
    """One parameter of the random part in three metrics.

    ``kind``: ``sd`` (also a variance) or ``corr`` (also a covariance).  ``columns``: the random-effect columns it
    belongs to: one, two for a correlation, all of them for the one parameter of an identity structure
    (``exchangeable`` has one ``sd`` and one ``corr`` with all columns too).
    ``sd``: standard deviation or correlation.  ``var``: variance or covariance.  ``raw``: ln sd or atanh corr, the
    metric of e(b); ``z`` and ``p`` are the test of the raw parameter.  ``stripe``: its equation in e(b): ``lns1_1_1``.
    """

    kind: str
    columns: tuple[str, ...]
    sd: Estimate
    var: Estimate
    raw: Estimate
    z: float = math.nan
    p: float = math.nan
    stripe: str = ""


@record
class RandomEquation:
    """One ``|| level:`` part.  ``structure`` is ``Identity``, ``Independent``, ``Exchangeable``, ``Unstructured`` or
    ``(empty)``; ``columns`` are the names of its random-effect columns in order (``_cons`` last; ``R.x`` for a factor).
    """

    level: str
    structure: str
    columns: tuple[str, ...]
    parameters: tuple[RandomParameter, ...] = ()


@record
class GroupLevel:
    """Groups of one level: their number, and the least, mean and most observations per group."""

    name: str
    count: int
    minimum: int
    mean: float
    maximum: int


@record
class LRTest:
    """The test against the linear model.  ``kind``: ``chibar2`` (one variance on the boundary) or ``chi2``.

    ``note``: ``conservative``, ``degrees`` (reported degrees of freedom assume an interior null) or ``""``.
    """

    chi2: float
    df: int
    p: float
    kind: str = "chi2"
    note: str = ""


@record
class Iteration:
    """One line of the iteration log; ``remark`` is ``(not concave)``, ``(backed up)`` or ``""``."""

    ll: float
    remark: str = ""


@record
class Convergence:
    """How the optimisation ended.

    ``gradient``: the scaled gradient g'H^-1 g at the end.  ``boundary``: names of parameters on the boundary.
    """

    converged: bool
    reason: str = ""
    iterations: int = 0
    gradient: float = math.nan
    boundary: tuple[str, ...] = ()


@record
class MixedOptions(Show):
    """What the user asked to see.

    ``metric``: ``sd`` (standard deviations and correlations) or ``var``.  ``cformat``, ``pformat`` and ``sformat`` are
    display formats, "" for the usual ones.
    """

    metric: str = "sd"
    nolog: bool = False
    noheader: bool = False
    nogroup: bool = False
    noretable: bool = False
    nofetable: bool = False
    nostderr: bool = False
    nolrtest: bool = False
    estmetric: bool = False


@record
class MixedResult(Result):
    """A fitted linear mixed model.

    ``method``: ``ML`` or ``REML``.  ``vce``: ``oim``, ``robust`` or ``cluster``; then ``cluster`` and ``n_clusters``
    ("" and 0 without groups), and ``v_modelbased`` of shape (k + m, k + m), the model's own variances.
    ``coefficients``: k rows, base and omitted terms among them, in the order of e(b).  ``v_fixed``: shape (k, k), zero
    rows and columns for terms not estimated.  ``v_random``: shape (m, m), the covariance of the raw (ln sd, atanh
    corr) parameters in the order of ``equations`` and then the residual.  ``v_cross``: shape (k, m) or None (zeros).
    ``ll_c``: log likelihood of the linear model.  ``log``: lines of the iteration log; ``value_labels``: variable ->
    {level: text} for the factors of the fixed part.  ``level``: confidence level in percent.
    """

    schema: ClassVar[str] = "mixed"

    command: str
    depvar: str
    n: int
    method: str
    coefficients: tuple[CoefficientRow, ...]
    v_fixed: np.ndarray
    equations: tuple[RandomEquation, ...]
    residual: RandomParameter
    v_random: np.ndarray
    ll: float
    chi2: float
    df_m: int
    p: float
    groups: tuple[GroupLevel, ...] = ()
    lr: LRTest | None = None
    ll_c: float = math.nan
    rank: int = 0
    v_cross: np.ndarray | None = None
    v_modelbased: np.ndarray | None = None
    vce: str = "oim"
    cluster: str = ""
    n_clusters: int = 0
    log: tuple[Iteration, ...] = ()
    convergence: Convergence = Convergence(True)
    level: float = 95
    cmdline: str = ""
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    options: MixedOptions = MixedOptions()
    notes: tuple[str, ...] = ()                 # lines above the output, such as omitted because of collinearity
    datasignature: str = ""

    @property
    def title(self) -> str:
        """The first words of the header: ``Mixed-effects ML regression``."""
        return f"Mixed-effects {self.method} regression" if self.vce == "oim" else "Mixed-effects regression"

    @property
    def parameters(self) -> tuple[RandomParameter, ...]:
        """All random parameters in the order of e(b); the residual is the last."""
        return (*(p for equation in self.equations for p in equation.parameters), self.residual)

    def stored(self) -> Stored:
        """e() under Stata's names; e(b) is in the ln sd and atanh corr metric whatever is displayed."""
        return Stored("e", _scalars(self), _macros(self), _matrices(self), sample=True)


def raw_names(equations: tuple[RandomEquation, ...]) -> tuple[tuple[str, ...], ...]:
    """The e(b) equation names of each equation's parameters: ``lns1_1_1``, ``atr1_1_1_2``.

    The numbers are level, equation within its level, and column (two columns for a correlation).  An identity or
    exchangeable structure names its first column (columns 1 and 2).
    """
    names, levels = [], _level_numbers(equations)
    for equation, (level, number) in zip(equations, levels, strict=True):
        place = {column: i for i, column in enumerate(equation.columns, start=1)}
        mine = []
        for parameter in equation.parameters:
            spots = [place.get(column, 1) for column in parameter.columns]
            if parameter.kind == "sd":
                mine.append(f"lns{level}_{number}_{spots[0]}")
            else:
                mine.append(f"atr{level}_{number}_{spots[0]}_{spots[1]}")
        names.append(tuple(mine))
    return tuple(names)


def _level_numbers(equations: tuple[RandomEquation, ...]) -> list[tuple[int, int]]:
    """(level, equation within the level) of each equation; a repeated level name continues its level."""
    out: list[tuple[int, int]] = []
    previous = None
    for equation in equations:
        if equation.level == previous:
            out.append((out[-1][0], out[-1][1] + 1))
        else:
            out.append((out[-1][0] + 1 if out else 1, 1))
        previous = equation.level
    return out


# ---- e() -----------------------------------------------------------------------------------------------------


def _scalars(result: MixedResult) -> dict[str, float]:
    parameters = result.parameters
    sds = sum(p.kind == "sd" for p in parameters)
    fixed = len(result.coefficients)
    scalars: dict[str, float] = {
        "N": result.n, "k": fixed + len(parameters), "k_f": fixed, "k_r": len(parameters), "k_rs": sds,
        "k_rc": len(parameters) - sds, "k_res": 1, "nrgroups": 1, "df_m": result.df_m, "ll": result.ll,
        "chi2": result.chi2, "p": result.p, "rank": result.rank or _rank(result), "rc": 0,
        "converged": float(result.convergence.converged), "ic": result.convergence.iterations, "level": result.level,
    }
    if result.n_clusters:
        scalars["N_clust"] = result.n_clusters
    if result.lr is not None:
        scalars |= {"ll_c": result.ll_c, "chi2_c": result.lr.chi2, "df_c": result.lr.df, "p_c": result.lr.p}
    return scalars


def _rank(result: MixedResult) -> int:
    return sum(row.status == "shown" for row in result.coefficients) + len(result.parameters)


def _macros(result: MixedResult) -> dict[str, str]:
    optimiser = result.method
    levels = list(dict.fromkeys(equation.level for equation in result.equations))
    macros = {
        "cmdline": result.cmdline, "cmd": result.command, "depvar": result.depvar, "title": result.title,
        "method": optimiser, "opt": "ml", "technique": "nr", "ml_method": "d0", "optmetric": "matsqrt",
        "vce": result.vce, "vcetype": "Robust" if result.vce != "oim" else "", "clustvar": result.cluster,
        "chi2type": "Wald", "rstructure": "independent", "rstructlab": "Independent",
        "ivars": " ".join(levels), "redim": " ".join(str(len(e.columns)) for e in result.equations),
        "vartypes": " ".join(e.structure for e in result.equations if e.structure != "(empty)"),
        "revars": " ".join(column for e in result.equations for column in e.columns),
        "estat_cmd": f"{result.command}_estat", "predict": f"{result.command}_p", "properties": "b V",
        "datasignature": result.datasignature,
    }
    return {name: text for name, text in macros.items() if text}


def _matrices(result: MixedResult) -> dict[str, Matrix]:
    names = stripes(result)
    row = (StripeName("", "y1"),)
    b = np.array([[*(0.0 if r.status != "shown" else r.b for r in result.coefficients),
                   *(p.raw.value for p in result.parameters)]])
    matrices = {"b": Matrix(b, row, names), "V": Matrix(_covariance(result), names, names)}
    if result.v_modelbased is not None:
        matrices["V_modelbased"] = Matrix(result.v_modelbased, names, names)
    return matrices | group_matrices(result.groups)


def stripes(result: MixedResult) -> tuple[StripeName, ...]:
    """The column names of e(b): the depvar's equation, then one equation per random parameter."""
    fixed = tuple(StripeName(result.depvar, r.stripe) for r in result.coefficients)
    raw = [name for mine in raw_names(result.equations) for name in mine]
    given = [p.stripe for p in result.parameters]
    random = tuple(StripeName(mine or theirs, "_cons") for mine, theirs in zip(given, [*raw, "lnsig_e"], strict=True))
    return fixed + random


def _covariance(result: MixedResult) -> np.ndarray:
    k, m = len(result.coefficients), len(result.parameters)
    out = np.zeros((k + m, k + m))
    out[:k, :k] = result.v_fixed
    out[k:, k:] = result.v_random
    if result.v_cross is not None:
        out[:k, k:] = result.v_cross
        out[k:, :k] = result.v_cross.T
    return (out + out.T) / 2                  # symmetric to the last bit, as inverses want it


def group_matrices(groups: Sequence[GroupLevel]) -> dict[str, Matrix]:
    """e(N_g), e(g_min), e(g_avg) and e(g_max): a column per level; none without random effects."""
    if not groups:
        return {}
    columns = tuple(StripeName("", group.name) for group in groups)
    picks = {"N_g": "count", "g_min": "minimum", "g_avg": "mean", "g_max": "maximum"}
    return {
        name: Matrix(np.array([[float(getattr(g, pick)) for g in groups]]), (StripeName("", "r1"),), columns)
        for name, pick in picks.items()
    }
