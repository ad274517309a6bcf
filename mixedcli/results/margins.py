"""What margins returns: predictions or effects averaged over the sample, with delta-method standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ..records import field, record
from .base import Matrix, Result, Stored
from .posted import EquationRows
from .stripe import StripeName


@record
class AtValue:
    """One line of the legend: a covariate, or one level of a factor, its value, and the statistic it is, if any."""

    name: str
    value: float
    statistic: str = ""


@record
class AtGroup:
    """What is fixed in one group of ``over()``; ``names`` are its levels (``0.foreign``), none without ``over()``."""

    names: tuple[str, ...]
    values: tuple[AtValue, ...]


@record
class MarginsOptions:
    """What the user asked to see."""

    noatlegend: bool = False
    vsquish: bool = False
    noci: bool = False
    nopvalues: bool = False
    nolstretch: bool = False
    coeflegend: bool = False
    cformat: str = ""
    pformat: str = ""
    sformat: str = ""


@record
class MarginsResult(Result):
    """Margins in the order of the table.

    ``b``: shape (m,); ``V``: shape (m, m); ``jacobian``: shape (m, k), the derivatives by the k coefficients of the
    model; ``counts``: the observations each margin averages over, shape (m,).  Margins that are not estimable are zero.
    ``equations``: the rows of the table; one without a name unless effects are shown at several places.
    ``derivatives``: ``dy/dx`` and the like ("" for predictions), ``wrt`` the terms they are of.
    ``predictions``: what each level of ``_shared.predict`` is, if several statistics are predicted.
    ``points``: the at-legend, groups within points.  ``df``: degrees of freedom of t, None for normal inference.
    """

    schema: ClassVar[str] = "margins"

    title: str
    n: int
    vce: str
    expression: str
    equations: tuple[EquationRows, ...]
    names: tuple[StripeName, ...]
    b: np.ndarray
    V: np.ndarray
    jacobian: np.ndarray
    counts: np.ndarray
    coefficients: tuple[StripeName, ...]
    derivatives: str = ""
    wrt: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    points: tuple[tuple[AtGroup, ...], ...] = ()
    factors: bool = False                                   # some effect is that of a factor
    constant: bool = False                                  # the model has no covariates
    df: float | None = None
    level: float = 95
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    options: MarginsOptions = MarginsOptions()
    cmdline: str = ""
    model_command: str = ""
    model_cmdline: str = ""
    label: str = ""
    predictions: tuple[str, ...] = ()

    def stored(self) -> Stored:
        return Stored("r", _scalars(self), _macros(self), _matrices(self))


@record
class MarginsEstimation(Result):
    """The margins as estimation results, which ``post`` makes of them."""

    schema: ClassVar[str] = "margins"

    margins: MarginsResult

    def stored(self) -> Stored:
        macros = {**_macros(self.margins), "properties": "b V"}
        return Stored("e", _scalars(self.margins), macros, _matrices(self.margins), sample=True)


def _scalars(result: MarginsResult) -> dict[str, float]:
    scalars = {"N": float(result.n), "k_margins": float(len(result.b)), "level": result.level}
    if result.predictions:
        scalars["k_predict"] = float(len(result.predictions))
    if result.points:
        scalars["k_at"] = float(len(result.points))
    if result.df is not None:
        scalars["df_r"] = result.df
    return scalars


def _macros(result: MarginsResult) -> dict[str, str]:
    macros = {
        "cmd": "margins", "cmdline": result.cmdline, "title": result.title, "vce": "delta", "model_vce": result.vce,
        "expression": result.expression, "derivatives": result.derivatives, "xvars": " ".join(result.wrt),
        "over": " ".join(result.over), "est_cmd": result.model_command, "est_cmdline": result.model_cmdline,
        "predict_label": result.label, "emptycells": "strict",
    }
    predictions = {f"predict{k}_label": text for k, text in enumerate(result.predictions, start=1)}
    return {name: text for name, text in (macros | predictions).items() if text}


def _matrices(result: MarginsResult) -> dict[str, Matrix]:
    row = (StripeName("", "r1"),)
    matrices = {
        "b": Matrix(result.b[None, :], (StripeName("", "y1"),), result.names),
        "V": Matrix(result.V, result.names, result.names),
        "Jacobian": Matrix(result.jacobian, result.names, result.coefficients),
        "_N": Matrix(result.counts[None, :], row, result.names),
        "table": _table(result),
    }
    fixed = [[value for group in point for value in group.values] for point in result.points]
    if fixed and len({tuple(value.name for value in point) for point in fixed}) == 1:
        columns = tuple(StripeName("", value.name) for value in fixed[0])
        rows = tuple(StripeName("", f"{k + 1}._at") for k in range(len(fixed)))
        matrices["at"] = Matrix(np.array([[value.value for value in point] for point in fixed]), rows, columns)
    return matrices


def _table(result: MarginsResult) -> Matrix:
    """r(table): the numbers of the printed table, a column for each margin."""
    rows = [row for equation in result.equations for row in equation.rows]
    kinds = ("b", "se", "t" if result.df is not None else "z", "pvalue", "ll", "ul")
    values = np.array([[row.b, row.se, row.statistic, row.p, row.lo, row.hi] for row in rows]).reshape(len(rows), 6)
    return Matrix(values.T, tuple(StripeName("", kind) for kind in kinds), result.names)
