"""What the generalized mixed models print: notes, log, header, table, and lines below it."""

from __future__ import annotations

from ..formats import f
from ..results.me import MeResult
from ..results.mixed import Convergence, LRTest
from .document import BLANK, RESULT, Document, Line, Span, Style, Table, line
from .me_header import header
from .me_log import iteration_log, notes, settings
from .me_table import result_table
from .random_effects import CONSERVATIVE, WIDTH, statistic
from .ratios import ratio_notes

ZERO_EFFECTS = " (conditional on zero random effects)"
# Why the search ended, and what to try; Stata has no such line.
_ADVICE = {
    True: "Note: the limit of iterations was reached; iterate(#) allows more, a simpler random part may need fewer.",
    False: "Note: no step makes the likelihood larger; try a simpler random part, more intpoints(#), or from().",
}


def me_document(result: MeResult, style: Style) -> Document:
    """The whole output."""
    options = result.options
    blocks = notes(result, style)
    if not options.nolog or result.survival:
        blocks += settings(result, style)
    blocks += iteration_log(result, style)
    if not options.noheader:
        blocks += [BLANK, *header(result, style)]
    if not options.notable:
        blocks += [] if options.nocnsreport else [line(each) for each in result.constraints]
        blocks += result_table(result, style).blocks
        further, condition = bool(result.equations or result.ancillary), ZERO_EFFECTS if result.equations else ""
        blocks += ratio_notes(options.ratio, result.coefficients, style, further, condition)
        if result.lr is not None and not options.nolrtest:
            blocks.append(comparison_line(result.lr, result.comparison, style))
            blocks += [BLANK, line(CONSERVATIVE)] if result.lr.note else []
    blocks += failure_lines(result.convergence)
    return Document(tuple(blocks))


def failure_lines(found: Convergence) -> list[Line | Table]:
    """Below the table of a search that did not converge: why, what to try, and a warning."""
    if found.converged:
        return []
    return [line(_ADVICE[found.reason == "iteration limit"]), line("Warning: Convergence not achieved.")]


def comparison_line(test: LRTest, model: str, style: Style) -> Line:
    """The test against the model without random effects, ``model``."""
    value = statistic(test.chi2, style)
    p = f(test.p, 6, 4).rjust(6)
    mixture = test.kind == "chibar2"
    name = "chibar2(01)" if mixture else f"chi2({test.df})"
    if style.version < 14:
        left = f"LR test vs. {model} regression:"
        left += f"{name} =".rjust(max(46 - len(left), len(name) + 3))
        tail = " Prob>=chibar2 = " if mixture else "   Prob > chi2 = "
        parts = (left + " ", Span(value.rjust(8), RESULT), tail, Span(p, RESULT))
    else:
        left = f"LR test vs. {model} model: {name} = "
        right = f"Prob {'>= chibar2' if mixture else '> chi2'} = {p}"
        gap = " " * max(WIDTH - len(left) - len(value) - len(right), 1)
        parts = (left, Span(value, RESULT), gap + right[:-6], Span(p, RESULT))
    return line(*parts)
