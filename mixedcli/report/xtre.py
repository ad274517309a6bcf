"""What xtlogit, xtprobit and xtpoisson print: notes, iteration log, header, table, and the test of the panel effect."""

from __future__ import annotations

from ..formats import f, g
from ..records import replace
from ..results.coefficients import CoefficientRow
from ..results.xtre import GAUSSIAN, XtreResult
from .coefficients import CoefficientTable, Section, adjusted_for_clusters, coefficient_table
from .document import BLANK, RESULT, Document, Line, Span, Style, Table, line
from .me import ZERO_EFFECTS
from .me_log import notes
from .random_effects import statistic
from .ratios import ratio_heading, ratio_notes
from .resample import progress, resampled_table
from .xtre_header import header, likelihood_words

_WIDTH = 78


def xtre_document(result: XtreResult, style: Style) -> Document:
    """The whole output."""
    options = result.options
    blocks = notes(result, style)
    if result.resampling is not None and not options.replayed:
        blocks += progress(result.resampling, style)
    blocks += _log(result, style)
    if not options.noheader:
        blocks += [BLANK, *header(result, style)]
    if not options.notable:
        blocks += [BLANK, *_table(result, style)]
        blocks += ratio_notes(options.ratio, result.coefficients, style, condition=ZERO_EFFECTS)
        if result.lr is not None and not options.nolrtest:
            blocks.append(_comparison(result, style))
    if not result.convergence.converged:
        blocks.append(line("Warning: Convergence not achieved."))
    return Document(tuple(blocks))


# ---- the log -----------------------------------------------------------------------------------------------------


def _log(result: XtreResult, style: Style) -> list[Line | Table]:
    """The model without the effect, the way to the start, and the search of the whole model.

    That the search did not converge is said even where the log is not wanted, but not when results are shown again.
    """
    failed = not result.convergence.converged and not result.options.replayed
    failure: list[Line | Table] = [line("convergence not achieved")] if failed else []
    if result.options.nolog or result.resampling is not None:
        return failure
    logs = result.logs
    words = likelihood_words(result)
    words = words.capitalize() if style.version >= 18 else words
    out: list[Line | Table] = [BLANK, line(_comparison_title(result)), BLANK]
    start = 14 if style.version >= 18 else 15
    for i, each in enumerate(logs.comparison):
        out.append(_iteration(f"Iteration {i}:".ljust(start), words, each.ll, each.concave))
    out += [BLANK, line("Fitting full model:"), BLANK]
    name = "rho" if result.command == "xtprobit" else "tau"
    for tau, ll in logs.shares:
        out.append(line(f"{name} = {tau:4.1f}     {words} = ", Span(g(ll, 10).rjust(10), RESULT)))
    out += [BLANK] if logs.shares else []
    for i, each in enumerate(logs.full):
        out.append(_iteration(f"Iteration {i}:".ljust(start), words, each.ll, each.concave))
    out += failure
    if result.robust:
        end = " ..." if style.version >= 17 else ":"
        out += [BLANK, line(f"Calculating robust standard errors{end}")]
    return out


def _comparison_title(result: XtreResult) -> str:
    if result.command != "xtpoisson":
        return "Fitting comparison model:"
    return "Fitting comparison Poisson model:" if result.law == GAUSSIAN else "Fitting Poisson model:"


def _iteration(start: str, words: str, ll: float, concave: bool) -> Line:
    return line(f"{start}{words} = ", Span(g(ll, 10).rjust(10), RESULT), "  " + ("" if concave else "(not concave)"))


# ---- the table ---------------------------------------------------------------------------------------------------


def _table(result: XtreResult, style: Style) -> list[Line | Table]:
    options = result.options
    legend = options.coeflegend
    above = adjusted_for_clusters(result.n_clusters, result.cluster, style) if result.robust and not legend else ""
    title = ratio_heading(options.ratio, style)
    table = CoefficientTable(
        result.depvar, result.coefficients, "z" if result.df_r is None else "t", result.level, result.value_labels,
        title=title, vce="Robust" if result.robust and not legend else "", above=above,
        sections=(Section("", (_logarithm(result),)), *(() if legend else (Section("", result.derived),))),
        show=options,
    )
    if result.resampling is not None and not legend:
        return resampled_table(table, result.resampling, style)
    return [*coefficient_table(table, style).blocks]


def _logarithm(result: XtreResult) -> CoefficientRow:
    """ln sigma_u^2 or ln alpha; with coeflegend, how to refer to it."""
    if not result.options.coeflegend:
        return result.logarithm
    name = result.names[-1]
    return replace(result.logarithm, note=f"_b[/{name.name}]" if name.equation == "/" else f"_b[{name}]")


# ---- the test ----------------------------------------------------------------------------------------------------


def _comparison(result: XtreResult, style: Style) -> Line:
    """The test against the model without the panel effect."""
    assert result.lr is not None
    value, p = statistic(result.lr.chi2, style).strip(), f(result.lr.p, 5, 3)
    name = result.parameter
    if style.version < 14:
        word = "Prob>=chibar2" if result.command == "xtpoisson" else "Prob >= chibar2"
        return line(
            f"Likelihood-ratio test of {name}=0: chibar2(01) = ", Span(value.rjust(8), RESULT), f" {word} = ",
            Span(p, RESULT),
        )
    left, right = f"LR test of {name}=0: chibar2(01) = ", "Prob >= chibar2 = "
    gap = max(_WIDTH - len(left) - len(value) - len(right) - len(p), 1)
    return line(left, Span(value, RESULT), " " * gap + right, Span(p, RESULT))
