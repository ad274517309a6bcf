"""What pwcompare, contrast and margins with pwcompare return: differences of margins, and Wald tests of them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..records import record
from .base import Matrix, Result, Stored
from .coefficients import CoefficientRow
from .margins import MarginsResult
from .stripe import StripeName


@record
class ComparisonBlock:
    """The comparisons of one term (``rep78``, ``a#b``); each row's term is its label, ``2 vs 1``.

    ``equation`` stands over the block where the model names its equation.
    """

    name: str
    rows: tuple[CoefficientRow, ...]
    equation: str = ""


@record
class Comparisons:
    """Blocks in order, what they compare, and how p-values and intervals are adjusted for their number.

    ``b`` (m,) and ``V`` (m, m) of all rows in order, called ``names``.  ``method``: ``noadjust``, ``bonferroni``,
    ``sidak`` or ``scheffe``.  ``df``: degrees of freedom of t, None for normal inference.  ``ci`` and ``pv``: what is
    shown.
    """

    blocks: tuple[ComparisonBlock, ...]
    names: tuple[StripeName, ...]
    b: np.ndarray
    V: np.ndarray
    method: str = "noadjust"
    df: float | None = None
    level: float = 95
    ci: bool = True
    pv: bool = False

    @property
    def matrices(self) -> dict[str, Matrix]:
        """Under Stata's names without what it puts behind them: ``b``, ``V`` and ``table``."""
        rows = [row for block in self.blocks for row in block.rows]
        kinds = ("b", "se", "t" if self.df is not None else "z", "pvalue", "ll", "ul")
        table = np.array([[r.b, r.se, r.statistic, r.p, r.lo, r.hi] for r in rows]).reshape(len(rows), 6).T
        return {
            "b": Matrix(self.b[None, :], (StripeName("", "y1"),), self.names),
            "V": Matrix(self.V, self.names, self.names),
            "table": Matrix(table, tuple(StripeName("", kind) for kind in kinds), self.names),
        }


@record
class GroupBlock:
    """The means of one term with their group codes, which all have a place for each letter."""

    name: str
    rows: tuple[CoefficientRow, ...]
    codes: tuple[str, ...]
    equation: str = ""


@record
class PwcompareResult(Result):
    """Pairwise comparisons of marginal linear predictions, or of the margins of ``margins``; with ``groups`` their means
    and group codes are shown instead."""

    schema: ClassVar[str] = "pwcompare"

    comparisons: Comparisons
    margins: MarginsResult | None = None
    groups: tuple[GroupBlock, ...] = ()

    def stored(self) -> Stored:
        """r(b_vs), r(V_vs), r(table_vs)."""
        found = self.comparisons
        scalars = {"level": found.level} | ({} if found.df is None else {"df_r": found.df})
        matrices = {f"{name}_vs": matrix for name, matrix in found.matrices.items()}
        macros = {"cmd": "pwcompare", "mcmethod_vs": found.method}
        if self.margins is None:
            return Stored("r", scalars, macros, matrices)
        own = self.margins.stored()
        return Stored("r", {**own.scalars, **scalars}, {**own.macros, **macros}, {**own.matrices, **matrices})


@record
class WaldRow:
    """One line of the table of tests; ``statistic`` is chi2, or F with denominator degrees of freedom."""

    label: str
    df: int
    statistic: float
    p: float


@record
class WaldBlock:
    """The tests of one term: a single one without ``rows`` of its own names, else each contrast and all jointly."""

    name: str
    rows: tuple[WaldRow, ...]
    single: bool = True


@record
class ContrastResult(Result):
    """contrast: the tests (none with nowald), and the contrasts themselves where they are shown; of model
    coefficients, or of the margins of ``margins``."""

    schema: ClassVar[str] = "contrast"

    tests: tuple[WaldBlock, ...]
    comparisons: Comparisons
    equation: str = ""
    wald: bool = True
    effects: bool = False
    margins: MarginsResult | None = None

    def stored(self) -> Stored:
        """r(b), r(V), r(table), and r(df), r(F) or r(chi2), r(p): a column per test."""
        found = self.comparisons
        scalars = {"level": found.level} | ({} if found.df is None else {"df_r": found.df})
        labels = [StripeName("", f"{b.name}" if b.single else f"{b.name}:{r.label}") for b in self.tests for r in b.rows]
        rows = [row for block in self.tests for row in block.rows]
        statistic = "chi2" if found.df is None else "F"
        columns = {"df": [r.df for r in rows], statistic: [r.statistic for r in rows], "p": [r.p for r in rows]}
        row = (StripeName("", "r1"),)
        tests = {name: Matrix(np.array([values], dtype=float), row, tuple(labels)) for name, values in columns.items()}
        if self.margins is None:
            return Stored("r", scalars, {"cmd": "contrast"}, {**found.matrices, **tests})
        own = self.margins.stored()
        return Stored("r", {**own.scalars, **scalars}, own.macros, {**own.matrices, **found.matrices, **tests})
