"""test about equations and several hypotheses at once, lrtest of composite models, and remarks on stored results."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sessions import fails, run, shown

from mixedcli.commands._linear.multiple import adjusted
from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.results.base import Matrix, Stored
from mixedcli.results.posted import PostedEstimation
from mixedcli.results.stripe import StripeName
from mixedcli.session import Session

NAMES = ("a:x", "a:z", "a:_cons", "b:x", "b:z", "b:_cons", "c:x", "c:w", "c:_cons")
B = np.array([1.0, 2.0, 0.5, 1.5, -1.0, 0.25, 3.0, 4.0, -2.0])
_ROOT = np.random.default_rng(3).normal(size=(9, 9))
V = _ROOT @ _ROOT.T / 10


class Posted(PostedEstimation):
    """Estimates of three equations."""

    def stored(self) -> Stored:
        names = tuple(StripeName(*name.split(":")) for name in NAMES)
        b = Matrix(B.reshape(1, -1), (StripeName("", "y1"),), names)
        return Stored("e", {"N": 100}, {"cmd": "x", "depvar": "y"}, {"b": b, "V": Matrix(V, names, names)})


@pytest.fixture
def session() -> Session:
    made = Session()
    made.context.post(Posted(), None, np.ones(0, dtype=bool))
    return made


def at(*names: str) -> np.ndarray:
    out = np.zeros(9)
    for name in names:
        out[NAMES.index(name.lstrip("-"))] = -1.0 if name.startswith("-") else 1.0
    return out


def chi2(*rows: np.ndarray) -> float:
    R = np.array(rows)
    return float((R @ B) @ np.linalg.solve(R @ V @ R.T, R @ B))


FORMS = [
    ("test [a]", ["[a]x = 0", "[a]z = 0"], [at("a:x"), at("a:z")]),
    ("test [a]: z x", ["[a]z = 0", "[a]x = 0"], [at("a:z"), at("a:x")]),
    ("test [a=b]", ["[a]x - [b]x = 0", "[a]z - [b]z = 0"], [at("a:x", "-b:x"), at("a:z", "-b:z")]),
    ("test [a] = [b]", ["[a]x - [b]x = 0", "[a]z - [b]z = 0"], [at("a:x", "-b:x"), at("a:z", "-b:z")]),
    ("test [a==b]: x", ["[a]x - [b]x = 0"], [at("a:x", "-b:x")]),
    ("test [a=b=c]: x", ["[a]x - [b]x = 0", "[a]x - [c]x = 0"], [at("a:x", "-b:x"), at("a:x", "-c:x")]),
    ("test [a=c], common", ["[a]x - [c]x = 0"], [at("a:x", "-c:x")]),
    ("test [a=c], common constant", ["[a]x - [c]x = 0", "[a]_cons - [c]_cons = 0"],
     [at("a:x", "-c:x"), at("a:_cons", "-c:_cons")]),
    ("test ([a=b]: x) ([c]: w x)", ["[a]x - [b]x = 0", "[c]w = 0", "[c]x = 0"],
     [at("a:x", "-b:x"), at("c:w"), at("c:x")]),
    ("test x", ["[a]x = 0", "[b]x = 0", "[c]x = 0"], [at("a:x"), at("b:x"), at("c:x")]),
    ("test [#2]: x", ["[b]x = 0"], [at("b:x")]),
]


@pytest.mark.parametrize(("command", "constraints", "rows"), FORMS, ids=[form[0] for form in FORMS])
def test_equations(session: Session, command: str, constraints: list[str], rows: list[np.ndarray]) -> None:
    text = shown(session, command)
    assert [line[6:].strip() for line in text.split("\n") if line.startswith(" (")] == constraints
    found = session.context.state.returned.scalars
    assert found["chi2"] == pytest.approx(chi2(*rows), rel=1e-9) and found["df"] == len(rows)


def test_equations_that_differ(session: Session) -> None:
    assert fails(session, "test [a=c]") == (111, "[c]z not found")
    assert fails(session, "test [a=d]") == (111, "equation d not found")
    assert fails(session, "test [a]: w") == (111, "[a]w not found")


def test_accumulate_across_forms(session: Session) -> None:
    run(session, "test [a=b]: x, notest")
    run(session, "test [c]w, accumulate")
    assert session.context.state.returned.scalars["chi2"] == pytest.approx(chi2(at("a:x", "-b:x"), at("c:w")))


# ---- several tests at once -------------------------------------------------------------------------------------


def test_adjusted_p_values() -> None:
    """The worked example of Holm's method: 0.01, 0.04, 0.03, 0.005 give 0.03, 0.06, 0.06, 0.02 (R's p.adjust)."""
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert adjusted(p, "holm") == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjusted(p, "bonferroni") == pytest.approx([0.04, 0.16, 0.12, 0.02])
    assert adjusted(p, "sidak") == pytest.approx(1 - (1 - p) ** 4)
    assert adjusted(np.array([0.5, np.nan, 0.9]), "holm") == pytest.approx([1.0, np.nan, 1.0], nan_ok=True)
    assert adjusted(p, "noadjust") is p


def test_mtest_prints_each_test_and_all(session: Session) -> None:
    text = shown(session, "test ([a]x = 1) ([b]x = 1) ([c]w = 4.1), mtest(b)")
    single = [(B[k] - value) ** 2 / V[k, k] for k, value in ((0, 1), (3, 1), (7, 4.1))]
    p = np.minimum(3 * stats.chi2.sf(single, 1), 1)
    lines = text.split("\n")
    assert lines[5:8] == ["-" * 39, "       |       chi2     df       p   ", "-------+" + "-" * 31]
    for k in range(3):
        assert lines[8 + k] == f"  ({k + 1})  |{single[k]:11.2f}{1:7d}{p[k]:11.4f} #"
    assert lines[12].startswith("  all  |") and lines[12].split()[3] == "3"
    assert lines[14] == "# Bonferroni-adjusted p-values".rjust(39)
    found = session.context.state.returned
    assert found.macros["mtmethod"] == "bonferroni"
    assert found.matrices["mtest"].values[:, 3] == pytest.approx(p)
    assert [name.name for name in found.matrices["mtest"].columns] == ["chi2", "df", "p", "adjustp"]
    run(session, "test [a], mtest")
    assert session.context.state.returned.matrices["mtest"].values.shape == (2, 3)


def test_constrained_coefficients_are_those_of_the_constrained_regression() -> None:
    rng = np.random.default_rng(8)
    a, b = rng.normal(size=(2, 60))
    y = 1 + a + 2 * b + rng.normal(size=60)
    session = Session()
    data = {"y": y, "a": a, "b": b}
    session.context.data = Dataset({k: new_numeric(k, v, "double") for k, v in data.items()}, 60)
    text = shown(session, "quietly regress y a b\ntest a = b, coef")
    X = np.column_stack([a + b, np.ones(60)])
    slope, constant = np.linalg.lstsq(X, y, rcond=None)[0]
    rows = {line.split("|")[0].strip(): line.split("|")[1].split() for line in text.split("\n") if "|" in line}
    assert [float(rows[name][0]) for name in ("a", "b", "_cons")] == pytest.approx([slope, slope, constant], rel=1e-6)
    # with the error variance of the unconstrained regression
    full = np.column_stack([a, b, np.ones(60)])
    s2 = np.sum((y - full @ np.linalg.lstsq(full, y, rcond=None)[0]) ** 2) / 57
    assert float(rows["a"][1]) == pytest.approx(np.sqrt(s2 * np.linalg.inv(X.T @ X)[0, 0]), rel=1e-6)


def test_parameters_of_the_random_part() -> None:
    session = Session()
    run(session, "quietly sysuse gcse\nquietly mixed gcse lrt || school:, mle")
    text = shown(session, "test [lns1_1_1]_cons = 1")
    b, se = (float(session.context.lookup(kind, "lns1_1_1:_cons")) for kind in ("_b", "_se"))
    assert " ( 1)  [lns1_1_1]_cons = 1" in text
    assert session.context.state.returned.scalars["chi2"] == pytest.approx(((b - 1) / se) ** 2)


# ---- lrtest ----------------------------------------------------------------------------------------------------


def test_composite_models() -> None:
    """A slope in each of two halves against one slope: the log likelihoods and the parameters add up."""
    session = Session()
    run(session, "version 17\nquietly sysuse sleepstudy\ngenerate byte slow = reaction > 300")
    run(session, "quietly logit slow days\nestimates store all")
    total = float(session.context.lookup("e", "ll"))
    parts = 0.0
    for name, condition in (("early", "days < 5"), ("late", "days >= 5")):
        run(session, f"quietly logit slow days if {condition}\nestimates store {name}")
        parts += float(session.context.lookup("e", "ll"))
    text = shown(session, "lrtest (early late) all, stats")
    found = session.context.state.returned.scalars
    assert found["chi2"] == pytest.approx(2 * (parts - total)) and found["df"] == 2
    assert "Assumption: all nested within (early, late)" in text
    assert [line.split()[0] for line in text.split("\n") if " | " in line][1:] == ["early", "late", "all"]
    assert fails(session, "lrtest early all")[0] == 498
    run(session, "quietly logit slow days, vce(robust)\nestimates store r")
    assert fails(session, "lrtest (early r) all") == (498, "LR test likely invalid for models with robust vce")


# ---- remarks on results ----------------------------------------------------------------------------------------


@pytest.fixture
def growth() -> Session:
    session = Session()
    run(session, "quietly sysuse sleepstudy\nquietly regress reaction days")
    return session


def test_titles(growth: Session, tmp_path) -> None:
    run(growth, "estimates title: How they slept")
    assert shown(growth, "estimates title") == "How they slept"
    run(growth, f'estimates store a\nestimates save "{tmp_path / "a"}"\nquietly regress reaction\nestimates store b')
    assert shown(growth, "estimates title") == ""
    lines = shown(growth, "estimates dir").split("\n")
    assert lines[4] == "           a | regress      reaction        2  How they slept"
    assert lines[5] == "           b | regress      reaction        1"
    run(growth, "estimates store b, title(Empty)")
    assert "  Empty" in shown(growth, "version 17: estimates dir")
    run(growth, f'estimates use "{tmp_path / "a"}"')
    assert shown(growth, "estimates title") == "How they slept"
    run(growth, "estimates title:")
    assert shown(growth, "estimates title") == ""


def test_notes(growth: Session) -> None:
    for text in ("one", "two", "three"):
        run(growth, f"estimates notes: {text}")
    assert shown(growth, "estimates notes") == "\n  1.  one\n  2.  two\n  3.  three"
    assert shown(growth, "estimates notes list in 2/l") == "\n  2.  two\n  3.  three"
    assert shown(growth, "estimates notes drop in 2") == "  (1 note dropped)"
    assert shown(growth, "estimates notes") == "\n  1.  one\n  2.  three"
    assert growth.context.lookup("e", "estimates_note2") == "three"
    assert fails(growth, "estimates notes drop")[0] == 198
    assert fails(growth, "estimates notes:")[0] == 198


def test_a_command_for_several_results(growth: Session) -> None:
    run(growth, "estimates store a\nquietly regress reaction\nestimates store b")
    shown_all = [outcome for outcome in run(growth, "estimates for a, noheader: test days") if outcome.document]
    assert growth.context.state.returned.scalars["F"] > 10 and shown_all
    assert growth.context.estimates.name == "b"
    assert fails(growth, "estimates for a b: test days") == (111, "days not found")
    run(growth, "estimates for a b, nostop: test days")
    assert growth.context.estimates.name == "b"
    assert fails(growth, "estimates for a")[0] == 198
    assert fails(growth, "estimates for zz: test days")[0] == 111


def test_the_sample_of_results_from_a_file(growth: Session, tmp_path) -> None:
    assert shown(growth, "estimates esample") == "e(sample) set by estimation command"
    assert fails(growth, "estimates esample: reaction days") == (322, "no; e(sample) already set")
    run(growth, f'estimates save "{tmp_path / "a"}"\nestimates use "{tmp_path / "a"}"')
    assert shown(growth, "estimates esample") == "e(sample) not set (0 assumed)"
    assert growth.context.state.returned.macros["who"] == "zero'd"
    run(growth, "estimates esample: reaction days if days > 4")
    assert growth.context.sample().sum() == 90 and shown(growth, "estimates esample") == "e(sample) set by user"
    run(growth, "estimates esample: in 1/7, replace")
    assert growth.context.sample().sum() == 7
