"""constraints() of the me commands.

Expected numbers come from fits in which the constraint is imposed by hand: a variable left out, an offset, a sum of
variables in place of them.  The lines of the layout are those of a printed Stata output.
"""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from sessions import failed, last, run, shown

from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.engine.constrained import substitution
from mixedcli.results.me import MeResult
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")

CONSTRAINTS = """
constraint 1 x = w
constraint 2 [y]_cons = 0
constraint 3 x + w = 1
constraint 4 x = 1.5
constraint 5 x = 0
constraint 6 w = x
constraint 7 nothing = 1
constraint 8 x w
constraint 9 1.five = 2.five
constraint 10 0.five = 0
constraint 11 0.five = 1
constraint 12 x, a
constraint 13 2*x - w = 1
constraint 14 _cons
"""


@pytest.fixture
def session() -> Session:
    rng = np.random.default_rng(3)
    groups, size = 25, 8
    g = np.repeat(np.arange(groups), size)
    n = len(g)
    x, w, u = rng.normal(size=n), rng.normal(size=n), rng.normal(size=groups)[g]
    columns = {
        "g": g, "x": x, "w": w, "five": np.arange(n) % 5, "sum": x + w, "less": x - w, "half": 1.5 * x,
        "sum2": x + 2 * w, "minus": -w, "y": rng.random(n) < 1 / (1 + np.exp(-(0.3 + 0.5 * x - 0.4 * w + u))),
        "c": rng.poisson(np.exp(0.2 * x + 0.3 * w + 0.5 * u)),
        "o": np.clip(np.round(x + u + rng.logistic(size=n) + 2), 0, 4), "z": x - w + u + rng.normal(size=n),
        "large": 1e6 * (x - w + u + rng.normal(size=n)),
    }
    made = Session()
    made.context.data = Dataset(
        {name: new_numeric(name, np.asarray(v, dtype=float), "double") for name, v in columns.items()}, n
    )
    for outcome in run(made, "version 17" + CONSTRAINTS):
        assert outcome.error is None, outcome.error
    return made


def fit(session: Session, command: str) -> MeResult:
    outcome = last(session, f"quietly {command}")
    assert outcome.error is None, (command, outcome.error)
    result = session.context.estimates.result
    assert isinstance(result, MeResult) and result.convergence.converged
    return result


def number(result: MeResult, name: str) -> tuple[float, float]:
    """A coefficient or parameter, and its standard error."""
    at = [each.name for each in result.names].index(name)
    return result.b[at], np.sqrt(result.V[at, at])


def same_model(one: MeResult, other: MeResult, pairs: dict[str, str]) -> None:
    """Equal likelihoods and tests, and equal estimates under the names of ``pairs``."""
    assert one.ll == pytest.approx(other.ll, abs=1e-7)
    assert one.rank == other.rank
    if one.lr is not None:
        assert one.ll_c == pytest.approx(other.ll_c, abs=1e-7)
        assert one.lr.chi2 == pytest.approx(other.lr.chi2, abs=1e-6)
    for mine, theirs in pairs.items():
        assert number(one, mine) == pytest.approx(number(other, theirs), rel=2e-5, abs=1e-7)


VAR = {"var(_cons[g])": "var(_cons[g])"}

# constrained command; the same by hand; names in one and the other
BY_HAND = [
    ("melogit y x w || g:, constraints(5)", "melogit y w || g:", {"w": "w", "_cons": "_cons"} | VAR),
    ("melogit y x w || g:, constraints(2)", "melogit y x w, nocons || g:", {"x": "x", "w": "w"} | VAR),
    ("melogit y x w || g:, constraints(14)", "melogit y x w, nocons || g:", {"x": "x", "w": "w"} | VAR),
    ("melogit y x w || g:, constraints(4)", "melogit y w, offset(half) || g:", {"w": "w", "_cons": "_cons"} | VAR),
    ("melogit y x w || g:, constraints(1)", "melogit y sum || g:", {"x": "sum", "w": "sum", "_cons": "_cons"} | VAR),
    ("melogit y x w || g:, constraints(3)", "melogit y less, offset(w) || g:", {"x": "less", "_cons": "_cons"} | VAR),
    ("meprobit y x w || g:, constraints(13)", "meprobit y sum2, offset(minus) || g:",
     {"x": "sum2", "_cons": "_cons"} | VAR),
    ("melogit y x w || g:, constraints(8)", "melogit y || g:", {"_cons": "_cons"} | VAR),
    ("melogit y x w || g:, constraints(8 2)", "melogit y, nocons || g:", VAR),
    ("mepoisson c x w || g: x, constraints(1) cov(unstructured)", "mepoisson c sum || g: x, cov(unstructured)",
     {"w": "sum", "cov(x[g],_cons[g])": "cov(x[g],_cons[g])"} | VAR),
    ("meologit o x w || g:, constraints(4)", "meologit o w, offset(half) || g:", {"w": "w", "cut2": "cut2"} | VAR),
    ("meglm z x w || g:, constraints(1)", "meglm z sum || g:", {"x": "sum", "var(e.z)": "var(e.z)"} | VAR),
    ("meglm large x w || g:, constraints(1)", "meglm large sum || g:",
     {"x": "sum", "var(e.large)": "var(e.large)"} | VAR),
    ("melogit y x w || g:, constraints(1) vce(robust)", "melogit y sum || g:, vce(robust)",
     {"x": "sum", "_cons": "_cons"} | VAR),
    ("melogit y x w, constraints(1) vce(robust)", "melogit y sum, vce(robust)", {"x": "sum", "_cons": "_cons"}),
    ("melogit y x w || g:, constraints(1) intmethod(laplace)", "melogit y sum || g:, intmethod(laplace)",
     {"x": "sum"} | VAR),
    ("melogit y x w || g:, constraints(1) holdnodes", "melogit y sum || g:, holdnodes", {"x": "sum"} | VAR),
]  # fmt: skip


@pytest.mark.parametrize(("command", "by_hand", "pairs"), BY_HAND, ids=[each[0] for each in BY_HAND])
def test_equal_to_the_fit_by_hand(session: Session, command: str, by_hand: str, pairs: dict[str, str]) -> None:
    same_model(fit(session, command), fit(session, by_hand), pairs)


def test_the_other_side_of_a_sum(session: Session) -> None:
    """x + w = 1: w is one minus x, with the same standard error."""
    result = fit(session, "melogit y x w || g:, constraints(3)")
    (x, se), (w, other) = number(result, "x"), number(result, "w")
    assert (w, other) == pytest.approx((1 - x, se), rel=1e-12)


@pytest.mark.parametrize("numbers", ["1 2 3", "3 2 1", "2 13 3", "9 5", "1-3", "1 6 2"])
def test_the_constraints_hold_exactly(session: Session, numbers: str) -> None:
    result = fit(session, f"melogit y x w i.five || g:, constraints({numbers})")
    R, r = result.Cns[:, :-1], result.Cns[:, -1]
    assert R @ result.b == pytest.approx(r, abs=1e-14)
    assert np.abs(R @ result.V).max() < 1e-14
    assert np.linalg.matrix_rank(result.V) == result.rank == 8 - len(r)


def test_the_order_does_not_matter(session: Session) -> None:
    one = fit(session, "melogit y x w || g:, constraints(2 3)")
    other = fit(session, "melogit y x w || g:, constraints(3 2)")
    assert other.b == pytest.approx(one.b, rel=1e-6)
    assert np.allclose(other.V, one.V, rtol=1e-5, atol=1e-10)
    assert one.constraints == (" ( 1)  [y]_cons = 0", " ( 2)  [y]x + [y]w = 1")
    assert other.constraints == (" ( 1)  [y]x + [y]w = 1", " ( 2)  [y]_cons = 0")


def test_degrees_of_freedom(session: Session) -> None:
    """Two equal coefficients are one; the Wald statistic is that of their common value."""
    one = fit(session, "melogit y x w || g:, constraints(1)")
    other = fit(session, "melogit y sum || g:")
    assert (one.df_m, one.rank) == (1, 3)
    assert one.chi2 == pytest.approx(other.chi2, rel=1e-5)
    none = fit(session, "melogit y x w || g:, constraints(8)")
    assert none.df_m == 0 and np.isnan(none.chi2)


def test_constraints_of_the_random_part_come_after(session: Session) -> None:
    result = fit(session, "melogit y x w || g: x, cov(identity) constraints(1)")
    assert result.constraints == (" ( 1)  [y]x - [y]w = 0", " ( 2)  [/]var(x[g]) - [/]var(_cons[g]) = 0")
    assert result.Cns[1].tolist() == [0, 0, 0, 1, -1, 0]


# ---- what is printed -----------------------------------------------------------------------------------------------


def test_layout(session: Session) -> None:
    lines = shown(session, "melogit y x w || g:, constraints(2) nolog").splitlines()
    at = lines.index(" ( 1)  [y]_cons = 0")
    assert lines[at + 1] == "-" * 78
    assert "       _cons |          0  (omitted)" in lines
    assert " ( 1)  [y]_cons = 0" in shown(session, "melogit").splitlines()
    for command in ("melogit, nocnsreport", "melogit y x w || g:, constraints(2) nolog nocnsreport"):
        text = shown(session, command)
        assert "[y]_cons" not in text and "(omitted)" in text


def test_a_value_other_than_zero(session: Session) -> None:
    text = shown(session, "melogit y x w || g:, constraints(4) nolog")
    assert "           x |        1.5  (constrained)\n" in text
    assert "           x |   4.481689  (constrained)\n" in shown(session, "melogit, or")      # exp(1.5)


def test_notes(session: Session) -> None:
    lines = shown(session, "melogit y x w i.five || g:, constraints(1 7 6 12 10 99) nolog").splitlines()
    assert [line for line in lines if line.startswith("(note")] == [
        "(note: constraint number 7 caused error r(111))",
        "(note: constraint number 12 caused error r(198))",
        "(note: constraint number 99 caused error r(111))",
        "(note: constraint number 6 caused error r(412))",
        "(note: constraint number 10 caused error r(412))",
    ]
    assert [line for line in lines if line.startswith(" (")] == [" ( 1)  [y]x - [y]w = 0"]
    assert "(note" not in shown(session, "melogit")


def test_no_constraint_left(session: Session) -> None:
    result = fit(session, "melogit y x w || g:, constraints(7)")
    free = fit(session, "melogit y x w || g:")
    assert result.Cns is None and result.b == pytest.approx(free.b, rel=1e-9)


WRONG = [
    ("melogit y x w || g:, constraints(1 3 4)", "redundant or inconsistent constraints", 412),
    ("melogit y x i.five || g:, constraints(11)", "redundant or inconsistent constraints", 412),
    ("melogit y x || g:, constraints(A)", "option constraints() with a matrix is not built yet", 199),
    ("melogit y x || g:, constraints(1,x)", "invalid numlist", 121),
    ("melogit y x || g:, constraints(0)", "constraint number must be between 1 and 1999", 198),
]
UNBUILT = [
    "[/]var(_cons[g]) = 1", "/var(_cons[g]) = 1", "_b[/var(_cons[g])] = 1", "[var(_cons[g])]_cons = 1",
    "[o]x = [/]var(_cons[g])", "[/]cut1 = 0", "/cut1 = -/cut2", "[cut1]_cons = 0",
]  # fmt: skip


@pytest.mark.parametrize(("command", "message", "rc"), WRONG)
def test_errors(session: Session, command: str, message: str, rc: int) -> None:
    assert failed(session, command) == (message, rc)


@pytest.mark.parametrize("version", [14, 17])
@pytest.mark.parametrize("text", UNBUILT)
def test_other_parameters(session: Session, text: str, version: int) -> None:
    """Constraints on what is no coefficient are refused by name, never left out with a note."""
    message = "a constraint on the random part or on further parameters is not built yet"
    run(session, f"version {version}\nconstraint 20 {text}")
    assert failed(session, "meologit o x || g:, constraints(20)") == (message, 199)


# ---- the commands after it -----------------------------------------------------------------------------------------


def test_predict(session: Session) -> None:
    """Predictions, with random effects too, are those of the model by hand."""
    fit(session, "melogit y x w || g:, constraints(3)")
    run(session, "predict p\npredict fixed, xb\npredict s, stdp\npredict u, reffects")
    fit(session, "melogit y less, offset(w) || g:")
    run(session, "predict p2\npredict fixed2, xb\npredict s2, stdp\npredict u2, reffects")
    columns = session.context.data.columns
    for name in ("p", "fixed", "s", "u"):
        one, other = columns[name].values, columns[f"{name}2"].values
        assert np.asarray(one, dtype=float) == pytest.approx(np.asarray(other, dtype=float), abs=2e-5), name


def test_hypotheses(session: Session) -> None:
    result = fit(session, "melogit y x w || g:, constraints(1)")
    text = shown(session, "test x w")
    assert "       Constraint 2 dropped\n" in text
    assert last(session, "test x w").result.statistic == pytest.approx(result.chi2, rel=1e-12)
    row = last(session, "lincom x + w").result.row
    assert (row.b, row.se) == pytest.approx((2 * number(result, "x")[0], 2 * number(result, "x")[1]), rel=1e-12)


def test_margins(session: Session) -> None:
    fit(session, "melogit y x w || g:, constraints(1)")
    one = last(session, "margins").result.stored().matrices
    fit(session, "melogit y sum || g:")
    other = last(session, "margins").result.stored().matrices
    assert one["b"].values[0, 0] == pytest.approx(other["b"].values[0, 0], rel=1e-6)
    assert one["V"].values[0, 0] == pytest.approx(other["V"].values[0, 0], rel=1e-4)


def test_estat_quadrature(session: Session) -> None:
    """The refitted models are under the constraints too."""
    fit(session, "melogit y x w || g:, constraints(1)")
    result = last(session, "estat quadrature, points(15)").result
    by_hand = fit(session, "melogit y sum || g:, intpoints(15)")
    again = result.others[0]
    assert again.ll == pytest.approx(by_hand.ll, abs=1e-6)
    assert again.b[0] == again.b[1] == pytest.approx(by_hand.b[0], rel=1e-5)


def test_save_and_use(session: Session, tmp_path: pathlib.Path) -> None:
    before = shown(session, "melogit y x w || g:, constraints(2)\nmelogit")
    path = tmp_path / "fit"
    assert shown(session, f'estimates save "{path}"\nclear all\nversion 17\nestimates use "{path}"\nmelogit') == before
    Cns = session.context.estimates.stored().matrices["Cns"]
    assert [str(name) for name in Cns.columns] == ["y:x", "y:w", "y:_cons", "/:var(_cons[g])", "_Cns:_r"]
    assert Cns.values.tolist() == [[0, 0, 1, 0, 0]]


def test_starting_values(session: Session) -> None:
    """from(e(b)) begins where the constrained fit ended."""
    first = fit(session, "meglm z x w || g:, constraints(3)")
    again = fit(session, "matrix b = e(b)\nmeglm z x w || g:, constraints(3) from(b)".replace("\n", "\nquietly "))
    assert again.b == pytest.approx(first.b, rel=1e-6)
    assert again.convergence.iterations <= 1


# ---- the algebra ---------------------------------------------------------------------------------------------------


def test_substitution_spans_the_solutions() -> None:
    rng = np.random.default_rng(1)
    for p, rows in [(4, 2), (6, 5), (5, 5), (3, 0)]:
        R, beta = rng.normal(size=(rows, p)), rng.normal(size=p)
        by, new = substitution(R, R @ beta)
        assert new.all() and by.T.shape == (p, p - rows)
        z = rng.normal(size=p - rows)
        assert R @ (by.T @ z + by.t) == pytest.approx(R @ beta, abs=1e-10)
        assert by.full(by.reduced(beta)) == pytest.approx(beta, abs=1e-10)


def test_dependent_and_contradictory_rows() -> None:
    R = np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0], [1.0, 0.0, -1.0]])
    by, new = substitution(R, np.array([1.0, 2.0, 3.0]))
    assert new.tolist() == [True, True, False]
    assert by.T.shape == (3, 1)
    with pytest.raises(ValueError, match="contradictory"):
        substitution(R, np.array([1.0, 2.0, 4.0]))
