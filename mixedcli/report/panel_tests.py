"""What the tests after xtreg print: hausman and xttest0."""

from __future__ import annotations

from ..formats import abbreviate, f, g
from ..results.xtreg import HausmanResult, HausmanRow, Xttest0Result
from .document import BLANK, RESULT, Cell, Document, Line, Row, Rule, Span, Style, Table, line
from .names import Show, blocks, name_lines
from .random_effects import wrapped

_BAR, _WIDTH = 14, 78
_EDGES = (26, 39, 55, 71)
_NEGATIVE = (
    "chi2<0 ==> model fitted on these", "data fails to meet the asymptotic", "assumptions of the Hausman test;",
    "see suest for a generalized test",
)


def hausman_document(result: HausmanResult, style: Style) -> Document:
    """The coefficients of both models side by side, then the test; reworded in version 17."""
    new = style.version >= 17
    names = "".join(_centred(abbreviate(name, 12)).ljust(13) for name in result.names)
    heads = (
        Row("", (Cell("(b)", 21, left=True), Cell("(B)", 34, left=True), Cell("(b-B)", 49, left=True),
                 Cell("sqrt(diag(V_b-V_B))", 59, left=True)), heading=True),
        Row("", (Cell(names.rstrip(), 17, left=True), Cell("Difference", 46, left=True),
                 Cell("Std. err." if new else "S.E.", 63 if new else 66, left=True)), heading=True),
    )
    table = Table((*heads, Rule(joint=True), *_rows(result), Rule()), _WIDTH, _BAR, name="hausman")
    return Document((*_rank_note(result, style), BLANK, line(" " * 17 + "---- Coefficients ----"), table,
                     *_legend(result, new), BLANK, *(_new_test(result) if new else _old_test(result))))


def _centred(name: str) -> str:
    return " " * ((12 - len(name)) // 2) + name


def _rank_note(result: HausmanResult, style: Style) -> list[Line]:
    if result.rank == len(result.rows):
        return []
    text = (
        f"Note: the rank of the differenced variance matrix ({result.rank}) does not equal the number of coefficients "
        f"being tested ({len(result.rows)}); be sure this is what you expect, or there may be problems computing the "
        "test.  Examine the output of your estimators for anything unexpected and possibly consider scaling your "
        "variables so that the coefficients are on a similar scale."
    )
    return [BLANK, *wrapped(text, style)]


def _rows(result: HausmanResult) -> list[Row]:
    by_name = {each.row.stripe: each for each in result.rows}
    found = blocks(tuple(each.row for each in result.rows), {}, Show())
    rows = []
    for each in name_lines(found, {}, _BAR - 2, squish=True):
        cells = _cells(by_name[each.row.stripe]) if each.row is not None else ()
        rows.append(Row(each.stub, cells))
    return rows


def _cells(row: HausmanRow) -> tuple[Cell, ...]:
    values = (row.consistent, row.efficient, row.difference, row.se)
    return tuple(Cell(g(value), edge) for value, edge in zip(values, _EDGES, strict=True))


def _legend(result: HausmanResult, new: bool) -> list[Line]:
    first, second = result.commands
    if new:
        texts = (f"b = Consistent under H0 and Ha; obtained from {first}.",
                 f"B = Inconsistent under Ha, efficient under H0; obtained from {second}.")
    else:
        texts = (f"b = consistent under Ho and Ha; obtained from {first}",
                 f"B = inconsistent under Ha, efficient under Ho; obtained from {second}")
    return [line(text.rjust(_WIDTH)) for text in texts]


def _old_test(result: HausmanResult) -> list[Line]:
    statistic = f"chi2({result.df})"
    lines = [line("    Test:  Ho:  difference in coefficients not systematic"), BLANK,
             line(f"{statistic:>25} = (b-B)'[(V_b-V_B)^(-1)](b-B)")]
    if result.chi2 < 0:
        first, *rest = _NEGATIVE
        return [*lines, line(f"{'=':>27}", Span(f"{f(result.chi2, 9, 2):>9}", RESULT), f"    {first}"),
                *(line(" " * 40 + text) for text in rest)]
    lines += [line(f"{'=':>27}", Span(f"{f(result.chi2, 12, 2):>12}", RESULT)),
              line(f"{'Prob>chi2':>25} =", Span(f"{f(result.p, 12, 4):>12}", RESULT))]
    return lines if result.definite else [*lines, line(" " * 16 + "(V_b-V_B is not positive definite)")]


def _new_test(result: HausmanResult) -> list[Line]:
    statistic = f"chi2({result.df})"
    label = max(len(statistic), len("Prob > chi2"))
    chi2, p = f(result.chi2, 10, 2), f(result.p, 6, 4)
    width = max(len(chi2), len(p))
    lines = [line("Test of H0: Difference in coefficients not systematic"), BLANK,
             line(f"{statistic:>{label}} = (b-B)'[(V_b-V_B)^(-1)](b-B)"),
             line(f"{'=':>{label + 2}} ", Span(f"{chi2:>{width}}", RESULT))]
    if result.chi2 < 0:
        return [*lines, BLANK, line("Warning: chi2 < 0 ==> model fitted on these data"),
                line("         fails to meet the asymptotic assumptions"),
                line("         of the Hausman test; see suest for a"), line("         generalized test.")]
    lines.append(line(f"{'Prob > chi2':>{label}} = ", Span(f"{p:>{width}}", RESULT)))
    return lines if result.definite else [*lines, line("(V_b-V_B is not positive definite)")]


def xttest0_document(result: Xttest0Result, style: Style) -> Document:
    """The model, the variances estimated, and the test."""
    new = style.version >= 17
    panel = result.panel
    heading = Row("", (Cell("Var", 36), Cell(f"{'SD' if new else 'sd'} = sqrt(Var)", 42, left=True)), heading=True)
    entries = ((result.depvar, result.var_y), ("e", result.var_e), ("u", result.var_u))
    rows = [Row(f"{abbreviate(name, 8):>24} ", (Cell(g(value), 37), Cell(g(value**0.5), 52)))
            for name, value in entries]
    rule = line(" " * 16 + "-" * 9 + "+" + "-" * 29)
    return Document((
        BLANK, line("Breusch and Pagan Lagrangian multiplier test for random effects"), BLANK,
        line(f"        {result.depvar}[{panel},t] = Xb + u[{panel}] + e[{panel},t]"), BLANK,
        line("        Estimated results:"), Table((heading,), _WIDTH, 26), rule, Table(tuple(rows), _WIDTH, 26), BLANK,
        line(f"        Test:{' ' if new else '   '}Var(u) = 0"),
        line(f"{'chibar2(01) =':>42}", Span(f"{f(result.lm, 9, 2):>9}", RESULT)),
        line(f"{'Prob > chibar2 =':>42}", Span(f"{f(result.p, 9, 4):>9}", RESULT)),
    ))
