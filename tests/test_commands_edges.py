"""Models at the edge of what data can tell: perfect fits, counts that vary less than a Poisson's, and what follows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sessions import fails, run, shown

from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.session import Session

N = 60


@pytest.fixture
def session() -> Session:
    rng = np.random.default_rng(5)
    x, g = rng.normal(size=N), np.repeat(np.arange(12), 5)
    a, b = rng.integers(1, 4, N), rng.integers(0, 2, N)
    b[a == 2] = 0
    b[:2], a[:2] = (0, 1), (1, 3)
    columns = {
        "x": x, "g": g, "a": a, "b": b, "y": a + x + rng.normal(size=N), "line": 2 * x + g,
        "calm": 3 + (np.arange(N) % 5 == 0), "wild": rng.poisson(np.exp(1 + 0.3 * x) * rng.gamma(1, 1, N)),
    }
    made = Session()
    made.context.data = Dataset(
        {name: new_numeric(name, np.asarray(values, dtype=float), "double") for name, values in columns.items()}, N
    )
    run(made, "version 17")
    return made


def scalars(session: Session) -> dict[str, float]:
    return dict(session.context.estimates.stored().scalars)


# ---- counts that vary less than a Poisson's -------------------------------------------------------------------


@pytest.mark.parametrize("dispersion", ["mean", "constant"])
@pytest.mark.parametrize("vce", ["oim", "robust"])
def test_less_than_poisson_variance(session: Session, dispersion: str, vce: str) -> None:
    """The maximum is the Poisson fit; ln alpha ends at -18 (Stata's FAQ on nbreg), where its variance means nothing."""
    run(session, f"quietly poisson calm x, vce({vce})")
    stored = session.context.estimates.stored()
    b, V, ll = stored.matrices["b"].values[0], stored.matrices["V"].values, stored.scalars["ll"]
    run(session, f"quietly nbreg calm x, dispersion({dispersion}) vce({vce})")
    stored = session.context.estimates.stored()
    assert stored.matrices["b"].values[0] == pytest.approx([*b, -18], rel=1e-6)
    assert stored.matrices["V"].values[:2, :2] == pytest.approx(V, rel=1e-5)
    assert not stored.matrices["V"].values[2].any()
    assert stored.scalars["ll"] == pytest.approx(ll, abs=1e-5) and stored.scalars["rank"] == 2


def test_how_alpha_at_zero_is_shown(session: Session) -> None:
    text = shown(session, "nbreg calm x, nolog")
    word = next(line for line in text.split("\n") if "/lnalpha" in line)
    assert word == "    /lnalpha |        -18          .                             .           ."
    assert "       alpha |   1.52e-08          ." in text
    assert text.endswith("LR test of alpha=0: chibar2(01) = 0.00                 Prob >= chibar2 = 1.000")
    assert " ( 1)  [/]lnalpha = 0\n       Constraint 1 dropped" in shown(session, "test [/]lnalpha")
    row = shown(session, "lincom [/]lnalpha").split("\n")[-2]
    assert row == "         (1) |        -18          .        .       .            .           ."


@pytest.mark.parametrize("version", [13, 17])
def test_parameters_in_expressions(session: Session, version: int) -> None:
    run(session, f"version {version}\nquietly nbreg wild x")
    lnalpha = float(session.context.estimates.stored().matrices["b"].values[0, -1])
    for spelling in ("[/]lnalpha", "_b[/lnalpha]", "_b[/:lnalpha]"):
        assert shown(session, f"display %20.0g {spelling}").strip() == shown(session, f"display %20.0g {lnalpha!r}").strip()
        run(session, f"nlcom exp({spelling})")
        found = session.context.state.returned.matrices["b"].values[0, 0]
        assert found == pytest.approx(math.exp(lnalpha))
    assert fails(session, "display [/]nope") == (111, "/nope not found")


# ---- perfect fits ---------------------------------------------------------------------------------------------


def test_a_perfect_fit_has_no_tests(session: Session) -> None:
    run(session, "xtset g")
    text = shown(session, "xtreg line x, fe")
    assert "F(1,47)           =          .\n" in text
    assert text.split("\n")[10].endswith("Prob > F          =          .")
    assert text.split("\n")[-1] == "F test that all u_i=0: F(11, 47) = .".ljust(66) + "Prob > F = ."
    assert not math.isinf(scalars(session)["F"]) and "F_f" not in scalars(session)


# ---- likelihood ratios of linear regressions ------------------------------------------------------------------


def test_lrtest_of_regressions(session: Session) -> None:
    run(session, "quietly regress y x\nestimates store small")
    low = scalars(session)["ll"]
    run(session, "quietly regress y x i.a\nestimates store big")
    high = scalars(session)["ll"]
    run(session, "lrtest small big")
    returned = session.context.state.returned.scalars
    assert returned["chi2"] == pytest.approx(2 * (high - low)) and returned["df"] == 2
    run(session, "quietly regress y x if x < 1\nestimates store fewer")
    n = scalars(session)["N"]
    assert fails(session, "lrtest fewer big") == (498, f"observations differ: {n:.0f} vs. {N}")
    run(session, "quietly regress y x, vce(robust)\nestimates store robust")
    assert fails(session, "lrtest robust big")[0] == 498
    run(session, "xtset g\nquietly xtreg y x, fe\nestimates store one\nquietly xtreg y x i.a, fe\nestimates store two")
    run(session, "lrtest one two")
    assert session.context.state.returned.scalars["df"] == 2


# ---- tables of models with cells left out ---------------------------------------------------------------------


def test_tables_leave_base_cells_out(session: Session) -> None:
    """As the table of regress does: no base levels, and cells without observations are empty, not omitted."""
    run(session, "generate twice = 2*x\nquietly regress y x twice i.a##i.b\nestimates store m")
    lines = [line for line in shown(session, "estimates table m").split("\n") if "|" in line]
    names = [line.split("|")[0].strip() for line in lines[1:]]
    assert names == ["x", "twice", "", "a", "2", "3", "", "1.b", "", "a#b", "2 1", "3 1", "", "_cons"]
    cells = {line.split("|")[0].strip(): line.split("|")[1].strip() for line in lines}
    assert cells["twice"] == "(omitted)" and cells["2 1"] == "(empty)"


def test_products_without_main_effects_keep_their_cells(session: Session) -> None:
    """1b.a#1.b is estimated there although a level in it is a base level."""
    run(session, "quietly regress y i.b#i.a\nestimates store m")
    stored = session.context.estimates.stored().matrices
    estimated = int(np.count_nonzero(np.diag(stored["V"].values)))
    text = shown(session, "estimates table m")
    numbers = [line for line in text.split("\n") if "|" in line and line[14:].strip()[:1] in set("-.0123456789")]
    assert len(numbers) == estimated


def test_minimum_is_accepted(session: Session) -> None:
    run(session, "quietly regress y x i.a")
    assert shown(session, "test x 2.a, minimum") == shown(session, "test x 2.a")


def test_margins_take_weights(session: Session) -> None:
    run(session, "generate w = 1 + (x > 0)\nquietly regress y x\nmargins [fweight=w]")
    weights = 1 + (session.context.data.columns["x"].values > 0)
    x = session.context.data.columns["x"].values
    b = session.context.estimates.stored().matrices["b"].values[0]
    returned = session.context.state.returned
    assert returned.matrices["b"].values[0, 0] == pytest.approx(b[1] + b[0] * np.average(x, weights=weights))
    assert returned.scalars["N"] == weights.sum()


def test_one_panel_has_no_variation_between(session: Session) -> None:
    run(session, "xtset g")
    text = shown(session, "xtreg y x if g == 3, fe")
    assert "     Between =      .  " in text and "corr(u_i, Xb) =      .  " in text and "F test" not in text
    assert "corr" not in scalars(session) and "r2_b" not in scalars(session)


# ---- how tables are shown -------------------------------------------------------------------------------------

LEGENDS = [
    ("regress y x i.a, vce(robust)", ["_b[x]", "_b[2.a]", "_b[3.a]", "_b[_cons]"]),
    ("logit b x, nolog", ["_b[x]", "_b[_cons]"]),
    ("ologit a x, nolog", ["_b[x]", "_b[/cut1]", "_b[/cut2]"]),
    ("nbreg wild x, nolog", ["_b[x]", "_b[_cons]", "_b[/lnalpha]"]),
    ("xtreg y x, fe", ["_b[x]", "_b[_cons]"]),
    ("xtreg y x, mle nolog", ["_b[x]", "_b[_cons]", "_b[/sigma_u]", "_b[/sigma_e]"]),
    ("regress y x, vce(bootstrap, reps(3) nodots)", ["_b[x]", "_b[_cons]"]),
]


@pytest.mark.parametrize(("command", "legend"), LEGENDS, ids=[each[0] for each in LEGENDS])
def test_legends_name_coefficients(session: Session, command: str, legend: list[str]) -> None:
    """Each is shown with its value, under the name by which an expression finds it."""
    run(session, "xtset g\nset seed 1")
    text = shown(session, command + (" coeflegend" if "," in command else ", coeflegend"))
    rows = [line.split("|")[1].split() for line in text.split("\n") if "_b[" in line]
    assert [row[1] for row in rows] == legend and "Legend" in text and "Std. err." not in text
    for value, name in rows:
        assert float(shown(session, f"display %9.0g {name}")) == float(value)
    name = command.split()[0]
    assert "Legend" not in shown(session, name) and "Legend" in shown(session, f"{name}, coeflegend")


@pytest.mark.parametrize("command", ["regress y x", "poisson wild x, nolog", "xtreg y x, re"])
def test_formats_of_columns(session: Session, command: str) -> None:
    run(session, "xtset g")
    options = "cformat(%8.2f) pformat(%4.2f) sformat(%5.1f)"
    text = shown(session, f"{command}{'' if ',' in command else ','} {options}")
    row = next(line for line in text.split("\n") if line.startswith("           x |"))
    stored = session.context.estimates.stored().matrices
    b, se = float(stored["b"].values[0, 0]), math.sqrt(stored["V"].values[0, 0])
    numbers = row.split("|")[1].split()
    assert numbers[:3] == [f"{b:.2f}", f"{se:.2f}", f"{b / se:.1f}"] and len(numbers[3]) == 4
    assert fails(session, f"{command}{'' if ',' in command else ','} cformat(%12.3f)") == (
        198, "cformat() must not be wider than 9")
    assert fails(session, f"{command}{'' if ',' in command else ','} pformat(%td)")[0] == 120
