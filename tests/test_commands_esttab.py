"""esttab, estimates table, stats, save, use, query; estat vce, estat summarize.

Layouts are compared with tables that Stata and esttab printed (the numbers come from the prints); files are parsed
back with readers of those formats; what a file of estimates holds must come back digit for digit.
"""

from __future__ import annotations

import csv
import html.parser
import json
import pathlib
import re

import numpy as np
import pytest
from sessions import PrintedFit, failed, ran

from mixedcli.session import Session


def keep(session: Session, name: str, rows: dict[str, tuple[float, float]], **stored: object) -> None:
    """Make results with these (b, se) the active ones, and store them under ``name``."""
    scalars = {k: float(v) for k, v in stored.items() if not isinstance(v, str)}  # type: ignore[arg-type]
    macros = {k: v for k, v in stored.items() if isinstance(v, str)}
    b, se = np.array(list(rows.values())).T
    made = PrintedFit(tuple(rows), b, np.diag(se**2), scalars, macros)
    session.context.post(made, None, np.zeros(session.context.data.n, dtype=bool))
    ran(session, f"estimates store {name}")


@pytest.fixture(scope="module")
def gcse() -> Session:
    """A regression and a mixed model of the examination scores, stored as ols and mix."""
    session = Session()
    ran(session, "sysuse gcse", "quietly regress gcse lrt", "estimates store ols")
    ran(session, "quietly xtmixed gcse lrt i.schgend || school: lrt, covariance(unstructured)", "estimates store mix")
    return session


# ---- esttab as printed ---------------------------------------------------------------------------------------

# The first example of esttab's own documentation (auto data).
TWO_MODELS = """
--------------------------------------------
                      (1)             (2)   
                    price           price   
--------------------------------------------
weight              1.747**         3.465***
                   (2.72)          (5.49)   

mpg                -49.51           21.85   
                  (-0.57)          (0.29)   

foreign                            3673.1***
                                   (5.37)   

_cons              1946.1         -5853.7   
                   (0.54)         (-1.73)   
--------------------------------------------
N                      74              74   
--------------------------------------------
t statistics in parentheses
* p<0.05, ** p<0.01, *** p<0.001"""  # noqa: W291

# The same with se ar2 nogaps label.
LABELLED = """
----------------------------------------------------
                              (1)             (2)   
                            Price           Price   
----------------------------------------------------
Weight (lbs.)               1.747**         3.465***
                          (0.641)         (0.631)   
Mileage (mpg)              -49.51           21.85   
                          (86.16)         (74.22)   
Car type                                   3673.1***
                                          (684.0)   
Constant                   1946.1         -5853.7   
                         (3597.0)        (3377.0)   
----------------------------------------------------
Observations                   74              74   
adj. R-sq                   0.273           0.478   
----------------------------------------------------
Standard errors in parentheses
* p<0.05, ** p<0.01, *** p<0.001"""  # noqa: W291


@pytest.fixture
def auto(shared: pathlib.Path) -> Session:
    session = Session()
    ran(session, f'use "{shared / "data" / "auto.dta"}"', "quietly regress price weight mpg", "estimates store m1")
    ran(session, "quietly regress price weight mpg foreign", "estimates store m2")
    return session


def test_esttab_prints_what_its_documentation_prints(auto: Session) -> None:
    assert ran(auto, "esttab m1 m2") == TWO_MODELS
    assert ran(auto, "esttab m1 m2, se ar2 nogaps label") == LABELLED


def test_wide_table(auto: Session) -> None:
    lines = ran(auto, "esttab m*, wide").splitlines()
    assert lines[1] == "-" * 70
    assert lines[5] == "weight              1.747**        (2.72)        3.465***       (5.49)"


def test_regression_and_mixed_model_share_the_fixed_part() -> None:
    """As esttab prints a regression beside a mixed model: one block ``main``, then the others (childweight data)."""
    session = Session()
    keep(session, "m1", {"age": (3.364, 3.364 / 25.26), "_cons": (5.202, 5.202 / 29.24)}, N=198, depvar="weight",
         df_r=196)
    keep(session, "m2", {"weight:age": (3.364, 3.364 / 25.39), "weight:_cons": (5.202, 5.202 / 29.39),
                         "lnsig_e:_cons": (0.381, 0.381 / 7.58)}, N=198, depvar="weight")
    assert ran(session, "esttab m1 m2, nogap") == """
--------------------------------------------
                      (1)             (2)   
                   weight          weight   
--------------------------------------------
main                                        
age                 3.364***        3.364***
                  (25.26)         (25.39)   
_cons               5.202***        5.202***
                  (29.24)         (29.39)   
--------------------------------------------
lnsig_e                                     
_cons                               0.381***
                                   (7.58)   
--------------------------------------------
N                     198             198   
--------------------------------------------
t statistics in parentheses
* p<0.05, ** p<0.01, *** p<0.001"""  # noqa: W291


def test_the_random_part_has_named_rows(gcse: Session) -> None:
    """Names and numbers as in the table of random effects; a standard deviation has no test, so no stars."""
    ran(gcse, "estimates restore mix")
    result = gcse.context.estimates.result
    lines = ran(gcse, "esttab mix, b(%9.6f) se(%9.6f)").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("school"))
    shown = {line.split()[0]: line.split()[1] for line in lines[at + 1 :] if re.match(r"(sd|corr)\(", line)}
    parameters = result.parameters  # type: ignore[attr-defined]
    names = ["sd(lrt)", "sd(_cons)", "corr(lrt,_cons)", "sd(Residual)"]
    assert list(shown) == names
    assert list(shown.values()) == [f"{p.sd.value:.6f}" for p in parameters]
    sds = [line.split()[0] for line in lines[at:] if line.strip().startswith("(")][:4]
    assert sds == [f"({p.sd.se:.6f})" for p in parameters]


def test_base_levels_and_factor_labels(gcse: Session) -> None:
    text = ran(gcse, "esttab mix")
    assert "\n1b.schgend                 0   \n                         (.)   \n" in text
    assert "\nSchool gender=2     " in ran(gcse, "esttab mix, label")


@pytest.mark.parametrize(
    ("value", "fmt", "text"),
    [(1.7465592, "a3", "1.747"), (-49.512221, "a3", "-49.51"), (1946.0687, "a3", "1946.1"), (74, "a3", "74"),
     (0.0198966, "a3", "0.0199"), (0.5567956, "a3", "0.557"), (0.00003, "a3", "0.0000300"), (0.64, "a2", "0.64"),
     (3597.0496, "a3", "3597.0"), (12.345, "%9.1f", "12.3"), (float("nan"), "a3", ".")],
)  # fmt: skip
def test_adaptive_formats(value: float, fmt: str, text: str) -> None:
    from mixedcli.report.esttab_grid import number

    assert number(value, fmt) == text


def test_options_select_rows_and_stars(gcse: Session) -> None:
    text = ran(gcse, "esttab ols mix, keep(lrt) star(+ 0.10 ++ 0.05) nonumbers mtitles(A B) noobs nonotes")
    assert [line.split() for line in text.splitlines() if line.strip(" -")] == [
        ["A", "B"], ["main"], ["lrt", "0.595++", "0.558++"], ["(46.74)", "(28.07)"],
    ]  # fmt: skip
    text = ran(gcse, "esttab mix, drop(*.schgend school: sd(Residual)) order(_cons) not nostar scalars(ll) b(2)")
    assert [line.split() for line in text.splitlines() if line.strip(" -")] == [
        ["(1)"], ["gcse"], ["gcse"], ["_cons", "-1.10"], ["lrt", "0.56"], ["N", "4059"], ["ll", "-13999.1"],
    ]  # fmt: skip


def test_stats_and_intervals(gcse: Session) -> None:
    text = ran(gcse, 'esttab ols, ci(3) b(3) stats(N ll cmd, fmt(0 2) labels("Pupils" "Log lik."))')
    assert "0.595***" in text and "[0.570,0.620]" in text
    assert re.search(r"Pupils +4059 ", text) and re.search(r"Log lik\. +-14226\.43 ", text)
    assert re.search(r"cmd +regress ", text)


@pytest.mark.parametrize(
    ("line", "message", "rc"),
    [
        ("esttab nobody", "estimation result nobody not found", 111),
        ("esttab ols, se p", "options se and p may not be combined", 198),
        ("esttab ols, keep(weight)", "coefficient weight not found", 111),
        ("esttab ols, star(* 0.01 ** 0.05)", "option star() incorrectly specified", 198),
        ("esttab ols, b(x)", "invalid %format in b()", 120),
        ("esttab ols, foo", "option foo not allowed", 198),
        ("esttab ols using", "invalid file specification", 198),
    ],
)
def test_errors(gcse: Session, line: str, message: str, rc: int) -> None:
    assert failed(gcse, line) == (message, rc)


def test_without_estimates() -> None:
    for line in ("esttab", "estimates table", "estimates stats", "estat vce", "estimates save x", "estat summarize"):
        assert failed(Session(), line) == ("last estimates not found", 301), line


# ---- files ---------------------------------------------------------------------------------------------------

NASTY = r'50% of {A} & B_1 #2 ~^\ <b> "q" é|*'


@pytest.fixture
def written(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.chdir(tmp_path)
    session = Session()
    ran(session, "sysuse gcse", f"label variable lrt `\"{NASTY}\"'", "quietly regress gcse lrt girl")
    ran(session, "estimates store ols", "quietly mixed gcse lrt || school:", "estimates store mix")
    return session


ROWS = [["", "(1)", "(2)"], ["", "ols", "mix"], ["main", "", ""], [NASTY, "0.591***", "0.563***"],
        ["", "(46.57)", "(45.19)"]]  # fmt: skip


def test_csv_and_html_come_back(written: Session) -> None:
    for suffix in ("csv", "html"):
        assert ran(written, f"esttab ols mix using t.{suffix}, label mtitles") == f"(output written to t.{suffix})"
    with open("t.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[:5] == ROWS
    assert {len(row) for row in rows} == {3}
    assert ["var(Residual)", "", "56.57"] in rows

    class Reader(html.parser.HTMLParser):
        rows: list[list[str]] = []  # noqa: RUF012
        open: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta",):
                self.open.append(tag)
            if tag == "tr":
                self.rows.append([])
            if tag in ("td", "th"):
                self.rows[-1].append("")

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

        def handle_data(self, data: str) -> None:
            if self.rows and self.rows[-1] and set(self.open) & {"td", "th"}:
                self.rows[-1][-1] += data

    reader = Reader()
    reader.feed(pathlib.Path("t.html").read_text(encoding="utf-8"))
    assert reader.open == []
    assert reader.rows[:5] == ROWS


def latex_plain(text: str) -> str:
    """The text that a piece of LaTeX of ours prints."""
    for command, character in (("textbackslash", "\\"), ("textasciitilde", "~"), ("textasciicircum", "^"),
                               ("textless", "<"), ("textgreater", ">")):  # fmt: skip
        text = text.replace(f"\\{command}{{}}", f"\0{ord(character)}\0")
    text = re.sub(r"\\(?:sym|textbf|textit)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\multicolumn\{\d\}\{\w\}\{(.*)\}$", r"\1", text)
    text = re.sub(r"\\([_&%#${}])", r"\1", text)
    return re.sub("\0(\\d+)\0", lambda m: chr(int(m[1])), text).strip()


def test_latex_comes_back(written: Session) -> None:
    ran(written, 'esttab ols mix using t.tex, label mtitles title("A & B")')
    text = pathlib.Path("t.tex").read_text(encoding="utf-8")
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")
    assert re.findall(r"\\(?:begin|end)\{\w+\}", text) == [
        r"\begin{table}", r"\begin{tabular}", r"\end{tabular}", r"\end{table}",
    ]  # fmt: skip
    assert r"\caption{A \& B}" in text
    body = text[text.index(r"\hline\hline") : text.index(r"\multicolumn{3}{l}")]
    lines = [line for line in body.splitlines() if line.endswith(r"\\")]
    rows = [[latex_plain(cell) for cell in re.split(r"(?<!\\)&", line[:-2])] for line in lines]
    assert rows[:5] == ROWS
    assert {len(row) for row in rows} == {3}
    # Between the rows nothing stands but rules and space.
    others = {line for line in body.splitlines() if not line.endswith(r"\\")}
    assert others <= {r"\hline\hline", r"\hline", "[1em]"}


def test_rtf_comes_back(written: Session) -> None:
    ran(written, "esttab ols mix using t.rtf, label mtitles")
    text = pathlib.Path("t.rtf").read_text(encoding="ascii")
    assert text.startswith("{\\rtf1")
    bare = re.sub(r"\\[\\{}]", "", text)
    assert bare.count("{") == bare.count("}")

    def plain(piece: str) -> str:
        piece = re.sub(r"\{\\u(-?\d+) \?\}", lambda m: chr(int(m[1])), piece)
        piece = re.sub(r"(?<!\\)\{\\(?:super|b) ([^{}]*)\}", r"\1", piece)
        return re.sub(r"\\([\\{}])", r"\1", piece)

    rows = []
    for line in text.splitlines():
        if line.startswith(r"\trowd"):
            cells = re.findall(r"\\pard\\intbl\\q[lc] (.*?)\\cell(?![x])", line)
            assert len(cells) == line.count("\\cellx") == 3
            rows.append([plain(cell) for cell in cells])
    assert rows[:5] == ROWS


def test_markdown_comes_back(written: Session) -> None:
    ran(written, "esttab ols mix using t.md, label mtitles")
    lines = [line for line in pathlib.Path("t.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert re.fullmatch(r"\|( :-+:? \|){3}", lines.pop(1))
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    rows = [[re.sub(r"\\([^a-zA-Z\s])", r"\1", re.sub(r"^\*\*(.*)\*\*$", r"\1", cell)) for cell in row] for row in rows]
    assert rows[:5] == ROWS


def test_a_file_is_not_overwritten_unasked(written: Session) -> None:
    ran(written, "esttab ols using t.tex")
    before = pathlib.Path("t.tex").read_text(encoding="utf-8")
    assert failed(written, "esttab mix using t.tex") == ("file t.tex already exists", 602)
    assert pathlib.Path("t.tex").read_text(encoding="utf-8") == before
    ran(written, "esttab mix using t.tex, append")
    assert pathlib.Path("t.tex").read_text(encoding="utf-8").startswith(before)
    ran(written, "esttab mix using t.tex, replace")
    assert "\\textbf{main}" not in pathlib.Path("t.tex").read_text(encoding="utf-8")


@pytest.mark.parametrize(("suffix", "end"), [("html", "</body>"), ("rtf", "\n}\n")])
def test_append_keeps_one_document(written: Session, suffix: str, end: str) -> None:
    ran(written, f"esttab ols using t.{suffix}", f"esttab mix using t.{suffix}, append")
    text = pathlib.Path(f"t.{suffix}").read_text(encoding="utf-8")
    assert text.count(end) == 1
    assert "girl" in text and "var(Residual)" in text


# ---- estimates table -----------------------------------------------------------------------------------------


def test_estimates_table_with_equations() -> None:
    """Printed by Stata 17 (poisson and nbreg of doctor visits)."""
    session = Session()
    ran(session, "version 17")
    names = ("private", "chronic", "female", "income", "black", "hispanic", "_cons")
    poi = (0.72034413, 1.0684873, 0.47758234, 0.00300568, -0.18678259, -0.35103531, -0.04997019)
    nbreg = (0.80865928, 1.1198042, 0.54440796, 0.00373425, -0.30559588, -0.38989811, -0.20088605)
    keep(session, "poi", {f"docvis:{n}": (b, 1.0) for n, b in zip(names, poi, strict=True)})
    rows = {f"docvis:{n}": (b, 1.0) for n, b in zip(names, nbreg, strict=True)}
    keep(session, "nbreg", rows | {"/:lnalpha": (0.53065128, 1.0)})
    assert ran(session, "estimates table poi nbreg") == """
----------------------------------------
    Variable |    poi         nbreg     
-------------+--------------------------
docvis       |                          
     private |  .72034413    .80865928  
     chronic |  1.0684873    1.1198042  
      female |  .47758234    .54440796  
      income |  .00300568    .00373425  
       black | -.18678259   -.30559588  
    hispanic | -.35103531   -.38989811  
       _cons | -.04997019   -.20088605  
-------------+--------------------------
    /lnalpha |               .53065128  
----------------------------------------"""  # noqa: W291


def test_estimates_table_with_standard_errors() -> None:
    """Printed by Stata 14 or so (handguns data)."""
    session = Session()
    keep(session, "lnVio", {"shall": (-0.44296458, 0.04752832), "_cons": (6.1349189, 0.01930393)})
    keep(session, "lnMur", {"shall": (-0.47337245, 0.048536), "_cons": (1.8975555, 0.02196062)})
    keep(session, "lnRob", {"shall": (-0.7733207, 0.0692623), "_cons": (4.8730511, 0.02790933)})
    assert ran(session, "estimates table lnVio lnMur lnRob, se") == """
-----------------------------------------------------
    Variable |   lnVio        lnMur        lnRob     
-------------+---------------------------------------
       shall | -.44296458   -.47337245    -.7733207  
             |  .04752832      .048536     .0692623  
       _cons |  6.1349189    1.8975555    4.8730511  
             |  .01930393    .02196062    .02790933  
-----------------------------------------------------
                                         legend: b/se"""  # noqa: W291


def test_estimates_table_with_stars() -> None:
    """Printed by Stata 16 (penguins): three equations, the first without a name, and a second panel."""
    session = Session()
    ran(session, "set linesize 100")
    ols = {"body_mass_g": (0.00037535, 0.001), "flipper_length_mm": (-0.1006443, 0.01), "_cons": (35.794997, 1.0)}
    logit = {"dream:flipper_length_mm": (-0.0160116, 0.02), "dream:body_mass_g": (-0.0013785, 0.0001),
             "dream:_cons": (8.193819, 3.0)}  # fmt: skip
    probit = {"dream:flipper_length_mm": (-0.01114532, 0.02), "dream:body_mass_g": (-0.00082575, 0.0001),
              "dream:_cons": (5.2018764, 1.8)}  # fmt: skip
    keep(session, "usual_OLS", ols)
    keep(session, "glm_OLS", {f"culmen_depth_mm:{n}": row for n, row in ols.items()})
    for name, rows in (("usual_logit", logit), ("glm_logit", logit), ("usual_probit", probit), ("glm_probit", probit)):
        keep(session, name, rows)
    text = ran(session, "est table usual_OLS glm_OLS usual_logit glm_logit usual_probit glm_probit, star")
    assert text == """
----------------------------------------------------------------------------------------------
    Variable |   usual_OLS        glm_OLS       usual_logit      glm_logit     usual_probit   
-------------+--------------------------------------------------------------------------------
_            |                                                                                
 body_mass_g |  .00037535                                                                     
flipper_le~m |  -.1006443***                                                                  
       _cons |  35.794997***                                                                  
-------------+--------------------------------------------------------------------------------
culmen_dep~m |                                                                                
 body_mass_g |                  .00037535                                                     
flipper_le~m |                  -.1006443***                                                  
       _cons |                  35.794997***                                                  
-------------+--------------------------------------------------------------------------------
dream        |                                                                                
flipper_le~m |                                  -.0160116       -.0160116      -.01114532     
 body_mass_g |                                  -.0013785***    -.0013785***   -.00082575***  
       _cons |                                   8.193819**      8.193819**     5.2018764**   
----------------------------------------------------------------------------------------------
                                                      legend: * p<0.05; ** p<0.01; *** p<0.001


------------------------------
    Variable |  glm_probit    
-------------+----------------
_            |                
 body_mass_g |                
flipper_le~m |                
       _cons |                
-------------+----------------
culmen_dep~m |                
 body_mass_g |                
flipper_le~m |                
       _cons |                
-------------+----------------
dream        |                
flipper_le~m | -.01114532     
 body_mass_g | -.00082575***  
       _cons |  5.2018764**   
------------------------------
legend: * p<0.05; ** p<0.01; *** p<0.001"""  # noqa: W291


def test_estimates_table_of_one_equation_has_no_heading() -> None:
    """Output 555, without its factors (Stata 16): one equation in all models."""
    session = Session()
    keep(session, "myprobit", {"happy:x": (0.25562351, 0.01), "happy:_cons": (-0.59790698, 0.01)})
    keep(session, "mylogit", {"happy:x": (0.42244708, 0.01), "happy:_cons": (-0.9703756, 0.01)})
    assert ran(session, "est table myprobit mylogit, star") == """
----------------------------------------------
    Variable |   myprobit         mylogit     
-------------+--------------------------------
           x |  .25562351***    .42244708***  
       _cons | -.59790698***    -.9703756***  
----------------------------------------------
      legend: * p<0.05; ** p<0.01; *** p<0.001"""  # noqa: W291


def test_factors_stand_under_their_names(gcse: Session) -> None:
    lines = ran(gcse, "estimates table mix, keep(gcse:)").splitlines()
    assert [line.split("|")[0] for line in lines[5:11]] == [
        "         lrt ", "             ", "     schgend ", "          2  ", "          3  ", "             ",
    ]  # fmt: skip


def test_json_has_the_numbers(gcse: Session) -> None:
    from mixedcli.results.base import json_ready

    outcome = list(gcse.run("esttab mix"))[-1]
    shown = json.loads(json.dumps(json_ready(outcome.result)))
    rows = shown["models"][0]["rows"]
    ran(gcse, "estimates restore mix")
    assert rows["school:sd(lrt)"]["b"] == gcse.context.estimates.result.parameters[0].sd.value  # type: ignore[attr-defined]
    assert rows[":lrt"]["b"] == gcse.context.lookup("_b", "lrt")


def test_statistics_below_the_table(gcse: Session) -> None:
    lines = ran(gcse, "estimates table ols mix, equations(1) keep(lrt) stats(N ll)").splitlines()
    assert lines[4].startswith("#1 ")
    assert [line.split("|")[1].split() for line in lines[-3:-1]] == [["4059", "4059"], ["-14226.433", "-13999.067"]]
    assert failed(gcse, "estimates table ols, star se")[1] == 198


def test_estimates_stats_has_a_row_per_model(gcse: Session) -> None:
    rows = [line for line in ran(gcse, "estimates stats ols mix").splitlines() if re.match(r" +(ols|mix) \|", line)]
    assert [row.split()[:1] + row.split()[-3:] for row in rows] == [
        ["ols", "2", "28456.87", "28469.48"], ["mix", "8", "28014.13", "28064.6"],
    ]  # fmt: skip


# ---- save, use, query ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fit",
    ["regress gcse lrt i.schgend", "xtmixed gcse lrt i.schgend || school: lrt, cov(uns)",
     "mixed gcse c.lrt##i.girl || school: || student:, reml"],
)  # fmt: skip
def test_estimates_come_back_digit_for_digit(fit: str, tmp_path: pathlib.Path) -> None:
    session = Session()
    ran(session, "sysuse gcse", f"quietly {fit}")
    before, replayed = session.context.estimates.stored(), ran(session, fit.split()[0], "lincom lrt")
    path = tmp_path / "fit"
    assert ran(session, f'estimates save "{path}"') == f"file {path}.ster saved"
    ran(session, "clear", f'estimates use "{path}"')
    after = session.context.estimates.stored()
    assert after.scalars == before.scalars or all(
        after.scalars[k] == v or v != v for k, v in before.scalars.items()
    )
    assert after.macros == before.macros
    for name, matrix in before.matrices.items():
        assert np.array_equal(after.matrices[name].values, matrix.values)
        assert after.matrices[name].columns == matrix.columns
    assert ran(session, fit.split()[0], "lincom lrt") == replayed
    assert failed(session, "estat summarize") == ("e(sample) information not available", 498)
    ran(session, "sysuse gcse", f'estimates use "{path}"', "predict xb, xb", f"quietly {fit}", "predict xb2, xb")
    ran(session, "assert xb == xb2")


def test_saved_random_effects_say_what_is_missing(tmp_path: pathlib.Path) -> None:
    session = Session()
    ran(session, "sysuse gcse", "quietly mixed gcse lrt || school:", f'estimates save "{tmp_path}/m"')
    ran(session, f'estimates use "{tmp_path}/m"')
    assert failed(session, "predict u, reffects")[1] == 321


def test_a_file_cannot_run_anything(gcse: Session, tmp_path: pathlib.Path) -> None:
    """Only records of this package are made; anything else, or a damaged file, is refused."""
    path = tmp_path / "x.ster"
    ran(gcse, "estimates restore ols", f'estimates save "{path}"')
    content = json.loads(path.read_text())
    wrong = (f"file {path} not in the format of saved estimates", 610)
    for change in (
        {"$": "record", "class": "os:system", "fields": {"command": "false"}},
        {"$": "record", "class": "mixedcli.cli:run", "fields": {}},
        {"$": "record", "class": "mixedcli.results.base:Messages", "fields": {"nothing": 1}},
        {"$": "array", "type": "|O", "shape": [1], "data": ""},
        {"$": "unheard-of"},
        7,
    ):
        path.write_text(json.dumps({**content, "result": change}))
        assert failed(gcse, f'estimates use "{path}"') == wrong
    path.write_text(json.dumps(content)[:-5])
    assert failed(gcse, f'estimates use "{path}"') == wrong
    path.write_bytes(b"\x80\x04\x95")
    assert failed(gcse, f'estimates use "{path}"') == wrong
    assert failed(gcse, f'estimates use "{tmp_path}/none"') == (f"file {tmp_path}/none.ster not found", 601)


def test_save_asks_before_it_overwrites(gcse: Session, tmp_path: pathlib.Path) -> None:
    ran(gcse, "estimates restore ols", f'estimates save "{tmp_path}/a"')
    assert failed(gcse, f'estimates save "{tmp_path}/a"') == (f"file {tmp_path}/a.ster already exists", 602)
    ran(gcse, f'estimates save "{tmp_path}/a", replace')


# ---- estat vce, estat summarize ------------------------------------------------------------------------------


def with_variances(names: str, values: list[list[float]], cmd: str) -> Session:
    """A session with e(V) given by its lower triangle."""
    columns = tuple(names.split())
    V = np.zeros((len(columns), len(columns)))
    for i, row in enumerate(values):
        V[i, : i + 1] = V[: i + 1, i] = row
    session = Session()
    session.context.post(PrintedFit(columns, np.ones(len(columns)), V, {}, {"cmd": cmd}), None, np.zeros(0, dtype=bool))
    return session


def test_correlations_as_stata_prints_them(shared: pathlib.Path) -> None:
    """Output 595."""
    session = with_variances("mpg headroom length", [[1], [-0.4138, 1], [-0.7958, 0.5163, 1]], "mean")
    printed = (shared / "reference" / "outputs" / "595.txt").read_text(encoding="utf-8").partition("#---\n")[2]
    assert ran(session, "estat vce, corr").strip("\n") == printed.strip("\n")


def test_covariances_as_stata_prints_them() -> None:
    """After regress (Rosetta Code's multiple regression), and of an equation (a logit of vital status on age)."""
    values = [[0.00475492], [-0.00040258, 0.00486445], [-0.00042516, 0.00017355, 0.00521125]]
    assert ran(with_variances("x1 x2 x3", values, "regress"), "estat vce") == """
Covariance matrix of coefficients of regress model

        e(V) |         x1          x2          x3 
-------------+------------------------------------
          x1 |  .00475492                         
          x2 | -.00040258   .00486445             
          x3 | -.00042516   .00017355   .00521125 """  # noqa: W291
    session = with_variances("STA:AGE STA:_cons", [[0.00011161], [-0.00710377, 0.48458582]], "logit")
    assert ran(session, "estat vce") == """
Covariance matrix of coefficients of logit model

             | STA                    
        e(V) |        AGE       _cons 
-------------+------------------------
STA          |                        
         AGE |  .00011161             
       _cons | -.00710377   .48458582 """  # noqa: W291


def test_vce_of_one_equation(gcse: Session) -> None:
    ran(gcse, "estimates restore mix", "estat vce, equation(lnsig_e)")
    V = gcse.context.state.returned.matrices["V"]
    assert [str(name) for name in V.columns] == ["lnsig_e:_cons"]
    assert failed(gcse, "estat vce, equation(nothing)") == ("equation nothing not found", 111)


def test_summarize_over_the_estimation_sample(shared: pathlib.Path) -> None:
    """The auto data's known summary, in the columns measured on a real print: 30, 44, 56, 69."""
    session = Session()
    ran(session, f'use "{shared / "data" / "auto.dta"}"', "quietly regress price weight mpg")
    lines = ran(session, "estat summarize").splitlines()
    assert lines[1] == "  Estimation sample regress                Number of obs =         74"
    assert lines[3] == "  " + "-" * 67
    assert lines[4] == "      Variable |          Mean     Std. Dev.         Min          Max"
    assert lines[6] == "         price |      6165.257      2949.496        3291        15906"
    assert lines[8] == "           mpg |       21.2973      5.785503          12           41"


def test_summarize_leaves_out_rows_outside_the_sample(gcse: Session) -> None:
    session = Session()
    ran(session, "sysuse gcse", "quietly regress gcse lrt i.schgend if nstu > 100", "estat summarize")
    stats = session.context.state.returned.matrices["stats"].values
    ran(session, "quietly summarize lrt if nstu > 100")
    r = session.context.state.returned.scalars
    np.testing.assert_allclose(stats[1], [r["mean"], r["sd"], r["min"], r["max"]], rtol=1e-12)


# ---- exponentiated coefficients, and models for panels ---------------------------------------------------------


def test_ratios(gcse: Session) -> None:
    """The numbers of logit, or under the names of e(b); levels left out are one."""
    ran(gcse, "generate hi = gcse > 0", "quietly logit hi lrt i.schgend", "estimates store odds")
    wanted = dict(re.findall(r"^ +(lrt|2|3|_cons) +\| +(\S+ +\S+)", ran(gcse, "version 17: logit, or"), re.MULTILINE))
    assert len(wanted) == 4
    text = ran(gcse, "esttab odds, eform se b(%9.7f) se(%9.0g) nostar")
    for name, key in {"lrt": "lrt", "2.schgend": "2", "3.schgend": "3", "_cons": "_cons"}.items():
        found = re.search(rf"^{re.escape(name)} +(\S+) *\n +\((\S+)\)", text, re.MULTILINE)
        assert found is not None
        b, se = wanted[key].split()
        assert float(found[1]) == pytest.approx(float(b), abs=1e-6) and found[2] == se
    assert re.search(r"^1b.schgend +1\.0+ *\n +\(\.\)", text, re.MULTILINE)
    assert text.rstrip().endswith("Exponentiated coefficients; standard errors in parentheses")
    assert "Exponentiated coefficients\n*" in ran(gcse, "esttab odds, eform not")
    table = ran(gcse, "estimates table odds, eform b(%9.0g) se(%9.0g)")
    assert all(number in table for each in wanted.values() for number in each.split())
    ran(gcse, "estimates drop odds", "drop hi")


def test_the_random_part_is_not_exponentiated(gcse: Session) -> None:
    plain, ratios = (ran(gcse, f"esttab mix, not nostar b(%9.6f) {option}") for option in ("", "eform"))

    def numbers(text: str) -> dict[str, float]:
        found = re.findall(r"^(\S+) +(-?[\d.]+) *$", text, re.MULTILINE)
        return {name: float(value) for name, value in found}

    before, after = numbers(plain), numbers(ratios)
    assert after["lrt"] == pytest.approx(np.exp(before["lrt"]), abs=1e-6)
    for name in ("sd(lrt)", "sd(_cons)", "corr(lrt,_cons)", "sd(Residual)"):
        assert after[name] == before[name] > 0


def test_panels_side_by_side(gcse: Session) -> None:
    """sigma_u, sigma_e and rho of xtreg as scalars, beside a mixed model that has them as rows."""
    ran(gcse, "xtset school", "quietly xtreg gcse lrt, re", "estimates store re")
    e = dict(gcse.context.estimates.stored().scalars)
    ran(gcse, "quietly xtreg gcse lrt, fe", "estimates store fe")
    text = ran(gcse, "esttab re fe mix, se scalars(sigma_u sigma_e rho) sfmt(%9.4f)")
    lines = {line.split()[0]: line.split()[1:] for line in text.split("\n") if line.strip()}
    for name in ("sigma_u", "sigma_e", "rho"):
        assert len(lines[name]) == 2 and lines[name][0] == f"{e[name]:.4f}"
    assert len(lines["sd(_cons)"]) == 1
    ran(gcse, "estimates drop re fe")
