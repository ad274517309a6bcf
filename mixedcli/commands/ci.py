"""ci: confidence intervals of means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import numeric
from ..data.storage import is_missing, is_numeric
from ..errors import NotBuilt, StataError
from ..formats import abbreviate, g
from ..records import record, replace
from ..results.base import Result, Stored
from ..syntax.spec import Kind, Option
from ..syntax.tree import NamePattern, Statement
from ._shared.moments import moments
from ._shared.tables import chosen_columns, chosen_rows, page, read_weights, refuse, result_line
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Line, Style
    from .context import Context

OPTIONS = (
    Option("level", "l", Kind.REAL, low=10, high=99.99, help="confidence level"),
    Option("separator", "sep", Kind.INTEGER, low=0, help="draw a rule after every # variables; default 5"),
    Option("total", "t", planned=True),
    Option("poisson", "p", planned=True),
    Option("exposure", "e", Kind.RAW, planned=True),
    Option("binomial", "b", planned=True),
)
_FIRST_WITH_SUBCOMMANDS = 14


@record
class MeanInterval:
    """The mean of one variable, its standard error and confidence limits; nan where there are too few values."""

    name: str
    N: float
    mean: float
    se: float
    lo: float
    hi: float


@record
class Intervals(Result):
    schema: ClassVar[str] = "ci"

    variables: tuple[MeanInterval, ...]
    level: float
    separator: int = 5

    def stored(self) -> Stored:
        """r(N), r(mean), r(se), r(lb), r(ub), r(level) of the last variable."""
        if not self.variables:
            return Stored("r")
        last = self.variables[-1]
        scalars = {"N": last.N, "mean": last.mean, "se": last.se, "lb": last.lo, "ub": last.hi, "level": self.level}
        return Stored("r", scalars=scalars, macros={"citype": "normal"})


@command("ci", options=OPTIONS, by="loop")
def ci(context: Context, statement: Statement) -> Intervals:
    """ci means [varlist] [if] [in] [weight] [, level(#) separator(#)]: means with confidence intervals.  Without the
    word means, as in versions before 14, it does the same."""
    options = context.options(statement, OPTIONS)
    statement = _means(statement, context.version)
    refuse(statement, using=True, weight=False)
    kind, weights, rows = read_weights(context, statement, chosen_rows(context, statement), ("aweight", "fweight"))
    level = options["level"] or context.settings.level
    found = []
    for column in chosen_columns(context, statement):
        if not is_numeric(column.storage):
            continue
        values = numeric(column)[rows]
        known = ~is_missing(values)
        chosen = weights[known] if weights is not None else None
        found.append(_interval(column.name, values[known], chosen, kind == "fweight", level))
    return Intervals(tuple(found), level, 5 if options["separator"] is None else options["separator"])


def _means(statement: Statement, version: float) -> Statement:
    """The statement without its subcommand; r(198) where version 14 and later miss one."""
    first = statement.varlist[0] if statement.varlist else None
    word = first.pattern if isinstance(first, NamePattern) else ""
    if len(word) >= 4 and "means".startswith(word):
        return replace(statement, varlist=statement.varlist[1:])
    if any(len(word) >= 4 and name.startswith(word) for name in ("proportions", "variances")):
        raise NotBuilt(f"ci {word}", first.span if first else None)
    if version >= _FIRST_WITH_SUBCOMMANDS:
        raise StataError("subcommand means, proportions, or variances required", 198)
    return statement


def _interval(name: str, values: np.ndarray, weights: np.ndarray | None, frequency: bool, level: float) -> MeanInterval:
    from ..engine.tails import t_quantile

    found = moments(values, weights, frequency)
    if not found.N > 1:
        return MeanInterval(name, found.N, found.mean, math.nan, math.nan, math.nan)
    se = found.sd / math.sqrt(found.N)
    half = t_quantile(0.5 + level / 200, found.N - 1) * se
    return MeanInterval(name, found.N, found.mean, se, found.mean - half, found.mean + half)


@layout(Intervals)
def lay_out(result: Intervals, style: Style) -> Document:
    error, words = ("Std. err.", "conf. interval") if style.version >= 17 else ("Std. Err.", "Conf. Interval")
    rule = "-" * 13 + "+" + "-" * 63
    interval = f"[{result.level:g}% {words}]"
    lines: list[str | Line] = ["", f"{'Variable':>12} |{'Obs':>11}{'Mean':>12}{error:>13}{interval:>27}", rule]
    for k, one in enumerate(result.variables):
        if k and result.separator and k % result.separator == 0:
            lines.append(rule)
        count = f"{one.N:,.0f}" if style.version >= 14 else f"{one.N:.0f}"
        numbers = f"{count:>11}{g(one.mean):>12}{g(one.se):>12}{g(one.lo):>16}{g(one.hi):>12}"
        lines.append(result_line(f"{abbreviate(one.name, 12):>12} |", numbers))
    return page(lines)
