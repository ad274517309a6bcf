"""The whole output of xtmixed and mixed: log, header, fixed part, random part, test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.coefficients import CoefficientRow
from ..results.mixed import MixedResult, RandomParameter, stripes
from .coefficients import CoefficientTable, Section, adjusted_for_clusters, coefficient_table
from .document import BLANK, Document, Line, Style, Table, line
from .mixed_header import header, iteration_log
from .random_effects import lr_lines, parameter_name, random_effects_table

if TYPE_CHECKING:
    from ..results.xtme import XtmeResult



def mixed_document(result: MixedResult, style: Style, replay: bool = False) -> Document:
    """What the command prints; ``replay`` leaves out the notes and the iteration log."""
    options = result.options
    parts: list[tuple[Line | Table, ...]] = []
    log = [] if replay else iteration_log(result, style)
    if log:
        parts.append(tuple(log))
    if not options.noheader:
        parts.append(header(result, style).blocks)
    parts += _tables(result, style)
    stop = "." if style.version >= 17 else ""
    notes = () if replay else tuple(line(note + stop) for note in result.notes)
    blocks: list[Line | Table] = list(notes)
    for part in parts:
        blocks += [BLANK, *part]
    return Document(tuple(blocks))


def _tables(result: MixedResult, style: Style) -> list[tuple[Line | Table, ...]]:
    options = result.options
    tables: list[Document] = []
    if options.estmetric or options.coeflegend:
        tables.append(coefficient_table(_estimation_metric(result, style), style))
    else:
        if not options.nofetable:
            tables.append(coefficient_table(fixed_table(result, style), style))
        if not options.noretable:
            tables.append(random_effects_table(result, style))
    if result.lr is not None and result.vce == "oim" and not options.nolrtest:
        test = lr_lines(result.lr, style)
        tables = [*tables[:-1], tables[-1] + test] if tables else [test]
    return [table.blocks for table in tables]


def fixed_table(result: MixedResult | XtmeResult, style: Style) -> CoefficientTable:
    """The fixed part; from version 18 on the names of the random parameters widen its name column too."""
    stretch: tuple[str, ...] = ()
    if style.version >= 18:
        names = (parameter_name(p, result.options.metric, 10**6) for e in result.equations for p in e.parameters)
        stretch = tuple(names)
    return CoefficientTable(
        result.depvar, result.coefficients, level=result.level, labels=result.value_labels, above=_above(result, style),
        vce=_vce_word(result), stretch=stretch, show=result.options,
    )


def _vce_word(result: MixedResult | XtmeResult) -> str:
    return "" if result.vce == "oim" else "Robust"


def _above(result: MixedResult | XtmeResult, style: Style) -> str:
    """How many clusters the standard errors allow for; nothing without clusters or without standard errors."""
    if result.vce == "oim" or not result.cluster or result.options.coeflegend:
        return ""
    return adjusted_for_clusters(result.n_clusters, result.cluster, style)


def _estimation_metric(result: MixedResult, style: Style) -> CoefficientTable:
    """All of e(b) in one table: the fixed part, and an equation for each ln sd and atanh corr."""
    names = stripes(result)[len(result.coefficients):]
    sections = tuple(
        Section(name.equation, (_raw_row(parameter),))
        for name, parameter in zip(names, result.parameters, strict=True)
    )
    return CoefficientTable(
        result.depvar, result.coefficients, level=result.level, labels=result.value_labels,
        equation=result.depvar, sections=sections, above=_above(result, style), vce=_vce_word(result),
        show=result.options,
    )


def _raw_row(parameter: RandomParameter) -> CoefficientRow:
    raw = parameter.raw
    return CoefficientRow("_cons", raw.value, raw.se, parameter.z, parameter.p, raw.lo, raw.hi)
