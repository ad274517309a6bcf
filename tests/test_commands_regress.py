"""regress: real outputs character by character, NIST's certified values, predictions, errors."""

from __future__ import annotations

import json
import pathlib
import re
from fractions import Fraction

import numpy as np
import pytest
from sessions import fails_with as fails
from sessions import ran as printed
from sessions import succeeded as run

from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.engine.least_squares import least_squares
from mixedcli.session import Session
from mixedcli.verify.compare import compare

pytestmark = pytest.mark.filterwarnings("error")


def session_with(columns: dict[str, list[float]] | dict[str, np.ndarray]) -> Session:
    """A session on variables stored as doubles."""
    session = Session()
    data = Dataset(n=len(next(iter(columns.values()))))
    for name, values in columns.items():
        data = data.with_column(new_numeric(name, np.array(values, dtype=float), "double"))
    session.context.data = data
    return session


def stored(session: Session) -> dict[str, float]:
    return dict(session.context.estimates.stored().scalars)


# ---- real outputs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "version", "data", "linesize"), [("617", 18, "auto", 79), ("621", 18, "auto", 79), ("589", 17, "clients", 90)]
)
def test_real_output(shared: pathlib.Path, file: str, version: int, data: str, linesize: int) -> None:
    head, _, expected = (shared / "reference/outputs" / f"{file}.txt").read_text().partition("#---\n")
    command = re.search(r"# command: (.*)", head)
    assert command is not None
    session = Session()
    run(session, f"version {version}\nset linesize {linesize}\nuse {shared / 'data' / data}")
    assert compare(expected.strip("\n"), printed(session, command[1]).strip("\n"), units=0) == []


def test_header_of_cmp_example(shared: pathlib.Path) -> None:
    """The regression that starts a fit of cmp prints the same header, from the data of the lecture."""
    text = (shared / "reference/outputs/135.txt").read_text()
    start = text.index("      Source |")
    expected = text[start : text.index("\n\n", start)]
    session = Session()
    actual = printed(session, "version 14\nquietly sysuse gcse\nregress gcse lrt, notable")
    assert compare(expected, actual.strip("\n"), units=0) == []


# ---- NIST ----------------------------------------------------------------------------------------------------


def nist(shared: pathlib.Path) -> dict[str, dict]:
    sets: dict[str, dict] = json.loads((shared / "reference/nist_linear.json").read_text())["sets"]
    return sets


def design(entry: dict) -> tuple[np.ndarray, np.ndarray, bool]:
    x, y = np.array(entry["x"], dtype=float), np.array(entry["y"], dtype=float)
    degree = re.search(r"degree (\d+)", entry["model"])
    if degree:
        x = x[:, :1] ** np.arange(1, int(degree[1]) + 1)
    return x, y, "no constant" not in entry["model"]


def digits(actual: float, wanted: float) -> float:
    """Correct significant digits; of a certified zero, decimals."""
    error = abs(actual - wanted) / abs(wanted) if wanted else abs(actual)
    return float(-np.log10(max(error, 1e-16)))


SETS = (
    "Norris", "Pontius", "NoInt1", "NoInt2", "Longley", "Wampler1", "Wampler2", "Wampler3", "Wampler4", "Wampler5", "Filip",
)  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_certified_values(shared: pathlib.Path, name: str) -> None:
    """Nine digits, through the session.  Filip's tenth powers, once rounded to doubles, define a problem whose exact
    solution agrees with the certified one in 7.6 digits (test below)."""
    entry = nist(shared)[name]
    x, y, constant = design(entry)
    names = [f"x{j}" for j in range(x.shape[1])]
    session = session_with({"y": y, **{each: x[:, j] for j, each in enumerate(names)}})
    run(session, f"regress y {' '.join(names)}{'' if constant else ', noconstant'}")
    result = session.context.estimates.result
    rows = list(result.coefficients)  # type: ignore[attr-defined]
    rows = rows[-1:] + rows[:-1] if constant else rows
    enough = 7.5 if name == "Filip" else 9
    for row, wanted in zip(rows, entry["coefficients"], strict=True):
        assert digits(row.b, wanted) > enough
    V = np.sqrt(np.diag(result.V))  # type: ignore[attr-defined]
    errors = np.append(V[-1:], V[:-1]) if constant else V
    for actual, wanted in zip(errors, entry["standard_errors"], strict=True):
        assert digits(float(actual), wanted) > enough
    assert digits(stored(session)["rmse"], entry["residual_sd"]) > 9
    assert digits(stored(session)["r2"], entry["r_squared"]) > 9


def exact(x: np.ndarray, y: np.ndarray) -> list[float]:
    """The least-squares solution in rational arithmetic."""
    rows = [[Fraction(float(v)) for v in row] for row in x]
    right = [Fraction(float(v)) for v in y]
    k = x.shape[1]
    a = [[sum(r[i] * r[j] for r in rows) for j in range(k)] + [sum(r[i] * t for r, t in zip(rows, right, strict=True))]
         for i in range(k)]
    for i in range(k):
        a[i] = [value / a[i][i] for value in a[i]]
        for j in range(k):
            if j != i:
                factor = a[j][i]
                a[j] = [p - factor * q for p, q in zip(a[j], a[i], strict=True)]
    return [float(row[k]) for row in a]


@pytest.mark.parametrize("name", ["Filip", "Wampler5", "Longley"])
def test_exact_solution_of_the_doubles(shared: pathlib.Path, name: str) -> None:
    x, y, _ = design(nist(shared)[name])
    wanted = exact(np.column_stack([x, np.ones(len(x))]), y)
    fit = least_squares(y, x)
    assert min(digits(float(b), w) for b, w in zip(fit.beta, wanted, strict=True)) > 9


def test_large_fit_by_normal_equations() -> None:
    """Many rows take another road through the engine; the answer is that of the exact normal equations."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(300_000, 3)) + 50
    y = x @ [1.0, -2.0, 0.5] + rng.normal(size=len(x))
    fit = least_squares(y, x)
    z, centred = x - x.mean(axis=0), y - y.mean()
    assert fit.beta[:3] == pytest.approx(np.linalg.solve(z.T @ z, z.T @ centred), rel=1e-10)
    assert fit.tss == pytest.approx(fit.mss + fit.rss, rel=1e-12)


# ---- what e() holds ------------------------------------------------------------------------------------------

SMALL = {"y": [1.0, 3.0, 2.0, 5.0], "x": [1.0, 2.0, 3.0, 4.0], "w": [1.0, 2.0, 1.0, 3.0]}


def test_small_example_by_hand() -> None:
    """xbar 2.5, ybar 2.75, Sxx 5, Sxy 5.5, Syy 8.75: b 1.1, rss 2.7, mss 6.05, F = 6.05/1.35."""
    session = session_with(SMALL)
    run(session, "regress y x")
    e = stored(session)
    assert (e["N"], e["df_m"], e["df_r"], e["rank"]) == (4, 1, 2, 2)
    assert [e["mss"], e["rss"], e["F"]] == pytest.approx([6.05, 2.7, 6.05 / 1.35])
    assert e["r2"] == pytest.approx(6.05 / 8.75) and e["r2_a"] == pytest.approx(1 - 2.7 / 2 / (8.75 / 3))
    assert e["ll"] == pytest.approx(-2 * (np.log(2 * np.pi * 2.7 / 4) + 1))
    assert e["ll_0"] == pytest.approx(-2 * (np.log(2 * np.pi * 8.75 / 4) + 1))
    wanted = np.array([[1.35 / 5, -2.5 * 1.35 / 5], [-2.5 * 1.35 / 5, 1.35 * (1 / 4 + 6.25 / 5)]])
    assert session.context.estimates.stored().matrices["V"].values == pytest.approx(wanted)


def test_frequencies_repeat_rows() -> None:
    weighted, plain = session_with(SMALL), session_with(SMALL)
    run(weighted, "regress y x [fw=w]")
    rows = np.repeat(np.arange(4), [1, 2, 1, 3])
    plain = session_with({name: np.array(values)[rows] for name, values in SMALL.items()})
    run(plain, "regress y x")
    assert stored(weighted) == pytest.approx(stored(plain))


def test_analytic_weights_are_scaled_to_n() -> None:
    session, doubled = session_with(SMALL), session_with({**SMALL, "w": [2 * w for w in SMALL["w"]]})
    out = printed(session, "regress y x [aw=w]")
    run(doubled, "regress y x [w=w]")
    assert stored(session) == pytest.approx(stored(doubled))
    assert stored(session)["N"] == 4
    w = np.array(SMALL["w"]) * 4 / 7
    X = np.column_stack([SMALL["x"], np.ones(4)])
    b = np.linalg.solve(X.T @ (w[:, None] * X), X.T @ (w * np.array(SMALL["y"])))
    assert session.context.estimates.stored().matrices["b"].values[0] == pytest.approx(b)
    assert out.splitlines()[0] == "(sum of wgt is   7.0000e+00)"
    assert printed(session, "version 17\nregress y x [aw=w]").splitlines()[0] == "(sum of wgt is 7)"


def test_no_constant_counts_total_about_zero() -> None:
    session = session_with(SMALL)
    run(session, "regress y x, noconstant")
    e = stored(session)
    assert e["mss"] + e["rss"] == pytest.approx(39) and (e["df_m"], e["df_r"]) == (1, 3)
    assert e["r2_a"] == pytest.approx(1 - (1 - e["r2"]) * 4 / 3)


def test_predictions() -> None:
    session = session_with({**SMALL, "z": [0.0, 0.0, 0.0, 1.0]})
    run(session, "quietly regress y x if z == 0\npredict double f\npredict double e, residuals\npredict double s, stdp")
    data = session.context.data
    columns = {name: data.columns[name].values for name in "fes"}
    assert columns["f"] == pytest.approx([1.5, 2, 2.5, 3]) and columns["e"] == pytest.approx([-0.5, 1, -0.5, 2])
    s2 = 1.5   # residuals -.5, 1, -.5 on one degree of freedom
    h = 1 / 3 + (np.array([1, 2, 3, 4]) - 2.0) ** 2 / 2
    assert columns["s"] == pytest.approx(np.sqrt(s2 * h))
    out = printed(session, "predict double r, rstandard\npredict double l, hat")
    assert out == "(1 missing value generated)\n(1 missing value generated)"
    assert session.context.data.columns["r"].values[:3] == pytest.approx(
        np.array([-0.5, 1, -0.5]) / np.sqrt(s2 * (1 - h[:3]))
    )
    assert session.context.data.columns["f"].label == "Fitted values"


def test_tests_are_F_and_t() -> None:
    session = session_with({**SMALL, "v": [1.0, 0.0, 0.0, 1.0]})
    run(session, "quietly regress y x v")
    e = stored(session)
    out = printed(session, "test x v")
    assert " F(  2,     1) =" in out
    test = run(session, "test x v")[-1].result
    assert test.statistic == pytest.approx(e["F"])  # type: ignore[union-attr]
    line = printed(session, "lincom x + v")
    assert "P>|t|" in line


# ---- forms of the output -------------------------------------------------------------------------------------


def test_replay_and_pieces() -> None:
    session = session_with(SMALL)
    whole = printed(session, "regress y x")
    assert printed(session, "regress") == whole
    header, table = printed(session, "regress, notable"), printed(session, "regress, noheader")
    assert header + "\n" + table == whole
    assert "[90% Conf. Interval]" in printed(session, "regress, level(90)")


def test_collinear_variables_are_named() -> None:
    session = session_with({**SMALL, "x2": [2.0, 4.0, 6.0, 8.0]})
    out = printed(session, "version 17\nregress y x x2")
    assert out.startswith("note: x2 omitted because of collinearity.\n")
    assert "          x2 |          0  (omitted)" in out.splitlines()


def test_only_a_constant() -> None:
    session = session_with(SMALL)
    lines = printed(session, "version 17\nregress y").splitlines()
    assert lines[2].endswith("F(0, 3)         =      0.00")
    assert lines[3] == "       Model |           0         0           .   Prob > F        =         ."
    assert lines[5].endswith("Adj R-squared   =    0.0000")


def test_as_many_coefficients_as_observations() -> None:
    session = session_with({"y": [1.0, 4.0], "x": [0.0, 1.0]})
    lines = printed(session, "version 17\nregress y x").splitlines()
    assert lines[2].endswith("F(1, 0)         =         .")
    assert lines[4] == "    Residual |           0         0           .   R-squared       =    1.0000"
    assert lines[11] == "           x |          3          .        .       .            .           ."


# ---- errors --------------------------------------------------------------------------------------------------


def test_errors() -> None:
    session = session_with({**SMALL, "m": [1e308, 1.0, 1.0, 2.0]})
    before = session.context.data
    fails(session, "regress", "last estimates not found", 301)
    fails(session, "regress y nope", "variable nope not found", 111)
    fails(session, "regress i.y x", "depvar may not be a factor variable", 198)
    fails(session, "regress y x if x > 9", "no observations", 2000)
    fails(session, "regress y x in 1", "insufficient observations", 2001)
    fails(session, "regress y x, beta", "option beta is not built yet", 199)
    fails(session, "regress y x, nope", "option nope not allowed", 198)
    assert session.context.data is before
    run(session, 'generate s = "a"')
    fails(session, "regress y s", "no observations", 2000)
    fails(session, "regress y i.s", "s:  string variables may not be used as factor variables", 109)


def test_extreme_values_give_numbers() -> None:
    session = session_with({"y": SMALL["y"], "x": [v * 1e300 for v in SMALL["x"]], "z": [v * 1e-300 for v in SMALL["x"]]})
    run(session, "regress y x")
    assert session.context.estimates.result.coefficients[0].b == pytest.approx(1.1e-300)  # type: ignore[attr-defined]
    run(session, "regress y z")
    assert session.context.estimates.result.coefficients[0].b == pytest.approx(1.1e300)  # type: ignore[attr-defined]
