"""What the single-level maximum-likelihood commands print: notes, iteration log, header, table, and lines below it."""

from __future__ import annotations

from ..formats import f, g
from ..results.ml import MlResult, Separation
from .coefficients import CoefficientTable, Section, adjusted_for_clusters, coefficient_table
from .document import BLANK, RESULT, Document, Line, Span, Style, Table, line
from .ml_header import header, likelihood_words
from .ratios import ratio_heading, ratio_notes
from .resample import progress, resampled_table

_PAGE = 78


def ml_document(result: MlResult, style: Style) -> Document:
    """The whole output; a replay has no notes and no log."""
    options = result.options
    blocks: list[Line | Table] = _notes(result, style)
    if result.resampling is not None and not options.replayed:
        blocks += progress(result.resampling, style)
    blocks += _log(result, style)
    if not options.noheader:
        if result.separations and options.nolog:
            blocks.append(BLANK)
        blocks += [BLANK, *header(result, style)]
    if not options.notable:
        blocks += [BLANK, *_table_lines(result, style), *_below(result, style)]
    return Document(tuple(blocks))


def _notes(result: MlResult, style: Style) -> list[Line | Table]:
    """What was left out: perfect predictors first, for what they leave may be collinear."""
    stop = "." if style.version >= 17 else ""
    out: list[Line | Table] = []
    for each in result.separations:
        out += [BLANK, *separation_lines(each, style)]
    if out and result.notes:
        out.append(BLANK)
    return out + [line(note + stop) for note in result.notes]


def separation_lines(found: Separation, style: Style) -> list[Line]:
    modern = style.version >= 17
    gone = f"      {found.name} {'omitted' if modern else 'dropped'} and {found.n} obs not used{'.' if modern else ''}"
    where = f"{found.name} {found.relation} {g(found.value)}"
    if found.relation == "!=":
        outcome = "success" if found.success else "failure"
        return [line(f"note: {where} predicts {outcome} perfectly{';' if modern else ''}"), line(gone)]
    rest = f"      {found.name} == {g(found.value)} subsample{';' if modern else ':'}"
    return [line(f"note: outcome = {where} predicts data perfectly except for"), line(rest), line(gone)]


def _log(result: MlResult, style: Style) -> list[Line | Table]:
    out: list[Line | Table] = []
    if result.options.nolog or result.resampling is not None:
        return out if result.converged else [line("convergence not achieved")]
    words = likelihood_words(result)
    words = words.capitalize() if style.version >= 18 else words
    for block in result.log:
        out += [BLANK, line(f"{block.title}:")] if block.title else []
        out.append(BLANK)
        for i, each in enumerate(block.lines):
            word = "Grid node" if block.title == "Refining starting values" else "Iteration"
            start = f"{word} {i}:".ljust(14 if style.version >= 18 else 15)
            remark = "" if each.concave else "(not concave)"
            out.append(line(f"{start}{words} = ", Span(g(each.ll, 10).rjust(10), RESULT), f"  {remark}"))
    return out if result.converged else [*out, line("convergence not achieved")]


def _table_lines(result: MlResult, style: Style) -> list[Line | Table]:
    table = _table(result, style)
    if result.resampling is not None:
        return resampled_table(table, result.resampling, style)
    return [*coefficient_table(table, style).blocks]


def _table(result: MlResult, style: Style) -> CoefficientTable:
    options = result.options
    above = adjusted_for_clusters(result.n_clusters, result.cluster, style) if result.cluster else ""
    title = ratio_heading(options.ratio, style)
    return CoefficientTable(
        result.depvar, result.coefficients, statistic="z" if result.df_r != result.df_r else "t", level=result.level,
        labels=result.value_labels, title=title, vce="Robust" if result.pseudo else "", above=above,
        sections=tuple(Section("", rows) for rows in result.ancillary[: 1 if options.coeflegend else None]),
        show=options,
    )


def _below(result: MlResult, style: Style) -> list[Line]:
    """The lines under the table."""
    out = ratio_notes(result.options.ratio, result.coefficients, style, bool(result.ancillary))
    if result.censoring is not None and style.version < 15:
        out += _observation_summary(result)
    if result.chi2_c == result.chi2_c:
        out.append(_comparison(result, style))
    failures, successes = result.determined
    if failures and result.outcomes:
        plural = "" if failures == 1 else "s"
        out.append(line(f"Note: {failures} observation{plural} completely determined.  Standard errors questionable."))
    elif failures or successes:
        out.append(line(
            f"Note: {failures} failure{'' if failures == 1 else 's'} and {successes} "
            f"success{'' if successes == 1 else 'es'} completely determined."
        ))
    return out


def _comparison(result: MlResult, style: Style) -> Line:
    """The test of the negative binomial against the Poisson."""
    name = "delta" if result.dispersion == "constant" else "alpha"
    value, p = f(result.chi2_c, 7, 2), f(result.p_c, 5, 3)
    if style.version < 14:
        return line(f"Likelihood-ratio test of {name}=0:  chibar2(01) = {value.rjust(7)} Prob>=chibar2 = {p}")
    left, right = f"LR test of {name}=0: chibar2(01) = {value}", f"Prob >= chibar2 = {p}"
    return line(left + right.rjust(_PAGE - len(left)))


def _observation_summary(result: MlResult) -> list[Line]:
    """How many observations are censored, below the table as up to version 14."""
    count = result.censoring
    assert count is not None
    if result.command == "tobit":
        title = "  Obs. summary:"
        low = f" at {result.depvar}<={count.lower}" if count.lower != "-inf" else ""
        high = f" at {result.depvar}>={count.upper}" if count.upper != "+inf" else ""
        kinds = [(count.left, "left-censored", low), (count.uncensored, "uncensored", ""),
                 (count.right, "right-censored", high)]
        return [
            line(f"{title if i == 0 else '':15}{n:11d} {kind:>14} observation{'' if n == 1 else 's'}{where}")
            for i, (n, kind, where) in enumerate(kinds)
        ]
    kinds = [(count.left, "left-censored", ""), (count.uncensored, "uncensored", ""),
             (count.right, "right-censored", ""), (count.interval, "interval", "")]
    title = "  Observation summary:"
    return [
        line(f"{title if i == 0 else '':22}{n:10d} {kind:>14} observation{'' if n == 1 else 's'}")
        for i, (n, kind, _) in enumerate(kinds)
    ]
