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
    is exactly zero here and some tiny number in Stata, compared by its name only.  ``bundled``: our own copy of the
    data gives the same.  ``command``: where the one in the file needs a change.
    """

    version: int
    linesize: int
    data: str
    setup: str = ""
    reshape: Callable[[Session], Dataset] | None = None
    early: float = 1
    collapsed: str = ""
    bundled: bool = False
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
    "507": Output(18, 88, "fourlevel", early=12),      # five regions: flat again
    "511": Output(18, 88, CROSS, command="mixed outcome || country:\nestat icc"),
    "515": Output(18, 88, CROSS, "mixed outcome || country:"),
    "519": Output(18, 80, LONG, early=45, collapsed="var(t)"),
    "521": Output(18, 85, LONG, early=3),              # three random intercepts and 30 countries
    # the reader's copy labelled the levels with capitals
    "629": Output(18, 80, "nlswork", 'label define races 2 "Black" 3 "Other"\nlabel values race races'),
}
NOT_BUILT = {
    "020": (Output(14, 79, "pups", PUPS), "vce(robust) after mixed models is not built yet"),
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
