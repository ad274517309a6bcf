"""margins: against printed outputs, against the delta method by hand, and against finite differences."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

from mixedcli.commands._margins.design import Rows
from mixedcli.commands._margins.ml import CLOGLOG, LOG, LOGIT, PROBIT
from mixedcli.commands._margins.response import Link, Response
from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.design.matrix import Columns
from mixedcli.records import replace
from mixedcli.report.document import Style
from mixedcli.report.margins import margins_document
from mixedcli.report.text import to_text
from mixedcli.results.coefficients import CoefficientRow
from mixedcli.results.margins import MarginsOptions, MarginsResult
from mixedcli.results.posted import EquationRows
from mixedcli.results.stripe import Part, Term
from mixedcli.session import Outcome, Session
from mixedcli.verify.compare import compare

LOGISTIC = Link(
    lambda eta: 1 / (1 + np.exp(-eta)),
    lambda eta: np.exp(-eta) / (1 + np.exp(-eta)) ** 2,
    lambda eta: np.exp(-eta) * (np.exp(-eta) - 1) / (1 + np.exp(-eta)) ** 3,
)


def simulated(n: int = 200) -> Dataset:
    """y, x, z, a factor g with levels 1 2 3, a factor h with levels 0 1, frequencies w."""
    rng = np.random.default_rng(20240611)
    x, z = rng.normal(1, 1, n), rng.normal(0, 2, n)
    g, h = rng.integers(1, 4, n).astype(float), rng.integers(0, 2, n).astype(float)
    y = 1 + x - 0.5 * x**2 + (g - 2) * x + h * z + rng.normal(size=n)
    made = {"y": y, "x": x, "z": z, "g": g, "h": h, "w": rng.integers(1, 4, n).astype(float)}
    return Dataset(columns={name: new_numeric(name, values, "double") for name, values in made.items()}, n=n)


@pytest.fixture
def session() -> Session:
    found = Session()
    found.context.data = simulated()
    return found


def run(session: Session, text: str) -> list[Outcome]:
    outcomes = list(session.run(text))
    wrong = [o.error for o in outcomes if o.error]
    assert not wrong, wrong
    return outcomes


def printed(session: Session, text: str) -> str:
    return "".join(to_text(o.document) for o in run(session, text) if o.document is not None)


def stored(session: Session, name: str) -> np.ndarray:
    return session.context.state.returned.matrices[name].values


def estimates(session: Session) -> tuple[dict[str, float], np.ndarray, list[str]]:
    matrices = session.context.estimates.stored().matrices
    names = [str(name) for name in matrices["b"].columns]
    return dict(zip(names, matrices["b"].values[0], strict=True)), matrices["V"].values, names


def values(session: Session, name: str) -> np.ndarray:
    return np.array(session.context.data.columns[name].values)


def failure(session: Session, text: str) -> tuple[str, int]:
    error = next(o.error for o in session.run(text) if o.error)
    return error.message, error.rc


# ---- printed outputs -----------------------------------------------------------------------------------------


def test_predictive_margins_as_printed(shared: pathlib.Path) -> None:
    text = (shared / "reference" / "outputs" / "619.txt").read_text(encoding="utf-8")
    session = Session()
    run(session, f"use {shared / 'data' / 'auto.dta'}\nversion 18\nregress mpg headroom gear_ratio i.rep78")
    assert compare(text.split("#---\n")[1].strip("\n"), printed(session, "margins rep78").strip("\n")) == []


def test_header_before_17_has_columns(session: Session) -> None:
    run(session, "version 15\nregress y i.g c.x")
    lines = printed(session, "margins g, at(x=(1 2))").split("\n")
    assert lines[1:8] == [
        "Adjusted predictions                            Number of obs     =        200",
        "Model VCE    : OLS",
        "",
        "Expression   : Linear prediction, predict()",
        "",
        "1._at        : x               =           1",
        "2._at        : x               =           2",
    ]


def test_header_of_13(session: Session) -> None:
    run(session, "version 13\nregress y i.g c.x")
    lines = printed(session, "margins, dydx(*)").split("\n")
    assert lines[1] == "Average marginal effects                          Number of obs   =        200"
    assert lines[5] == "dy/dx w.r.t. : 2.g 3.g x"
    assert lines[-1] == "Note: dy/dx for factor levels is the discrete change from the base level."


def test_header_from_17_on_is_as_wide_as_needed(session: Session) -> None:
    run(session, "version 17\nregress y i.g c.x z")
    lines = printed(session, "margins g, atmeans at(x=1.5)").split("\n")
    share = (values(session, "g") == 1).mean()
    assert lines[1].endswith("Number of obs = 200") and len(lines[1]) == 78
    assert lines[2] == "Model VCE: OLS"
    assert lines[5].startswith("At: 1.g =") and lines[5].endswith(" (mean)")
    assert float(lines[5].split()[-2]) == pytest.approx(share)
    assert lines[8].split() == ["x", "=", "1.5"] and lines[8].index("=") == lines[5].index("=")


def test_base_outcome_and_equations(session: Session) -> None:
    run(session, "version 17\nregress y i.h##c.x i.g")
    table = printed(session, "margins, dydx(h) at(x=(1 2))").split("\n")
    start = table.index("0.h          |  (base outcome)")
    assert table[start + 1].startswith("-------------+")
    assert table[start + 2 : start + 4] == ["1.h          |", "         _at |"]
    assert table[start + 4].startswith("          1  |")


# ---- numbers -------------------------------------------------------------------------------------------------


def test_margins_alone_average_the_predictions(session: Session) -> None:
    run(session, "regress y c.x##c.x i.g##c.x\npredict double fitted\nmargins")
    assert stored(session, "b")[0, 0] == pytest.approx(values(session, "fitted").mean(), rel=1e-13)


def test_average_derivative_by_hand(session: Session) -> None:
    run(session, "regress y c.x##c.x i.g##c.x\nmargins, dydx(x)")
    b, V, names = estimates(session)
    x, g = values(session, "x"), values(session, "g")
    weights = {"x": 1.0, "c.x#c.x": 2 * x.mean(), "2.g#c.x": (g == 2).mean(), "3.g#c.x": (g == 3).mean()}
    J = np.array([weights.get(name, 0.0) for name in names])
    assert stored(session, "b")[0, 0] == pytest.approx(sum(weights[n] * b[n] for n in weights), rel=1e-12)
    assert stored(session, "V")[0, 0] == pytest.approx(J @ V @ J, rel=1e-10)
    assert session.context.lookup("r", "df_r") == 193


def test_factor_levels_and_discrete_changes_by_hand(session: Session) -> None:
    run(session, "regress y i.g##c.x z\nmargins g, atmeans")
    b, _, _ = estimates(session)
    x, z = values(session, "x").mean(), values(session, "z").mean()
    base = b["_cons"] + b["x"] * x + b["z"] * z
    expected = [base] + [base + b[f"{k}.g"] + b[f"{k}.g#c.x"] * x for k in (2, 3)]
    assert stored(session, "b")[0] == pytest.approx(expected, rel=1e-11)
    run(session, "margins, dydx(g) at(x=0)")
    assert stored(session, "b")[0] == pytest.approx([0, b["2.g"], b["3.g"]], rel=1e-11)


def test_over_and_if_average_parts_of_the_sample(session: Session) -> None:
    run(session, "regress y c.x##c.x\nmargins, dydx(x) over(h)")
    b, _, _ = estimates(session)
    x, h = values(session, "x"), values(session, "h")
    expected = [b["x"] + 2 * b["c.x#c.x"] * x[h == level].mean() for level in (0, 1)]
    assert stored(session, "b")[0] == pytest.approx(expected, rel=1e-12)
    assert stored(session, "_N")[0] == pytest.approx([(h == 0).sum(), (h == 1).sum()])
    run(session, "margins if h == 1, dydx(x)")
    assert stored(session, "b")[0, 0] == pytest.approx(expected[1], rel=1e-12)


def test_last_list_of_values_varies_fastest(session: Session) -> None:
    run(session, "regress y x z\nmargins, at(z=(0 1) x=(2 3))")
    b, _, _ = estimates(session)
    expected = [b["_cons"] + b["x"] * x + b["z"] * z for z in (0, 1) for x in (2, 3)]
    assert stored(session, "b")[0] == pytest.approx(expected, rel=1e-11)
    assert session.context.state.returned.matrices["at"].values.tolist() == [[2, 0], [3, 0], [2, 1], [3, 1]]


def test_statistics_of_at(session: Session) -> None:
    run(session, "regress y x z i.g\nmargins, at((p25) x (zero) z (base) g)")
    b, _, _ = estimates(session)
    quartile = np.sort(values(session, "x"))[49:51].mean()      # 200 rows: the mean of the 50th and 51st
    assert stored(session, "b")[0, 0] == pytest.approx(b["_cons"] + b["x"] * quartile, rel=1e-12)


def test_asbalanced(session: Session) -> None:
    run(session, "regress y i.g i.h\nmargins h, asbalanced")
    b, _, _ = estimates(session)
    low = b["_cons"] + (b["2.g"] + b["3.g"]) / 3
    assert stored(session, "b")[0] == pytest.approx([low, low + b["1.h"]], rel=1e-11)


def test_elasticities_are_derivatives_of_logarithms(session: Session) -> None:
    run(session, "replace y = y + 30\nregress y c.x##c.x\nmargins, eyex(x)")
    b, _, _ = estimates(session)
    x = values(session, "x")
    y = b["_cons"] + b["x"] * x + b["c.x#c.x"] * x**2
    expected = ((b["x"] + 2 * b["c.x#c.x"] * x) * x / y).mean()
    assert stored(session, "b")[0, 0] == pytest.approx(expected, rel=1e-12)


def test_frequency_weights_are_repeated_rows(session: Session) -> None:
    run(session, "regress y c.x##c.x i.g [fweight=w]\nmargins g, at((mean) x)")
    b, V, n = stored(session, "b"), stored(session, "V"), session.context.lookup("r", "N")
    run(session, "expand w\nregress y c.x##c.x i.g\nmargins g, at((mean) x)")
    assert stored(session, "b") == pytest.approx(b, rel=1e-10)
    assert stored(session, "V") == pytest.approx(V, rel=1e-8)
    assert session.context.lookup("r", "N") == n == len(values(session, "w"))


def test_mixed_model_uses_the_fixed_part(session: Session) -> None:
    run(session, "sysuse pups, clear\nversion 17\nmixed w i.sex##i.dose || dam:")
    text = printed(session, "margins sex#dose")
    b, V, names = estimates(session)
    assert "Model VCE" not in text and "P>|z|" in text
    assert "Expression: Linear prediction, fixed portion, predict()" in text
    levels = [f"{s}.sex#{d}.dose" for s in (0, 1) for d in (0, 1, 2)]
    J = np.zeros((6, len(names)))
    for row, cell in enumerate(levels):
        sex, dose = (part.split(".")[0] for part in cell.split("#"))
        wanted = {"w:_cons", f"w:{sex}.sex", f"w:{dose}.dose", f"w:{cell}"}
        J[row] = [name in wanted for name in names]
    fixed = np.where(np.isfinite(V), V, 0)
    assert stored(session, "b")[0] == pytest.approx(J @ np.array([b[n] for n in names]), rel=1e-10)
    assert stored(session, "V") == pytest.approx(J @ fixed @ J.T, rel=1e-9)


# ---- predictions that are not linear ---------------------------------------------------------------------------


class Logistic:
    """The terms and e(V) of a regression, with Pr(y) = 1/(1 + exp(-xb))."""

    def __init__(self, model: object) -> None:
        self.model = model
        self.shift = np.zeros(len(model.design.terms))  # type: ignore[attr-defined]

    def margins_response(self, arguments: str) -> Response:
        design, fit = self.model.design, self.model.fit  # type: ignore[attr-defined]
        b = design.full_vector(fit.beta) * 0.3 + self.shift
        return Response(design.terms, b, design.full_matrix(fit.inverse), "Pr(y)", "OIM", link=LOGISTIC)


@pytest.mark.parametrize("options", ["", ", dydx(x)", ", dydx(g)", ", eyex(x)", ", dyex(x)", ", eydx(g)", ", dydx(*)"])
def test_jacobian_against_finite_differences(session: Session, options: str) -> None:
    run(session, "regress y c.x##c.x i.g##c.x z")
    found = session.context.estimates
    model = Logistic(found.model)
    session.context.change(estimates=replace(found, model=model))
    run(session, f"margins{options}")
    J = stored(session, "Jacobian")
    step = 1e-5
    for k in range(len(model.shift)):
        sides = []
        for sign in (1, -1):
            model.shift[k] = sign * step
            run(session, f"margins{options}")
            sides.append(stored(session, "b")[0])
        model.shift[k] = 0
        assert J[:, k] == pytest.approx((sides[0] - sides[1]) / (2 * step), abs=2e-8)


def test_derivative_by_a_covariate_against_finite_differences(session: Session) -> None:
    run(session, "regress y c.x##c.x##c.z i.g##c.x")
    design = session.context.estimates.model.design
    step = 1e-5
    data = session.context.data
    every = np.ones(data.n, dtype=bool)
    made = []
    for sign in (1, -1):
        moved = data.with_column(new_numeric("x", values(session, "x") + sign * step, "double"))
        made.append(Rows(Columns(moved, every), None).matrix(design.terms, {}))
    D = Rows(Columns(data, every), None).derivative(design.terms, {}, "x")
    np.testing.assert_allclose(D, (made[0] - made[1]) / (2 * step), atol=1e-6)


# ---- what cannot be done ---------------------------------------------------------------------------------------


def test_cells_without_observations_are_not_estimable(session: Session) -> None:
    run(session, "version 15\ndrop if g == 3 & h == 1\nregress y i.g##i.h\nmargins g#h")
    text = printed(session, "margins g#h")
    assert "        3 1  |          .  (not estimable)" in text
    text = printed(session, "margins g")
    assert [line for line in text.split("\n") if "(not estimable)" in line] == ["          3  |          .  (not estimable)"]
    assert session.context.lookup("r", "k_margins") == 3


def test_names_that_are_not_in_the_model(session: Session) -> None:
    run(session, "version 17\nregress y x i.g")
    assert failure(session, "margins h") == ("factor h not found in list of covariates", 322)
    assert failure(session, "margins x") == ("factor x not found in list of covariates", 322)
    assert failure(session, "margins, dydx(z)") == ("z not found in list of covariates", 322)
    assert failure(session, "margins, at(z=1)") == ("z not found in list of covariates", 322)
    run(session, "version 15")
    assert failure(session, "margins h") == ("factor 'h' not found in list of covariates", 322)


@pytest.mark.parametrize(
    ("command", "rc"),
    [
        ("margins, eyex(g)", 198),
        ("margins, dydx(x) eyex(x)", 198),
        ("margins, at(g=7)", 198),
        ("margins, at((nonsense) x)", 198),
        ("margins, at(x)", 198),
        ("margins, predict(pr)", 198),
        ("margins if x > 1000", 2000),
        ("margins, nonsense", 198),
    ],
)
def test_mistakes(session: Session, command: str, rc: int) -> None:
    run(session, "regress y x i.g")
    before = session.context.estimates
    assert failure(session, command)[1] == rc
    assert session.context.estimates is before


def test_without_estimates_or_their_sample(session: Session) -> None:
    assert failure(session, "margins")[1] == 301
    run(session, "regress y x\nsysuse gcse, clear")
    assert failure(session, "margins")[1] in (111, 322)


# ---- post ------------------------------------------------------------------------------------------------------


def test_posted_margins_can_be_tested(session: Session) -> None:
    run(session, "version 17\nregress y i.g x\nmargins g, post")
    b, V, names = estimates(session)
    assert names == ["1bn.g", "2.g", "3.g"]
    text = printed(session, "test _b[1bn.g] = _b[2.g]")
    assert " ( 1)  1bn.g - 2.g = 0" in text
    gap = b["1bn.g"] - b["2.g"]
    F = gap**2 / (V[0, 0] + V[1, 1] - 2 * V[0, 1])
    assert session.context.lookup("r", "F") == pytest.approx(F, rel=1e-9)
    assert session.context.lookup("e", "cmd") == "margins"
    assert failure(session, "margins") == ("margins cannot work with its own posted results", 322)


# ---- maximum-likelihood models ---------------------------------------------------------------------------------


@pytest.mark.parametrize("link", [LOGIT, PROBIT, CLOGLOG, LOG])
def test_derivatives_of_links(link: Link) -> None:
    eta, step = np.linspace(-4, 2, 61), 1e-5
    first = (link.mean(eta + step) - link.mean(eta - step)) / (2 * step)
    second = (link.first(eta + step) - link.first(eta - step)) / (2 * step)
    np.testing.assert_allclose(link.first(eta), first, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(link.second(eta), second, rtol=1e-7, atol=1e-9)


def test_logit_by_hand(session: Session) -> None:
    run(session, "version 15\ngenerate d = y > 1\nlogit d c.x##i.h")
    text = printed(session, "margins, dydx(x)")
    assert "Expression   : Pr(d), predict()" in text and "Model VCE    : OIM" in text
    _, V, names = estimates(session)
    x, h = values(session, "x"), values(session, "h")
    columns = {"x": x, "1.h": h, "1.h#c.x": h * x, "_cons": np.ones_like(x)}
    kept = [k for k, name in enumerate(names) if name.rpartition(":")[2] in columns]
    X = np.column_stack([columns[names[k].rpartition(":")[2]] for k in kept])
    at = session.context.estimates.stored().matrices["b"].values[0][kept]
    place = {names[k].rpartition(":")[2]: i for i, k in enumerate(kept)}

    def ame(b: np.ndarray) -> float:
        p = 1 / (1 + np.exp(-X @ b))
        return float((p * (1 - p) * (b[place["x"]] + b[place["1.h#c.x"]] * h)).mean())

    J = np.array([(ame(at + e) - ame(at - e)) / 2e-6 for e in np.eye(len(at)) * 1e-6])
    assert stored(session, "b")[0, 0] == pytest.approx(ame(at), rel=1e-10)
    assert stored(session, "V")[0, 0] == pytest.approx(J @ V[np.ix_(kept, kept)] @ J, rel=1e-6)


def test_poisson_counts_with_exposure(session: Session) -> None:
    run(session, "generate n = int(abs(y))\npoisson n x, exposure(w)\nmargins")
    b = session.context.estimates.stored().matrices["b"].values[0]
    mu = values(session, "w") * np.exp(b[0] * values(session, "x") + b[1])
    assert stored(session, "b")[0, 0] == pytest.approx(mu.mean(), rel=1e-10)


def test_results_without_a_design_use_e_b_and_e_V(session: Session) -> None:
    run(session, "bootstrap, reps(8) seed(1) nodots: regress y c.x##i.h\nmargins, dydx(x)")
    b, V, names = estimates(session)
    J = np.array([{"x": 1.0, "1.h#c.x": values(session, "h").mean()}.get(name, 0.0) for name in names])
    assert stored(session, "b")[0, 0] == pytest.approx(J @ np.array(list(b.values())), rel=1e-11)
    assert stored(session, "V")[0, 0] == pytest.approx(J @ V @ J, rel=1e-9)
    assert session.context.state.returned.macros["model_vce"] == "Bootstrap"


def test_xtreg_by_hand(session: Session) -> None:
    run(session, "version 17\nxtset g\nxtreg y x i.h, fe")
    text = printed(session, "margins h, at(x=2)")
    _, V, names = estimates(session)
    J = np.array([[{"x": 2.0, "_cons": 1.0, "1.h": float(h)}.get(n.rpartition(":")[2], 0.0) for n in names] for h in (0, 1)])
    assert stored(session, "V") == pytest.approx(J @ V @ J.T, rel=1e-9)
    assert "Model VCE: Conventional" in text


@pytest.mark.parametrize("command", ["ologit", "oprobit"])
@pytest.mark.parametrize("outcome", [1, 2, 3, 4])
def test_ordered_outcomes_against_finite_differences(session: Session, command: str, outcome: int) -> None:
    run(session, f"generate r = 1 + (y > 0) + (y > 1) + (y > 3)\n{command} r c.x##i.h z")
    model = session.context.estimates.model
    start = model.theta.copy()
    for options in ("", "dydx(x)", "dydx(h)"):
        line = f"margins, predict(outcome({outcome})) {options}"
        run(session, line)
        J, step = stored(session, "Jacobian"), 1e-5
        at = [*model.data.design.columns, *range(len(model.data.design.terms), J.shape[1])]
        for k, column in enumerate(at):
            sides = []
            for sign in (1, -1):
                model.theta[:] = start
                model.theta[k] += sign * step
                run(session, line)
                sides.append(stored(session, "b")[0])
            np.testing.assert_allclose(J[:, column], (sides[0] - sides[1]) / (2 * step), atol=1e-8)
        model.theta[:] = start


def test_ordered_probabilities_add_to_one(session: Session) -> None:
    run(session, "version 17\ngenerate r = 1 + (y > 0) + (y > 1)\nlabel define r 1 \"very low\"\nlabel values r r\n"
                 "ologit r x")  # fmt: skip
    text = printed(session, "margins, predict(outcome(1))")
    assert "Expression: Pr(r==very_low), predict(outcome(1))" in text
    total = stored(session, "b")[0, 0]
    for which in ("2", "#3"):
        run(session, f"margins, predict(outcome({which}))")
        total += stored(session, "b")[0, 0]
    assert total == pytest.approx(1, abs=1e-12)
    assert failure(session, "margins, predict(outcome(9))") == ("outcome 9 not found", 111)


# ---- several predictions at once -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["ologit", "oprobit"])
def test_all_outcomes_of_an_ordered_model(session: Session, command: str) -> None:
    """From version 14 on each outcome is predicted in turn; the probabilities add to one, their effects to zero."""
    run(session, f"version 17\ngenerate c = 1 + (y > 0) + (y > 3)\nquietly {command} c x i.g\npredict double p1-p3")
    text = printed(session, "margins")
    assert [line for line in text.split("\n") if "predict(" in line] == [
        f"{k}._predict: Pr(c=={k}), predict(pr outcome({k}))" for k in (1, 2, 3)]
    assert "Expression" not in text and "    _predict |\n          1  |" in text
    b, V = stored(session, "b")[0], stored(session, "V")
    assert b == pytest.approx([values(session, f"p{k}").mean() for k in (1, 2, 3)])
    assert V.sum() == pytest.approx(0, abs=1e-12 * np.trace(V))
    for k in (1, 2, 3):
        run(session, f"margins, predict(outcome({k}))")
        assert stored(session, "V")[0, 0] == pytest.approx(V[k - 1, k - 1])
    text = printed(session, "margins, dydx(*)")
    assert "x            |\n    _predict |\n          1  |" in text and "dy/dx wrt:  x 2.g 3.g\n1._predict:" in text
    assert stored(session, "b")[0].reshape(4, 3).sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-12)
    assert str(session.context.state.returned.matrices["b"].columns[0]) == "x:1bn._predict"
    assert session.context.state.returned.scalars["k_predict"] == 3
    run(session, "margins g, at(x=(0 1))")
    assert stored(session, "b").shape == (1, 3 * 2 * 3)


def test_the_first_outcome_up_to_version_13(session: Session) -> None:
    text = printed(session, "version 13\ngenerate c = 1 + (y > 0) + (y > 3)\nquietly ologit c x\nmargins")
    assert "Expression   : Pr(c==1), predict()" in text
    first = stored(session, "b")[0]
    run(session, "margins, predict(outcome(1))")
    assert stored(session, "b")[0] == pytest.approx(first) and first.shape == (1,)


def test_legend_of_many_points(session: Session) -> None:
    """As in a log of Stata 17 with at(educ=(5(1)18)): numbers to the left, values to the right."""
    text = printed(session, "version 17\nquietly regress y x z\nmargins, at(x=(5(1)14))")
    legend = [line for line in text.split("\n") if "_at: " in line]
    assert legend[0] == "1._at:  x =  5" and legend[5] == "6._at:  x = 10" and legend[9] == "10._at: x = 14"


# ---- narrower tables -------------------------------------------------------------------------------------------

NARROW = """
Predictive margins                                      Number of obs = 51,417
Model VCE: OIM

Expression: Predicted number of events, predict()

----------------------------------------------------------------
               |            Delta-method
               |     Margin   std. err.     [95% conf. interval]
---------------+------------------------------------------------
         class |
  lower class  |       2.08       0.03          2.03        2.12
working class  |       1.89       0.01          1.87        1.91
 middle class  |       1.98       0.01          1.96        2.00
  upper class  |       2.21       0.04          2.13        2.28
----------------------------------------------------------------"""


def test_without_pvalues_as_printed() -> None:
    """margins class, nopvalues after poisson of the number of children (General Social Survey; a log of Stata 17)."""
    labels = {1: "lower class", 2: "working class", 3: "middle class", 4: "upper class"}
    numbers = [[float(each) for each in line.split("|")[1].split()] for line in NARROW.split("\n")[11:15]]
    rows = tuple(
        CoefficientRow(Term((Part("class", k),)), b, se, b / se, 0.0, lo, hi)
        for k, (b, se, lo, hi) in enumerate(numbers, start=1)
    )
    nothing = np.zeros((0, 0))
    result = MarginsResult(
        "Predictive margins", 51417, "OIM", "Predicted number of events, predict()", (EquationRows("", rows),), (),
        np.zeros(0), nothing, nothing, np.zeros(0), (), value_labels={"class": labels},
        options=MarginsOptions(nopvalues=True, cformat="%9.2f"),
    )
    assert to_text(margins_document(result, Style(version=17, linesize=120))) == NARROW


def test_tables_without_columns(session: Session) -> None:
    run(session, "version 17\nquietly regress y x i.g")
    text = printed(session, "margins g, nopvalues")
    assert "P>|t|" not in text and "[95% conf. interval]" in text and "\n" + "-" * 13 + "+" + "-" * 48 + "\n" in text
    text = printed(session, "margins g, noci")
    assert "P>|t|" in text and "interval" not in text and "\n" + "-" * 13 + "+" + "-" * 39 + "\n" in text
    assert stored(session, "table").shape == (6, 3)
    full = [line.split("|")[1].split() for line in printed(session, "margins g").split("\n") if line[10:12] in ("1 ", "2 ")]
    short = [line.split("|")[1].split() for line in text.split("\n") if line[10:12] in ("1 ", "2 ")]
    assert [row[:4] for row in full] == short
