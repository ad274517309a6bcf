"""The whole output of xtmelogit and its relatives: log, header, fixed part, random part, test.

The form is xtmixed's with three differences: the header says how many integration points there were, the random part
has no residual, and the test below it is against the model without random effects.
"""

from __future__ import annotations

from ..results.coefficients import CoefficientRow
from ..results.xtme import FIXED_EQUATION, XtmeResult
from .coefficients import CoefficientTable, Section, coefficient_table
from .document import BLANK, Document, Line, Style, Table, line
from .me import ZERO_EFFECTS, comparison_line, failure_lines
from .me_log import notes
from .random_effects import CONSERVATIVE, random_effects_table
from .ratios import ratio_heading, ratio_notes
from .xtme_header import header, iteration_log

_LAPLACE = "Note: log-likelihood calculations are based on the Laplacian approximation."


def xtme_document(result: XtmeResult, style: Style) -> Document:
    """What the command prints."""
    options = result.options
    blocks = notes(result, style)
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
            below = ratio_notes(result.ratio, result.coefficients, style, further=False, condition=ZERO_EFFECTS)
            tables.append(coefficient_table(_fixed_table(result, style), style) + Document(tuple(below)))
        if not options.noretable and result.equations:
            tables.append(random_effects_table(result, style))
    end = _below(result, style)
    tables = [*tables[:-1], tables[-1] + end] if tables else [end]
    return [table.blocks for table in tables if table.blocks]


def _fixed_table(result: XtmeResult, style: Style) -> CoefficientTable:
    return CoefficientTable(
        result.depvar, result.coefficients, level=result.level, labels=result.value_labels,
        title=ratio_heading(result.ratio, style), show=result.options,
    )


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
        blocks.append(comparison_line(result.lr, result.comparison, style))
        notes += [CONSERVATIVE] if result.lr.note == "conservative" else []
    if result.laplace and result.equations:
        notes.append(_LAPLACE)
    if notes:
        blocks += [BLANK, *(line(note) for note in notes)]
    return Document(tuple(blocks))
