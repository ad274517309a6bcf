"""The header of xtlogit, xtprobit and xtpoisson.

Its right-hand block stands at column 49 up to version 16 and is as narrow as its longest label and value from 17 on.
"""

from __future__ import annotations

from ..formats import count, f, g
from ..results.xtre import XtreResult
from .document import BLANK, Line, Style, line
from .mixed_header import FixedBlock, MovingBlock, average

_FIRST_WITH_METHOD = 13               # older versions do not say how the effect is integrated out


def likelihood_words(result: XtreResult) -> str:
    """``log likelihood``, or ``log pseudolikelihood`` with robust standard errors."""
    return "log pseudolikelihood" if result.robust else "log likelihood"


def header(result: XtreResult, style: Style) -> list[Line]:
    """Title, panels and their sizes, integration, the test of the model and the log likelihood."""
    commas = style.version >= 14
    groups = result.groups
    top = [("Number of obs", count(result.n, commas)), ("Number of groups", count(groups.count, commas))]
    sizes = [("min", count(groups.minimum, commas)), ("avg", average(groups.mean, commas)),
             ("max", count(groups.maximum, commas))]
    points = _points(result, style)
    tests = _tests(result, style)
    block: FixedBlock | MovingBlock = FixedBlock(commas)
    if style.version >= 17:
        right = [*top, *points, *tests]
        block = MovingBlock([name for name, _ in right], [value for _, value in [*right, *sizes]])
    words = likelihood_words(result).capitalize() + (" " if style.version >= 17 else "  ")
    method = [block.line(f"Integration method: {result.method}", *each) for each in points]
    return [
        block.line(result.title, *top[0]), block.line(f"Group variable: {groups.name}", *top[1]), BLANK,
        *_sizes(result, block, sizes, commas), BLANK, *(line for each in method for line in (each, BLANK)),
        block.line("", *tests[0]), block.line(f"{words}= {g(result.ll, 10).rjust(10)}", *tests[1]),
    ]


def _points(result: XtreResult, style: Style) -> list[tuple[str, str]]:
    if not result.points or style.version < _FIRST_WITH_METHOD:
        return []
    label = "Integration points" if style.version < 14 else "Integration pts."
    return [(label, str(result.points))]


def _tests(result: XtreResult, style: Style) -> list[tuple[str, str]]:
    p = f(result.p, 6, 4)
    if result.df_r is None:
        return [(f"Wald chi2({result.df_m})", f(result.chi2, 10, 2)), ("Prob > chi2", p)]
    name = f"F({result.df_m}, {result.df_r:.0f})" if style.version >= 14 else f"F({result.df_m:4d},{result.df_r:7.0f})"
    return [(name, f(result.chi2 / result.df_m, 10, 2) if result.df_m else "."), ("Prob > F", p)]


def _sizes(
    result: XtreResult, block: FixedBlock | MovingBlock, sizes: list[tuple[str, str]], commas: bool
) -> list[Line]:
    """The distribution of the effects on the left, the sizes of the panels on the right."""
    law = f"Random effects u_i ~ {result.law}"
    if not commas:
        return [block.line("" if i else law, f"{'' if i else 'Obs per group:':14} {name}", size)
                for i, (name, size) in enumerate(sizes)]
    first = block.label("Obs per group:").text
    return [line(law + first[len(law):]), *(block.line("", name, size, right=True) for name, size in sizes)]
