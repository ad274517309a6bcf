"""What estat, lrtest, test, testparm and lincom print."""

from __future__ import annotations

from ..formats import abbreviate, count, f, g
from ..results.postest import (
    GroupResult,
    IccResult,
    IcResult,
    InformationRow,
    LevelCovariance,
    LincomResult,
    LrtestResult,
    RecovarianceResult,
    SdResult,
    TestResult,
)
from .coefficients import CoefficientTable, Show, coefficient_table, interval_heading, se_heading
from .document import BLANK, RESULT, Cell, Document, Line, Row, Rule, Span, Style, Table, line
from .mixed import fixed_table
from .mixed_header import group_table
from .random_effects import BAR, EDGES, NAME, WIDTH, boundary_note, random_effects_table, wrapped

_CELL = 11                            # a column of a covariance matrix: a blank, nine characters, a blank


def icc_document(result: IccResult, style: Style) -> Document:
    """estat icc: a row per level, in the columns of the random-effects table."""
    title = f"{result.kind} intraclass correlation" if result.kind else "Intraclass correlation"
    heading = (Cell("ICC", EDGES[0]), Cell(se_heading(style), 53), Cell(interval_heading(result.level, style), WIDTH))
    rows: list[Row | Rule] = [Rule(), Row("Level".rjust(NAME) + " ", heading, heading=True), Rule(joint=True)]
    for each in result.levels:
        numbers = (each.icc.value, each.icc.se, each.icc.lo, each.icc.hi)
        cells = tuple(Cell(g(number), edge) for number, edge in zip(numbers, EDGES, strict=True))
        rows.append(Row(abbreviate(each.label, NAME).rjust(NAME) + " ", cells))
    table = Table((*rows, Rule()), WIDTH, BAR, name="icc")
    note = wrapped("Note: ICC is conditional on zero values of random-effects covariates.", style)
    return Document((BLANK, line(title), BLANK, table, *(note if result.kind == "Conditional" else [])))


def recovariance_document(result: RecovarianceResult, style: Style) -> Document:
    """estat recovariance: the lower triangle of each level's matrix."""
    word = "correlation" if result.correlation else "covariance"
    blocks: list[Line | Table] = []
    for each in result.levels:
        blocks += [BLANK, line(f"Random-effects {word} matrix for level {each.level}")]
        fitting = max((style.linesize - 15) // _CELL, 1)
        for start in range(0, len(each.columns), fitting):
            blocks += [BLANK, _covariance_table(each, range(start, min(start + fitting, len(each.columns))))]
    return Document(tuple(blocks))


def _covariance_table(level: LevelCovariance, columns: range) -> Table:
    def cell(text: str, place: int) -> Cell:
        return Cell(f"{text:>10} ", 14 + _CELL * (place + 1))

    heading = tuple(cell(abbreviate(level.columns[j], 9), place) for place, j in enumerate(columns))
    rows: list[Row | Rule] = [Row("", heading, heading=True), Rule(joint=True)]
    for i in range(columns.start, len(level.columns)):
        texts = [g(float(level.values[i, j])) if j <= i else "" for j in columns]
        cells = tuple(cell(text, place) for place, text in enumerate(texts))
        rows.append(Row(abbreviate(level.columns[i], 12).rjust(12) + " ", cells))
    return Table(tuple(rows), 14 + _CELL * len(columns), 14, name="covariance")


def group_document(result: GroupResult, style: Style) -> Document:
    """estat group: the table of groups that a fit with several levels has in its header."""
    return Document((BLANK, *group_table(result.groups, style).blocks))


def sd_document(result: SdResult, style: Style) -> Document:
    """estat sd: the random part in standard deviations and correlations."""
    parts = [BLANK, *random_effects_table(result.fit, style).blocks]
    if result.verbose:
        parts = [BLANK, *coefficient_table(fixed_table(result.fit, style), style).blocks, *parts]
    return Document(tuple(parts))


# ---- information criteria ------------------------------------------------------------------------------------

_IC_EDGES = {13: (21, 33, 45, 52, 65, 77), 14: (25, 35, 46, 54, 66, 77), 17: (25, 36, 47, 55, 66, 77)}


def ic_document(result: IcResult, style: Style) -> Document:
    """estat ic and estimates stats: a row per model and the note on what N is."""
    edges = _IC_EDGES[13 if style.version < 14 else 14 if style.version < 17 else 17]
    titles = ("Obs" if style.version < 16 else "N", "ll(null)", "ll(model)", "df", "AIC", "BIC")
    heading = Row("       Model ", _cells(titles, edges), heading=True)
    rows = tuple(_ic_row(row, edges, style) for row in result.rows)
    table = Table((Rule(), heading, Rule(joint=True), *rows, Rule()), 77, 14, name="information criteria")
    title = line("Akaike's information criterion and Bayesian information criterion")
    return Document((BLANK, title, BLANK, table, line(_ic_note(style))))


def _ic_row(row: InformationRow, edges: tuple[int, ...], style: Style) -> Row:
    numbers = (row.ll_null, row.ll)
    texts = (count(row.n, style.version >= 14), *map(g, numbers), str(row.df), g(row.aic), g(row.bic))
    return Row(abbreviate(row.name, 12).rjust(12) + " ", _cells(texts, edges))


def _cells(texts: tuple[str, ...], edges: tuple[int, ...]) -> tuple[Cell, ...]:
    return tuple(Cell(text, edge) for text, edge in zip(texts, edges, strict=True))


def _ic_note(style: Style) -> str:
    if style.version < 14:
        return " " * 15 + "Note:  N=Obs used in calculating BIC; see [R] BIC note"
    if style.version < 16:
        return " " * 15 + "Note: N=Obs used in calculating BIC; see [R] BIC note."
    manual = "BIC" if style.version < 17 else "IC"
    return f"Note: BIC uses N = number of observations. See [R] {manual} note."


# ---- tests ---------------------------------------------------------------------------------------------------


_REML_NOTE = ("Note: LR tests based on REML are valid only when the fixed-effects specification is identical for both "
              "models.")


def lrtest_document(result: LrtestResult, style: Style) -> Document:
    """lrtest: on two lines up to 16, below each other from 17 on; then the notes that apply."""
    names = (f"LR chi2({result.df})", "Prob > chi2")
    values = (f(result.chi2, 10, 2), f(result.p, 6, 4))
    blocks = _old_lrtest(result, names, values) if style.version < 17 else _new_lrtest(result, names, values)
    notes = boundary_note(style) if result.boundary else []
    if result.reml:
        notes += wrapped(_REML_NOTE, style)
    return Document((BLANK, *blocks, *([BLANK, *notes] if notes else [])))


def _old_lrtest(result: LrtestResult, names: tuple[str, str], values: tuple[str, str]) -> list[Line]:
    lefts = ("Likelihood-ratio test", f"(Assumption: {result.restricted} nested in {result.unrestricted})")
    return [line(f"{left:<54}{name:<11} =", Span(f"{value:>10}", RESULT))
            for left, name, value in zip(lefts, names, values, strict=True)]


def _new_lrtest(result: LrtestResult, names: tuple[str, str], values: tuple[str, str]) -> list[Line]:
    label, width = max(map(len, names)), max(map(len, values))
    tests = [line(f"{name:>{label}} = ", Span(f"{value:>{width}}", RESULT))
             for name, value in zip(names, values, strict=True)]
    assumption = f"Assumption: {result.restricted} nested within {result.unrestricted}"
    return [line("Likelihood-ratio test"), line(assumption), BLANK, *tests]


def test_document(result: TestResult, style: Style) -> Document:
    """test and testparm: the constraints, numbered, and the Wald test of them all; with mtest a table of tests."""
    constraints = [_constraint(i, text) for i, text in enumerate(result.constraints, start=result.first)]
    dropped = [line(f"       Constraint {number} dropped") for number in result.dropped]
    if result.separate:
        return Document((BLANK, *constraints, *dropped, BLANK, *_separate_tests(result)))
    value = Span(f(result.statistic, 8, 2).rjust(8), RESULT)
    if result.df_r is None:
        tests = [line(f"           chi2({result.df:3d}) =", value), _probability("chi2", result.p)]
    else:
        tests = [line(f"       F({result.df:3d},{g(result.df_r, 6).rjust(6)}) =", value), _probability("F", result.p)]
    return Document((BLANK, *constraints, *dropped, BLANK, *tests))


_ADJUSTED = {"bonferroni": "Bonferroni-adjusted", "holm": "Holm-adjusted", "sidak": "Sidak-adjusted"}
_TEST_EDGES = (19, 26, 37)


def _separate_tests(result: TestResult) -> list[Line | Table]:
    """A row per constraint, one for all together, and what # stands for."""
    title = "chi2" if result.df_r is None else f"F(df,{g(result.df_r, 6)})"
    heading = _cells((title, "df", "p   "), _TEST_EDGES)
    rows: list[Row | Rule] = [Rule(), Row("       ", heading, heading=True), Rule(joint=True)]
    for k, each in enumerate(result.separate, start=result.first):
        stub = f"({k})".rjust(5)
        rows.append(Row(f"{stub}  ", (*_test_cells(each.statistic, each.df, each.adjusted), Cell("#", 39))))
    rows += [Rule(joint=True), Row("  all  ", _test_cells(result.statistic, result.df, result.p)), Rule()]
    note = f"# {_ADJUSTED.get(result.method, 'Unadjusted')} p-values"
    return [Table(tuple(rows), 39, 8, name="tests"), line(note.rjust(39))]


def _test_cells(statistic: float, df: int, p: float) -> tuple[Cell, ...]:
    return _cells((f(statistic, 8, 2), str(df), f(p, 6, 4)), _TEST_EDGES)


test_document.__test__ = False  # type: ignore[attr-defined]  # not a test function for pytest


def _constraint(number: int, text: str) -> Line:
    return line(f" ({number:2d})  {text}")


def _probability(name: str, p: float) -> Line:
    return line(f"Prob > {name} =".rjust(22), Span(f(p, 6, 4).rjust(10), RESULT))


def lincom_document(result: LincomResult, style: Style) -> Document:
    """lincom: the combination as a constraint, and a coefficient table of one row."""
    table = CoefficientTable(
        result.depvar, (result.row,), statistic=result.statistic, level=result.level, show=Show(**result.formats)
    )
    return Document((BLANK, _constraint(1, result.constraint), BLANK, *coefficient_table(table, style).blocks))
