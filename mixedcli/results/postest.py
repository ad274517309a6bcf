"""What the commands after a fit return: estat, lrtest, test, lincom, and the listings of stored results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..records import field, record
from .base import Matrix, Result, Stored
from .coefficients import CoefficientRow
from .mixed import Estimate, GroupLevel, MixedResult, RandomParameter
from .stripe import StripeName

if TYPE_CHECKING:
    from .xtme import XtmeResult

ROW = (StripeName("", "r1"),)


@record
class LevelICC:
    """The intraclass correlation of one level; ``label`` is ``school`` or, nested, ``child|school``."""

    label: str
    icc: Estimate


@record
class IccResult(Result):
    """estat icc: levels from the top down.

    ``kind``: ``""`` (no covariates), ``Residual``, or ``Conditional`` (random slopes: on their covariates being zero).
    """

    schema: ClassVar[str] = "estat icc"

    levels: tuple[LevelICC, ...]
    kind: str = ""
    level: float = 95

    def stored(self) -> Stored:
        """r(icc#), r(se#), r(ci#), r(label#), where # is 2 for the lowest level of groups."""
        scalars: dict[str, float] = {"level": self.level}
        macros, matrices = {}, {}
        ends = (StripeName("", "ll"), StripeName("", "ul"))
        for number, each in zip(range(len(self.levels) + 1, 1, -1), self.levels, strict=True):
            scalars |= {f"icc{number}": each.icc.value, f"se{number}": each.icc.se}
            macros[f"label{number}"] = each.label
            matrices[f"ci{number}"] = Matrix(np.array([[each.icc.lo, each.icc.hi]]), ROW, ends)
        return Stored("r", scalars, macros, matrices)


@record
class LevelCovariance:
    """The covariance or correlation matrix of one level's random effects: ``values`` has shape (q, q)."""

    level: str
    columns: tuple[str, ...]
    values: np.ndarray


@record
class RecovarianceResult(Result):
    """estat recovariance: levels from the top down; ``correlation`` says which matrix they are.

    ``numbers`` are Stata's numbers of the levels shown (2 is the lowest level of groups).
    """

    schema: ClassVar[str] = "estat recovariance"

    levels: tuple[LevelCovariance, ...]
    correlation: bool = False
    numbers: tuple[int, ...] = ()

    def stored(self) -> Stored:
        """r(Cov#) or r(Corr#) for each level; r(cov) or r(corr) too when there is one level only."""
        stem = "Corr" if self.correlation else "Cov"
        numbers = self.numbers or tuple(range(len(self.levels) + 1, 1, -1))
        matrices = {}
        for number, each in zip(numbers, self.levels, strict=True):
            names = tuple(StripeName("", column) for column in each.columns)
            matrices[f"{stem}{number}"] = Matrix(each.values, names, names)
        if len(matrices) == 1:
            matrices[stem.lower()] = next(iter(matrices.values()))
        return Stored("r", matrices=matrices)


@record
class GroupResult(Result):
    """estat group: groups of each level, from the top down."""

    schema: ClassVar[str] = "estat group"

    groups: tuple[GroupLevel, ...]


@record
class InformationRow:
    """Information criteria of one model; ``name`` is ``.`` for the active one, ``ll_null`` NaN where there is none."""

    name: str
    n: int
    ll_null: float
    ll: float
    df: int
    aic: float
    bic: float


@record
class IcResult(Result):
    """estat ic, estimates stats."""

    schema: ClassVar[str] = "estat ic"

    rows: tuple[InformationRow, ...]

    def stored(self) -> Stored:
        """r(S), a row per model."""
        values = np.array([[r.n, r.ll_null, r.ll, r.df, r.aic, r.bic] for r in self.rows], dtype=float)
        rows = tuple(StripeName("", r.name) for r in self.rows)
        columns = tuple(StripeName("", name) for name in ("N", "ll0", "ll", "df", "AIC", "BIC"))
        return Stored("r", matrices={"S": Matrix(values, rows, columns)})


@record
class SdResult(Result):
    """estat sd: the random part of ``fit`` in the metric of ``fit.options``; ``verbose`` shows the fixed part too."""

    schema: ClassVar[str] = "estat sd"

    fit: MixedResult | XtmeResult
    verbose: bool = False

    def stored(self) -> Stored:
        """r(table): rows b, se, ll, ul; columns ``school:sd(_cons)`` ... ``Residual:sd(e)``."""
        metric = self.fit.options.metric
        named = [(e.level, p) for e in self.fit.equations for p in e.parameters]
        columns = [StripeName(level, _name(p, metric)) for level, p in named]
        if self.fit.residual is not None:
            columns.append(StripeName("Residual", f"{metric}(e)"))
        residual = [] if self.fit.residual is None else [self.fit.residual]
        estimates = [getattr(p, metric) for p in (*(p for _, p in named), *residual)]
        values = np.array([[getattr(e, part) for e in estimates] for part in ("value", "se", "lo", "hi")])
        rows = tuple(StripeName("", name) for name in ("b", "se", "ll", "ul"))
        return Stored("r", {"level": self.fit.level}, {}, {"table": Matrix(values, rows, tuple(columns))})


def _name(parameter: RandomParameter, metric: str) -> str:
    word = metric if parameter.kind == "sd" else {"sd": "corr", "var": "cov"}[metric]
    return f"{word}({','.join(parameter.columns)})"


@record
class LrtestResult(Result):
    """lrtest: ``restricted`` and ``unrestricted`` are names of stored estimates, ``.`` the active ones.

    ``boundary``: a variance of the restricted model lies on the boundary under the null; ``reml``: both fits are REML.
    """

    schema: ClassVar[str] = "lrtest"

    restricted: str
    unrestricted: str
    chi2: float
    df: int
    p: float
    boundary: bool = False
    reml: bool = False

    def stored(self) -> Stored:
        return Stored("r", {"p": self.p, "chi2": self.chi2, "df": self.df})


@record
class SingleTest:
    """The test of one constraint by itself; ``adjusted``: its p-value adjusted for there being several."""

    statistic: float
    df: int
    p: float
    adjusted: float


@record
class TestResult(Result):
    """test and testparm.

    ``constraints``: their texts (``[gcse]lrt = 0``), numbered from ``first``.  ``dropped``: the numbers of those that
    follow from the others.  ``statistic`` is chi2 with ``df``, or F when ``df_r`` is given.  ``separate``: the tests of each
    constraint (mtest), their p-values adjusted by ``method`` (``noadjust``: not).
    """

    __test__: ClassVar[bool] = False         # not a test class for pytest
    schema: ClassVar[str] = "test"

    constraints: tuple[str, ...]
    statistic: float
    df: int
    p: float
    df_r: float | None = None
    dropped: tuple[int, ...] = ()
    first: int = 1
    separate: tuple[SingleTest, ...] = ()
    method: str = ""

    def stored(self) -> Stored:
        name = "chi2" if self.df_r is None else "F"
        scalars: dict[str, float] = {"drop": bool(self.dropped), name: self.statistic, "df": self.df, "p": self.p}
        if self.df_r is not None:
            scalars["df_r"] = self.df_r
        scalars |= {f"dropped_{i}": number for i, number in enumerate(self.dropped, start=1)}
        if not self.separate:
            return Stored("r", scalars)
        return Stored("r", scalars, {"mtmethod": self.method}, {"mtest": self._separate(name)})

    def _separate(self, name: str) -> Matrix:
        """r(mtest): a row per constraint; the last column only where p-values are adjusted."""
        values = [[each.statistic, each.df, each.p, each.adjusted] for each in self.separate]
        names = (name, "df", "p", "adjustp") if self.method != "noadjust" else (name, "df", "p")
        rows = tuple(StripeName("", f"r{k + 1}") for k in range(len(values)))
        columns = tuple(StripeName("", each) for each in names)
        return Matrix(np.array(values, dtype=float)[:, : len(names)], rows, columns)


@record
class LincomResult(Result):
    """lincom: the combination's text (``- [y]a + [y]b = 0``) and its row, whose term is ``(1)``.

    ``statistic``: ``z`` or ``t`` (then ``df`` is the residual degrees of freedom).  ``formats``: display formats by option.
    """

    schema: ClassVar[str] = "lincom"

    depvar: str
    constraint: str
    row: CoefficientRow
    statistic: str = "z"
    df: float = math.nan
    level: float = 95
    formats: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> Stored:
        row = self.row
        scalars = {"estimate": row.b, "se": row.se, self.statistic: row.statistic, "p": row.p, "lb": row.lo,
                   "ub": row.hi, "level": self.level}
        if not math.isnan(self.df):
            scalars["df"] = self.df
        return Stored("r", scalars)


@record
class MatrixListing(Result):
    """matrix list: ``name`` as typed (``e(b)``, ``A``), ``format`` a display format.

    ``full`` prints both triangles of a symmetric matrix, ``no_dot_z`` leaves elements that are ``.z`` blank.
    """

    schema: ClassVar[str] = "matrix list"

    name: str
    matrix: Matrix
    format: str = "%10.0g"
    title: str = ""
    header: bool = True
    names: bool = True
    full: bool = False
    no_blank: bool = False
    no_dot_z: bool = False


@record
class StoredListing(Result):
    """return list and ereturn list: what is stored under Stata's names at this moment."""

    schema: ClassVar[str] = "return list"

    contents: Stored

    @property
    def sections(self) -> Mapping[str, Mapping[str, object]]:
        """Scalars, macros and matrices by their headings, empty ones left out."""
        found = {"scalars": self.contents.scalars, "macros": self.contents.macros, "matrices": self.contents.matrices}
        return {title: values for title, values in found.items() if values}
