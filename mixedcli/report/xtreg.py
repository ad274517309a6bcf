"""What xtreg prints: the header, the coefficients with the variance components below, and the test of the effects."""

from __future__ import annotations

import math

from ..formats import count, f, g
from ..results.mixed import GroupLevel
from ..results.xtreg import TITLES, XtregResult
from .coefficients import CoefficientTable, Section, adjusted_for_clusters, coefficient_table
from .document import BLANK, RESULT, Cell, Document, Line, Row, Rule, Span, Style, Table, line
from .mixed_header import PAGE, FixedBlock, MovingBlock, average
from .resample import progress, resampled_table

_FRACTION = "(fraction of variance due to u_i)"
_THETA = "------------------- theta --------------------"
_THETA_NAMES = "  min      5%       median        95%      max"


def xtreg_document(result: XtregResult, style: Style) -> Document:
    """Notes, iteration log, header, table and the test below it."""
    stop = "." if style.version >= 17 else ""
    blocks: list[Line | Table] = [line(note + stop) for note in result.notes]
    resampling = result.resampling
    if resampling is not None and not result.options.replayed:
        blocks += progress(resampling, style)
    if result.model == "ml" and not result.options.nolog and resampling is None:
        blocks += _logs(result, style)
    if not result.options.noheader:
        blocks += [BLANK, *(_ml_header(result, style) if result.model == "ml" else _header(result, style))]
    if not result.options.notable:
        blocks += [BLANK, *_table(result, style).blocks, *_footer(result, style)]
    return Document(tuple(blocks))


def _logs(result: XtregResult, style: Style) -> list[Line]:
    titles = ["Fitting constant-only model:", "Fitting full model:"] if len(result.logs) > 1 else [""]
    blocks: list[Line] = []
    start, words = (14, "Log likelihood") if style.version >= 18 else (15, "log likelihood")
    for title, log in zip(titles, result.logs, strict=True):
        blocks += [BLANK, *([line(title)] if title else [])]
        blocks += [line(f"Iteration {i}:".ljust(start) + f"{words} = ", Span(g(ll, 10).rjust(10), RESULT))
                   for i, ll in enumerate(log)]
    return blocks


# ---- headers -------------------------------------------------------------------------------------------------


def _header(result: XtregResult, style: Style) -> list[Line]:
    """That of fe, be and re, the same in all versions but for its words."""
    commas = style.version >= 14
    block = FixedBlock(commas)
    test, letter = _test_names(result)
    lines = [
        block.line(TITLES[result.model], "Number of obs", count(result.n, commas)),
        block.line(f"Group variable: {result.groups.name}", "Number of groups", count(result.groups.count, commas)),
        BLANK, *_fit_lines(result, block, style), BLANK,
        block.line("", test, f(result.test, 10, 2)),
        block.line(_assumption(result, style), f"Prob > {letter}", f(result.p, 6, 4)),
    ]
    if result.options.theta and len(result.theta) == 1:
        label = "theta".ljust(12 if style.version >= 17 else 14)
        lines.append(line(f"{label} = ", Span(g(result.theta[0], 10), RESULT)))
    elif result.options.theta and result.theta:
        lines += [BLANK, line(_THETA), line(_THETA_NAMES), line(Span(_theta_values(result.theta), RESULT))]
    return lines


def _test_names(result: XtregResult) -> tuple[str, str]:
    if result.test_name == "F":
        return f"F({result.df_m},{result.df_r})", "F"
    return f"{result.test_name}({result.df_m})", "chi2"


def _theta_values(theta: tuple[float, ...]) -> str:
    texts = [f(value, 6, 4).rjust(6) for value in theta]
    return "{}   {}     {}     {}   {}".format(*texts)


def _assumption(result: XtregResult, style: Style) -> str:
    """What is known of the correlation of effects and covariates, or the standard deviation of the means (be)."""
    new = style.version >= 17
    if result.model == "be":
        return f"sd(u_i + avg(e_i.)) = {g(result.rmse)}" if new else f"sd(u_i + avg(e_i.))= {g(result.rmse).rjust(9)}"
    if result.model == "fe":
        return f"corr(u_i, Xb) {'' if new else ' '}= {f(result.corr, 7, 4).rjust(6)}"
    return f"corr(u_i, X) {'' if new else '  '}= 0 (assumed)"


def _fit_lines(result: XtregResult, block: FixedBlock, style: Style) -> list[Line]:
    """The three R-squared beside the panel sizes."""
    values = [_r2(each, result, style) for each in result.r2]
    sizes = _sizes(result.groups, style.version >= 14)
    if style.version < 14:
        starts = ("R-sq:  within  = ", "       between = ", "       overall = ")
        return [block.line(start + value, f"{'' if i else 'Obs per group:':14} {name}", size)
                for i, (start, value, (name, size)) in enumerate(zip(starts, values, sizes, strict=True))]
    new = style.version >= 17
    words = ("Within ", "Between", "Overall") if new else ("within ", "between", "overall")
    rows = [block.line(f"     {word} = {value}", name, size, right=True)
            for word, value, (name, size) in zip(words, values, sizes, strict=True)]
    return [line(("R-squared:" if new else "R-sq:").ljust(48) + "Obs per group:"), *rows]


def _r2(value: float, result: XtregResult, style: Style) -> str:
    """From 17 on a model of the constant alone has no R-squared; before it was shown as zero."""
    if math.isnan(value) and not result.covariates and style.version < 17:
        value = 0.0
    return f(value, 6, 4).rjust(6)


def _sizes(groups: GroupLevel, commas: bool) -> list[tuple[str, str]]:
    return [("min", count(groups.minimum, commas)), ("avg", average(groups.mean, commas)),
            ("max", count(groups.maximum, commas))]


def _ml_header(result: XtregResult, style: Style) -> list[Line]:
    """That of mle; from 17 on its right-hand block is as narrow as its numbers."""
    commas = style.version >= 14
    sizes = _sizes(result.groups, commas)
    test, letter = _test_names(result)
    right = [("Number of obs", count(result.n, commas)), ("Number of groups", count(result.groups.count, commas)),
             (test, f(result.test, 10, 2)), (f"Prob > {letter}", f(result.p, 6, 4))]
    block: FixedBlock | MovingBlock = FixedBlock(commas)
    if style.version >= 17:
        block = MovingBlock([name for name, _ in right], [value for _, value in [*right, *sizes]])
    law = "Random effects u_i ~ Gaussian"
    if style.version < 14:
        middle = [block.line("" if i else law, f"{'' if i else 'Obs per group:':14} {name}", size)
                  for i, (name, size) in enumerate(sizes)]
    else:
        first = block.label("Obs per group:").text
        middle = [line(law + first[len(law):]), *(block.line("", name, size, right=True) for name, size in sizes)]
    words = "Log likelihood" + (" " if style.version >= 17 else "  ")
    return [
        block.line(TITLES["ml"], *right[0]), block.line(f"Group variable: {result.groups.name}", *right[1]), BLANK,
        *middle, BLANK, block.line("", *right[2]), block.line(f"{words}= {g(result.ll, 10).rjust(10)}", *right[3]),
    ]


# ---- the table -----------------------------------------------------------------------------------------------


def _table(result: XtregResult, style: Style) -> Document:
    options = result.options
    # rho has no coefficient of its own to refer to
    parameters = result.parameters[:-1] if options.coeflegend else result.parameters
    above = adjusted_for_clusters(result.clusters, result.clustvar, style) if result.clusters else ""
    table = CoefficientTable(
        result.depvar, result.coefficients, "t" if result.df_r is not None else "z", result.level,
        result.value_labels, vce="Robust" if result.clusters else "", above=above,
        sections=(Section("", parameters),) if parameters else (),
        show=options,
    )
    document = coefficient_table(table, style)
    if result.resampling is not None:
        document = Document(tuple(resampled_table(table, result.resampling, style)))
    if result.model in ("fe", "re"):
        blocks = [_with_components(result, each) if isinstance(each, Table) else each for each in document.blocks]
        return Document(tuple(blocks))
    return document


def _with_components(result: XtregResult, body: Table) -> Table:
    """The table with sigma_u, sigma_e and rho below the coefficients."""
    width = body.bar - 2
    rows: list[Row | Rule] = [
        Row(f"{name:>{width}} ", (Cell(g(value, 10), width + 13),))
        for name, value in (("sigma_u", result.sigma_u), ("sigma_e", result.sigma_e))
    ]
    rho = (Cell(g(result.rho, 10), width + 13), Cell(_FRACTION, width + 17, left=True))
    more: list[Row | Rule] = [Rule(joint=True), *rows, Row(f"{'rho':>{width}} ", rho)]
    return Table((*body.rows[:-1], *more, body.rows[-1]), body.width, body.bar, body.indent, body.name)


def _footer(result: XtregResult, style: Style) -> list[Line]:
    """The test that there are no effects, flush to column 78."""
    if result.effects_test:
        df = f"F({result.groups.count - 1}, {g(float(result.df_r or 0), 10)})"
        if style.version < 14:
            left = f"F test that all u_i=0:     {df} ={f(result.F_f, 9, 2).rjust(9)}"
        else:
            left = f"F test that all u_i=0: {df} = {f(result.F_f, 9, 2)}"
        return [_flush(left, f"Prob > F = {f(result.p_f, 6, 4)}")]
    if result.model == "ml":
        chi2 = f(result.chibar2, 8, 2)
        p = f(result.p_chibar2, 5, 3)
        if style.version < 14:
            return [line(f"Likelihood-ratio test of sigma_u=0: chibar2(01)={chi2:>8} Prob>=chibar2 = {p}")]
        return [_flush(f"LR test of sigma_u=0: chibar2(01) = {chi2}", f"Prob >= chibar2 = {p}")]
    return []


def _flush(left: str, right: str) -> Line:
    return line(left + right.rjust(max(PAGE - len(left), len(right) + 1)))
