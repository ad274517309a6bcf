"""estat, lrtest, test, lincom and the listings, against outputs that Stata printed."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from stata_output import number, numbers
from test_report_mixed import INTERACTION

from mixedcli.report.document import Style
from mixedcli.report.listings import stored_document
from mixedcli.report.matrix import matrix_document
from mixedcli.report.postest import (
    group_document,
    ic_document,
    icc_document,
    lincom_document,
    lrtest_document,
    recovariance_document,
    sd_document,
)
from mixedcli.report.postest import test_document as wald_document
from mixedcli.report.text import to_text
from mixedcli.results.base import Matrix, Stored
from mixedcli.results.coefficients import CoefficientRow
from mixedcli.results.mixed import Estimate, GroupLevel
from mixedcli.results.postest import (
    GroupResult,
    IccResult,
    IcResult,
    InformationRow,
    LevelCovariance,
    LevelICC,
    LincomResult,
    LrtestResult,
    MatrixListing,
    RecovarianceResult,
    SdResult,
    StoredListing,
)
from mixedcli.results.postest import TestResult as WaldResult
from mixedcli.results.stripe import StripeName

NAN = math.nan


@pytest.fixture
def printed(shared):
    def read(name: str) -> str:
        text = (shared / "reference" / "outputs" / f"{name}.txt").read_text()
        return text.split("#---\n", 1)[1].strip("\n")
    return read


def text_of(document) -> str:
    return to_text(document).strip("\n")


# ---- estat -----------------------------------------------------------------------------------------------------


def test_icc(printed):
    text = printed("515")
    row = next(x for x in text.split("\n") if "country |" in x)
    result = IccResult((LevelICC("country", Estimate(*numbers(row.partition("|")[2]))),))
    assert text_of(icc_document(result, Style(18))) == text


def test_icc_of_nested_levels_is_named_from_within():
    levels = (LevelICC("country", Estimate(.1, .02, .07, .14)), LevelICC("id|country", Estimate(.3, .02, .27, .34)))
    result = IccResult(levels, "Conditional")
    lines = text_of(icc_document(result, Style(13))).split("\n")
    assert lines[0] == "Conditional intraclass correlation"
    assert lines[6] == "                  id|country |         .3        .02           .27         .34"
    assert lines[-1] == "Note: ICC is conditional on zero values of random-effects covariates."
    stored = result.stored()
    assert stored.scalars["icc2"] == .3
    assert stored.scalars["icc3"] == .1
    assert stored.macros["label2"] == "id|country"
    assert stored.matrices["ci3"].values.tolist() == [[.07, .14]]


def test_recovariance(printed):
    levels = tuple(LevelCovariance(level, ("year", "_cons"), np.array([[1, r], [r, 1]]))
                   for level, r in (("schoolid", .3994262), ("childid", .5510233)))
    result = RecovarianceResult(levels, correlation=True)
    assert text_of(recovariance_document(result, Style(17))) == printed("154")
    assert sorted(result.stored().matrices) == ["Corr2", "Corr3"]


def test_recovariance_of_the_lecture():
    level = LevelCovariance("school", ("lrt", "_cons"), np.array([[.0145305, .1806457], [.1806457, 9.081027]]))
    result = RecovarianceResult((level,))
    assert to_text(recovariance_document(result, Style(13))) == "\n".join([
        "",
        "Random-effects covariance matrix for level school",
        "",
        "             |       lrt      _cons ",
        "-------------+----------------------",
        "         lrt |  .0145305            ",
        "       _cons |  .1806457   9.081027 ",
    ])
    assert sorted(result.stored().matrices) == ["Cov2", "cov"]


def test_a_covariance_matrix_too_wide_for_the_page_goes_on_below():
    names = tuple(f"x{i}" for i in range(1, 9))
    result = RecovarianceResult((LevelCovariance("id", names, np.eye(8)),))
    lines = to_text(recovariance_document(result, Style(13, 79))).split("\n")
    assert max(map(len, lines)) == 14 + 11 * 5
    assert [x for x in lines if "x6" in x and "|" in x][-2].split() == ["|", "x6", "x7", "x8"]


def test_groups_and_sd():
    groups = (GroupLevel("school", 64, 8, 63.390625, 198),)
    assert to_text(group_document(GroupResult(groups), Style(13))).split("\n")[5] == \
        "         school |       64          8       63.4        198"
    lines = to_text(sd_document(SdResult(INTERACTION), Style(13))).split("\n")
    assert lines[3:6] == ["-----------------------------+------------------------------------------------",
                          "school: Unstructured         |",
                          "                     sd(lrt) |   .1198846   .0189169      .0879934     .163334"]
    assert not any("LR test" in x for x in lines)
    table = SdResult(INTERACTION).stored().matrices["table"]
    assert [str(c) for c in table.columns] == [
        "school:sd(lrt)", "school:sd(_cons)", "school:corr(lrt,_cons)", "Residual:sd(e)"]
    assert table.values[:, 2].tolist() == [.5966466, .1383159, .2608112, .8036622]


IC_14 = """\
Akaike's information criterion and Bayesian information criterion

-----------------------------------------------------------------------------
       Model |        Obs  ll(null)  ll(model)      df         AIC        BIC
-------------+---------------------------------------------------------------
           . |      4,057         . -13998.423       6    28008.85   28046.69
-----------------------------------------------------------------------------
               Note: N=Obs used in calculating BIC; see [R] BIC note.""".replace("-13998.423", " -13998.42")
IC_13 = """\
Akaike's information criterion and Bayesian information criterion

-----------------------------------------------------------------------------
       Model |    Obs    ll(null)   ll(model)     df          AIC         BIC
-------------+---------------------------------------------------------------
           . |   4057           .   -13998.42      6     28008.85    28046.69
-----------------------------------------------------------------------------
               Note:  N=Obs used in calculating BIC; see [R] BIC note"""
IC_18 = """\
Akaike's information criterion and Bayesian information criterion

-----------------------------------------------------------------------------
       Model |          N   ll(null)  ll(model)      df        AIC        BIC
-------------+---------------------------------------------------------------
          ri |      4,057          .  -13998.42       6   28008.85   28046.69
-----------------------------------------------------------------------------
Note: BIC uses N = number of observations. See [R] IC note."""


@pytest.mark.parametrize(("version", "name", "text"), [(13, ".", IC_13), (14, ".", IC_14), (18, "ri", IC_18)])
def test_information_criteria(version, name, text):
    row = InformationRow(name, 4057, NAN, -13998.423, 6, 28008.846, 28046.692)
    assert text_of(ic_document(IcResult((row,)), Style(version))) == text


# ---- tests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["160", "162", "164", "166", "168", "170"])
def test_lrtest(printed, name):
    text = printed(name)
    names = re.search(r"Assumption: (\S+) nested within (\S+)", text)
    df, chi2 = re.search(r"LR chi2\((\d+)\) = +(\S+)", text).groups()
    p = re.search(r"Prob > chi2 = (\S+)", text)[1]
    result = LrtestResult(names[1], names[2], float(chi2), int(df), float(p))
    assert text_of(lrtest_document(result, Style(17))) == text


LRTEST_13 = """\
Likelihood-ratio test                                 LR chi2(2)  =     40.37
(Assumption: ri nested in rc)                         Prob > chi2 =    0.0000

Note: The reported degrees of freedom assumes the null hypothesis is not on
      the boundary of the parameter space.  If this is not true, then the
      reported test is conservative.
Note: LR tests based on REML are valid only when the fixed-effects
      specification is identical for both models."""
LRTEST_17 = """\
Likelihood-ratio test
Assumption: model_0 nested within model_1

 LR chi2(3) =  21.08
Prob > chi2 = 0.0001

Note: The reported degrees of freedom assumes the null hypothesis is not on the
      boundary of the parameter space. If this is not true, then the reported
      test is conservative."""


def test_lrtest_with_notes():
    result = LrtestResult("ri", "rc", 40.37, 2, 1.7e-9, boundary=True, reml=True)
    assert text_of(lrtest_document(result, Style(13, 79))) == LRTEST_13
    result = LrtestResult("model_0", "model_1", 21.08, 3, .0001, boundary=True)
    assert text_of(lrtest_document(result, Style(17, 80))) == LRTEST_17


@pytest.mark.parametrize("name", ["182", "184", "186", "583"])
def test_wald_tests(printed, name):
    text = printed(name)
    constraints = tuple(re.findall(r"^ \( ?\d+\)  (.*)$", text, re.M))
    p = float(re.search(r"Prob > \w+ = +(\S+)", text)[1])
    chi2 = re.search(r"chi2\( *(\d+)\) = +(\S+)", text)
    if chi2:
        result = WaldResult(constraints, float(chi2[2]), int(chi2[1]), p)
    else:
        df, df_r, value = re.search(r"F\( *(\d+), *(\d+)\) = +(\S+)", text).groups()
        result = WaldResult(constraints, float(value), int(df), p, float(df_r))
    assert text_of(wald_document(result, Style(17))) == text


def test_dropped_constraints_and_continued_numbers():
    result = WaldResult(("[y]a = 0", "[y]b = 0"), 3.5, 1, .0614, dropped=(3,), first=2)
    assert text_of(wald_document(result, Style(13))) == "\n".join([
        " ( 2)  [y]a = 0", " ( 3)  [y]b = 0", "       Constraint 3 dropped", "",
        "           chi2(  1) =    3.50", "         Prob > chi2 =    0.0614"])
    assert result.stored().scalars == {"drop": 1, "chi2": 3.5, "df": 1, "p": .0614, "dropped_1": 3}


@pytest.mark.parametrize("name", ["178", "180"])
def test_lincom(printed, name):
    text = printed(name)
    row = next(x for x in text.split("\n") if "(1) |" in x)
    constraint = re.search(r"^ \( 1\)  (.*)$", text, re.M)[1]
    result = LincomResult("mathach", constraint, CoefficientRow("(1)", *numbers(row.partition("|")[2])))
    assert text_of(lincom_document(result, Style(14))) == text
    assert result.stored().scalars["lb"] == number(row.split()[-2])


# ---- listings --------------------------------------------------------------------------------------------------


def matrix(values, rows, columns):
    def names(texts):
        return tuple(StripeName(*text.split(":")) if ":" in text else StripeName("", text) for text in texts)
    return Matrix(np.array(values, dtype=float), names(rows), names(columns))


MIXED_B = """\
b[1,4]
     liking_ij:  liking_ij:   lns1_1_1:    lnsig_e:
       genre_i       _cons       _cons       _cons
y1   5.1710617   60.229571   2.0205456   2.0902013"""
SYMMETRIC = """\
symmetric e(V)[3,3]
               mpg      weight       _cons
   mpg    7422.863
weight   44.601659   .41133468
 _cons  -292759.82  -2191.9032    12938766"""
WRAPPED = """\
e(b)[1,9]
             mpg        weight        length          turn         trunk
y1    -106.52857     4.8527254     -80.74026    -307.76057     105.61283

        headroom  displacement    gear_ratio         _cons
y1    -791.71181     12.221453     2317.7772     12675.275"""
SMALL = """\
A[2,2]
    c1  c2
r1   1   2
r2   3  -4"""


def test_matrix_list():
    b = matrix([[5.1710617, 60.229571, 2.0205456, 2.0902013]], ["y1"],
               ["liking_ij:genre_i", "liking_ij:_cons", "lns1_1_1:_cons", "lnsig_e:_cons"])
    assert text_of(matrix_document(MatrixListing("b", b), Style(13, 79))) == MIXED_B
    names = ["mpg", "weight", "_cons"]
    v = matrix([[7422.863, 44.601659, -292759.82], [44.601659, .41133468, -2191.9032],
                [-292759.82, -2191.9032, 12938766]], names, names)
    assert text_of(matrix_document(MatrixListing("e(V)", v), Style(13, 79))) == SYMMETRIC
    names = ["mpg", "weight", "length", "turn", "trunk", "headroom", "displacement", "gear_ratio", "_cons"]
    values = [-106.52857, 4.8527254, -80.74026, -307.76057, 105.61283, -791.71181, 12.221453, 2317.7772, 12675.275]
    wide = matrix([values], ["y1"], names)
    assert text_of(matrix_document(MatrixListing("e(b)", wide), Style(13, 80))) == WRAPPED
    small = matrix([[1, 2], [3, -4]], ["r1", "r2"], ["c1", "c2"])
    assert text_of(matrix_document(MatrixListing("A", small), Style(13, 79))) == SMALL


def test_rows_with_equations():
    names = ["y:weight", "lnsig_e:_cons"]
    listing = MatrixListing("e(V)", matrix([[.41133468, 0], [0, -2191.9032]], names, names))
    assert text_of(matrix_document(listing, Style(13))).split("\n") == [
        "symmetric e(V)[2,2]",
        "                        y:    lnsig_e:",
        "                   weight       _cons",
        "     y:weight   .41133468",
        "lnsig_e:_cons           0  -2191.9032",
    ]


STORED = """

scalars:
                  e(N) =  74
               e(df_m) =  1
                 e(r2) =  .6515489989240539
                 e(ll) =  -47.31590190083314
               e(ll_0) =  .

macros:
                e(cmd) : "regress"

matrices:
                  e(b) :  1 x 2

functions:
             e(sample)   """


def test_ereturn_list():
    stored = Stored("e", {"N": 74, "df_m": 1, "r2": .6515489989240539, "ll": -47.31590190083314, "ll_0": NAN},
                    {"cmd": "regress"}, {"b": matrix([[1, 2]], ["y1"], ["x", "_cons"])}, sample=True)
    assert to_text(stored_document(StoredListing(stored), Style(13))) == STORED[1:]
    assert to_text(stored_document(StoredListing(Stored("r")), Style(13))) == ""
