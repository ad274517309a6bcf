"""Coefficient tables of other commands that Stata printed, and the rules for names, blocks and hidden rows."""

from __future__ import annotations

import pytest
from stata_output import Hidden, coefficients, table_lines

from mixedcli.report.coefficients import CoefficientTable, Section, coefficient_table
from mixedcli.report.document import Style
from mixedcli.report.names import Show, shorten
from mixedcli.report.text import to_lines
from mixedcli.results.coefficients import CoefficientRow
from mixedcli.results.stripe import Part, Term

FULL = {
    "Atrium hou..": "Atrium houses", "Terraced h..": "Terraced houses",
    "American Indian or Alaska Nat..": "American Indian or Alaska Native alone",
    "Native Hawaiian and Other Pac..": "Native Hawaiian and Other Pacific Islander alone",
    "High school (including vocat..)": "High school (including vocational, trade, or business school)",
    "American Indian or Alaska Native..": "American Indian or Alaska Native alone",
    "Native Hawaiian and Other Pacifi..": "Native Hawaiian and Other Pacific Islander alone",
}
# number of the output: version, linesize, statistic, title of the coefficient column, factors with the base last
OUTPUTS = {
    "218": (17, 79, "z", "", ()), "222": (17, 79, "z", "", ()), "533": (14, 79, "t", "", ()),
    "541": (17, 99, "z", "IRR", ()), "553": (14, 99, "z", "", ()), "575": (14, 102, "z", "Odds Ratio", ()),
    "579": (17, 80, "z", "Odds ratio", ()), "589": (17, 92, "t", "", ()), "621": (18, 79, "t", "", ()),
    "228": (17, 79, "z", "", ()), "178": (14, 79, "z", "", ()), "176": (17, 79, "z", "Odds ratio", ()),
}


def printed_table(text: str) -> list[str]:
    """The coefficient table of a printed output with its rules."""
    lines = text.split("\n")
    start = next(i for i, x in enumerate(lines) if "P>|" in x)
    end = next(i for i in range(start + 2, len(lines)) if set(lines[i]) == {"-"})
    return lines[start - 1:end + 1]


@pytest.mark.parametrize("name", OUTPUTS)
def test_printed_tables(shared, name):
    text = (shared / "reference" / "outputs" / f"{name}.txt").read_text().split("#---\n", 1)[1]
    version, linesize, statistic, title, base_last = OUTPUTS[name]
    expected = printed_table(text)
    found = coefficients(table_lines(text.split("\n"), "P>|"), Hidden(FULL, base_last))
    depvar = next(x for x in expected if "P>|" in x).partition("|")[0].strip()
    table = CoefficientTable(depvar, tuple(found.rows), statistic, labels=found.labels, title=title)
    assert to_lines(coefficient_table(table, Style(version, linesize))) == expected


def test_sections_without_names_and_wrapped_level_labels(shared):
    text = (shared / "reference" / "outputs" / "226.txt").read_text().split("#---\n", 1)[1]
    expected = printed_table(text)
    rule = next(i for i, x in enumerate(expected) if "+" in x and i > 4)
    found = coefficients(expected[3:rule], Hidden(FULL))
    cuts = tuple(
        CoefficientRow(x.partition("|")[0].strip(), *map(float, x.partition("|")[2].split()[:2]),
                       lo=float(x.split()[-2]), hi=float(x.split()[-1]), tested=False)
        for x in expected[rule + 1:-1]
    )
    table = CoefficientTable("satisfaction", tuple(found.rows), labels=found.labels, sections=(Section("", cuts),))
    assert to_lines(coefficient_table(table, Style(17, 80))) == expected


def factor(variable, level, status="shown", b=1.5):
    return CoefficientRow(Term((Part(variable, level, base=status == "base"),), status), b, .5, 3.0, .003, .5, 2.5)


def interaction(levels, status="shown"):
    parts = tuple(Part(name, level) for name, level in levels.items())
    if status == "empty":
        return CoefficientRow(Term(parts, status))
    return CoefficientRow(Term(parts, status), 1.5, .5, 3.0, .003, .5, 2.5)


PLAIN = CoefficientRow(Term((Part("x", operated=False),)), .25, .5, .5, .617, -.73, 1.23)
CONS = CoefficientRow("_cons", .25, .5, .5, .617, -.73, 1.23)


def stubs(rows, labels=None, linesize=79, **show):
    table = CoefficientTable("y", tuple(rows), labels=labels or {}, show=Show(**show))
    return [line[:14] for line in to_lines(coefficient_table(table, Style(13, linesize)))][3:-1]


def test_a_factor_with_one_level_to_show_stays_on_one_line_unless_it_is_labelled():
    rows = [PLAIN, factor("cc", 0, "base"), factor("cc", 1), CONS]
    assert stubs(rows) == ["           x |", "        1.cc |", "       _cons |"]
    labelled = [s.rstrip() for s in stubs(rows, {"cc": {0: "no", 1: "yes"}})]
    assert labelled == ["           x |", "             |", "          cc |", "        yes  |", "       _cons |"]


def test_base_levels_show_when_asked_for():
    rows = [factor("dose", 0, "base", 0.0), factor("dose", 1), factor("dose", 2), CONS]
    assert [s.strip() for s in stubs(rows)] == ["dose |", "1  |", "2  |", "|", "_cons |"]
    table = CoefficientTable("y", tuple(rows), show=Show(baselevels=True))
    assert "          0  |          0  (base)" in to_lines(coefficient_table(table, Style(13)))


def test_omitted_and_empty_rows():
    omitted, empty = factor("dose", 2, "omitted", 0.0), interaction({"a": 2, "b": 3}, "empty")
    table = CoefficientTable("y", (PLAIN, factor("dose", 1), omitted, empty, CONS))
    lines = to_lines(coefficient_table(table, Style(13)))
    assert "          2  |          0  (omitted)" in lines
    assert "        2 3  |          0  (empty)" in lines
    hidden = stubs([factor("dose", 1), omitted, empty, CONS], noomitted=True, noemptycells=True)
    assert [s.strip() for s in hidden] == ["dose |", "1  |", "|", "_cons |"]


def test_three_way_interactions_wrap_after_a_hash():
    rows = [interaction({"agegroup": 2, "sex": 1, "race": 3}), CONS]
    assert [s.rstrip() for s in stubs(rows)] == [
        "agegroup#sex#|", "        race |", "      2 1 3  |", "             |", "       _cons |"]


def test_blank_lines_go_with_vsquish():
    rows = [PLAIN, factor("dose", 1), factor("dose", 2), CONS]
    assert [s.strip() for s in stubs(rows, vsquish=True)] == ["x |", "dose |", "1  |", "2  |", "_cons |"]


def test_a_coefficient_without_a_standard_error():
    row = CoefficientRow("x", 1.5)
    lines = to_lines(coefficient_table(CoefficientTable("y", (row,)), Style(13)))
    assert lines[3] == "           x |        1.5          .        .       .            .           ."


@pytest.mark.parametrize(("label", "width", "cut"), [
    ("Semi-skilled", 11, "Semi-skil~d"), ("Professional", 11, "Professio~l"),
    ("Managerial and technical", 11, "Manageria.."),
    ("Black or African American alone", 31, "Black or African American alone"),
    ("High school (including vocational, trade, or business school)", 31, "High school (including vocat..)"),
])
def test_long_labels(label, width, cut):
    assert shorten(label, width) == cut
