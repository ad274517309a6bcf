"""How xtlogit, xtprobit and xtpoisson print, from results made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mixedcli.records import replace
from mixedcli.report.document import Style
from mixedcli.report.text import to_text
from mixedcli.report.xtre import xtre_document
from mixedcli.results.coefficients import CoefficientRow
from mixedcli.results.mixed import GroupLevel, LRTest
from mixedcli.results.ml import LogLine
from mixedcli.results.stripe import StripeName, read_term
from mixedcli.results.xtre import GAUSSIAN, XtreLogs, XtreOptions, XtreResult

# Names and numbers of output 090 (union, Stata 17): b, se, z, p and the ends of the interval.
UNION = (
    ("age", 0.0156732, 0.0149895, 1.05, 0.296, -0.0137056, 0.045052),
    ("grade", 0.0870851, 0.0176476, 4.93, 0.0, 0.0524965, 0.1216738),
    ("not_smsa", -0.2511884, 0.0823508, -3.05, 0.002, -0.4125929, -0.0897839),
    ("0b.south", 0.0, math.nan, math.nan, math.nan, math.nan, math.nan),
    ("1.south", -2.839112, 0.6413116, -4.43, 0.0, -4.096059, -1.582164),
    ("year", -0.0068604, 0.0156575, -0.44, 0.661, -0.0375486, 0.0238277),
    ("1.south#c.year", 0.0238506, 0.0079732, 2.99, 0.003, 0.0082235, 0.0394777),
    ("_cons", -3.009365, 0.8414963, -3.58, 0.0, -4.658667, -1.360062),
)


QUIET = XtreOptions(nolog=True)


def union_result(options: XtreOptions = QUIET) -> XtreResult:
    rows = tuple(CoefficientRow(read_term(name), *values) for name, *values in UNION)
    names = (*(StripeName("union", name) for name, *_ in UNION), StripeName("/", "lnsig2u"))
    return XtreResult(
        command="xtlogit", title="Random-effects logistic regression", law=GAUSSIAN, depvar="union", n=26200,
        groups=GroupLevel("idcode", 4434, 1, 26200 / 4434, 12), coefficients=rows,
        logarithm=CoefficientRow("/lnsig2u", 1.749366, 0.0470017, lo=1.657245, hi=1.841488, tested=False),
        derived=(
            CoefficientRow("sigma_u", 2.398116, 0.0563577, lo=2.290162, hi=2.511158, tested=False),
            CoefficientRow("rho", 0.6361098, 0.0108797, lo=0.6145307, hi=0.6571548, tested=False),
        ),
        names=names, b=np.zeros(9), V=np.zeros((9, 9)), ll=-10540.274, chi2=227.46, df_m=6, p=0.0, rank=8,
        ll_c=-13542.49, method="mvaghermite", points=12, lr=LRTest(6004.43, 1, 0.0, "chibar2"), options=options,
    )


def printed(version: int, options: XtreOptions = QUIET, **changes: object) -> str:
    return to_text(xtre_document(replace(union_result(options), **changes), Style(version=version)))


def test_header_of_version_13() -> None:
    assert printed(13).startswith("""
Random-effects logistic regression              Number of obs      =     26200
Group variable: idcode                          Number of groups   =      4434

Random effects u_i ~ Gaussian                   Obs per group: min =         1
                                                               avg =       5.9
                                                               max =        12

Integration method: mvaghermite                 Integration points =        12

                                                Wald chi2(6)       =    227.46
Log likelihood  = -10540.274                    Prob > chi2        =    0.0000

------------------------------------------------------------------------------
       union |      Coef.   Std. Err.      z    P>|z|     [95% Conf. Interval]
""")
    assert printed(13).endswith("Likelihood-ratio test of rho=0: chibar2(01) =  6004.43 Prob >= chibar2 = 0.000")


@pytest.mark.parametrize("version", [14, 15, 16])
def test_header_of_versions_14_to_16(version: int) -> None:
    assert printed(version).startswith("""
Random-effects logistic regression              Number of obs     =     26,200
Group variable: idcode                          Number of groups  =      4,434

Random effects u_i ~ Gaussian                   Obs per group:
                                                              min =          1
                                                              avg =        5.9
                                                              max =         12

Integration method: mvaghermite                 Integration pts.  =         12

                                                Wald chi2(6)      =     227.46
Log likelihood  = -10540.274                    Prob > chi2       =     0.0000

""")


def test_older_versions_do_not_name_the_method() -> None:
    assert "Integration" not in printed(12)


def test_large_statistic_of_version_13() -> None:
    """xtpoisson of version 10 printed 3.9e+04."""
    text = printed(13, lr=LRTest(39123.4, 1, 0.0, "chibar2"), command="xtpoisson")
    assert "Likelihood-ratio test of sigma_u=0: chibar2(01) =  3.9e+04 Prob>=chibar2 = 0.000" in text


def test_bootstrapped_counts_have_the_printed_footer() -> None:
    """The line below a gamma model of version 10."""
    alpha = (CoefficientRow("alpha", 1.5, 0.1, lo=1.3, hi=1.7, tested=False),)
    text = printed(13, lr=LRTest(39123.4, 1, 0.0, "chibar2"), command="xtpoisson", law="Gamma", derived=alpha)
    assert "Likelihood-ratio test of alpha=0: chibar2(01) =  3.9e+04 Prob>=chibar2 = 0.000" in text


def test_logs_of_probit_and_version_18() -> None:
    """xtprobit says rho where xtlogit says tau (a log of Stata 17 in notes on plotting interactions, data interaction3)."""
    logs = XtreLogs((LogLine(-749.41197),), ((0.0, -681.2926), (0.1, -646.84249)), (LogLine(-636.85364, False),))
    text = printed(17, XtreOptions(), logs=logs, command="xtprobit")
    assert "rho =  0.0     log likelihood =  -681.2926\nrho =  0.1     log likelihood = -646.84249\n\n" in text
    assert "Iteration 0:   log likelihood = -636.85364  (not concave)\n" in text
    assert "Iteration 0:  Log likelihood = -749.41197  \n" in printed(18, XtreOptions(), logs=logs)


def test_parts_that_are_not_wanted() -> None:
    quiet = XtreOptions(nolog=True, noheader=True, nolrtest=True)
    text = printed(17, quiet)
    assert "Random effects" not in text and "LR test" not in text and "/lnsig2u" in text
    assert "union" not in printed(17, XtreOptions(nolog=True, notable=True))


def test_ratio_notes() -> None:
    text = printed(17, XtreOptions(nolog=True, ratio="or"))
    assert "Odds ratio   Std. err." in text
    assert "Note: _cons estimates baseline odds (conditional on zero random effects).\n" in text


def test_legend() -> None:
    text = printed(17, XtreOptions(nolog=True, coeflegend=True))
    assert "    /lnsig2u |   1.749366  _b[/lnsig2u]\n" in text
    assert "sigma_u" not in text.partition("LR test")[0]
