"""xtreg, hausman and xttest0: printed outputs, Stata's stored results, predictions, errors."""

from __future__ import annotations

import json
import math
import pathlib

import numpy as np
import pytest
from test_commands_regress import fails, printed, run, session_with, stored

from mixedcli.session import Session
from mixedcli.verify.compare import compare

pytestmark = pytest.mark.filterwarnings("error")

RACE = """gen racec = cond(race==1,3,cond(race==2,1,2))
label define r 1 Black 2 Other 3 White
label values racec r
"""
LAGS = "xtset idcode year\ngen ln_wage_l1 = L.ln_wage\ngen age2 = age^2\n" + RACE


def expected(shared: pathlib.Path, number: str) -> tuple[str, str]:
    """The command of a real output, and what it printed."""
    head, _, text = (shared / "reference/outputs" / f"{number}.txt").read_text().partition("#---\n")
    command = next(part for part in head.split("\n") if part.startswith("# command: "))
    return command.removeprefix("# command: "), text.strip("\n")


@pytest.mark.parametrize(
    ("number", "version", "setup"),
    [
        ("082", 18, "drop if missing(grade, age, ttl_exp, tenure, not_smsa, south)"),
        ("083", 18, ""),
        ("653", 17, "gen age2 = age^2"),
        ("655", 17, RACE),
        ("657", 17, ""),
        ("659", 17, LAGS),
        ("661", 17, LAGS),
    ],
)
def test_real_output(shared: pathlib.Path, number: str, version: int, setup: str) -> None:
    command, text = expected(shared, number)
    session = Session()
    run(session, f"version {version}\nquietly use {shared / 'data/nlswork.dta'}\nquietly xtset idcode")
    run(session, f"quietly {{\n{setup}\n}}")
    assert compare(text, printed(session, command).strip("\n"), units=0) == []


def grunfeld(shared: pathlib.Path, version: int = 17) -> Session:
    session = Session()
    run(session, f"version {version}\nquietly use {shared / 'data/grunfeld.dta'}\nrename (I F C) (invest mvalue kstock)\n"
                 "rename (fn yr) (company year)\nquietly xtset company year")
    return session


def target(shared: pathlib.Path, name: str) -> dict:
    entries = json.loads((shared / "reference/models.json").read_text())["entries"]
    found: dict = next(entry for entry in entries if entry["id"] == name)
    return found


def coefficients(session: Session) -> dict[str, tuple[float, float]]:
    """Estimate and standard error by name."""
    matrices = session.context.estimates.stored().matrices
    b, V = matrices["b"], matrices["V"].values
    first = b.columns[0].equation
    return {name.name: (float(b.values[0, k]), math.sqrt(V[k, k])) for k, name in enumerate(b.columns)
            if name.equation == first}


def test_grunfeld(shared: pathlib.Path) -> None:
    wanted = target(shared, "grunfeld")["computed"]
    session = grunfeld(shared)
    for model in ("fe", "be", "re", "mle"):
        run(session, f"xtreg invest mvalue kstock, {model}")
        found, e, block = coefficients(session), stored(session), wanted[model]
        for name in ("mvalue", "kstock", "_cons"):
            if model != "mle" or name != "_cons":
                assert found[name] == pytest.approx(tuple(block[name]), rel=1e-5)
        if model in ("fe", "re"):
            assert [e["sigma_u"], e["sigma_e"], e["rho"]] == pytest.approx(
                [block["sigma_u"], block["sigma_e"], block["rho"]], rel=1e-6)
        if model == "fe":
            assert [e["F"], e["F_f"], e["corr"]] == pytest.approx([309.01, 49.18, -0.1517], abs=6e-3)
    assert e["ll"] == pytest.approx(wanted["mle"]["ll"], abs=5e-4)
    assert [e["chi2"], e["chi2_c"]] == pytest.approx([293.43, 193.09], abs=6e-3)


def test_intervals_of_mle(shared: pathlib.Path) -> None:
    """Printed by Stata 17: sigmas symmetric in logs, rho on the probit scale, standard errors from the joint Hessian."""
    block = target(shared, "xtreg_mle_lang")["printed"]
    session = Session()
    run(session, f"quietly use {shared / 'data/snijders.dta'}")
    run(session, "xtreg langpost, i(schoolnr) mle")
    result = session.context.estimates.result
    rows = {"_cons": result.coefficients[0], **dict(zip(("sigma_u", "sigma_e", "rho"), result.parameters, strict=True))}
    for name, row in rows.items():
        assert [row.b, row.se, row.lo, row.hi] == pytest.approx(block[name], rel=2e-6), name
    assert result.chibar2 == pytest.approx(block["chibar2"], abs=6e-3)


def test_mle_of_one_variance_component(shared: pathlib.Path) -> None:
    """The narrow header of version 17, with neither covariates nor a test of them."""
    session = Session()
    run(session, f"version 17\nquietly use {shared / 'data/pefr.dta'}\nquietly reshape long wp wm, i(id) j(occasion)")
    lines = printed(session, "xtreg wm, i(id) mle nolog").strip("\n").split("\n")
    assert lines[:11] == [
        "Random-effects ML regression                           Number of obs    =   34",
        "Group variable: id                                     Number of groups =   17",
        "",
        "Random effects u_i ~ Gaussian                          Obs per group:",
        "                                                                    min =    2",
        "                                                                    avg =  2.0",
        "                                                                    max =    2",
        "",
        "                                                       Wald chi2(0)     = 0.00",
        "Log likelihood = -184.57839                            Prob > chi2      =    .",
        "",
    ]


def test_nlswork_of_the_manual(shared: pathlib.Path) -> None:
    """[XT] xtreg: omitted terms, the quantiles of theta, robust standard errors, the likelihood-ratio test."""
    model = ("xtreg ln_w grade age c.age#c.age ttl_exp c.ttl_exp#c.ttl_exp tenure c.tenure#c.tenure 2.race not_smsa "
             "south, ")
    session = Session()
    run(session, f"version 17\nquietly use {shared / 'data/nlswork.dta'}\nquietly xtset idcode")
    text = printed(session, model + "fe vce(robust)")
    assert text.startswith("note: grade omitted because of collinearity.\nnote: 2.race omitted because of collinearity.\n")
    assert "F(8,4696)         =     273.86" in text
    assert "         age |   .0359987   .0052407     6.87   0.000     .0257243     .046273" in text
    text = printed(session, model + "re theta")
    assert ("------------------- theta --------------------\n  min      5%       median        95%      max\n"
            "0.2520   0.2520     0.5499     0.7016   0.7206\n") in text
    text = printed(session, model + "mle nolog")
    assert "    /sigma_u |   .2485556   .0035017                      .2417863    .2555144" in text
    assert "         rho |   .4204033   .0074828                      .4057959    .4351212" in text
    assert "LR test of sigma_u=0: chibar2(01) = 7339.84            Prob >= chibar2 = 0.000" in text
    assert stored(session)["chi2"] == pytest.approx(7592.38, abs=6e-3)


def test_old_layouts(shared: pathlib.Path) -> None:
    """Version 13: the group sizes beside R-sq, and the wording of the tests."""
    session = grunfeld(shared, 13)
    text = printed(session, "xtreg invest mvalue kstock, fe")
    assert "R-sq:  within  = 0.7668                         Obs per group: min =        20\n" in text
    assert "corr(u_i, Xb)  = -0.1517                        Prob > F           =    0.0000\n" in text
    assert text.endswith("F test that all u_i=0:     F(9, 188) =    49.18              Prob > F = 0.0000")
    text = printed(session, "xtreg invest mvalue kstock, re theta")
    assert ("corr(u_i, X)   = 0 (assumed)                    Prob > chi2        =    0.0000\n"
            "theta          = .86122362\n") in text
    text = printed(session, "xtreg invest mvalue kstock, be")
    assert "sd(u_i + avg(e_i.))=  85.02366                  Prob > F           =    0.0011\n" in text


def test_constant_only(shared: pathlib.Path) -> None:
    session = grunfeld(shared)
    text = printed(session, "xtreg invest, fe")
    assert "     Within  =      .  " in text
    assert ("F(0,190)          =       0.00\n"
            "corr(u_i, Xb) =      .                          Prob > F          =          .") in text
    assert "Wald chi2(0)      =          ." in printed(session, "xtreg invest")


# ---- the tests after it --------------------------------------------------------------------------------------


def test_hausman(shared: pathlib.Path) -> None:
    """The layouts are those of real outputs; the numbers those of models.json."""
    session = grunfeld(shared)
    run(session, "quietly xtreg invest mvalue kstock, fe\nestimates store fe\nquietly xtreg invest mvalue kstock\n"
                 "estimates store re")
    assert printed(session, "hausman fe re").strip("\n").split("\n") == [
        "                 ---- Coefficients ----",
        "             |      (b)          (B)            (b-B)     sqrt(diag(V_b-V_B))",
        "             |       fe           re         Difference       Std. err.",
        "-------------+----------------------------------------------------------------",
        "      mvalue |    .1101238     .1097811        .0003427        .0055213",
        "      kstock |    .3100653      .308113        .0019524        .0024516",
        "------------------------------------------------------------------------------",
        "                          b = Consistent under H0 and Ha; obtained from xtreg.",
        "           B = Inconsistent under Ha, efficient under H0; obtained from xtreg.",
        "",
        "Test of H0: Difference in coefficients not systematic",
        "",
        "    chi2(2) = (b-B)'[(V_b-V_B)^(-1)](b-B)",
        "            =   2.33",
        "Prob > chi2 = 0.3119",
    ]
    text = printed(session, "version 13\nhausman fe")
    assert "             |       fe           .          Difference          S.E.\n" in text
    assert text.endswith(
        "    Test:  Ho:  difference in coefficients not systematic\n\n"
        "                  chi2(2) = (b-B)'[(V_b-V_B)^(-1)](b-B)\n"
        "                          =        2.33\n                Prob>chi2 =      0.3119"
    )
    text = printed(session, "hausman re fe")
    assert "                          =    -2.33    chi2<0 ==> model fitted on these\n" in text


def test_hausman_refuses(shared: pathlib.Path) -> None:
    session = grunfeld(shared)
    run(session, "quietly xtreg invest mvalue, fe\nestimates store a\nquietly xtreg invest kstock\nestimates store b\n"
                 "quietly xtreg invest mvalue, vce(robust)\nestimates store r")
    fails(session, "hausman a b",
          "no coefficients in common; specify equations(matchlist) for problems with different equation names", 498)
    fails(session, "hausman a r", "hausman cannot be used with vce(robust), vce(cluster cvar), or p-weighted data", 198)
    fails(session, "hausman a nothing", "estimation result nothing not found", 111)
    fails(session, "hausman", "name required", 100)


def test_xttest0(shared: pathlib.Path) -> None:
    session = grunfeld(shared)
    run(session, "quietly xtreg invest mvalue kstock")
    assert printed(session, "xttest0").strip("\n").split("\n") == [
        "Breusch and Pagan Lagrangian multiplier test for random effects",
        "",
        "        invest[company,t] = Xb + u[company] + e[company,t]",
        "",
        "        Estimated results:",
        "                         |       Var     SD = sqrt(Var)",
        "                ---------+-----------------------------",
        "                  invest |   47034.89       216.8753",
        "                       e |   2784.458       52.76796",
        "                       u |     7089.8       84.20095",
        "",
        "        Test: Var(u) = 0",
        "                             chibar2(01) =   798.16",
        "                          Prob > chibar2 =   0.0000",
    ]
    run(session, "quietly xtreg invest mvalue kstock, fe")
    fails(session, "xttest0", "last estimates not xtreg, re", 301)


# ---- what comes after ----------------------------------------------------------------------------------------


@pytest.fixture
def small() -> Session:
    """Unbalanced panels; z is constant in each, w a weight that is too."""
    rng = np.random.default_rng(9)
    codes = np.repeat(np.arange(12.0), [2, 3, 4, 5, 2, 3, 4, 5, 1, 6, 3, 2])
    x, z = rng.normal(size=40), rng.normal(size=12)[codes.astype(int)]
    y = 1 + x + z + rng.normal(size=12)[codes.astype(int)] + rng.normal(size=40)
    session = session_with({"id": codes, "x": x, "z": z, "y": y, "w": 1 + codes % 3, "big": np.floor(codes / 3)})
    run(session, "quietly xtset id")
    return session


def column(session: Session, name: str) -> np.ndarray:
    return np.asarray(session.context.data.columns[name].values, dtype=float)


@pytest.mark.parametrize("model", ["fe", "re", "mle"])
def test_predictions(small: Session, model: str) -> None:
    """y is x b + u + e; after fe the u are panel means of the residual, after re and mle these shrunk."""
    run(small, f"quietly xtreg y x, {model}\npredict double xb, xb\npredict double ue, ue\npredict double u, u\n"
               "predict double e, e\npredict double xbu, xbu\npredict double s, stdp")
    y, codes = column(small, "y"), column(small, "id").astype(int)
    xb, ue, u, e, xbu = (column(small, name) for name in ("xb", "ue", "u", "e", "xbu"))
    b = coefficients(small)
    assert xb == pytest.approx(b["_cons"][0] + b["x"][0] * column(small, "x"))
    assert ue == pytest.approx(y - xb) and ue == pytest.approx(u + e) and xbu == pytest.approx(xb + u)
    T = np.bincount(codes)
    scalars = stored(small)
    share = 1.0 if model == "fe" else T * scalars["sigma_u"] ** 2 / (T * scalars["sigma_u"] ** 2 + scalars["sigma_e"] ** 2)
    assert u == pytest.approx((np.bincount(codes, ue) / T * share)[codes])
    assert (column(small, "s") > 0).all()


def test_predictions_outside_the_sample(small: Session) -> None:
    run(small, "quietly xtreg y x if id < 10, fe")
    assert "(5 missing values generated)" in printed(small, "predict u, u")
    assert "(option xb assumed; fitted values)" in printed(small, "predict xb")
    run(small, "quietly xtreg y x, be")
    run(small, "predict double u2, u\npredict double ue2, ue\negen double mean = mean(ue2), by(id)")
    assert column(small, "u2") == pytest.approx(column(small, "mean"))


def test_replay_test_and_lincom(small: Session) -> None:
    first = printed(small, "xtreg y x z, be").strip("\n")
    assert printed(small, "xtreg").strip("\n") == first
    assert "[90% Conf. Interval]" in printed(small, "xtreg, level(90)")
    run(small, "test x = z")
    assert small.context.state.returned.scalars["df_r"] == stored(small)["df_r"] == 9
    run(small, "quietly xtreg y x z, mle\nlincom x + z")
    assert "[y]x + [y]z = 0" in printed(small, "lincom x + z")
    run(small, "quietly regress y x")
    fails(small, "xtreg", "last estimates not found", 301)


def test_by_and_weights(small: Session) -> None:
    """Weights in fe are those of the dummy-variable regression."""
    run(small, "quietly regress y x i.id [aw=w]")
    wanted = coefficients(small)["x"]
    run(small, "quietly xtreg y x [aw=w], fe")
    assert coefficients(small)["x"] == pytest.approx(wanted, rel=1e-9)
    run(small, "gen h = mod(_n, 2)")
    assert printed(small, "bysort h: xtreg y x, fe").count("Fixed-effects (within) regression") == 2


@pytest.mark.parametrize(
    ("command", "message", "rc"),
    [
        ("xtreg y x, fe re", "only one of re, fe, be, mle, or pa may be specified", 198),
        ("xtreg y x, fe theta", "option theta not allowed", 198),
        ("xtreg y x, be vce(robust)", "vcetype 'robust' not allowed", 198),
        ("xtreg y x, vce(nothing)", "option vce() incorrectly specified", 198),
        ("xtreg y x, fe vce(cluster h)", "panels are not nested within clusters", 498),
        ("xtreg y x if id > 99", "no observations", 2000),
        ("xtreg y x if id == 8, fe", "insufficient observations", 2001),
        ("xtreg y x in 1/4, be", "insufficient observations", 2001),
        ("xtreg y x [aw=h+1], fe", "weight must be constant within id", 199),
        ("xtreg y x [aw=w], re", "weights not allowed", 101),
        ("xtreg y nothing, fe", "variable nothing not found", 111),
        ("xtreg z i.id, mle", "initial values not feasible", 1400),
    ],
)
def test_errors(small: Session, command: str, message: str, rc: int) -> None:
    run(small, "gen h = mod(_n, 2)\nquietly regress y x")
    before = small.context.state
    fails(small, command, message, rc)
    assert small.context.state.estimates is before.estimates and small.context.data is before.data


def test_needs_a_panel_variable() -> None:
    session = session_with({"y": [1, 2, 3, 4], "g": [1, 1, 2, 2]})
    fails(session, "xtreg y", "must specify panelvar; use xtset", 459)
    run(session, "xtreg y, fe i(g)")


def test_degenerate_outcomes_print(small: Session) -> None:
    """A constant outcome and a perfect fit give numbers or dots, no error of the machine."""
    run(small, "gen one = 1\ngen p = 2*x + z")
    for model in ("fe", "re", "be", "re sa", "fe vce(robust)"):
        for outcome in ("one", "p"):
            run(small, f"xtreg {outcome} x, {model}")


def test_no_variation_between_panels(small: Session) -> None:
    """Both variance estimates of u are zero; rho and the test follow."""
    run(small, "egen m = mean(y), by(id)\nreplace y = y - m")
    text = printed(small, "version 17\nxtreg y x, mle nolog")
    assert "    /sigma_u |          0          0                             .           ." in text
    assert "LR test of sigma_u=0: chibar2(01) = 0.00               Prob >= chibar2 = 1.000" in text
    run(small, "quietly xtreg y x, re\nquietly xttest0")
    assert stored(small)["rho"] == 0.0
    assert dict(small.context.state.returned.scalars) == {"lm": 0.0, "df": 1, "p": 1.0}


def test_values_too_large(small: Session) -> None:
    run(small, "gen double huge = 1e200 * x")
    for model in ("fe", "re", "be", "mle"):
        fails(small, f"xtreg y huge, {model}", "matrix has missing values", 504)
