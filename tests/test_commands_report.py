"""describe, list, count, summarize, tabulate, display, return list, ereturn list, matrix list: what the user sees.

Expected tables are real Stata outputs: those under ../shared are read there, a few are written out here and their data
typed in, so that the layouts are also tested where ../shared is absent.
"""

from __future__ import annotations

import math
import pathlib
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sessions import failed, run, shown

from mixedcli.commands._shared.moments import Moments, Quantiles, moments, quantiles
from mixedcli.commands._shared.smcl import plain
from mixedcli.commands.registry import layout_of
from mixedcli.commands.summarize import Summary, VariableSummary
from mixedcli.data.columns import new_numeric, new_string
from mixedcli.data.dataset import Dataset
from mixedcli.records import replace
from mixedcli.report.document import Style
from mixedcli.report.matrix import matrix_document
from mixedcli.report.text import to_text
from mixedcli.results.base import Matrix, json_ready
from mixedcli.results.postest import MatrixListing
from mixedcli.results.stripe import StripeName
from mixedcli.session import Session
from mixedcli.verify.compare import compare


def scalars(session: Session) -> dict[str, float]:
    return dict(session.context.state.returned.scalars)


def dataset(**columns: object) -> Dataset:
    """Variables from lists: texts become str#, numbers doubles that show as floats do."""
    data = Dataset()
    for name, values in columns.items():
        values = list(values)  # type: ignore[call-overload]
        if isinstance(values[0], str):
            column = new_string(name, values)
        else:
            column = new_numeric(name, np.array(values, dtype=float), "double", format="%9.0g")
        data = data.with_column(column)
    return replace(data, changed=False)


def session_with(data: Dataset, setup: str = "") -> Session:
    session = Session()
    session.context.data = data
    for outcome in run(session, setup):
        assert outcome.error is None, outcome.error
    return session


def same(expected: str, actual: str) -> None:
    """Equal up to a unit of the last digit; blank lines at both ends and blanks that a web page cut do not count."""
    differences = compare(expected.strip("\n"), actual.strip("\n"), trailing_blanks=False)
    assert not differences, "\n".join(map(str, differences[:5])) + f"\n--- printed ---\n{actual}"


# ---- real outputs on the data they were made from ------------------------------------------------------------

AUTO = """
label data "1978 automobile data"
label variable foreign "Car origin"
label variable rep78 "Repair record 1978"
label variable turn "Turn circle (ft.)"
generate highmileage = mpg > 25
label define highmileage 0 "Low Mileage" 1 "High Mileage"
label values highmileage highmileage
"""
NLSWORK = """
label variable year "Interview year"
label variable grade "Current grade completed"
label variable age "Age in current year"
label variable ttl_exp "Total work experience"
label variable tenure "Job tenure, in years"
"""
# output, data, commands before, version, linesize; the command is the one in the file
REAL = [
    ("256", "auto", AUTO, 17, 80),
    ("258", "auto", AUTO, 17, 80),
    ("591", "auto", "", 18, 80),
    ("601", "auto", AUTO, 18, 80),
    ("603", "auto", "", 18, 80),
    ("607", "auto", AUTO, 18, 79),
    ("615", "auto", AUTO, 18, 80),
    ("913", "auto", "", 12, 80),
    ("915", "auto", "", 12, 80),
    ("513", "simulated_multilevel_data", "", 18, 80),
    ("517", "simulated_multilevel_longitudinal_data", "", 18, 80),
    ("585", "clients", "", 17, 80),
    ("665", "transplants", "", 17, 80),
    ("673", "transplants", "", 17, 80),
    ("675", "transplants", "", 17, 80),
    ("234", "nlswork", "egen m = mean(ln_wage), by(idcode)\ngenerate cln_wage = ln_wage - m", 18, 80),
    ("286", "nlswork", NLSWORK, 18, 112),
    ("645", "nlswork", "", 17, 80),
]


@pytest.mark.parametrize(("number", "data", "setup", "version", "linesize"), REAL, ids=[r[0] for r in REAL])
def test_real_outputs(
    shared: pathlib.Path, number: str, data: str, setup: str, version: int, linesize: int
) -> None:
    text = (shared / "reference" / "outputs" / f"{number}.txt").read_text()
    head, _, expected = text.partition("#---\n")
    command = re.search(r"^# command: (.*)$", head, re.M)
    assert command
    session = Session()
    start = f'use "{shared / "data" / data}"\n{setup}\nset linesize {linesize}\nversion {version}\n'
    same(expected, shown(session, start + command[1]))


@pytest.mark.parametrize(("number", "label", "version"), [
    ("949", "birthweight (grams)", 12),
    ("931", "", 12),
    ("669", "Recipient/s Height in Centimeters", 17),
])
def test_layout_of_detail(shared: pathlib.Path, number: str, label: str, version: int) -> None:
    """The numbers of a printed summary, laid out again, give the print."""
    head, _, expected = (shared / "reference" / "outputs" / f"{number}.txt").read_text().partition("#---\n")
    right = [line[38:].rpartition("  ") for line in expected.split("\n") if line[38:39].isalpha() and line[44:].strip()]
    found = {name.strip(): float(x.replace(",", "")) for name, _, x in right if x[-1:].isdigit()}
    percents = {int(p): float(x) for p, x in re.findall(r"^ ?(\d+)% +([\d.]+)", expected, re.M)}
    extremes = [float(x) for x in re.findall(r"^ ?\d+% +[\d.]+ {3,16}([\d.]+)", expected, re.M)]
    w, sd = (next(x for name, x in found.items() if name.startswith(start)) for start in ("Sum", "Std"))
    numbers = Moments(found["Obs"], w, 0.0, found["Mean"], found["Variance"], sd, extremes[0], extremes[-1],
                      found["Skewness"], found["Kurtosis"])
    spread = Quantiles(tuple(percents.items()), tuple(extremes[:4]), tuple(extremes[4:]))
    name = (re.search(r"^# command: sum\w* (\w+)", head, re.M) or [""])[1]
    summary = Summary((VariableSummary(name, label, "%9.0g", numbers, spread),), detail=True)
    same(expected, to_text(layout_of(summary)(summary, Style(version, 80))))


# ---- real outputs, data typed in -----------------------------------------------------------------------------


def lbw() -> Session:
    """Race by low birth weight, as counts (Hosmer and Lemeshow)."""
    data = dataset(race=[1, 1, 2, 2, 3, 3], low=[0, 1] * 3, n=[73, 23, 15, 11, 42, 25])
    return session_with(data, """label define race 1 "white" 2 "black" 3 "other"
label values race race
label variable low "birthweight<2500g" """)


def test_two_way() -> None:
    same("""
           |   birthweight<2500g
      race |         0          1 |     Total
-----------+----------------------+----------
     white |        73         23 |        96
     black |        15         11 |        26
     other |        42         25 |        67
-----------+----------------------+----------
     Total |       130         59 |       189
""", shown(lbw(), "tabulate race low [fweight=n]"))


def test_two_way_blank_after_the_total() -> None:
    lines = shown(lbw(), "tabulate race low [fweight=n]").split("\n")
    assert lines[4] == "     white |        73         23 |        96 "
    assert lines[2] == "      race |         0          1 |     Total"


def test_two_way_chi2() -> None:
    session = lbw()
    text = shown(session, "tabulate race low [fw=n], row chi2 lrchi2 V")
    assert "          Pearson chi2(2) =   5.0048   Pr = 0.082" in text
    row = "     white |        73         23 |        96 \n           |     76.04      23.96 |    100.00 \n----"
    assert row in text
    r = scalars(session)
    assert (r["N"], r["r"], r["c"]) == (189, 3, 2)
    assert r["chi2"] == pytest.approx(5.004813, abs=1e-6)
    assert r["p"] == pytest.approx(math.exp(-r["chi2"] / 2), rel=1e-12)          # two degrees of freedom
    assert r["CramersV"] == pytest.approx(math.sqrt(r["chi2"] / 189), rel=1e-12)


def test_two_way_all_percentages() -> None:
    data = dataset(Tx=[0, 0, 1, 1], Outcome=[0, 1, 0, 1], Count=[109, 31, 122, 17])
    session = session_with(data, """label define tx 0 "Placebo" 1 "Ascorbic Acid"
label define outcome 0 "No Cold" 1 "Cold"
label values Tx tx
label values Outcome outcome""")
    same("""
+-------------------+
| Key               |
|-------------------|
|     frequency     |
|  row percentage   |
| column percentage |
|  cell percentage  |
+-------------------+

              |        Outcome
           Tx |   No Cold       Cold |     Total
--------------+----------------------+----------
      Placebo |       109         31 |       140
              |     77.86      22.14 |    100.00
              |     47.19      64.58 |     50.18
              |     39.07      11.11 |     50.18
--------------+----------------------+----------
Ascorbic Acid |       122         17 |       139
              |     87.77      12.23 |    100.00
              |     52.81      35.42 |     49.82
              |     43.73       6.09 |     49.82
--------------+----------------------+----------
        Total |       231         48 |       279
              |     82.80      17.20 |    100.00
              |    100.00     100.00 |    100.00
              |     82.80      17.20 |    100.00
""", shown(session, "tabulate Tx Outcome [fweight = Count], cell row col"))
    assert "Ascorbic  |     Total" in shown(session, "tabulate Outcome Tx [fw=Count]")


def test_column_title_wraps_and_is_centred() -> None:
    data = dataset(panelmonth=[1, 2], dropout=[0, 1])
    session = session_with(data, 'label variable dropout "RECODE of RENROLL (Recode for monthly enrollment status)"')
    same("""
           |   RECODE of RENROLL
           |  (Recode for monthly
           |  enrollment status)
panelmonth |         0          1 |     Total
-----------+----------------------+----------
         1 |    100.00       0.00 |    100.00
         2 |      0.00     100.00 |    100.00
-----------+----------------------+----------
     Total |     50.00      50.00 |    100.00
""", shown(session, "tab panelmonth dropout, nofreq row"))


def test_row_title_wraps_and_breaks_long_words() -> None:
    data = dataset(a=[1, 2, 3, 4, 5], b=[1, 2, 3, 4, 5])
    session = session_with(data, '''label variable a "an individual's lowest observed work level"
label variable b "an individual's highest observed work level"''')
    text = shown(session, "set linesize 80\ntab a b")
    assert text.split("\n")[1:6] == [
        "        an |",
        "individual |",
        " 's lowest |",
        "  observed |      an individual's highest observed work level",
        "work level |         1          2          3          4          5 |     Total",
    ]


def test_two_way_in_panels() -> None:
    strata = [25, 84, 23, 18, 34, 15, 26, 130, 52, 4, 57, 29]
    data = dataset(nlsphs=[1] * 12, strata=range(1, 13), n=strata)
    same("""
           |                              strata
    nlsphs |         1          2          3          4          5          6 |     Total
-----------+------------------------------------------------------------------+----------
         1 |        25         84         23         18         34         15 |       497
-----------+------------------------------------------------------------------+----------
     Total |        25         84         23         18         34         15 |       497


           |                              strata
    nlsphs |         7          8          9         10         11         12 |     Total
-----------+------------------------------------------------------------------+----------
         1 |        26        130         52          4         57         29 |       497
-----------+------------------------------------------------------------------+----------
     Total |        26        130         52          4         57         29 |       497
""", shown(session_with(data), "set linesize 95\ntab nlsphs strata [fw=n]"))


def test_long_row_labels_are_cut_to_21() -> None:
    data = dataset(occupation=[1, 2], wage_group=[0, 1])
    session = session_with(data, 'label define o 1 "Professional/Technical" 2 "Sales"\nlabel values occupation o')
    text = shown(session, "tab occupation wage_group")
    assert "\nProfessional/Technica |         1          0 |         1 \n" in text
    assert "\nProfessional/Technical |          1       50.00       50.00\n" in shown(session, "tab occupation")


def test_one_way_sort_and_strings() -> None:
    session = session_with(dataset(s=["b", "a", "b", "", "c", "b", "c"]))
    text = shown(session, "tab s, sort missing")
    assert [line.split()[0] for line in text.split("\n")[3:6]] == ["b", "c", "|"]     # the empty string has no text
    assert scalars(session) == {"N": 7.0, "r": 4.0}


def test_generate_makes_indicators() -> None:
    session = session_with(dataset(x=[1, 2, math.nan, 2], keep=[1, 1, 1, 0]))
    shown(session, "tabulate x if keep, generate(d)")
    data = session.context.data
    assert data.names == ("x", "keep", "d1", "d2")
    assert data.columns["d1"].values.tolist() == [1, 0, 101, 101]
    assert data.columns["d2"].label == "x==    2.0000"
    assert failed(session, "tabulate x, generate(d)") == ("variable d1 already defined", 110)


CUSE = [
    ("<25", "Lower primary or less", "Wants more", "No", 53, 0),
    ("<25", "Lower primary or less", "Wants more", "Yes", 6, 0),
    ("<25", "Lower primary or less", "Wants no more", "No", 10, 1),
    ("<25", "Lower primary or less", "Wants no more", "Yes", 4, 1),
]


def test_list() -> None:
    names = ("age", "educ", "desire", "cuse", "n", "nomore")
    session = session_with(dataset(**dict(zip(names, zip(*CUSE, strict=True), strict=True))), "")
    expected = """
     +------------------------------------------------------------------+
     | age                    educ          desire   cuse    n   nomore |
     |------------------------------------------------------------------|
  1. | <25   Lower primary or less      Wants more     No   53        0 |
  2. | <25   Lower primary or less      Wants more    Yes    6        0 |
  3. | <25   Lower primary or less   Wants no more     No   10        1 |
  4. | <25   Lower primary or less   Wants no more    Yes    4        1 |
     +------------------------------------------------------------------+
"""
    same(expected, shown(session, "list in 1/4"))
    same(expected.replace("     |---", "     |---").replace("  3.", "     |" + "-" * 66 + "|\n  3."),
         shown(session, "list, sepby(nomore)"))


def test_list_abbreviates_names_to_eight_or_to_the_values() -> None:
    data = dataset(initdate=["7/1/03", "11/23/04"], initdatestatic=["01jul2003", "23nov2004"])
    same("""
     +----------------------+
     | initdate   initdat~c |
     |----------------------|
  1. |   7/1/03   01jul2003 |
  2. | 11/23/04   23nov2004 |
     +----------------------+
""", shown(session_with(data), "list initdate* in 1/2"))


def test_list_sepby_and_left_aligned_strings() -> None:
    data = dataset(whichfile=[1, 1, 2], illness=["Cold", "Sore Throat", "Pneu"], doctor=["", "", "Jones"])
    data = data.with_column(replace(data.columns["illness"], format="%-11s"))
    same("""
     +---------------------------------+
     | whichf~e   illness       doctor |
     |---------------------------------|
  1. |        1   Cold                 |
  2. |        1   Sore Throat          |
     |---------------------------------|
  3. |        2   Pneu           Jones |
     +---------------------------------+
""", shown(session_with(data), "list, sepby(whichfile)"))


def test_list_clean() -> None:
    data = dataset(country=["Haiti"], ri=[0.0296676], si=[0.0069303], ti=[0.0067103], hii=[0.4422478], di=[9.52e-06])
    text = shown(session_with(data), "list country ri si ti hii di, clean")
    assert text.split("\n") == [
        "",
        "       country         ri         si         ti        hii         di  ",
        "  1.     Haiti   .0296676   .0069303   .0067103   .4422478   9.52e-06  ",
    ]
    assert shown(session_with(data), "list ri si, clean noobs").split("\n")[1:] == [
        "          ri         si  ", "    .0296676   .0069303  ",
    ]


def test_list_in_boxes() -> None:
    data = dataset(
        n=[171, 200], wages=[44.5, 1], pwages=[7.999821, 10.51214], education=[14, 12], occupation=[1, 1],
        workexp=[1, 24], female=[1, 0], cook=[0.0437665, 0.0634495],
    )
    session = session_with(data, 'label define o 1 "Management"\nlabel values occupation o')
    box = """
     +-------------------------------------------------------------------+
{no}. |   n | wages |   pwages | educat~n | occupation | workexp | female |
     | {row} |
     |-------------------------------------------------------------------|
     |                                 cook                              |
     |                             {cook}                              |
     +-------------------------------------------------------------------+
"""
    rows = ("171 |  44.5 | 7.999821 |       14 | Management |       1 |      1",
            "200 |     1 | 10.51214 |       12 | Management |      24 |      0")
    boxes = [box.format(no=f"  {k}", row=row, cook=cook)
             for k, (row, cook) in enumerate(zip(rows, (".0437665", ".0634495"), strict=True), start=1)]
    same("".join(boxes), shown(session, "list"))


def auto_row() -> Session:
    data = dataset(
        make=["AMC Concord"], price=[4099], mpg=[22], rep78=[3], headroom=[2.5], trunk=[11], weight=[2930],
        length=[186], turn=[40], displacement=[121], gear_ratio=[3.58], foreign=[0],
    )
    session = session_with(data, 'label define origin 0 "Domestic"\nlabel values foreign origin')
    session.context.data = session.context.data.with_column(
        replace(session.context.data.columns["make"], format="%-18s")
    )
    for name in ("price", "weight"):
        session.context.data = session.context.data.with_column(
            replace(session.context.data.columns[name], format="%8.0gc")
        )
    return session


def test_boxes_share_the_spare_room() -> None:
    same("""
     +------------------------------------------------------+
  1. | make        | price | mpg | rep78 | headroom | trunk |
     | AMC Concord | 4,099 |  22 |     3 |      2.5 |    11 |
     |------------------------------------------------------|
     | weight  | length  |  turn  |  displa~t  |  gear_r~o  |
     |  2,930  |    186  |    40  |       121  |      3.58  |
     |------------------------------------------------------|
     |                        foreign                       |
     |                       Domestic                       |
     +------------------------------------------------------+
""", shown(auto_row(), "set linesize 62\nlist"))


def test_long_strings_are_not_lost_in_boxes() -> None:
    text = "".join(chr(ord("a") + k % 26) for k in range(200))
    session = session_with(dataset(s=[text]))
    lines = shown(session, "set linesize 60\nlist").split("\n")
    assert max(map(len, lines)) <= 60
    assert "".join(line[6:].strip("| ") for line in lines[3:-1]) == text
    assert f"{text[:20]}.." in shown(session, "list, string(20)")


def test_list_options() -> None:
    session = session_with(dataset(a=range(1, 8), b=range(7)), 'label define l 1 "one"\nlabel values a l')
    assert shown(session, "list in 1/2, nolabel noheader noobs separator(1)").split("\n")[1:] == [
        "  +-------+", "  | 1   0 |", "  |-------|", "  | 2   1 |", "  +-------+",
    ]
    assert shown(session, "list").count("|-") == 2
    assert shown(session, "list, sep(0)").count("|-") == 1
    assert shown(session, "list if a > 100") == ""
    assert shown(session, "list a in 1/1").split("\n")[4] == "  1. | one |"


def test_observation_numbers_of_four_digits() -> None:
    session = session_with(dataset(x=range(1200)))
    assert shown(session, "list in 1000/1001").split("\n")[1:5] == [
        "      +------+", "      |    x |", "      |------|", "1000. |  999 |",
    ]


# ---- summarize -----------------------------------------------------------------------------------------------


def test_summarize_before_14_has_a_narrower_count() -> None:
    session = session_with(dataset(A=range(1, 121), B=["x"] * 120))
    same("""
    Variable |       Obs        Mean    Std. Dev.       Min        Max
-------------+--------------------------------------------------------
           A |       120        60.5    34.78505          1        120
           B |         0
""", shown(session, "version 13\nsummarize"))


def test_counts_have_commas_from_14_on() -> None:
    session = session_with(dataset(x=range(4059)))
    assert "|      4059 " in shown(session, "version 13\nsummarize x")
    assert "|      4,059 " in shown(session, "version 14\nsummarize x")
    assert shown(session, "version 13\ncount") == " 4059"
    assert shown(session, "version 14\ncount") == "4,059"
    assert shown(session, "count if x < 150") == "  150"


DETAIL = [
    "N", "sum_w", "mean", "Var", "sd", "skewness", "kurtosis", "sum", "min", "max",
    *(f"p{k}" for k in (1, 5, 10, 25, 50, 75, 90, 95, 99)),
]


def test_names_of_results_of_detail() -> None:
    session = session_with(dataset(x=[3.0, 1.0, 2.0]))
    shown(session, "summarize x, detail")
    assert list(scalars(session)) == DETAIL
    shown(session, "summarize x")
    assert list(scalars(session)) == ["N", "sum_w", "mean", "Var", "sd", "min", "max", "sum"]
    assert shown(session, "summarize x, meanonly") == ""
    assert list(scalars(session)) == ["N", "sum_w", "sum", "mean", "min", "max"]


def test_return_list() -> None:
    session = session_with(dataset(x=[3.0, 1.0, 2.5]))
    text = shown(session, "quietly summarize x\nreturn list")
    assert text.split("\n")[:5] == [
        "", "scalars:", "                  r(N) =  3", "              r(sum_w) =  3",
        "               r(mean) =  2.166666666666667",
    ]


def test_summarize_of_what_is_missing() -> None:
    session = session_with(dataset(x=[math.nan, math.nan], one=[5, math.nan]))
    assert shown(session, "summarize x").split("\n")[-1] == "           x |         0"
    assert scalars(session) == {"N": 0.0, "sum_w": 0.0, "sum": 0.0}
    row = "         one |         1           5           .          5          5"
    assert shown(session, "summarize one").split("\n")[-1] == row
    assert "no observations" in shown(session, "summarize x, detail")


def test_summarize_huge_and_tiny_numbers() -> None:
    session = session_with(dataset(x=[8e307, 8e307, -8e307], y=[1e15 + 1, 1e15 + 2, 1e15 + 3]))
    assert shown(session, "summarize x")
    shown(session, "summarize y")
    assert scalars(session)["Var"] == 1.0                   # no cancellation


def test_summarize_factor_variable() -> None:
    session = session_with(dataset(region=[1, 2, 2, 3]), 'label define r 2 "N Cntrl" 3 "South"\nlabel values region r')
    lines = shown(session, "summarize i.region").split("\n")
    assert lines[3] == "      region |"
    assert lines[4].startswith("    N Cntrl  |         4          .5 ")


def test_analytic_weights() -> None:
    session = session_with(dataset(x=[1.0, 2.0, 4.0], w=[1.0, 2.0, 3.0]))
    text = shown(session, "summarize x [aw=w]")
    assert text.split("\n")[1] == "    Variable |     Obs      Weight        Mean   Std. Dev.       Min        Max"
    mean = 17 / 6
    variance = ((1 - mean) ** 2 + 2 * (2 - mean) ** 2 + 3 * (4 - mean) ** 2) / 6 * 3 / 2
    assert scalars(session)["mean"] == pytest.approx(mean, rel=1e-15)
    assert scalars(session)["Var"] == pytest.approx(variance, rel=1e-14)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60), st.integers(1, 4))
def test_frequencies_are_repetitions(values: list[float], times: int) -> None:
    x = np.array(values)
    weights = np.full(len(values), float(times))
    repeated = np.repeat(x, times)
    one, other = moments(x, weights, True), moments(repeated, None, False)
    assert one.N == other.N
    assert one.mean == pytest.approx(other.mean, rel=1e-12, abs=1e-9)
    assert one.variance == pytest.approx(other.variance, rel=1e-9, abs=1e-9)
    assert quantiles(x, weights, True).percentiles == quantiles(repeated, None, False).percentiles


def test_percentile_definition() -> None:
    found = dict(quantiles(np.arange(1.0, 101.0), None, False).percentiles)
    assert (found[1], found[25], found[50], found[99]) == (1.5, 25.5, 50.5, 99.5)
    assert dict(quantiles(np.arange(1.0, 8.0), None, False).percentiles)[50] == 4


# ---- describe ------------------------------------------------------------------------------------------------


def test_describe_before_14() -> None:
    data = dataset(id=[1.0], name=["abc"])
    session = session_with(replace(data, label="A label", timestamp="13 Apr 2013 17:45", filename="x.dta"))
    assert shown(session, "version 13\ndescribe").split("\n") == [
        "",
        "Contains data from x.dta",
        "  obs:             1                          A label",
        " vars:             2                          13 Apr 2013 17:45",
        " size:            11                          ",
        "-" * 79,
        "              storage  display     value",
        "variable name   type   format      label      variable label",
        "-" * 79,
        "id              double %9.0g                  ",
        "name            str3   %9s                    ",
        "-" * 79,
        "Sorted by:  ",
    ]
    assert scalars(session) == {"N": 1.0, "k": 2.0, "width": 11.0, "changed": 0.0}


def test_describe_notes_and_sort_order() -> None:
    data = dataset(region=[1.0], popgrowth=[1.0])
    notes = {"_dta": {"note0": "1", "note1": "x"}, "popgrowth": {"note0": "1", "note1": "y"}}
    data = replace(data, label="Life expectancy, 1998", timestamp="26 Mar 2022 09:40", filename="lifeexp.dta",
                   characteristics=notes, sorted_by=("region", "popgrowth"))
    session = session_with(data)
    session.context.data = replace(session.context.data, changed=False)
    rule = "-" * 81
    assert shown(session, "version 17\nset linesize 81\ndescribe").split("\n") == [
        "",
        "Contains data from lifeexp.dta",
        " Observations:             1                  Life expectancy, 1998",
        "    Variables:             2                  26 Mar 2022 09:40",
        "                                              (_dta has notes)",
        rule,
        "Variable      Storage   Display    Value",
        "    name         type    format    label      Variable label",
        rule,
        "region          double  %9.0g                 ",
        "popgrowth       double  %9.0g               * ",
        "                                            * indicated variables have notes",
        rule,
        "Sorted by: region  popgrowth",
    ]


def test_describe_wraps_labels_and_moves_long_value_labels() -> None:
    session = session_with(dataset(test1_day=[1], _meta_cil=[1]), """label define negatives 1 "x"
label values test1_day negatives
label variable test1_day "FUp: day of testing"
label variable _meta_cil "95% lower CI limit for log risk-ratio"
version 16
set linesize 80""")
    assert shown(session, "describe test1_day _meta_cil").split("\n")[4:] == [
        "test1_day       double  %9.0g      negatives",
        "                                              FUp: day of testing",
        "_meta_cil       double  %9.0g                 95% lower CI limit for log",
        "                                                risk-ratio",
    ]


def test_describe_changed_and_sorted() -> None:
    session = session_with(dataset(a=[2, 1], b=[1, 2]), "sort a")
    assert shown(session, "version 17\ndescribe").endswith(
        "Sorted by: a\n     Note: Dataset has changed since last saved."
    )
    assert shown(session, "version 13\ndescribe, short").endswith(
        "Sorted by:  a\n     Note:  dataset has changed since last saved"
    )


def test_describe_simple_and_long_names() -> None:
    names = "region country popgrowth lexp gnppc safewater".split()  # noqa: SIM905
    session = session_with(dataset(**{name: [1] for name in names}))
    assert shown(session, "describe, simple") == "region     country    popgrowth  lexp       gnppc      safewater"
    session = session_with(dataset(rec_hcv_antibody=[1]))
    assert "\nrec_hcv_antib~y double" in shown(session, "version 17\ndescribe")
    assert "\nrec_hcv_antibody\n" in shown(session, "describe, fullnames")


# ---- display -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "expected"), [
    ("2+2", "4"),
    ("1/3", ".33333333"),
    ("12345678.9", "12345679"),
    ("r(max) - r(min)", "."),
    ("2944.285714285714/453.6", "6.4909297"),
    ('"The mean was " 2944.285714285714 " grams."', "The mean was 2944.2857 grams."),
    ("%9.2f 3.14159", "     3.14"),
    ("%5.3f 2/3 \" \" %td 0", "0.667 01jan1960"),
    ("1, 2", "1 2"),
    ("_dup(3) \"ab\"", "ababab"),
    ("\"a\" _skip(3) \"b\" _col(10) \"c\"", "a   b    c"),
    ("\"a\" _newline \"b\"", "a\nb"),
    ("as text \"N = \" as result 5", "N = 5"),
    ("in smcl \"{txt}{hline 5}{c +}{res}x\"", "-----+x"),
    ("5 > 3 & \"a\" < \"b\"", "1"),
    (".a", ".a"),
    ("1e308*10", "."),
    ("", ""),
])
def test_display(typed: str, expected: str) -> None:
    assert shown(Session(), f"display {typed}") == expected


def test_display_reads_results() -> None:
    session = session_with(dataset(x=[1.0, 3.0]))
    assert shown(session, "quietly summarize x\ndisplay r(mean) + x[2] + _N") == "7"


@pytest.mark.parametrize(("typed", "message", "rc"), [
    ("foo", "foo not found", 111),
    ("\"a\" + 1", "type mismatch", 109),
    ("nofunction(1)", "unknown function nofunction()", 133),
])
def test_display_errors(typed: str, message: str, rc: int) -> None:
    assert failed(Session(), f"display {typed}") == (message, rc)


def test_smcl_leaves_what_it_does_not_know() -> None:
    assert plain("{unknown thing} {dup 3:ab}{col 14}z", 79) == "{unknown thing} ababab" + "z"


# ---- e() -----------------------------------------------------------------------------------------------------


def test_estimation_results_are_listed() -> None:
    session = Session()
    text = shown(session, "use growth\nquietly xtmixed measure age || idnr:, mle\nereturn list")
    assert "                  e(N) =  108" in text.split("\n")
    assert '             e(depvar) : "measure"' in text.split("\n")
    assert "                  e(b) :  1 x 4" in text.split("\n")
    assert text.endswith("functions:\n             e(sample)   ")
    lines = shown(session, "matrix list e(b)").split("\n")
    assert lines[1] == "e(b)[1,4]"
    assert lines[3].split() == ["age", "_cons", "_cons", "_cons"]
    assert lines[4].startswith("y1 ")
    assert float(lines[4].split()[1]) == pytest.approx(0.6601852, abs=1e-7)      # Pinheiro and Bates, Orthodont
    assert shown(session, "matrix list e(V)").split("\n")[1] == "symmetric e(V)[4,4]"


def test_nothing_estimated() -> None:
    assert shown(Session(), "ereturn list").strip() == ""
    assert failed(Session(), "matrix list foo") == ("matrix foo not found", 111)
    assert failed(Session(), "matrix list e(b)") == ("matrix e(b) not found", 111)


def test_factor_names_are_stacked_above_the_columns() -> None:
    """e(b) of ``logit lfp i.wc i.k5 age`` as Stata shows it at a line size of 80."""
    names = ["0b.wc", "1.wc", "0b.k5", "1.k5", "2.k5", "3o.k5", "age", "_cons"]
    values = [0, .8222805, 0, -1.5319647, -2.4723011, 0, -.06030223, 2.9812584]
    columns = tuple(StripeName("lfp", name) for name in names)
    b = Matrix(np.array([values]), (StripeName("", "y1"),), columns)
    same("""
e(b)[1,8]
           lfp:        lfp:        lfp:        lfp:        lfp:        lfp:
            0b.          1.         0b.          1.          2.         3o.
            wc          wc          k5          k5          k5          k5
y1           0    .8222805           0  -1.5319647  -2.4723011           0

           lfp:        lfp:

           age       _cons
y1  -.06030223   2.9812584
""", to_text(matrix_document(MatrixListing("e(b)", b), Style(13, 79))))


def test_long_macros_are_cut() -> None:
    session = session_with(dataset(y=[1, 2, 3, 5], g=[1, 1, 2, 2]))
    line = next(x for x in shown(session, "quietly xtmixed y" + " " * 90 + "|| g:, mle\nereturn list").split("\n")
                if "e(cmdline)" in x)
    assert len(line) == 79
    assert line.endswith('.."')


# ---- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "message", "rc"), [
    ("summarize nosuch", "variable nosuch not found", 111),
    ("list x nosuch", "variable nosuch not found", 111),
    ("describe nosuch", "variable nosuch not found", 111),
    ("tabulate nosuch", "variable nosuch not found", 111),
    ("tabulate", "varlist required", 100),
    ("tabulate x y s", "too many variables specified", 103),
    ("count x", "varlist not allowed", 101),
    ("count if s", "type mismatch", 109),
    ("list in 5/9", "observation numbers out of range", 198),
    ("summarize x, nosuch", "option nosuch not allowed", 198),
    ("summarize x [pw=y]", "pweights not allowed", 101),
    ("summarize x [fw=z]", "may not use noninteger frequency weights", 401),
    ("tabulate x, chi2", "option chi2 not allowed", 198),
    ("tabulate x, plot", "the plot option is not built yet", 199),
])
def test_errors(typed: str, message: str, rc: int) -> None:
    session = session_with(dataset(x=[1, 2], y=[1, 1], z=[1.5, 2.5], s=["a", "b"]))
    found, code = failed(session, typed)
    assert code == rc
    if rc != 199:
        assert found == message
    else:
        assert "not built yet" in found


def test_ambiguous_abbreviation() -> None:
    session = session_with(dataset(comlang_off=[1], comlang_ethno=[1]))
    assert failed(session, "version 15\ndescribe comlang") == ("comlang ambiguous abbreviation", 111)


def test_too_many_values() -> None:
    session = session_with(dataset(x=range(12001), y=[1] * 12001))
    assert failed(session, "tabulate x") == ("too many values", 134)
    assert failed(session, "tabulate y x") == ("too many values", 134)


def test_no_observations_is_no_error() -> None:
    session = session_with(dataset(x=[1, 2]))
    assert shown(session, "tabulate x if x > 5") == "no observations"
    assert scalars(session) == {"N": 0.0, "r": 0.0}


def test_results_are_ready_for_json() -> None:
    session = session_with(dataset(x=[1.0, 2.0, 2.0]))
    found = json_ready(run(session, "tabulate x")[-1].result)
    assert found["counts"] == [1.0, 2.0]
    assert found["categories"][1] == {"value": 2.0, "text": "2"}
    found = json_ready(run(session, "summarize x")[-1].result)
    assert found["variables"][0]["moments"]["mean"] == 5 / 3
