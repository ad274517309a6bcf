"""correlate: correlations or covariances of variables, over the observations in which none is missing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.storage import is_numeric
from ..errors import StataError, no_observations
from ..formats import abbreviate, f, g
from ..records import record
from ..results.base import Matrix, Result, Stored
from ..results.stripe import StripeName
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.correlation import check_numeric, correlation, covariance, heading, known_values, panels, stub
from ._shared.moments import Moments, moments
from ._shared.tables import chosen_columns, chosen_rows, page, read_weights, refuse, result_line
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Line, Style
    from .context import Context

OPTIONS = (
    Option("covariance", "c", help="show covariances"),
    Option("means", "m", help="also show means, standard deviations, minima and maxima"),
    Option("wrap", "w", help="do not break a wide matrix"),
    Option("noformat", "nof", help="accepted: means are always shown in the general format"),
    Option("_coef", "_coef", planned=True),
)


@record
class Correlations(Result):
    """``matrix``: what is shown, shape (k, k): correlations, or covariances if ``covariance``."""

    schema: ClassVar[str] = "correlate"

    names: tuple[str, ...]
    N: float
    matrix: np.ndarray
    covariances: np.ndarray
    covariance: bool = False
    moments: tuple[Moments, ...] = ()
    wrap: bool = False
    note: str = ""

    def stored(self) -> Stored:
        """r(N), r(rho) (or r(cov_12), r(Var_1), r(Var_2)) of the first two variables, and the matrix r(C)."""
        scalars = {"N": self.N}
        if len(self.names) > 1:
            if self.covariance:
                scalars |= {"cov_12": float(self.matrix[1, 0]), "Var_1": float(self.matrix[0, 0])}
                scalars["Var_2"] = float(self.matrix[1, 1])
            else:
                scalars["rho"] = float(self.matrix[1, 0])
        names = tuple(StripeName("", name) for name in self.names)
        return Stored("r", scalars=scalars, matrices={"C": Matrix(self.matrix, names, names)})


@command("correlate", shortest="cor", options=OPTIONS, by="loop")
def correlate(context: Context, statement: Statement) -> Correlations:
    """correlate [varlist] [if] [in] [weight] [, covariance means wrap]: the correlation or covariance matrix, over
    observations without missing values."""
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True, weight=False)
    columns = chosen_columns(context, statement)
    if not statement.varlist:
        columns = tuple(column for column in columns if is_numeric(column.storage))
    if not columns:
        raise StataError("no variables defined", 111)
    check_numeric(columns)
    kind, weights, rows = read_weights(context, statement, chosen_rows(context, statement), ("aweight", "fweight"))
    values = known_values(columns, rows)
    used = ~np.isnan(values).any(axis=1)
    values, weights = values[used], weights[used] if weights is not None else None
    if not len(values):
        raise no_observations()
    found, n = covariance(values, weights, kind == "fweight")[1:]
    return Correlations(
        tuple(column.name for column in columns), n, found if options["covariance"] else correlation(found), found,
        covariance=bool(options["covariance"]),
        moments=tuple(moments(one, weights, kind == "fweight") for one in values.T) if options["means"] else (),
        wrap=bool(options["wrap"]),
        note=f"({'analytic' if kind == 'aweight' else 'frequency'} weights assumed)" if _assumed(statement) else "",
    )


def _assumed(statement: Statement) -> bool:
    return statement.weight is not None and not statement.weight.kind


# ---- layout --------------------------------------------------------------------------------------------------


@layout(Correlations)
def lay_out(result: Correlations, style: Style) -> Document:
    count = f"{result.N:,.0f}" if style.version >= 14 else f"{result.N:.0f}"
    lines: list[str | Line] = [*([result.note] if result.note else []), f"(obs={count})"]
    lines += _means(result, style)
    shown = [range(len(result.names))] if result.wrap else panels(len(result.names), style.linesize)
    for columns in shown:
        lines += ["", *heading(result.names, columns)]
        for i in range(columns.start, len(result.names)):
            cells = "".join(_cell(result.matrix[i, j], result.covariance) for j in columns if j <= i)
            lines.append(result_line(stub(result.names[i]), cells))
    return page([*lines, ""])


def _cell(value: float, covariances: bool) -> str:
    if not covariances:
        return f"{f(value, 8, 4):>9}"
    return f"{g(value, 8):>9}"


def _means(result: Correlations, style: Style) -> list[str | Line]:
    if not result.moments:
        return []
    deviation = "Std. dev." if style.version >= 17 else "Std. Dev."
    lines: list[str | Line] = [
        "", f"{'Variable':>12} |{'Mean':>13}{deviation:>13}{'Min':>13}{'Max':>13}", "-" * 13 + "+" + "-" * 52
    ]
    for name, one in zip(result.names, result.moments, strict=True):
        sd = one.sd if one.N > 1 else math.nan
        numbers = "".join(f"{g(x):>13}" for x in (one.mean, sd, one.min, one.max))
        lines.append(result_line(f"{abbreviate(name, 12):>12} |", numbers))
    return lines
