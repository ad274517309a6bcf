"""What xtmixed and mixed print above their tables: the iteration log, and the header with the groups.

The header has a right-hand block of counts and tests.  Up to 17 it stands at column 49 with ``=`` at 68 (13 and
before) or 67; from 18 on it is as narrow as its longest label and value and ends at column 78.
"""

from __future__ import annotations

from ..formats import abbreviate, count, f, g
from ..results.mixed import GroupLevel, MixedResult
from .document import BLANK, RESULT, Cell, Document, Line, Row, Rule, Span, Style, Table, line

LEFT = 48                             # columns left of the fixed right-hand block
PAGE = 78                             # where it ends
_WORDS = {"ML": "log likelihood", "REML": "log restricted-likelihood"}


def likelihood_words(result: MixedResult) -> str:
    """``log likelihood``, ``log restricted-likelihood`` or ``log pseudolikelihood``."""
    return "log pseudolikelihood" if result.vce != "oim" else _WORDS[result.method]


def iteration_log(result: MixedResult, style: Style) -> list[Line]:
    """The lines of the log without a blank line before or after; none for a model without random effects.

    That the search did not converge is said even where the log is not wanted.
    """
    failure = [] if result.convergence.converged else [line("convergence not achieved")]
    if result.options.nolog or not result.equations:
        return failure
    # xtmixed kept the older wording when mixed got a new one
    modern = style.version >= 17 and result.command != "xtmixed"
    lines = [line("Performing EM optimization ..." if modern else "Performing EM optimization: "), BLANK,
             line("Performing gradient-based optimization: ")]
    lines += [] if modern else [BLANK]
    lines += [_iteration(result, i, style) for i in range(len(result.log))] + failure
    if not result.options.nostderr:
        lines += [BLANK, line("Computing standard errors ..." if modern else "Computing standard errors:")]
    return lines


def _iteration(result: MixedResult, i: int, style: Style) -> Line:
    each = result.log[i]
    words = likelihood_words(result)
    start = f"Iteration {i}:".ljust(14 if style.version >= 18 else 15)
    words = words.capitalize() if style.version >= 18 else words
    return line(f"{start}{words} = ", Span(g(each.ll, 10).rjust(10), RESULT), f"  {each.remark}")


def header(result: MixedResult, style: Style) -> Document:
    """Title, counts, group sizes, Wald test and log likelihood."""
    groups = () if result.options.nogroup else result.groups
    block = _moving(result, groups, style) if style.version >= 18 else FixedBlock(style.version >= 14)
    top = [block.line(result.title, "Number of obs", count(result.n, style.version >= 14))]
    bottom = _tests(result, block)
    if len(groups) > 1:
        return Document((*top, BLANK, *group_table(groups, style).blocks, BLANK, *bottom))
    if groups:
        return Document((*top, *_one_level(groups[0], block, style), *bottom))
    return Document((*top, *([BLANK] if style.version < 15 else []), *bottom))


def _tests(result: MixedResult, block: FixedBlock | MovingBlock) -> list[Line]:
    words = likelihood_words(result).capitalize()
    left = f"{words} = {g(result.ll, 10).rjust(10)}"
    return [block.line("", f"Wald chi2({result.df_m})", f(result.chi2, 10, 2)),
            block.line(left, "Prob > chi2", f(result.p, 6, 4))]


def _one_level(group: GroupLevel, block: FixedBlock | MovingBlock, style: Style) -> list[Line]:
    """Group variable, number of groups, and the three group sizes."""
    commas = style.version >= 14
    first = block.line(f"Group variable: {group.name}", "Number of groups", count(group.count, commas))
    sizes = [("min", count(group.minimum, commas)), ("avg", average(group.mean, commas)),
             ("max", count(group.maximum, commas))]
    if not commas:
        lines = [block.line("", f"{'Obs per group:' if i == 0 else '':14} {name}", value)
                 for i, (name, value) in enumerate(sizes)]
        return [first, BLANK, *lines, BLANK, BLANK]
    lines = [block.label("Obs per group:"), *(block.line("", name, value, right=True) for name, value in sizes)]
    return [first, BLANK, *lines, BLANK] if style.version < 15 else [first, *lines]


def average(mean: float, commas: bool) -> str:
    """A mean group size: one decimal, with commas from 14 on."""
    return f"{mean:,.1f}" if commas else f"{mean:.1f}"


class FixedBlock:
    """The right-hand block of versions up to 17: label from column 49, value to column 78."""

    def __init__(self, modern: bool) -> None:
        self.width = 18 if modern else 19

    def line(self, left: str, label: str, value: str, right: bool = False) -> Line:
        text = f"{label} ".rjust(self.width) if right else label.ljust(self.width)
        return _header_line(left.ljust(LEFT), text, value.rjust(PAGE - LEFT - self.width - 1), "=")

    def label(self, text: str) -> Line:
        return line(" " * LEFT + text)


class MovingBlock:
    """The right-hand block from version 18 on: as wide as its longest label and value, and flush to column 78."""

    def __init__(self, labels: list[str], values: list[str]) -> None:
        self.width = max(len(label) for label in labels)
        self.values = max(len(value) for value in values)
        self.left = PAGE - self.width - 3 - self.values

    def line(self, left: str, label: str, value: str, right: bool = False) -> Line:
        text = label.rjust(self.width) if right else label.ljust(self.width)
        return _header_line(left.ljust(self.left), text, value.rjust(self.values), " = ")

    def label(self, text: str) -> Line:
        return line(" " * self.left + text)


def _header_line(left: str, label: str, value: str, equals: str) -> Line:
    return line(left, label + equals, Span(value, RESULT))


def _moving(result: MixedResult, groups: tuple[GroupLevel, ...], style: Style) -> MovingBlock:
    labels = ["Number of obs", f"Wald chi2({result.df_m})", "Prob > chi2"]
    values = [count(result.n, True), f(result.chi2, 10, 2), f(result.p, 6, 4)]
    if len(groups) == 1:
        labels.append("Number of groups")
        values += [count(groups[0].count, True), count(groups[0].minimum, True), average(groups[0].mean, True),
                   count(groups[0].maximum, True)]
    return MovingBlock(labels, values)


# ---- the table of groups -------------------------------------------------------------------------------------


def group_table(groups: tuple[GroupLevel, ...], style: Style) -> Document:
    """Number of groups and observations per group of each level; 59 wide up to 13, 61 from 14, indented from 17."""
    old, small = style.version < 14, style.version >= 17
    shift = 0 if old else 2
    word = str.lower if small else str
    edges = tuple(edge + shift for edge in (26, 37, 48, 59))
    titles = (word("Groups"), "Minimum", "Average", "Maximum")
    cells = tuple(Cell(title, edge) for title, edge in zip(titles, edges, strict=True))
    heading = (
        Row("", (Cell("No. of", 26 + shift), Cell(f"Observations per {word('Group')}", 55 + shift)), heading=True),
        Row(f" Group {word('Variable')} ", cells, heading=True),
    )
    rows = tuple(_group_row(group, edges, not old) for group in groups)
    indent = 8 if small else 0
    table = Table((Rule(), *heading, Rule(joint=True), *rows, Rule()), 59 + shift, 17, indent, "groups")
    return Document((line("        Grouping information"), table) if small else (table,))


def _group_row(group: GroupLevel, edges: tuple[int, ...], commas: bool) -> Row:
    values = (count(group.count, commas), count(group.minimum, commas), average(group.mean, commas),
              count(group.maximum, commas))
    cells = tuple(Cell(value, edge) for value, edge in zip(values, edges, strict=True))
    return Row(abbreviate(group.name, 15).rjust(15) + " ", cells)
