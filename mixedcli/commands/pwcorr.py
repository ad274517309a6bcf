"""pwcorr: correlations of pairs of variables, each over the observations in which neither is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.storage import is_numeric
from ..errors import StataError
from ..formats import f, g
from ..records import record
from ..results.base import Matrix, Result, Stored
from ..results.stripe import StripeName
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._shared.correlation import (
    check_numeric,
    correlation,
    covariance,
    heading,
    known_values,
    p_value,
    panels,
    stub,
)
from ._shared.tables import chosen_columns, chosen_rows, page, read_weights, refuse, result_line
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Line, Style
    from .context import Context

OPTIONS = (
    Option("sig", "sig", help="show the p-value of each correlation"),
    Option("obs", "o", help="show the number of observations of each correlation"),
    Option("print", "p", Kind.REAL, help="leave out correlations with a larger p-value"),
    Option("star", "st", Kind.REAL, help="put a star beside correlations with a p-value this small"),
    Option("bonferroni", "b", help="adjust p-values by Bonferroni's method"),
    Option("sidak", "sid", help="adjust p-values by Sidak's method"),
    Option("listwise", "l", help="use only observations in which no variable is missing"),
    Option("casewise", "case", help="the same as listwise"),
)


@record
class PairwiseCorrelations(Result):
    """Matrices of shape (k, k): correlations, adjusted p-values, and numbers of observations.

    ``last``: N and rho of the last pair, which r() keeps.
    """

    schema: ClassVar[str] = "pwcorr"

    names: tuple[str, ...]
    rho: np.ndarray
    p: np.ndarray
    N: np.ndarray
    show_p: bool = False
    show_n: bool = False
    largest_p: float | None = None
    star: float | None = None

    def stored(self) -> Stored:
        names = tuple(StripeName("", name) for name in self.names)
        matrices = {"C": Matrix(self.rho, names, names)}
        if self.show_p:
            matrices["sig"] = Matrix(self.p, names, names)
        matrices["Nobs"] = Matrix(self.N, names, names)
        scalars = {"N": float(self.N[-1, -1])}
        if len(self.names) > 1:
            scalars = {"N": float(self.N[-1, -2]), "rho": float(self.rho[-1, -2])}
        return Stored("r", scalars=scalars, matrices=matrices)


@command("pwcorr", options=OPTIONS, by="loop")
def pwcorr(context: Context, statement: Statement) -> PairwiseCorrelations:
    """pwcorr [varlist] [if] [in] [weight] [, obs sig print(#) star(#) bonferroni sidak listwise]: correlations, each
    over the observations in which both variables are known."""
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True, weight=False)
    if options["bonferroni"] and options["sidak"]:
        raise StataError("options bonferroni and sidak may not be combined", 198, options.spans["sidak"])
    columns = chosen_columns(context, statement)
    if not statement.varlist:
        columns = tuple(column for column in columns if is_numeric(column.storage))
    if not columns:
        raise StataError("no variables defined", 111)
    check_numeric(columns)
    kind, weights, rows = read_weights(context, statement, chosen_rows(context, statement), ("aweight", "fweight"))
    values = known_values(columns, rows)
    if options["listwise"] or options["casewise"]:
        used = ~np.isnan(values).any(axis=1)
        values, weights = values[used], weights[used] if weights is not None else None
    rho, n = _pairs(values, weights, kind == "fweight")
    return PairwiseCorrelations(
        tuple(column.name for column in columns), rho, _adjusted(rho, n, options), n,
        show_p=bool(options["sig"]), show_n=bool(options["obs"]),
        largest_p=_level(options["print"]), star=_level(options["star"]),
    )


def _level(value: float | None) -> float | None:
    """A significance level; ``5`` is read as 5 percent."""
    return value / 100 if value is not None and value >= 1 else value


def _pairs(values: np.ndarray, weights: np.ndarray | None, frequency: bool) -> tuple[np.ndarray, np.ndarray]:
    k = values.shape[1]
    rho, counts = np.full((k, k), np.nan), np.zeros((k, k))
    known = ~np.isnan(values)
    for i in range(k):
        for j in range(i + 1):
            both = known[:, i] & known[:, j]
            chosen = weights[both] if weights is not None else None
            found, n = covariance(values[both][:, [i, j]], chosen, frequency)[1:]
            rho[i, j] = rho[j, i] = correlation(found)[0, 1] if i != j else correlation(found)[0, 0]
            counts[i, j] = counts[j, i] = n
    return rho, counts


def _adjusted(rho: np.ndarray, n: np.ndarray, options: OptionValues) -> np.ndarray:
    """p-values off the diagonal, adjusted for the number of pairs if asked for."""
    k = len(rho)
    pairs = k * (k - 1) / 2
    out = np.full((k, k), np.nan)
    for i in range(k):
        for j in range(i):
            p = p_value(rho[i, j], n[i, j])
            if options["bonferroni"]:
                p = min(1.0, pairs * p)
            elif options["sidak"]:
                p = min(1.0, 1 - (1 - p) ** pairs)
            out[i, j] = out[j, i] = p
    return out


# ---- layout --------------------------------------------------------------------------------------------------


@layout(PairwiseCorrelations)
def lay_out(result: PairwiseCorrelations, style: Style) -> Document:
    lines: list[str | Line] = []
    for columns in panels(len(result.names), style.linesize):
        lines += ["", *heading(result.names, columns)]
        for i in range(columns.start, len(result.names)):
            lines += _rows(result, i, [j for j in columns if j <= i])
    return page([*lines, ""])


def _rows(result: PairwiseCorrelations, i: int, columns: list[int]) -> list[str | Line]:
    """One variable: correlations, then p-values and numbers of observations if they are shown, then a blank line.

    A star stands in the column after its correlation.
    """
    blank = " " * 12 + " |"
    shown = {j: j == i or result.largest_p is None or result.p[i, j] <= result.largest_p for j in columns}
    cells = (_cell(result, i, j) if shown[j] else " " * 9 for j in columns)
    lines: list[str | Line] = [result_line(stub(result.names[i]), " " + "".join(cells))]
    if result.show_p:
        tails = (f"{f(result.p[i, j], 8, 4):>9}" if j != i and shown[j] else " " * 9 for j in columns)
        lines.append(result_line(blank, "".join(tails).rstrip()))
    if result.show_n:
        counts = (f"{g(result.N[i, j], 9):>9}" if shown[j] else " " * 9 for j in columns)
        lines.append(result_line(blank, "".join(counts).rstrip()))
    return [*lines, blank] if result.show_p or result.show_n else lines


def _cell(result: PairwiseCorrelations, i: int, j: int) -> str:
    starred = i != j and result.star is not None and result.p[i, j] <= result.star
    mark = "*" if starred else " "
    return f"{f(result.rho[i, j], 8, 4):>8}{mark}"
