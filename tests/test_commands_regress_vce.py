"""regress with other variances and weights: real outputs, plain formulas, what comes after, and trouble."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from test_commands_regress import SMALL, fails, printed, run, session_with, stored

from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")

# A. Marder, "Stata: Clustered Standard Errors": the first 100 rows of nlswork, printed by Stata 13 or older.
NLSWORK_100 = """
                                 (Std. Err. adjusted for 9 clusters in idcode)
------------------------------------------------------------------------------
             |               Robust
     ln_wage |      Coef.   Std. Err.      t    P>|t|     [95% Conf. Interval]
-------------+----------------------------------------------------------------
         age |   .0025964   .0159834     0.16   0.875    -.0342613    .0394541
      tenure |   .0356595      .0165     2.16   0.063    -.0023896    .0737086
             |
      idcode |
          2  |  -.4282753   .0207949   -20.60   0.000    -.4762285   -.3803222
          3  |  -.5313624   .0531705    -9.99   0.000    -.6539738    -.408751
"""
# Documentation of summclust (MacKinnon, Nielsen and Webb): nlswork in Stata 17.
NLSWORK_17 = """
Linear regression                               Number of obs     =     17,395
                                                F(11, 11)         =          .
                                                Prob > F          =          .
                                                R-squared         =     0.2489
                                                Root MSE          =     .39938

                              (Std. err. adjusted for 12 clusters in ind_code)
------------------------------------------------------------------------------
             |               Robust
     ln_wage | Coefficient  std. err.      t    P>|t|     [95% conf. interval]
-------------+----------------------------------------------------------------
       grade |
"""
NLSWORK_17_ROWS = """
          2  |   .0693857   .1486907     0.47   0.650    -.2578802    .3966517
          3  |  -.0917736   .1542778    -0.59   0.564    -.4313367    .2477895
          4  |  -.0425058   .2090656    -0.20   0.843     -.502656    .4176445
          5  |  -.0857796     .17182    -0.50   0.627    -.4639529    .2923936
          6  |  -.1327277   .1845942    -0.72   0.487    -.5390168    .2735614
          7  |  -.1149881    .205336    -0.56   0.587    -.5669297    .3369535
          8  |  -.0132159   .1724339    -0.08   0.940    -.3927403    .3663085
"""


def lines_of(text: str) -> list[str]:
    return text.strip("\n").split("\n")


def together(expected: str, actual: str) -> bool:
    """Whether the lines stand in the output one after the other."""
    return expected.strip("\n") in actual


def test_clusters_as_stata_13_prints_them(shared: pathlib.Path) -> None:
    session = Session()
    run(session, f"version 13\nquietly use {shared / 'data/nlswork'}\nkeep if _n <= 100")
    text = printed(session, "regress ln_wage age tenure i.idcode, vce(cluster idcode)")
    assert together(NLSWORK_100, text)
    head = lines_of(text)
    assert head[0] == "Linear regression                                      Number of obs =      99"
    assert head[2:5] == [
        f"{'':55}Prob > F      =       .", f"{'':55}R-squared     =  0.5172", f"{'':55}Root MSE      =  .26493",
    ]


def test_clusters_as_stata_17_prints_them(shared: pathlib.Path) -> None:
    """More coefficients than clusters: F is missing, and its first number is the rank."""
    session = Session()
    run(session, f"version 17\nset linesize 79\nquietly use {shared / 'data/nlswork'}\nquietly keep if inrange(age,20,40)")
    text = printed(session, "regress ln_wage i.grade i.age i.birth_yr union race msp, cluster(ind)")
    assert together(NLSWORK_17, text) and together(NLSWORK_17_ROWS, text)


# ---- formulas ------------------------------------------------------------------------------------------------


def made(n: int = 40) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    x, z = rng.normal(size=n), rng.normal(size=n)
    y = 1 + x - z + rng.normal(size=n) * (1 + np.abs(x))
    return {"y": y, "x": x, "z": z, "g": np.arange(n) % 7, "w": rng.uniform(0.5, 3, n), "f": rng.integers(1, 4, n)}


def sandwich(data: dict[str, np.ndarray], kind: str, w: np.ndarray | None = None, counts: bool = False) -> np.ndarray:
    """The variance by the textbook formulas (Davidson and MacKinnon 1993, section 16.3), one row at a time."""
    X = np.column_stack([data["x"], data["z"], np.ones(len(data["y"]))])
    weights = np.ones(len(X)) if w is None else w
    bread = np.linalg.inv(X.T @ np.diag(weights) @ X)
    e = data["y"] - X @ (bread @ X.T @ (weights * data["y"]))
    n, k = (weights.sum() if counts else len(X)), X.shape[1]
    h = np.array([row @ bread @ row for row in X])
    if kind.startswith("hc"):
        scale = weights * e**2 / (1 - h) ** (int(kind[2]) - 1)
        return bread @ (X.T @ np.diag(scale) @ X) @ bread
    if kind == "robust":
        scale = e**2 * (weights if counts else weights**2)
        return n / (n - k) * bread @ (X.T @ np.diag(scale) @ X) @ bread
    groups = [data["g"] == g for g in np.unique(data["g"])]
    sums = [X[rows].T @ (weights * e)[rows] for rows in groups]
    G = len(groups)
    return G / (G - 1) * (n - 1) / (n - k) * bread @ sum(np.outer(s, s) for s in sums) @ bread


def V(session: Session) -> np.ndarray:
    return np.array(session.context.estimates.stored().matrices["V"].values)


@pytest.mark.parametrize(("kind", "weight"), [
    *((kind, weight) for kind in ("robust", "cluster g") for weight in ("", "[aw=w]", "[pw=w]", "[fw=f]")),
    *((kind, weight) for kind in ("hc2", "hc3") for weight in ("", "[fw=f]")),
])
def test_variance_by_its_formula(kind: str, weight: str) -> None:
    data = made()
    session = session_with(data)
    run(session, f"regress y x z {weight}, vce({kind})")
    w = {"[aw=w]": data["w"], "[pw=w]": data["w"], "[fw=f]": data["f"].astype(float)}.get(weight)
    assert V(session) == pytest.approx(sandwich(data, kind.split()[0], w, weight == "[fw=f]"), rel=1e-9)
    n = data["f"].sum() if "f" in weight else 40
    assert stored(session)["df_r"] == (6 if "cluster" in kind else n - 3)
    b = session.context.estimates.stored().matrices["b"].values[0]
    assert stored(session)["F"] == pytest.approx(b[:2] @ np.linalg.solve(V(session)[:2, :2], b[:2]) / 2, rel=1e-9)


def test_frequencies_are_repetitions_for_every_variance() -> None:
    data = made()
    long = session_with({name: np.repeat(values, data["f"]) for name, values in data.items()})
    short = session_with(data)
    for kind in ("robust", "cluster g", "hc2", "hc3"):
        run(short, f"regress y x z [fw=f], vce({kind})")
        run(long, f"regress y x z, vce({kind})")
        assert V(short) == pytest.approx(V(long), rel=1e-9)
        assert stored(short) == pytest.approx(stored(long), rel=1e-9)


def test_older_options_and_sampling_weights_are_the_same() -> None:
    session = session_with(made())
    pairs = [("vce(robust)", "robust"), ("vce(r)", "r"), ("vce(cluster g)", "cluster(g)"), ("vce(cl g)", "robust cl(g)"),
             ("vce(hc3)", "hc3"), ("vce(ols)", "")]
    for new, old in pairs:
        first, second = printed(session, f"regress y x, {new}"), printed(session, f"regress y x, {old}")
        assert first == second
    analytic = printed(session, "regress y x [aw=w], vce(robust)")
    assert printed(session, "regress y x [pw=w]") == analytic.replace("[aw", "[pw")
    assert session.context.lookup("e", "vcetype") == "Robust" and session.context.lookup("e", "wtype") == "pweight"


def test_importance_weights_count_as_observations() -> None:
    """Whole ones are frequencies; others scale the information by what they are."""
    session = session_with({**made(), "half": made()["f"] / 2})
    run(session, "regress y x [fw=f]")
    whole, total = V(session), stored(session)
    run(session, "regress y x [iw=f]")
    assert V(session) == pytest.approx(whole, rel=1e-12) and stored(session) == pytest.approx(total)
    run(session, "regress y x [iw=half]")
    n = int(made()["f"].sum() / 2)
    assert stored(session)["N"] == n and stored(session)["rss"] == pytest.approx(total["rss"] / 2)
    assert V(session) == pytest.approx(whole * (total["N"] - 2) / (n - 2), rel=1e-9)


# ---- after the estimation ------------------------------------------------------------------------------------


def test_what_comes_after_uses_the_variance_and_its_degrees_of_freedom() -> None:
    data = made()
    session = session_with(data)
    run(session, "quietly regress y x z, vce(cluster g)")
    found = V(session)
    b = session.context.estimates.stored().matrices["b"].values[0]
    run(session, "test x")
    r = session.context.state.returned.scalars
    assert (r["F"], r["df_r"]) == (pytest.approx(b[0] ** 2 / found[0, 0]), 6)
    run(session, "lincom x + z")
    r = session.context.state.returned.scalars
    a = np.array([1.0, 1.0, 0.0])
    assert (r["se"], r["df"]) == (pytest.approx(np.sqrt(a @ found @ a)), 6)
    run(session, "predict double s, stdp")
    X = np.column_stack([data["x"], data["z"], np.ones(40)])
    s = np.asarray(session.context.data.columns["s"].values)
    assert s == pytest.approx(np.sqrt(np.einsum("ij,jk,ik->i", X, found, X)))
    text = printed(session, "margins")
    mean = X.mean(axis=0)
    assert "Model VCE    : Robust" in text
    row = next(line for line in text.split("\n") if "_cons |" in line).split("|")[1].split()
    assert float(row[1]) == pytest.approx(np.sqrt(mean @ found @ mean), abs=1e-6)
    # t with 6 degrees of freedom: 2.446912 (any table)
    assert float(row[5]) == pytest.approx(mean @ b + 2.446912 * float(row[1]), abs=1e-5)
    fails(session, "predict r, rstandard", "option rstandard not allowed after robust estimation", 198)


def test_replay_shows_the_same() -> None:
    session = session_with(made())
    whole = printed(session, "regress y x, vce(hc3)")
    assert printed(session, "regress") == whole and "Robust HC3" in whole
    assert "[90% Conf. Interval]" in printed(session, "regress, level(90)")
    assert "Source" not in whole and "Adj R-squared" not in whole


def test_by_groups_keep_the_option() -> None:
    session = session_with({**made(), "h": np.arange(40) % 2})
    assert printed(session, "bysort h: regress y x, robust").count("Robust") == 2
    run(session, "statsby se=_se[x], by(h) clear: regress y x, robust")
    se = np.asarray(session.context.data.columns["se"].values, dtype=float)
    again = session_with({**made(), "h": np.arange(40) % 2})
    run(again, "regress y x if h == 0, robust")
    assert se[0] == pytest.approx(np.sqrt(V(again)[0, 0]), rel=1e-6)


# ---- trouble -------------------------------------------------------------------------------------------------


def test_a_single_cluster_has_no_standard_errors() -> None:
    session = session_with({**SMALL, "one": [1.0] * 4})
    text = printed(session, "regress y x, vce(cluster one)")
    assert "           x |        1.1          .        .       .            .           ." in text
    assert "F(  0,     0) =       ." in text and stored(session)["N_clust"] == 1


def test_missing_clusters_and_zero_weights_leave_rows_out() -> None:
    data = {**made(), "h": np.where(np.arange(40) < 10, np.nan, made()["g"]), "v": np.where(np.arange(40) < 10, 0.0, 1.0)}
    session = session_with(data)
    run(session, "replace h = . in 1/10")
    for command in ("regress y x, vce(cluster h)", "regress y x [pw=v]", "regress y x [aw=v], robust"):
        run(session, command)
        assert stored(session)["N"] == 30 and session.context.sample().sum() == 30


def test_collinear_columns_with_weights() -> None:
    """Among the rows with a weight above zero x2 is 2 x."""
    x = np.array([1.0, 2, 3, 4, 5, 6])
    session = session_with({"y": x**2, "x": x, "x2": np.where(x > 5, 0.0, 2 * x), "w": [1.0, 1, 2, 2, 1, 0]})
    assert "note: x2 omitted because of collinearity" in printed(session, "regress y x x2 [pw=w]")


def test_constant_outcomes_and_perfect_fits_print() -> None:
    session = session_with({**made(), "c": np.full(40, 5.0), "p": 2 * made()["x"] + 1})
    for kind in ("robust", "cluster g", "hc2", "hc3"):
        for outcome in ("c", "p"):
            text = printed(session, f"regress {outcome} x, vce({kind})")
            assert "Prob > F      =       ." in text
    assert "Root MSE      =       0" in printed(session, "regress y x in 1/2, robust")


@pytest.mark.parametrize(
    ("command", "message", "rc"),
    [
        ("regress y x, vce(nothing)", "option vce() incorrectly specified", 198),
        ("regress y x, vce(oim)", "option vce() incorrectly specified", 198),
        ("regress y x, vce(cluster)", "option vce() incorrectly specified", 198),
        ("regress y x, vce(robust g)", "option vce() incorrectly specified", 198),
        ("regress y x, vce(cluster nothing)", "variable nothing not found", 111),
        ("regress y x, cluster(nothing)", "variable nothing not found", 111),
        ("regress y x, vce(cluster g f)", "clustering by more than one variable is not built yet", 199),
        ("regress y x, vce(hc2 g)", "vce(hc2 clustvar) is not built yet", 199),
        ("regress y x [pw=w], vce(hc3)", "vce(hc3) with pweights is not built yet", 199),
        ("regress y x [iw=w], robust", "vce(robust) with iweights is not built yet", 199),
        ("regress y x [fw=w]", "may not use noninteger frequency weights", 401),
        ("regress y x [pw=-w]", "negative weights encountered", 402),
        ("regress y x [iw=-w]", "negative weights encountered", 402),
        ("regress y x [pw=0]", "no observations", 2000),
        ("regress y x [aw=w], vce(bootstrap)", "weights not allowed", 101),
        ("regress y x, vce(bootstrap, nothing)", "option nothing not allowed", 198),
        ("regress y x, vce(bootstrap, reps(1))", "reps() must be greater than or equal to 2", 198),
    ],
)
def test_refusals(command: str, message: str, rc: int) -> None:
    session = session_with(made())
    before = session.context.data
    fails(session, command, message, rc)
    assert session.context.data is before and session.context.state.estimates is None
