"""Outputs of melogit, meglm and mepoisson that Stata printed, run from the command as it was typed.

Layout is compared character by character, and so are the log of the model without random effects and the starting value
of the whole model; the search from there is this program's own, and its lines are left out.

Stata takes derivatives with the quadrature nodes held, and so does this program under ``set holdnodes on``: the numbers
are then Stata's to one unit of the last digit, except where Stata stopped its search a little early (`Output.held`, a
share of the standard error or of the variance).  By default derivatives are exact, and the numbers further away the
fewer the nodes are for the data (`Output.far`).
"""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass

import pytest

from mixedcli.report.text import to_text
from mixedcli.session import Outcome, Session
from mixedcli.verify.compare import Difference, compare

pytestmark = pytest.mark.filterwarnings("error")


@dataclass(frozen=True)
class Output:
    """A printed output: Stata's version, page, the data, what was done before, and the two tolerances."""

    version: int
    data: str
    setup: str = ""
    linesize: int = 79
    held: float = 0.0
    far: float = 5e-5


HOSPITAL = "infile hosp loginc distance dropout college mother using {shared}/data/hospital.dat, clear"
INTERACTED = "meglm thk prethk i.cc##i.tv || school: , family(ordinal)"
OUTPUTS = {
    "052": Output(17, "bangladesh"),
    "053": Output(17, "", HOSPITAL),
    "055": Output(14, "aggression", far=1e-3),
    "058": Output(14, "tvsfpors", INTERACTED, held=1e-5),
    "059": Output(14, "tvsfpors", held=1e-5),
    "061": Output(14, "tvsfpors", held=3e-6),
    "062": Output(17, "lips", "generate os = log(e)", held=1e-6, far=4e-3),
    "503": Output(18, "simulated_multilevel_data", "generate outcome_category = outcome > 52", 88, held=3e-5),
}


def run(session: Session, text: str) -> list[Outcome]:
    outcomes = list(session.run(text))
    failed = next((o for o in outcomes if o.error), None)
    assert failed is None, (failed.source.text, failed.error)
    return outcomes


def ready(shared: pathlib.Path, output: Output) -> Session:
    session = Session()
    if output.data:
        run(session, f"use {shared}/data/{output.data}.dta")
    run(session, f"version {output.version}\nset linesize {output.linesize}")
    if output.setup and output.setup != INTERACTED:
        run(session, output.setup.format(shared=shared))
    return session


def printed(shared: pathlib.Path, name: str) -> tuple[str, str]:
    head, _, text = (shared / "reference" / "outputs" / f"{name}.txt").read_text("utf-8").partition("#---\n")
    command = re.search(r"^# command: (.*)$", head, re.M)
    assert command
    return re.sub(r" *// .*", "", command[1]), text.strip("\n")


def without_search(text: str) -> str:
    """``text`` without the iterations of the whole model after the first."""
    before, mark, after = text.partition("Fitting full model:")
    return before + mark + re.sub(r"(?m)^Iteration [1-9]\d*: +[Ll]og \w+ = .*\n", "", after).replace("(not concave)", "")


def number(text: str) -> float:
    return float(text.replace(",", ""))


def too_far(difference: Difference, line: str, far: float) -> bool:
    """Whether a difference is one of layout, or more than an early stop explains."""
    if difference.why != "number differs":
        return True
    a, b = number(difference.expected), number(difference.actual)
    unit = 10.0 ** -max(len(text.partition(".")[2]) for text in (difference.expected, difference.actual))
    row = [number(each) for each in re.findall(r"-?[\d,]*\.?\d+(?:e[-+]\d+)?", line.partition("|")[2])]
    scale = row[1] if len(row) == 6 else abs(a)
    return abs(a - b) > 1.001 * unit + far * scale


def disagreements(expected: str, actual: str, far: float) -> list[Difference]:
    expected, actual = without_search(expected), without_search(actual.strip("\n"))
    lines = expected.split("\n")
    found = compare(expected, actual)
    return [d for d in found if too_far(d, lines[d.line - 1] if d.line <= len(lines) else "", far)]


@pytest.mark.parametrize("nodes", ["held", "exact"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_printed_output(shared: pathlib.Path, name: str, nodes: str) -> None:
    output = OUTPUTS[name]
    command, expected = printed(shared, name)
    session = ready(shared, output)
    run(session, f"set holdnodes {'on' if nodes == 'held' else 'off'}\n")
    if output.setup == INTERACTED:
        run(session, f"quietly {INTERACTED}")
    outcomes = run(session, command)
    text = "\n\n".join(to_text(o.document) for o in outcomes if o.document is not None)
    differences = disagreements(expected, text, output.held if nodes == "held" else output.far)
    assert not differences, "\n".join(map(str, differences[:8])) + "\n" + text


def test_holdnodes_as_an_option(shared: pathlib.Path) -> None:
    output = OUTPUTS["062"]
    command, expected = printed(shared, "062")
    outcomes = run(ready(shared, output), command.replace("county:", "county:, holdnodes"))
    text = "\n\n".join(to_text(o.document) for o in outcomes if o.document is not None)
    assert not disagreements(expected, text, output.held)
