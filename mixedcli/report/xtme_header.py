"""What xtmelogit and its relatives print above their tables: the iteration log and the header.

The right-hand block stands at column 49 in all versions; the number of integration points is on the line of the Wald
test, or with several levels in the table of groups.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..formats import abbreviate, count, f, g
from ..results.mixed import GroupLevel
from ..results.xtme import XtmeResult
from .document import BLANK, RESULT, Cell, Document, Line, Row, Rule, Span, Style, Table, line
from .me_header import sizes
from .mixed_header import FixedBlock, average


def iteration_log(result: XtmeResult, style: Style) -> list[Line]:
    """The lines of the log without a blank line before or after.

    That the search did not converge is said even where the log is not wanted, but not when results are shown again.
    """
    failure = [] if result.convergence.converged else [line("convergence not achieved")]
    if result.options.nolog:
        return failure if result.log.search else []
    if not result.equations:
        return _iterations(result.log.search, style) + failure
    return [
        line("Refining starting values: "), BLANK, *_iterations(result.log.refinement, style), BLANK,
        line("Performing gradient-based optimization: "), BLANK, *_iterations(result.log.search, style), *failure,
    ]


def _iterations(path: Sequence[float], style: Style) -> list[Line]:
    new = style.version >= 18
    words = "Log likelihood" if new else "log likelihood"
    return [
        line(f"Iteration {k}:".ljust(14 if new else 15) + f"{words} = ", Span(g(ll, 10).rjust(10), RESULT), "  ")
        for k, ll in enumerate(path)
    ]


def header(result: XtmeResult, style: Style) -> Document:
    """Title, counts, group sizes, integration points, Wald test and log likelihood."""
    commas = style.version >= 14
    block = FixedBlock(commas)
    lines: list[Line | Table] = [block.line(result.title, "Number of obs", count(result.n, commas))]
    if result.binomial:
        lines.append(line(f"Binomial variable: {result.binomial}"))
    groups = () if result.options.nogroup else result.groups
    points = ""
    if len(groups) > 1:
        lines += [BLANK, _group_table(groups, _points_of(result), style), BLANK]
    elif groups:
        points = f"Integration points = {result.points[0]:3d}"
        lines += [*_one_level(groups[0], block, commas), BLANK]
    else:
        lines.append(BLANK)
    words = f"Log likelihood = {g(result.ll, 10).rjust(10)}"
    lines.append(block.line(points, f"Wald chi2({result.df_m})", f(result.chi2, 10, 2)))
    lines.append(block.line(words, "Prob > chi2", f(result.p, 6, 4)))
    return Document(tuple(lines))


def _one_level(group: GroupLevel, block: FixedBlock, commas: bool) -> list[Line]:
    first = block.line(f"Group variable: {group.name}", "Number of groups", count(group.count, commas))
    return [first, BLANK, *sizes(group, block, commas)]


def _points_of(result: XtmeResult) -> tuple[int, ...]:
    points = result.points
    return points * len(result.groups) if len(points) == 1 else points


def _group_table(groups: Sequence[GroupLevel], points: Sequence[int], style: Style) -> Table:
    """The groups of each level with their integration points (a column that only these commands have)."""
    commas = style.version >= 14
    shift, small = (2 if commas else 0), style.version >= 17
    word = str.lower if small else str
    edges = tuple(edge + shift for edge in (26, 37, 48, 59, 71))
    titles = (word("Groups"), "Minimum", "Average", "Maximum", word("Points"))
    above = (
        Cell("No. of", edges[0]), Cell(f"Observations per {word('Group')}", 55 + shift),
        Cell("Integration", 73 + shift),
    )
    cells = tuple(Cell(title, edge) for title, edge in zip(titles, edges, strict=True))
    rows = [
        Row(abbreviate(group.name, 15).rjust(15) + " ", tuple(
            Cell(text, edge) for text, edge in zip(
                (count(group.count, commas), count(group.minimum, commas), average(group.mean, commas),
                 count(group.maximum, commas), str(number)), edges, strict=True)
        )) for group, number in zip(groups, points, strict=True)
    ]
    heading = (Row("", above, heading=True), Row(f" Group {word('Variable')} ", cells, heading=True))
    return Table((Rule(), *heading, Rule(joint=True), *rows, Rule()), 74 + shift, 17, name="groups")
