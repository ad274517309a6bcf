"""The whole output of xtmelogit and its relatives: log, header, fixed part, random part, test.

The form is xtmixed's with three differences: the header says how many integration points there were, the random part
has no residual, and the test below it is against the model without random effects.
"""

from __future__ import annotations

from ..formats import f
from ..results.coefficients import CoefficientRow
from ..results.mixed import LRTest
from ..results.xtme import FIXED_EQUATION, XtmeResult
from .coefficients import CoefficientTable, Section, coefficient_table
from .document import BLANK, RESULT, Document, Line, Span, Style, Table, line
from .me import failure_lines
from .ml import separation_lines
from .random_effects import CONSERVATIVE, WIDTH, random_effects_table, statistic
from .xtme_header import header, iteration_log

_LAPLACE = "Note: log-likelihood calculations are based on the Laplacian approximation."
_TITLES = {"or": ("Odds Ratio", "Odds ratio"), "irr": ("IRR", "IRR")}
_BASELINES = {"or": "odds", "irr": "incidence rate"}
_TEST_ENDS = 46                       # column of the equals sign of the test in versions before 14


def xtme_document(result: XtmeResult, style: Style) -> Document:
    """What the command prints."""
    options = result.options
    stop = "." if style.version >= 17 else ""
    blocks: list[Line | Table] = [line(note + stop) for note in result.notes]
    for each in result.separations:
        blocks += [BLANK, *separation_lines(each, style)]
    parts: list[tuple[Line | Table, ...]] = []
    log = iteration_log(result, style)
    if log:
        parts.append(tuple(log))
    if not options.noheader:
        parts.append(header(result, style).blocks)
    parts += _tables(result, style)
    for part in parts:
        blocks += [BLANK, *part]
    return Document((*blocks, *failure_lines(result.convergence)))


def _tables(result: XtmeResult, style: Style) -> list[tuple[Line | Table, ...]]:
    options = result.options
    tables: list[Document] = []
    if options.estmetric or options.coeflegend:
        tables.append(coefficient_table(_estimation_metric(result), style))
    else:
        if not options.nofetable:
            tables.append(coefficient_table(_fixed_table(result, style), style) + _baseline(result, style))
        if not options.noretable and result.equations:
            tables.append(random_effects_table(result, style))
    below = _below(result, style)
    tables = [*tables[:-1], tables[-1] + below] if tables else [below]
    return [table.blocks for table in tables if table.blocks]


def _fixed_table(result: XtmeResult, style: Style) -> CoefficientTable:
    title = _TITLES[result.ratio][style.version >= 17] if result.ratio else ""
    return CoefficientTable(
        result.depvar, result.coefficients, level=result.level, labels=result.value_labels, title=title,
        show=result.options,
    )


def _baseline(result: XtmeResult, style: Style) -> Document:
    """From version 14 on: what the exponentiated constant means."""
    constant = any(row.stripe == "_cons" for row in result.coefficients)
    if not result.ratio or not constant or style.version < 14:
        return Document(())
    word = _BASELINES[result.ratio]
    return Document((line(f"Note: _cons estimates baseline {word} (conditional on zero random effects)."),))


def _estimation_metric(result: XtmeResult) -> CoefficientTable:
    """All of e(b) in one table: the fixed part, and an equation for each ln sd and atanh corr."""
    names = result.names[len(result.fixed_names):]
    sections = tuple(
        Section(name.equation, (
            CoefficientRow("_cons", p.raw.value, p.raw.se, p.z, p.p, p.raw.lo, p.raw.hi),
        )) for name, p in zip(names, result.parameters, strict=True)
    )
    return CoefficientTable(
        result.depvar, result.coefficients, level=result.level, labels=result.value_labels, equation=FIXED_EQUATION,
        sections=sections, show=result.options,
    )



# ---- below the tables ------------------------------------------------------------------------------------------


def _below(result: XtmeResult, style: Style) -> Document:
    """The test against the model without random effects, and the notes."""
    blocks: list[Line] = []
    notes = []
    if result.lr is not None and not result.options.nolrtest:
        blocks.append(_test(result.lr, result.comparison, style))
        notes += [CONSERVATIVE] if result.lr.note == "conservative" else []
    if result.laplace and result.equations:
        notes.append(_LAPLACE)
    if notes:
        blocks += [BLANK, *(line(note) for note in notes)]
    return Document(tuple(blocks))


def _test(test: LRTest, comparison: str, style: Style) -> Line:
    name, tail = ("chibar2(01)", ">= chibar2") if test.kind == "chibar2" else (f"chi2({test.df})", "> chi2")
    p, value = f(test.p, 6, 4).rjust(6), statistic(test.chi2, style)
    if style.version < 14:
        start = f"LR test vs. {comparison} regression:"
        left = start + f"{name} =".rjust(_TEST_ENDS - len(start)) + " "
        between = " Prob>=chibar2 = " if test.kind == "chibar2" else "   Prob > chi2 = "
        return line(left, Span(value.rjust(8), RESULT), between, Span(p, RESULT))
    left = f"LR test vs. {comparison} model: {name} = "
    right = f"Prob {tail} = "
    gap = " " * max(WIDTH - len(left) - len(value) - len(right) - len(p), 1)
    return line(left, Span(value, RESULT), gap + right, Span(p, RESULT))
