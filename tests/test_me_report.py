"""The layout of the me commands, from numbers that Stata printed for data which are not at hand."""

from __future__ import annotations

import math
import pathlib
import re

import numpy as np
import pytest
from stata_output import Hidden, coefficients, number, numbers

from mixedcli.records import replace
from mixedcli.report.document import Style
from mixedcli.report.me import comparison_line, me_document
from mixedcli.report.text import to_text
from mixedcli.results.coefficients import CoefficientRow
from mixedcli.results.me import MeEquation, MeLogs, MeOptions, MeResult, Survival
from mixedcli.results.mixed import Convergence, Estimate, GroupLevel, LRTest, RandomParameter
from mixedcli.results.ml import Censoring
from mixedcli.results.stripe import CONSTANT, StripeName

UNKNOWN = Estimate(math.nan)


def output(shared: pathlib.Path, name: str) -> str:
    text = (shared / "reference" / "outputs" / f"{name}.txt").read_text("utf-8")
    return text.partition("#---\n")[2].strip("\n")


def parsed(text: str, command: str, options: MeOptions, hidden: Hidden | None = None) -> MeResult:
    """A result with every number that a printed output with one random intercept holds."""
    def found(pattern: str) -> str:
        match = re.search(pattern, text, re.M)
        assert match, pattern
        return match[1]

    lines = text.split("\n")
    start = next(i for i, each in enumerate(lines) if "P>|z|" in each)
    body = lines[start + 2 :]
    body = body[: next(i for i, each in enumerate(body) if re.fullmatch("-+", each))]
    inner = next(i for i, each in enumerate(body) if re.fullmatch(r"-+\+-+", each))
    read = coefficients(body[:inner], hidden or Hidden())
    value, error, lo, hi = numbers(body[-1].partition("|")[2])
    parameter = RandomParameter("sd", ("_cons",), UNKNOWN, Estimate(value, error, lo, hi), UNKNOWN)
    group = body[inner + 1].partition("|")[0].strip()
    sizes = [number(found(rf"{word} = +([\d,.]+)")) for word in ("min", "avg", "max")]
    test = re.search(r"LR test vs\. (\w+) \w+: +(\w+)\((\d+)\) = +(\S+) +Prob ?>=? ?\w+ = +(\S+)", text)
    assert test
    count = int(number(found(r"Number of groups +=\s+([\d,]+)")))
    depvar = lines[start].partition("|")[0].strip()
    rows = tuple(read.rows)
    coefs = [row for row in rows if not row.note]
    names = (*(StripeName(depvar, row.stripe) for row in coefs), StripeName("/", f"var(_cons[{group}])"))
    logs = re.split(r"Refining|Fitting full", text)
    values = [tuple(number(v) for v in re.findall(r"(?:Iteration|node) \d+:.*= +(\S+)", part)) for part in logs]
    return MeResult(
        command=command, title=found(r"^(Mixed-effects [\w ]+?)  "), depvar=depvar,
        n=int(number(found(r"Number of obs +=\s+([\d,]+)"))), family=_word(text, "Family"), link=_word(text, "Link"),
        method="mvaghermite", points=(7,), coefficients=rows, ancillary=(),
        equations=(MeEquation(group, group, "identity", ("_cons",), (parameter,), (math.nan,), (math.nan,)),),
        residual=None, names=names, b=np.zeros(len(names)), V=np.zeros((len(names), len(names))),
        ll=number(found(r"^Log likelihood = +(\S+)")), chi2=number(found(r"Wald chi2\(\d+\) +=\s+(\S+)")),
        df_m=int(found(r"Wald chi2\((\d+)\)")), p=number(found(r"Prob > chi2 +=\s+(\S+)")), rank=0, ll_c=0.0,
        comparison=test[1], lr=LRTest(number(test[4]), int(test[3]), number(test[5]), test[2], _note(text)),
        groups=(GroupLevel(group, count, int(sizes[0]), sizes[1], int(sizes[2])),),
        logs=MeLogs(values[0], values[1][0], values[2]) if len(values) == 3 else MeLogs(), value_labels=read.labels,
        options=options,
    )


def _word(text: str, label: str) -> str:
    match = re.search(rf"^{label}: +(\w+)", text, re.M)
    return match[1].lower() if match else ""


def _note(text: str) -> str:
    return "conservative" if "LR test is conservative" in text else ""


QUIET = MeOptions(nolog=True)


def test_version_13(shared: pathlib.Path) -> None:
    """A variance that collapsed: no degrees of freedom are left for the test."""
    text = output(shared, "355")
    assert to_text(me_document(parsed(text, "meglm", QUIET), Style(13, 79))).strip("\n") == text


def test_odds_ratios_before_version_17(shared: pathlib.Path) -> None:
    text = output(shared, "561")
    result = parsed(text, "melogit", MeOptions(ratio="or", nolog=True))
    assert to_text(me_document(result, Style(16, 79))).strip("\n") == text


def test_version_18_with_its_log(shared: pathlib.Path) -> None:
    text = output(shared, "639")
    result = parsed(text, "melogit", MeOptions(), Hidden(first_level=0))
    assert to_text(me_document(result, Style(18, 80))).strip("\n") == text


# ---- rules measured on outputs that are not kept whole -------------------------------------------------------------


def result(**changes: object) -> MeResult:
    names = (StripeName("_t", "_cons"), StripeName("/", "logs"), StripeName("/", "var(_cons[g])"))
    parameter = RandomParameter("sd", ("_cons",), UNKNOWN, Estimate(0.5, 0.1, 0.3, 0.8), UNKNOWN)
    plain = MeResult(
        command="mestreg", title="Mixed-effects lognormal AFT regression", depvar="_t", n=100, family="survival",
        link="log", method="mvaghermite", points=(7,),
        coefficients=(CoefficientRow(CONSTANT, 2.0, 0.5, 4.0, 0.0, 1.0, 3.0),),
        ancillary=(CoefficientRow("/logs", 0.5, 0.1, 5.0, 0.0, 0.3, 0.7),),
        equations=(MeEquation("g", "g", "identity", ("_cons",), (parameter,), (math.nan,), (math.nan,)),),
        residual=None, names=names, b=np.zeros(3), V=np.zeros((3, 3)), ll=-10.0, chi2=math.nan, df_m=0, p=math.nan,
        rank=3, ll_c=-12.0, comparison="lognormal", groups=(GroupLevel("g", 10, 10, 10.0, 10),), options=QUIET,
        lr=LRTest(154.77, 2, 0.0, "chi2", "conservative"),
    )
    return replace(plain, **changes)


def lines(found: MeResult, version: float) -> list[str]:
    return to_text(me_document(found, Style(version, 79))).split("\n")


def test_survival_settings_stand_before_the_log() -> None:
    """Stata 18: blank, Failure _d, Analysis time _t; the later parameter has no test from version 15 on."""
    shown = lines(result(survival=Survival("Success==1", "TrialTime")), 18)
    assert shown[:3] == ["", "        Failure _d: Success==1", "  Analysis time _t: TrialTime"]
    assert "       /logs |         .5         .1                            .3          .7" in shown
    old = lines(result(survival=Survival("died", "time")), 14)
    assert old[:3] == ["", "         failure _d:  died", "   analysis time _t:  time"]
    assert "       /logs |         .5         .1     5.00   0.000           .3          .7" in old
    assert lines(result(survival=Survival("died", "time", shown=False)), 14)[1].startswith("Mixed-effects")


@pytest.mark.parametrize(("version", "expected"), [
    (18, "LR test vs. lognormal model: chi2(2) = 154.77             Prob > chi2 = 0.0000"),
    (13, "LR test vs. lognormal regression:    chi2(2) =   154.77   Prob > chi2 = 0.0000"),
])
def test_comparison(version: float, expected: str) -> None:
    assert expected in lines(result(), version)
    assert len(expected) == 78


def test_mixture_of_chi_squares_in_version_13() -> None:
    test = LRTest(43.39, 1, 0.0, "chibar2")
    shown = comparison_line(test, "logistic", Style(13, 79))
    assert shown.text == "LR test vs. logistic regression: chibar2(01) =    43.39 Prob>=chibar2 = 0.0000"


def test_robust_errors_name_their_clusters() -> None:
    """The line stands right above the table, flush with its right end, without a blank line before it."""
    shown = lines(result(vce="robust", cluster="school", n_clusters=160, lr=None), 17)
    at = shown.index("(Std. err. adjusted for 160 clusters in school)".rjust(78))
    assert shown[at - 1].startswith("Log pseudolikelihood = ")
    assert shown[at + 2].rstrip() == "             |               Robust"
    assert shown[at + 3].startswith("          _t | Coefficient  std. err.")


def test_no_convergence_is_the_last_line() -> None:
    failed = result(convergence=Convergence(False), options=MeOptions(), logs=MeLogs((-12.0,), -11.0, (-11.0, -10.0)))
    shown = lines(failed, 17)
    assert shown[-1] == "Warning: Convergence not achieved."
    assert shown[shown.index("convergence not achieved") - 1] == "Iteration 1:   log likelihood =        -10  "


def test_long_names_of_covariances_take_two_lines() -> None:
    cov = RandomParameter("corr", ("urban", "_cons"), UNKNOWN, Estimate(-0.4, 0.2, -0.8, 0.0), UNKNOWN)
    first = result().equations[0]
    equation = replace(first, parameters=(*first.parameters, cov), z=(math.nan, -2.0), p=(math.nan, 0.0455))
    names = (*result().names, StripeName("/", "cov(urban[g],_cons[g])"))
    shown = lines(result(equations=(equation,), names=names), 16)
    at = shown.index("   cov(urban,|")
    assert shown[at + 1] == "       _cons)|        -.4         .2    -2.00   0.045          -.8           0"
    assert shown[at - 2] == "-------------+----------------------------------------------------------------"


def test_censored_outcomes_are_counted_in_the_header() -> None:
    tobit = result(
        command="metobit", title="Mixed-effects tobit regression", ancillary=(), family="tobit",
        censoring=Censoring(60, 30, 10, lower="0", upper="+inf"),
    )
    shown = lines(tobit, 17)
    assert shown[1:5] == [
        "Mixed-effects tobit regression                  Number of obs     =        100",
        "                                                   Uncensored     =         60",
        "Limits: lower =    0                               Left-censored  =         30",
        "        upper = +inf                               Right-censored =         10",
    ]


def test_family_and_link_of_meglm() -> None:
    shown = lines(result(command="meglm", title="Mixed-effects GLM", family="poisson", link="log"), 16)
    assert shown[2:5] == [
        "Family:                 Poisson",
        "Link:                       log",
        "Group variable:               g                 Number of groups  =         10",
    ]
    shown = lines(result(command="meglm", title="Mixed-effects GLM", family="bernoulli", link="logit"), 17)
    assert shown[2:4] == ["Family: Bernoulli", "Link:   Logit"]


def test_identity_constraints_stand_above_the_table() -> None:
    shown = lines(result(constraints=(" ( 1)  [/]var(x[g]) - [/]var(_cons[g]) = 0",)), 16)
    at = shown.index(" ( 1)  [/]var(x[g]) - [/]var(_cons[g]) = 0")
    assert shown[at + 1] == "-" * 78
