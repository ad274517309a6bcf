"""Outputs and numbers of xtmixed and mixed that Stata printed, run from the command as it was typed.

Layout is compared character by character.  Stata stops its search for the maximum early, so numbers may differ from the
exact optimum, which this program reaches: coefficients by 1e-5 of their standard error, standard deviations and
correlations by 2e-5 and variances by 4e-5 of themselves, and one unit of the last digit on top of that.  An output that
needs more than this says how much, and why.
"""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.records import replace as changed
from mixedcli.report.text import to_text
from mixedcli.results.mixed import Estimate, MixedResult, RandomParameter
from mixedcli.session import Outcome, Session
from mixedcli.verify.compare import Difference, compare

FIXED, SD, VARIANCE = 1e-5, 2e-5, 4e-5


def run(session: Session, text: str) -> list[Outcome]:
    """Run ``text``, which must not fail."""
    outcomes = list(session.run(text))
    failed = next((o for o in outcomes if o.error), None)
    assert failed is None, (failed.source.text, failed.error)
    return outcomes


# ---- whole outputs ----------------------------------------------------------------------------------------------


def wide_gpa(session: Session) -> Dataset:
    """reshape long gpa job, i(student); rename _j time1"""
    wide = session.context.data
    columns = {}
    for name in ("student", "sex", "highgpa", "admitted"):
        columns[name] = changed(wide.columns[name], values=np.repeat(wide.columns[name].values, 6))
    for stub in ("gpa", "job"):
        six = [wide.columns[f"{stub}{j}"] for j in range(1, 7)]
        columns[stub] = changed(six[0], name=stub, values=np.stack([c.values for c in six], 1).reshape(-1))
    columns["time1"] = new_numeric("time1", np.tile(np.arange(1.0, 7), wide.n), "byte")
    return Dataset(columns, 6 * wide.n, value_labels=wide.value_labels)


def with_spline(session: Session) -> Dataset:
    """... and mkspline hsgpa = highgpa, cubic: Harrell's restricted cubic spline, knots at the 5, 27.5, 50, 72.5 and
    95 per cent points."""
    data = wide_gpa(session)
    x = data.columns["highgpa"].values.astype(float)
    k = np.percentile(x, [5, 27.5, 50, 72.5, 95], method="averaged_inverted_cdf")
    bases = [x]
    for j in range(3):
        cubes = [np.maximum(x - k[i], 0) ** 3 for i in (j, 3, 4)]
        tail = (cubes[1] * (k[4] - k[j]) - cubes[2] * (k[3] - k[j])) / (k[4] - k[3])
        bases.append((cubes[0] - tail) / (k[4] - k[0]) ** 2)
    for j, values in enumerate(bases, start=1):
        data = data.with_column(new_numeric(f"hsgpa{j}", values, "float"))
    return data


def long_pefr(session: Session) -> Dataset:
    """reshape long wp wm, i(id) j(occasion)"""
    wide = session.context.data
    columns = {"id": changed(wide.columns["id"], values=np.repeat(wide.columns["id"].values, 2))}
    for stub in ("wp", "wm"):
        two = [wide.columns[f"{stub}{j}"] for j in (1, 2)]
        columns[stub] = changed(two[0], name=stub, values=np.stack([c.values for c in two], 1).reshape(-1))
    return Dataset(columns, 2 * wide.n)


@dataclass(frozen=True)
class Output:
    """A printed output: Stata's version, the page it was printed on, the data, and what was done before.

    ``early``: by how much Stata's early stop exceeds the usual tolerances.  ``collapsed``: the row of a variance that
    is exactly zero here and some tiny number in Stata, compared by its name only.
    ``command``: where the one in the file needs a change.
    """

    version: int
    linesize: int
    data: str
    setup: str = ""
    reshape: Callable[[Session], Dataset] | None = None
    early: float = 1
    collapsed: str = ""
    command: str = ""


SEX = 'label define sex 1 "boy" 2 "girl"\nlabel values sex sex\n'
PUPS = """egen size = count(w), by(dam)
label define dose 0 "control" 1 "low" 2 "high"
label values dose dose
label define sex 0 "male" 1 "female"
label values sex sex
"""
SES = "egen ses_mn = mean(ses), by(schoolid)\ngenerate ses_dev = ses - ses_mn\n"
BY_YEAR = "".join(f"generate year{x.capitalize()} = year * {x}\n" for x in ("black", "hispanic", "lowinc"))
SLOPES = "mixed math year || schoolid: year, covariance(unstructured) || childid: year, covariance(unstructured) mle"
CROSS, LONG = "simulated_multilevel_data", "simulated_multilevel_longitudinal_data"
OUTPUTS = {
    "010": Output(14, 79, "gpa", reshape=wide_gpa),
    "011": Output(14, 79, "gpa", reshape=wide_gpa),
    "013": Output(14, 79, "gpa", reshape=with_spline),
    "014": Output(14, 79, "gpa", reshape=wide_gpa),
    "016": Output(14, 79, "growth", SEX),
    "017": Output(14, 79, "growth", SEX),
    "019": Output(14, 79, "pups", PUPS),
    "020": Output(14, 79, "pups", PUPS),
    "023": Output(17, 79, "egm"),
    "025": Output(17, 79, "egm", BY_YEAR),
    "034": Output(14, 80, "gpa", reshape=wide_gpa),
    "035": Output(14, 80, "gpa", reshape=wide_gpa),
    "037": Output(14, 79, "hsb", SES),
    "041": Output(14, 79, "homework"),
    "043": Output(14, 92, "homework"),
    "154": Output(17, 79, "egm", SLOPES),
    # var(warmth) has a standard error as large as itself: the likelihood is flat, and Stata stops 2e-4 of a standard
    # error from the maximum, 8e-4 of the lower limit
    "501": Output(18, 88, CROSS, early=20),
    # var(t) collapses; what Stata prints for the other variance of that level depends on where its search stopped
    "505": Output(18, 88, LONG, early=45, collapsed="var(t)"),
    "507": Output(18, 88, "fourlevel", early=20),      # five regions: flat again
    "511": Output(18, 88, CROSS, command="mixed outcome || country:\nestat icc"),
    "515": Output(18, 88, CROSS, "mixed outcome || country:"),
    "519": Output(18, 80, LONG, early=45, collapsed="var(t)"),
    "521": Output(18, 85, LONG, early=3),              # three random intercepts and 30 countries
    # the reader's copy labelled the levels with capitals
    "629": Output(18, 80, "nlswork", 'label define races 2 "Black" 3 "Other"\nlabel values race races'),
}
NOT_BUILT = {
    "509": (Output(18, 88, "crossclassified"), "crossed random effects (R.varname) is not built yet"),
}


def ready(shared: pathlib.Path, output: Output) -> Session:
    """A session in which the command can be typed."""
    session = Session()
    run(session, f"use {shared}/data/{output.data}.dta")
    if output.reshape is not None:
        session.context.data = output.reshape(session)
    run(session, f"version {output.version}\nset linesize {output.linesize}\n{output.setup}")
    return session


def printed(shared: pathlib.Path, name: str) -> tuple[str, str]:
    """The command and the output of outputs/``name``.txt."""
    head, _, text = (shared / "reference" / "outputs" / f"{name}.txt").read_text("utf-8").partition("#---\n")
    command = re.search(r"^# command: (.*)$", head, re.M)
    assert command
    return command[1].partition(r" \n ")[0], text.strip("\n")


def number(text: str) -> float:
    return float(text.replace(",", ""))


def too_far(difference: Difference, line: str, early: float) -> bool:
    """Whether a difference is one of layout, or of a number and more than Stata's early stop explains.

    ``line``: the printed line it is in.  Six numbers after the bar are a coefficient's, with a standard error.
    """
    if difference.why != "number differs":
        return True
    a, b = number(difference.expected), number(difference.actual)
    unit = 10.0 ** -max(len(text.partition(".")[2]) for text in (difference.expected, difference.actual))
    name, _, rest = line.partition("|")
    row = [number(each) for each in re.findall(r"-?[\d,]*\.?\d+(?:e[-+]\d+)?", rest)]
    if len(row) == 6:
        return abs(a - b) > unit + early * FIXED * row[1]
    return abs(a - b) > unit + early * (SD if "sd(" in name or "corr(" in name else VARIANCE) * abs(a)


def disagreements(expected: str, actual: str, output: Output) -> list[Difference]:
    """Where ``actual`` is not what Stata printed, to the tolerances of ``output``."""
    lines = expected.split("\n")
    found = compare(expected, actual.strip("\n"), ignore_log=True)
    found = [d for d in found if too_far(d, lines[d.line - 1] if d.line <= len(lines) else "", output.early)]
    if output.collapsed:
        found = [d for d in found if lines[d.line - 1].partition("|")[0].strip() != output.collapsed]
    return found


def shown(outcomes: list[Outcome]) -> str:
    """What was printed, with a blank line between commands as in a log."""
    return "\n\n".join(to_text(o.document).rstrip("\n") for o in outcomes if o.document is not None)


@pytest.mark.parametrize(
    ("b", "se", "far"),
    [("2.391501", ".1079665", False), ("2.391504", ".1079665", True),
     ("2.3915", ".1079676", False), ("2.3915", ".1079679", True)],
)  # fmt: skip
def test_what_counts_as_too_far(b: str, se: str, far: bool) -> None:
    """Beside a printed 2.3915 (.1079665): 1e-5 standard errors are 1.1e-6; one unit of the last digit comes on top."""
    line = "         ses | {:>10} {:>10}    22.15   0.000     2.179889     2.60311"
    found = disagreements(line.format("2.3915", ".1079665"), line.format(b, se), Output(14, 79, ""))
    assert bool(found) is far


@pytest.mark.parametrize("name", OUTPUTS)
def test_printed_output(shared: pathlib.Path, name: str) -> None:
    output = OUTPUTS[name]
    command, expected = printed(shared, name)
    text = shown(run(ready(shared, output), output.command or command))
    differences = disagreements(expected, text, output)
    assert not differences, "\n".join(map(str, differences[:5])) + "\n" + text


@pytest.mark.parametrize("name", [name for name in OUTPUTS if OUTPUTS[name].collapsed])
def test_collapsed_variance(shared: pathlib.Path, name: str) -> None:
    """Stata prints a variance of 1e-9 with a meaningless interval; here it is zero, without one, and named."""
    outcomes = run(ready(shared, OUTPUTS[name]), printed(shared, name)[0])
    row = next(line for line in shown(outcomes).split("\n") if "var(t)" in line)
    assert row.split() == ["var(t)", "|", "0", ".", ".", "."]
    result = outcomes[-1].result
    assert isinstance(result, MixedResult)
    assert result.convergence.boundary == ("id: sd(t)",)
    assert result.convergence.converged


@pytest.mark.parametrize("name", NOT_BUILT)
def test_not_built_yet(shared: pathlib.Path, name: str) -> None:
    output, message = NOT_BUILT[name]
    outcome = list(ready(shared, output).run(printed(shared, name)[0]))[-1]
    assert outcome.error is not None
    assert (outcome.error.message, outcome.error.rc) == (message, 199)


def test_residual_structures_are_not_built_yet() -> None:
    session = Session()
    run(session, "sysuse growth")
    outcome = list(session.run("mixed measure age || idnr:, residuals(ar 1, t(age))"))[-1]
    assert outcome.error is not None
    assert (outcome.error.message, outcome.error.rc) == ("option residuals() is not built yet", 199)


# ---- numbers that were printed without their layout --------------------------------------------------------------

# setups by data set of published.json; highgpasq is part of one command
PREPARED = {
    "gpa": Output(14, 79, "gpa", "generate highgpasq = highgpa^2", reshape=wide_gpa),
    "growth": Output(14, 79, "growth"),
    "pups": Output(14, 79, "pups", PUPS),
    "hsb": Output(14, 79, "hsb", SES),
    "homework": Output(14, 79, "homework"),
    "egm": Output(17, 79, "egm"),
    "pefr": Output(17, 79, "pefr", reshape=long_pefr),
    "gcse": Output(13, 79, "gcse", "egen nstu = count(gcse), by(school)"),
    "pig": Output(13, 79, "pig"),
    "productivity": Output(13, 79, "productivity"),
}
FORMS_NOT_BUILT = ("R.",)


def near(value: float, text: object, allowance: float = 0.0) -> bool:
    """Whether ``value`` is what was printed, to ``allowance`` and one unit of the last digit.

    What was not printed, or printed illegibly, agrees.
    """
    match = re.fullmatch(r"-?\d*\.?\d+", str(text))
    return match is None or abs(value - float(match[0])) <= allowance + 10.0 ** -len(match[0].partition(".")[2])


def wrong_numbers(result: MixedResult, published: dict[str, Any]) -> list[object]:
    """Those numbers of ``published`` that ``result`` does not have."""
    wrong: list[object] = []

    def check(what: str, value: float, text: object, allowance: float = 0.0) -> None:
        if not near(value, text, allowance):
            wrong.append((what, text, value))

    check("ll", result.ll, published["ll"], 5e-5)
    check("Wald", result.chi2, published.get("wald_chi2"))
    if result.lr is not None:
        check("LR", result.lr.chi2, str(published.get("lr_test")).rpartition("=")[2])
    rows = [row for row in result.coefficients if row.status == "shown"]
    for row, given in zip(rows, published["coef"], strict=True):
        ends = given["ci"] if isinstance(given.get("ci"), list) else ()
        for value, text in zip((row.b, row.se, row.lo, row.hi), (given["b"], given["se"], *ends), strict=False):
            check(row.stripe, value, text, FIXED * row.se)
    for parameter, given in zip(result.parameters, published["random_effects"], strict=True):
        metric = given["row"].partition("(")[0]
        estimate = in_metric(parameter, metric)
        numbers = (given["est"], given.get("se"), *(given.get("ci") or ()))
        for value, text in zip((estimate.value, estimate.se, estimate.lo, estimate.hi), numbers, strict=False):
            check(given["row"], value, text, (SD if metric in ("sd", "corr") else VARIANCE) * abs(value))
    return wrong


def in_metric(parameter: RandomParameter, metric: str) -> Estimate:
    assert {"sd": "sd", "var": "sd", "corr": "corr", "cov": "corr"}[metric] == parameter.kind
    return parameter.sd if metric in ("sd", "corr") else parameter.var


def fitted(session: Session, command: str) -> MixedResult:
    result = run(session, command)[-1].result
    assert isinstance(result, MixedResult)
    assert result.convergence.converged
    return result


def test_published_numbers(shared: pathlib.Path) -> None:
    """Every xtmixed and mixed entry of published.json."""
    entries = json.loads((shared / "reference" / "published.json").read_text("utf-8"))
    mine = [e for e in entries if re.match(r"(xt)?mixed ", e["stata_command"])]
    wrong, tested = [], 0
    for entry in mine:
        command, session = entry["stata_command"], ready(shared, PREPARED[entry["name"]])
        if any(form in command for form in FORMS_NOT_BUILT):
            outcome = list(session.run(command))[-1]
            assert outcome.error is not None
            assert outcome.error.rc == 199
            continue
        tested += 1
        found = wrong_numbers(fitted(session, command), entry["published"])
        wrong += [(entry["name"], command, found)] if found else []
    assert not wrong
    assert (len(mine), tested) == (24, 23)


# The same on the data that come with the program, so that they are tested wherever this runs.  Each line of numbers:
# a name, the estimate, its standard error, and the confidence limits as far as they are known.
@dataclass(frozen=True)
class Quoted:
    source: str
    data: str
    command: str
    header: str                           # log likelihood, Wald chi2, LR chi2 ("-": not known)
    fixed: str
    random: str

    def published(self) -> dict[str, Any]:
        ll, wald, lr = self.header.split()
        return {
            "ll": ll, "wald_chi2": wald, "lr_test": lr,
            "coef": [dict(zip(("b", "se", "ci"), self._cells(line), strict=False)) for line in self._lines(self.fixed)],
            "random_effects": [
                {"row": line.split()[0], **dict(zip(("est", "se", "ci"), self._cells(line), strict=False))}
                for line in self._lines(self.random)
            ],
        }  # fmt: skip

    @staticmethod
    def _lines(text: str) -> list[str]:
        return [line for line in text.split("\n") if line.strip()]

    @staticmethod
    def _cells(line: str) -> list[Any]:
        _, *numbers = line.split()
        return [*numbers[:2], numbers[2:]]


RHS = "exercises to Rabe-Hesketh and Skrondal, log of Stata 14 in github.com/pauljohn32/RHS, "
EGM = "Stata 17 output in github.com/grodri/grodri.github.io, multilevel/egm.html"
MANUAL = "Stata [ME] mixed (release 13), p. 38; region and state:region intercepts from the reference models"
LME4 = "lme4 1.1-31, lmer with bobyqa to 1e-10"
OWN = "independent maximisation of the same likelihood, reference models"
PRODUCTION = "mixed gsp private emp hwy water other unemp || region: || state:"
QUOTED = {
    "growth": Quoted(
        RHS + "Ex-3.3", "growth", "xtmixed measure age i2.sex || idnr: , mle", "-217.42824 126.31 45.83",
        """age    .6601852 .0612245  .5401875  .7801829
           girl  -2.321023 .7326736 -3.757037 -.8850088
           _cons  17.70671 .8199153  16.09971  19.31372""",
        """sd(_cons)    1.730078 .276195  1.265253 2.36567
           sd(Residual) 1.422728 .1117801 1.219678 1.659581""",
    ),
    "pups": Quoted(
        RHS + "Ex-3.4", "pups", "xtmixed w i.sex i2.dose size|| dam: , mle", "-193.9586 96.45 122.25",
        """1.sex  -.369079 .0476581 -.4624872 -.2756708
           2.dose -.639724 .1788735 -.9903095 -.2891384
           size  -.1273957 .0204095 -.1673977 -.0873938
           _cons  8.074321 .2816494  7.522299  8.626344""",
        """sd(_cons)    .3448632 .0526473 .2556827 .4651494
           sd(Residual) .403652  .0166193 .3723584 .4375756""",
    ),
    "hsb": Quoted(
        RHS + "Ex-3.7", "hsb", "xtmixed mathach ses_dev ses_mn || schoolid: , mle", "-23281.905 673.06 262.40",
        """ses_dev 2.191172 .1086599 1.978202 2.404141
           ses_mn  5.865599 .3593651 5.161256 6.569942
           _cons   12.68359 .1484171 12.3927  12.97449""",
        """sd(_cons)    1.626972 .1221231 1.40439  1.884832
           sd(Residual) 6.083915 .051336  5.984126 6.185369""",
    ),
    "egm growth curves": Quoted(
        EGM, "egm", SLOPES, "-8163.1156 2499.87 5595.58",
        """year   .7630273 .0152609
           _cons -.7793053 .0578295""",
        """var(year)       .0110171 .0025621 .0069842 .0173788
           var(_cons)      .1653165 .0359122 .1079959 .2530611
           cov(year,_cons) .0170462 .0071472 .003038  .0310545
           var(year)       .0112561 .001961  .0080001 .0158373
           var(_cons)      .6404597 .025183  .5929559 .6917691
           cov(year,_cons) .0467854 .005063  .0368621 .0567086
           var(Residual)   .3014383 .0066403 .2887005 .3147382""",
    ),
    "productivity": Quoted(
        MANUAL, "productivity", PRODUCTION, "1430.5017 18829.06 1154.73",
        """private .2671484 .0212591 .2254813  .3088154
           emp     .7540721 .0261868 .7027468  .8053973
           hwy     .0709767 .023041  .0258172  .1161363
           water   .0761187 .0139248 .0488266  .1034109
           other  -.0999955 .0169366 -.1331907 -.0668004
           unemp  -.0058983 .0009031 -.0076684 -.0041282
           _cons   2.128823 .1543855 1.826233  2.431413""",
        """var(_cons)    .0014506 .0012995 .0002506 .0083957
           var(_cons)    .0062757 .0014871 .0039442 .0099855
           var(Residual) .0013461 .0000689 .0012176 .0014882""",
    ),
    "gcse intercept, REML": Quoted(
        OWN, "gcse", "xtmixed gcse lrt || school: if nstu > 4, reml", "-14022.0252 - -",
        """lrt   .563268 .0124706
           _cons .031006 .4052634""",
        """sd(_cons)    3.070386 .3115962 2.516572 3.746077
           sd(Residual) 7.523608 .0842294 7.360319 7.690519""",
    ),
    "gcse slope, REML": Quoted(
        OWN, "gcse", "xtmixed gcse lrt || school: lrt if nstu > 4, cov(uns) reml", "-14001.4816 - -",
        """lrt    .5566002 .0201146
           _cons -.1092056 .4026445""",
        """sd(lrt)         .1223185 .0191969 .0899298 .1663724
           sd(_cons)       3.041424 .3105409 2.489809 3.715249
           corr(lrt,_cons) .4937134 .1493944 .1525731 .7297274
           sd(Residual)    7.441941 .0839802 7.279149 7.608373""",
    ),
    "gcse independent": Quoted(
        OWN, "gcse", "xtmixed gcse lrt || school: lrt if nstu > 4", "-14002.526386 - -",
        """lrt    .5571322 .0199246
           _cons -.071583  .39922""",
        """sd(lrt)      .1196431 .0189048
           sd(_cons)    3.0113892 .3064388
           sd(Residual) 7.4419356 .0839791""",
    ),
    "gcse identity": Quoted(
        OWN, "gcse", "xtmixed gcse lrt || school: lrt if nstu > 4, cov(id)", "-14136.57701 - -",
        """lrt   - -
           _cons - -""",
        """sd(lrt,_cons) 1.7093003 .1563271
           sd(Residual)  7.4655363 .084989""",
    ),
    "sleepstudy, ML": Quoted(
        LME4, "sleepstudy", "mixed reaction days || subject: days, cov(un)", "-875.9696722 - -",
        """days  10.46728596  1.502236793
           _cons 251.40510485 6.632276421""",
        """var(days)       32.6822  -
           var(_cons)      565.515  -
           cov(days,_cons) 11.0554  -
           var(Residual)   654.9410 -""",
    ),
    "sleepstudy, REML": Quoted(
        LME4, "sleepstudy", "mixed reaction days || subject: days, cov(un) reml", "-871.814136 - -",
        """days  10.467286  1.545789
           _cons 251.405105 6.824557""",
        """var(days)       35.07166 -
           var(_cons)      612.0898 -
           cov(days,_cons) 9.60433  -
           var(Residual)   654.9410 -""",
    ),
}


@pytest.mark.parametrize("name", QUOTED)
def test_quoted_numbers(name: str) -> None:
    quoted = QUOTED[name]
    session = Session()
    run(session, f"sysuse {quoted.data}")
    assert not wrong_numbers(fitted(session, quoted.command), quoted.published())


def test_reference_models(shared: pathlib.Path) -> None:
    """models.json: the production function by REML, and the peak flow data, which do not come with the program."""
    entries = json.loads((shared / "reference" / "models.json").read_text("utf-8"))["entries"]
    models = {entry["id"]: entry["computed"] for entry in entries}
    session = Session()
    run(session, "sysuse productivity")
    result, expected = fitted(session, PRODUCTION + ", reml"), models["prod3"]["reml"]
    assert result.ll == pytest.approx(expected["ll"], abs=5e-5)
    for parameter, key in zip(result.parameters, ("var_region", "var_state", "var_res"), strict=True):
        assert parameter.var.value == pytest.approx(expected[key][0], abs=6e-8)
        assert parameter.var.se == pytest.approx(expected[key][1], abs=6e-8)
    session = ready(shared, PREPARED["pefr"])
    for method in ("ml", "reml"):
        result, expected = fitted(session, f"xtmixed wm || id:, {method}"), models["pefr"][method]
        assert result.ll == pytest.approx(expected["ll"], abs=1e-6)
        for parameter, key in zip(result.parameters, ("sd_id", "sd_res"), strict=True):
            assert [parameter.sd.value, parameter.sd.se] == pytest.approx(expected[key], rel=1e-8)
            if f"{key}_ci" in expected:
                assert [parameter.sd.lo, parameter.sd.hi] == pytest.approx(expected[f"{key}_ci"], rel=1e-8)
    assert result.coefficients[0].se == pytest.approx(models["pefr"]["reml"]["_cons_se"], rel=1e-8)


# ---- after estimation -------------------------------------------------------------------------------------------

INTERCEPT = "quietly xtmixed gcse lrt || school: if nstu > 4, mle\n"
SLOPE = "quietly xtmixed gcse lrt || school: lrt if nstu > 4, mle covariance(unstructured)\n"


def gcse(text: str) -> tuple[Session, list[Outcome]]:
    session = Session()
    return session, run(session, "sysuse gcse\n" + text)


def first_of(session: Session, name: str, *schools: int) -> list[float]:
    """The value of a variable in the first row of each school."""
    columns = session.context.data.columns
    school = columns["school"].values
    return [float(columns[name].values[int(np.argmax(school == number))]) for number in schools]


def test_intraclass_correlation_of_the_lecture() -> None:
    """The variance form, and rho with its standard error and logit interval (reference models: gcse_post)."""
    _, outcomes = gcse(INTERCEPT + "estat icc\nxtmixed, variance")
    rho = outcomes[-2].result.levels[0].icc  # type: ignore[union-attr]
    assert [rho.value, rho.se, rho.lo, rho.hi] == pytest.approx([0.1405397, 0.0245682, 0.0989034, 0.1958935], abs=6e-8)
    result = outcomes[-1].result
    assert isinstance(result, MixedResult)
    variances = [number for p in result.parameters for number in (p.var.value, p.var.se)]
    assert variances == pytest.approx([9.2538615, 1.8669809, 56.5913224, 1.2669722], rel=1e-7)


def test_variances_of_the_slope_model() -> None:
    _, outcomes = gcse(SLOPE + "xtmixed, variance")
    expected = [0.01453029, 0.00457736, 9.08096392, 1.8434333, 0.18064449, 0.06939605, 55.3841721, 1.2500114]
    result = outcomes[-1].result
    assert isinstance(result, MixedResult)
    variances = [number for p in result.parameters for number in (p.var.value, p.var.se)]
    assert variances == pytest.approx(expected, rel=1e-6)


def test_predicted_school_effects() -> None:
    """Best linear unbiased predictions of schools 1-3 and, by ML, their standard errors with b taken as known."""
    session, _ = gcse(INTERCEPT + "predict double u, reffects\npredict double s, reses\npredict double f, fitted\n"
                      "predict double x, xb\npredict double r, residuals")
    assert first_of(session, "u", 1, 2, 3) == pytest.approx([3.7317121, 5.0156765, 5.0343276], abs=6e-8)
    assert first_of(session, "s", 1, 2, 3) == pytest.approx([0.8457545, 0.9622756, 0.9868001], abs=6e-8)
    run(session, "assert reldif(f, x + u) < 1e-12 if nstu > 4\nassert reldif(gcse, f + r) < 1e-12 if nstu > 4")
    run(session, "assert missing(u, s, f, r) & !missing(x) if nstu <= 4")


def test_predicted_slopes() -> None:
    session, _ = gcse(SLOPE + "predict double b a, reffects\npredict double sb sa, reses")
    assert first_of(session, "b", 1, 2, 3) == pytest.approx([0.12479431, 0.16449269, 0.08058138], abs=6e-8)
    assert first_of(session, "a", 1, 2, 3) == pytest.approx([3.74390568, 4.69782909, 4.79418411], abs=6e-8)
    assert first_of(session, "sb", 1) + first_of(session, "sa", 1) == pytest.approx([0.06434049, 0.82653152], abs=6e-8)


@pytest.mark.parametrize("method", ["mle", "reml"])
def test_prediction_errors_by_dense_matrices(method: str) -> None:
    """reses by definition: by ML sqrt diag(G - G Z'V^-1 Z G); by REML V^-1 gives way to P, as b is estimated too."""
    session = Session()
    result = fitted(session, f"sysuse growth\nxtmixed measure age i.sex || idnr: age, cov(un) {method}")
    run(session, "predict double b a, reffects\npredict double sb sa, reses")
    column = {name: c.values.astype(float) for name, c in session.context.data.columns.items()}
    n, people = len(column["age"]), np.unique(column["idnr"])
    Z = np.zeros((n, 2 * len(people)))
    for j, person in enumerate(people):
        here = column["idnr"] == person
        Z[here, 2 * j], Z[here, 2 * j + 1] = column["age"][here], 1.0
    X = np.stack([column["age"], column["sex"] == 2, np.ones(n)], 1)
    slope, intercept, covariance = (p.var.value for p in result.equations[0].parameters)
    G = np.kron(np.eye(len(people)), [[slope, covariance], [covariance, intercept]])
    inverse = np.linalg.inv(Z @ G @ Z.T + result.residual.var.value * np.eye(n))
    P = inverse - inverse @ X @ np.linalg.inv(X.T @ inverse @ X) @ X.T @ inverse
    u = (G @ Z.T @ P @ column["measure"]).reshape(-1, 2)
    errors = np.sqrt(np.diag(G - G @ Z.T @ (P if method == "reml" else inverse) @ Z @ G)).reshape(-1, 2)
    person_of_row = np.searchsorted(people, column["idnr"])
    assert np.stack([column["b"], column["a"]], 1) == pytest.approx(u[person_of_row], rel=1e-8, abs=1e-10)
    assert np.stack([column["sb"], column["sa"]], 1) == pytest.approx(errors[person_of_row], rel=1e-8)


def test_information_criteria() -> None:
    for command, aic, bic in (
        (INTERCEPT, 28045.14227, 28070.37507),
        (SLOPE, 28008.84687, 28046.69606),
    ):
        row = gcse(command + "estat ic")[1][-1].result.rows[0]  # type: ignore[union-attr]
        assert [row.aic, row.bic] == pytest.approx([aic, bic], abs=6e-6)


def test_nested_intraclass_correlations() -> None:
    """Regions and states of the production function (reference models: prod3)."""
    session = Session()
    outcomes = run(session, f"sysuse productivity\nquietly {PRODUCTION}\nestat icc")
    rows = outcomes[-1].result.levels  # type: ignore[union-attr]
    assert [row.label for row in rows] == ["region", "state|region"]
    expected = [[0.1598924, 0.1276267, 0.0287142, 0.5506194], [0.8516263, 0.0301733, 0.7823465, 0.901627]]
    for row, numbers in zip(rows, expected, strict=True):
        assert [row.icc.value, row.icc.se, row.icc.lo, row.icc.hi] == pytest.approx(numbers, abs=2e-6)
