"""The table of variances and correlations of xtmixed and mixed, and the test against the linear model below it.

The stub is 29 wide, the bar stands at 30, the table is 78 wide in every version.
"""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from ..formats import abbreviate, f
from ..records import replace
from ..results.mixed import Estimate, LRTest, MixedResult, RandomEquation, RandomParameter
from .coefficients import interval_heading, number, se_heading, vce_cell
from .document import BLANK, RESULT, Cell, Document, Line, Row, Rule, Span, Style, Table, line

if TYPE_CHECKING:
    from ..results.xtme import XtmeResult

BAR, WIDTH = 30, 78
NAME = 28                             # parameter names end here
EDGES = (41, 52, 66, 78)              # right edges of estimate, standard error and the two limits
CONSERVATIVE = "Note: LR test is conservative and provided only for reference."


def random_effects_table(result: MixedResult | XtmeResult, style: Style) -> Document:
    """One block per equation and one for the residual; the columns listed below if a name had to leave them out."""
    metric, cformat = result.options.metric, result.options.cformat
    rows: list[Row | Rule] = [Rule(), *_headings(result, style), Rule(joint=True)]
    footnotes: list[str] = []
    for equation in result.equations:
        rows.append(Row(_heading(equation), heading=True))
        rows += [
            _row(_noted_name(p, metric, footnotes), _metric(p, metric), cformat) for p in equation.parameters
        ]
        rows.append(Rule(joint=True))
    if result.residual is not None:          # logistic and Poisson models have none
        rows.append(_row(parameter_name(result.residual, metric), _metric(result.residual, metric), cformat))
    else:
        rows.pop()
    rows.append(Rule())
    notes = tuple(Line((Span(text),)) for note in footnotes for text in textwrap.wrap(note, style.linesize - 1))
    return Document((Table(tuple(rows), WIDTH, BAR, name="random effects"), *notes))


def parameter_name(parameter: RandomParameter, metric: str, width: int = NAME) -> str:
    """``sd(lrt)``, ``cov(lrt,_cons)``, ``var(mz dz1 dz2)``; the longest column names are cut until it fits."""
    words = {("sd", "sd"): "sd", ("sd", "var"): "var", ("corr", "sd"): "corr", ("corr", "var"): "cov"}
    word = words[parameter.kind, metric]
    comma = "," if parameter.kind == "corr" and len(parameter.columns) == 2 else " "
    names = list(parameter.columns)
    room = width - len(word) - 2
    while len(comma.join(names)) > room and max(len(name) for name in names) > 5:
        longest = max(range(len(names)), key=lambda i: len(names[i]))
        names[longest] = abbreviate(parameter.columns[longest], len(names[longest]) - 1)
    return f"{word}({comma.join(names)})"


def _noted_name(parameter: RandomParameter, metric: str, footnotes: list[str]) -> str:
    """The parameter's name; a list of columns too long for the stub shows its ends, and a footnote the rest."""
    columns = parameter.columns
    if len(columns) < 3 or len(parameter_name(parameter, metric, 10**6)) <= NAME:
        return parameter_name(parameter, metric)
    mark = f"({len(footnotes) + 1})"
    footnotes.append(f"{mark} {' '.join(columns)}")
    ends = replace(parameter, columns=(f"{columns[0]}..{columns[-1]}",))
    return parameter_name(ends, metric, NAME - len(mark)) + mark


def _metric(parameter: RandomParameter, metric: str) -> Estimate:
    return parameter.sd if metric == "sd" else parameter.var


def _headings(result: MixedResult | XtmeResult, style: Style) -> list[Row]:
    rows = []
    robust = result.vce != "oim"
    if robust:
        start = vce_cell("Robust", BAR)
        rows.append(Row("", (Cell("Robust".ljust(17), start.edge, left=True),), heading=True))
    words = "Parameters" if style.version < 17 else "parameters"
    interval = interval_heading(result.level, style)
    cells = (Cell("Estimate", 41), Cell(se_heading(style, robust), 53), Cell(interval, WIDTH))
    return [*rows, Row(f"  Random-effects {words}  ", cells, heading=True)]


def _heading(equation: RandomEquation) -> str:
    """``school: Unstructured``; an equation without columns shows ``(empty)`` at the right."""
    room = NAME - len(equation.structure) - 2
    level = abbreviate(equation.level, room)
    if equation.structure == "(empty)":
        return f"{level}:" + "(empty)".rjust(NAME - len(level) - 1)
    return f"{level}: {equation.structure}"


def _row(name: str, estimate: Estimate, cformat: str) -> Row:
    numbers = (estimate.value, estimate.se, estimate.lo, estimate.hi)
    cells = tuple(Cell(number(value, cformat), edge) for value, edge in zip(numbers, EDGES, strict=True))
    return Row(name.rjust(NAME) + " ", cells)


# ---- the test below the table ---------------------------------------------------------------------------------


def lr_lines(test: LRTest, style: Style) -> Document:
    """The LR test against the linear model, and its note."""
    name, tail = ("chibar2(01)", ">= chibar2") if test.kind == "chibar2" else (f"chi2({test.df})", "> chi2")
    p = f(test.p, 6, 4).rjust(6)
    value = statistic(test.chi2, style)
    if style.version < 14:
        width, gap = (14, " ") if test.kind == "chibar2" else (16, "   ")
        left = "LR test vs. linear regression:" + f"{name} =".rjust(width)
        parts = (left + " ", Span(value.rjust(8), RESULT), f"{gap}Prob {tail} = ", Span(p, RESULT))
    else:
        left = f"LR test vs. linear model: {name} = "
        right = f"Prob {tail} = {p}"
        gap = " " * max(WIDTH - len(left) - len(value) - len(right), 1)
        parts = (left, Span(value, RESULT), gap + right[:-6], Span(p, RESULT))
    return Document((line(*parts), *_note(test.note, style)))


def statistic(value: float, style: Style) -> str:
    """A chi-squared statistic: two decimals, or e-notation where they would say nothing (tiny ones, and up to version
    13 those from 10,000 on)."""
    large = 1e4 if style.version < 14 else 1e5
    if not math.isnan(value) and value != 0 and not 0.005 < abs(value) < large:
        return f"{value:.1e}"
    return f(value, 8, 2)


def boundary_note(style: Style) -> list[Line]:
    """That a test of a variance uses degrees of freedom which assume an interior null; wrapped to the page."""
    gap = "  " if style.version < 17 else " "
    return wrapped("Note: The reported degrees of freedom assumes the null hypothesis is not on the boundary of the "
                   f"parameter space.{gap}If this is not true, then the reported test is conservative.", style)


def wrapped(text: str, style: Style) -> list[Line]:
    """A note broken at the page's width, its later lines indented by six; double blanks inside a line are kept."""
    lines: list[str] = []
    for word in text.replace(".  ", ".\0 ").split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and len(joined.rstrip("\0")) > style.linesize - 1:
            lines.append(" " * 6 + word)
        elif lines:
            lines[-1] = joined
        else:
            lines.append(word)
    return [line(text.rstrip("\0").replace("\0", " ")) for text in lines]


def _note(kind: str, style: Style) -> list[Line]:
    if kind == "conservative":
        return [BLANK, line(CONSERVATIVE)]
    return [BLANK, *boundary_note(style)] if kind == "degrees" else []
