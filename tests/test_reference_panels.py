"""The 51 runs of Stata 13 that travel in the wheel of linearmodels: regress and xtreg, weighted, robust, clustered.

They are read at test time and are no part of this project; ``pip install '.[reference]'`` brings them.
"""

from __future__ import annotations

import importlib.util
import pathlib

import numpy as np
import pytest
from sessions import run

from mixedcli.session import Session

pytestmark = pytest.mark.reference

# the name of a run is model-vce-weights-missing; its results are for y, x1 .. x5 with that suffix
COMMANDS = {"pooled": "regress {},", "between": "xtreg {}, be", "fixed_effect": "xtreg {}, fe",
            "random_effect": "xtreg {}, re"}
RUNS = {"pooled": 18, "fixed_effect": 18, "random_effect": 9, "between": 6}


@pytest.fixture(scope="module")
def folder() -> pathlib.Path:
    """Where the results lie."""
    spec = importlib.util.find_spec("linearmodels")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the results in the linearmodels wheel: pip install '.[reference]'")
    return pathlib.Path(next(iter(spec.submodule_search_locations))) / "tests/panel/results"


@pytest.fixture(scope="module")
def runs(folder: pathlib.Path) -> dict[str, list[str]]:
    """The lines that are not empty of every run, by its name."""
    out = {}
    for text in (folder / "stata-panel-simulated-results.txt").read_text().split("#################!")[1:]:
        name, _, rest = text.partition("!####################")
        out[name] = [line for line in rest.split("\n") if line.strip()]
    return out


@pytest.fixture(scope="module")
def session(folder: pathlib.Path) -> Session:
    out = Session()
    run(out, f"quietly use {folder}/simulated-panel.dta\negen panel = group(firm)\nquietly xtset panel")
    return out


def command(name: str) -> str:
    model, vce, weights, missing = name.split("-")
    variables = " ".join(f"{each}{missing}" for each in ("y", "x1", "x2", "x3", "x4", "x5"))
    option = {"robust": " vce(robust)", "cluster": " vce(cluster panel)"}.get(vce, "")
    weight = " [aw=w]" if weights == "weighted" else ""
    return COMMANDS[model].format(variables + weight) + (" wls" if weights == "wls" else "") + option


@pytest.mark.parametrize("model", COMMANDS)
def test_runs(session: Session, runs: dict[str, list[str]], model: str) -> None:
    """Coefficients, t and p, the variance matrix, and every scalar of e() printed, to the digits printed."""
    chosen = {name: lines for name, lines in runs.items() if name.startswith(f"{model}-")}
    assert len(chosen) == RUNS[model]
    for name, lines in chosen.items():
        outcome = run(session, command(name))[-1]
        assert outcome.error is None, (name, outcome.error)
        check(session, name, lines)


def check(session: Session, name: str, lines: list[str]) -> None:
    stored = session.context.estimates.stored()
    b = dict(zip([column.name for column in stored.matrices["b"].columns], stored.matrices["b"].values[0], strict=True))
    V = stored.matrices["V"].values
    start = next(i for i, line in enumerate(lines) if "b/t/p" in line) + 1
    middle = next(i for i, line in enumerate(lines) if "Variance" in line)
    for k, (term, value) in enumerate(b.items()):
        wanted, t, p = (line.split("\t")[1] for line in lines[start + 3 * k : start + 3 * k + 3])
        assert lines[start + 3 * k].startswith(f"{term}\t")
        assert value == pytest.approx(float(wanted), rel=1e-9), (name, term)
        assert value / np.sqrt(V[k, k]) == pytest.approx(float(t), rel=1e-9), (name, term)
        assert p_value(session, term) == pytest.approx(float(p), rel=6e-7), (name, term)
    compared = 0
    for line in lines[start + 3 * len(b) : middle]:
        key, _, value = line.partition("\t")
        if value.strip() and key in stored.scalars:
            assert stored.scalars[key] == pytest.approx(float(value), rel=1e-9), (name, key)
            compared += 1
    absent = {key for key, _, value in (line.partition("\t") for line in lines[start + 3 * len(b) : middle])
              if value.strip() and key not in stored.scalars}
    assert not absent, (name, absent)
    assert compared >= 10
    printed = np.array([[float(cell) for cell in line.split("\t")[1:]] for line in lines[middle + 3 :]])
    assert printed.shape == V.shape
    # eleven decimals are printed
    assert pytest.approx(printed, rel=1e-6, abs=6e-12) == V, name


def p_value(session: Session, term: str) -> float:
    run(session, f"quietly test {term}")
    return session.context.state.returned.scalars["p"]
