"""xtlogit, xtprobit, xtpoisson and quadchk: what they agree with, what they refuse, and what works after them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sessions import failed, fails, last, run, shown
from test_xtre_published import ACCIDENTS, ships

from mixedcli.session import Session

MODEL = "c_use urban age child1 child2 child3"
LINE = {"xtlogit": "melogit", "xtprobit": "meprobit"}


def women(version: int = 17) -> Session:
    session = Session()
    run(session, f"version {version}\nsysuse bangladesh\nxtset district")
    return session


def e(session: Session, name: str) -> float:
    return float(session.context.estimates.stored().scalars[name])


def b(session: Session) -> dict[str, float]:
    matrix = session.context.estimates.stored().matrices["b"]
    return {name.name: float(value) for name, value in zip(matrix.columns, matrix.values[0], strict=True)}


def se(session: Session) -> np.ndarray:
    return np.sqrt(np.diag(session.context.estimates.stored().matrices["V"].values))


def values(session: Session, name: str) -> np.ndarray:
    return np.asarray(session.context.data.columns[name].values, dtype=float)


# ---- the same model as the me commands' --------------------------------------------------------------------------


@pytest.mark.parametrize("command", LINE)
@pytest.mark.parametrize("method", ["mvaghermite", "ghermite"])
def test_agrees_with_the_me_command(command: str, method: str) -> None:
    session = women()
    shown(session, f"{command} {MODEL}, nolog intmethod({method}) intpoints(9)")
    mine, errors, ll = b(session), se(session), e(session, "ll")
    sigma, rho = e(session, "sigma_u"), e(session, "rho")
    shown(session, f"{LINE[command]} {MODEL} || district:, nolog intmethod({method}) intpoints(9)")
    theirs, me_errors = b(session), se(session)
    variance = theirs.pop("var(_cons[district])")
    assert ll == pytest.approx(e(session, "ll"), abs=1e-7)
    log_variance = mine.pop("lnsig2u")
    assert mine == pytest.approx(theirs, rel=1e-6)
    assert math.exp(log_variance) == pytest.approx(variance, rel=1e-6)
    assert errors[:-1] == pytest.approx(me_errors[:-1], rel=1e-5)
    assert errors[-1] * variance == pytest.approx(me_errors[-1], rel=1e-4)      # d ln v = dv / v
    residual = math.pi**2 / 3 if command == "xtlogit" else 1.0
    assert sigma == pytest.approx(math.sqrt(variance), rel=1e-6)
    assert rho == pytest.approx(variance / (variance + residual), rel=1e-6)


def test_normal_counts_agree_with_mepoisson() -> None:
    session = ships()
    shown(session, f"{ACCIDENTS} normal nolog vce(robust)")
    mine, ll, chi2 = b(session), e(session, "ll"), e(session, "chi2")
    model = ACCIDENTS.replace("xtpoisson", "mepoisson").replace(" irr", "")
    shown(session, f"{model} || ship:, intpoints(12) vce(robust) nolog")
    theirs = b(session)
    assert ll == pytest.approx(e(session, "ll"), abs=1e-7)
    assert math.exp(mine.pop("lnsig2u")) == pytest.approx(theirs.pop("var(_cons[ship])"), rel=1e-6)
    assert mine == pytest.approx(theirs, rel=1e-6)
    assert chi2 == pytest.approx(e(session, "chi2"), rel=1e-4)


@pytest.mark.parametrize("extra", ["", " normal"])
def test_weights_repeat_panels(extra: str) -> None:
    """iweights and fweights of two: as if every panel were there twice."""
    session = ships()
    run(session, "generate w = 1 + (ship > 2)")
    shown(session, f"{ACCIDENTS}{extra} nolog")
    found = {}
    for kind in ("iweight", "fweight"):
        shown(session, ACCIDENTS.replace(",", f" [{kind}=w],") + f"{extra} nolog")
        found[kind] = (b(session), e(session, "ll"), e(session, "N"))
    assert found["iweight"] == found["fweight"]
    run(session, "expand w\nbysort ship year period: generate copy = _n\nreplace ship = ship + 10 if copy == 2\nxtset ship")
    shown(session, f"{ACCIDENTS}{extra} nolog")
    assert found["iweight"][0] == pytest.approx(b(session), rel=1e-6)
    assert found["iweight"][1] == pytest.approx(e(session, "ll"), abs=1e-7)
    assert found["iweight"][2] == e(session, "N")


@pytest.mark.parametrize("extra", ["", " normal"])
def test_pweights_are_robust(extra: str) -> None:
    """With equal weights the sandwich is that of vce(robust)."""
    session = ships()
    run(session, "generate w = 3")
    shown(session, f"{ACCIDENTS}{extra} nolog vce(robust)")
    errors = se(session)
    text = shown(session, ACCIDENTS.replace(",", " [pweight=w],") + f"{extra} nolog")
    assert se(session) == pytest.approx(errors, rel=1e-4)
    assert "(Std. err. adjusted for 5 clusters in ship)" in text
    assert "LR test" not in text and "Log pseudolikelihood" in text


def test_clusters_of_panels() -> None:
    session = ships()
    run(session, "generate group = ship\nreplace ship = ship * 10 + period / 75")
    shown(session, f"{ACCIDENTS.replace('ship', 'ship')} nolog vce(cluster group) i(ship)")
    assert e(session, "N_clust") == 5 and e(session, "N_g") == 10
    assert failed(session, f"{ACCIDENTS} i(group) vce(cluster year)") == ("panels are not nested within clusters", 498)


def test_no_panel_effect() -> None:
    """Every panel alike: no variance, no standard error, p of one."""
    session = Session()
    run(session, "set obs 60\ngenerate g = ceil(_n/6)\ngenerate y = mod(_n, 2)\ngenerate x = mod(_n, 3)\nxtset g")
    for command, row in (("xtlogit y x", "/lnsig2u"), ("xtpoisson y x", "/lnalpha"), ("xtpoisson y x, normal", "/lnsig2u")):
        text = shown(session, f"{command}{'' if ',' in command else ','} nolog")
        assert f"    {row} |          .          ." in text
        assert "Prob>=chibar2 = 1.000" in text or "Prob >= chibar2 = 1.000" in text
        assert e(session, "chi2_c") == 0 and e(session, "rank") == 2
        shown(session, "margins\nestat vce")


def test_resampling_draws_panels() -> None:
    session = ships()
    text = shown(session, f"{ACCIDENTS} vce(bootstrap, reps(3) seed(4) nodots)")
    assert "(Replications based on 5 clusters in ship)" in text
    assert session.context.estimates.stored().macros["vce"] == "bootstrap"


# ---- after them --------------------------------------------------------------------------------------------------


def test_predictions_of_binary_outcomes() -> None:
    session = women()
    shown(session, f"xtlogit {MODEL}, nolog")
    text = shown(session, "predict xb")
    assert "(option xb assumed; linear prediction)" in text
    run(session, "predict p, pr\npredict p0, pu0\npredict s, stdp")
    xb, p, p0 = (values(session, name) for name in ("xb", "p", "p0"))
    assert p0 == pytest.approx(1 / (1 + np.exp(-xb)), rel=1e-5)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    average = (weights / weights.sum()) @ (1 / (1 + np.exp(-(xb + e(session, "sigma_u") * nodes[:, None]))))
    assert p == pytest.approx(average, rel=1e-5)
    row = np.array([0.0, *(values(session, name)[0] for name in MODEL.split()[1:]), 1.0])[1:]
    V = session.context.estimates.stored().matrices["V"].values[:6, :6]
    assert values(session, "s")[0] == pytest.approx(math.sqrt(row @ V @ row), rel=1e-5)


def test_predictions_of_counts() -> None:
    session = ships()
    for extra, name in ((" normal", "g"), ("", "h")):
        shown(session, f"{ACCIDENTS}{extra} nolog")
        run(session, "\n".join(f"predict {name}{what}, {what}" for what in ("xb", "n", "nu0", "iru0")))
        xb, n, nu0, rate = (values(session, name + what) for what in ("xb", "n", "nu0", "iru0"))
        variance = e(session, "sigma_u") ** 2 if extra else 0.0
        assert nu0 == pytest.approx(np.exp(xb), rel=1e-5)
        assert n == pytest.approx(np.exp(xb + variance / 2), rel=1e-5)
        assert rate == pytest.approx(nu0 / values(session, "service"), rel=1e-5)


def test_prediction_is_missing_where_covariates_are() -> None:
    session = ships()
    shown(session, f"{ACCIDENTS} nolog")
    run(session, "replace op_75_79 = . in 1\npredict x, xb\npredict r, iru0")
    assert shown(session, "count if missing(x) & missing(r)").strip() == "1"


@pytest.mark.parametrize("how", ["", "predict(pu0)", "predict(xb)"])
def test_margins_by_differences(how: str) -> None:
    """The delta method against differences of the predictions in every parameter."""
    session = women()
    shown(session, f"xtprobit {MODEL} if district < 20, nolog")
    theta, V = np.array(list(b(session).values())), session.context.estimates.stored().matrices["V"].values
    used = values(session, "district") < 20
    X = np.column_stack([*(values(session, name)[used] for name in MODEL.split()[1:]), np.ones(used.sum())])

    def mean(at: np.ndarray) -> float:
        eta = X @ at[:-1]
        if "xb" in how:
            return float(eta.mean())
        scale = 1.0 if "pu0" in how else math.sqrt(1 + math.exp(at[-1]))
        return float(np.mean([0.5 * math.erfc(-z / scale / math.sqrt(2)) for z in eta]))

    gradient = [(mean(theta + d) - mean(theta - d)) / 2e-5 for d in np.eye(len(theta)) * 1e-5]
    shown(session, f"margins, {how}")
    stored = session.context.state.returned
    assert stored.matrices["b"].values[0, 0] == pytest.approx(mean(theta), rel=1e-6)
    assert math.sqrt(stored.matrices["V"].values[0, 0]) == pytest.approx(math.sqrt(gradient @ V @ gradient), rel=1e-5)


def test_margins_of_older_versions_are_linear() -> None:
    session = women(13)
    shown(session, f"xtlogit {MODEL}, nolog")
    assert "Linear prediction, predict()" in shown(session, "margins")


def test_tests_and_tables() -> None:
    session = women()
    shown(session, f"xtlogit {MODEL}, nolog\nestimates store a")
    assert "[/]lnsig2u = 0" in shown(session, "test [/]lnsig2u")
    assert "/lnsig2u" in shown(session, "estimates table a")
    assert "lnsig2u" in shown(session, "esttab a")
    assert "exp(.5*_b[/lnsig2u])" in shown(session, "nlcom exp(.5*_b[/lnsig2u])")
    run(session, f"logit {MODEL}\nestimates store c")
    assert "LR chi2(1)" in shown(session, "lrtest a c, force")
    assert "_b[/lnsig2u]" in shown(session, "estimates restore a\nxtlogit, coeflegend")
    run(session, f"version 13: xtlogit {MODEL}")
    assert str(session.context.estimates.stored().matrices["b"].columns[-1]) == "lnsig2u:_cons"


def test_quadchk() -> None:
    session = women()
    shown(session, f"xtlogit {MODEL}, nolog")
    text = shown(session, "quadchk")
    assert "Refitting model intpoints() = 8\nRefitting model intpoints() = 16\n" in text
    assert "12 points     8 points    16 points" in text
    chk = session.context.state.returned.matrices["chk"].values
    shown(session, f"xtlogit {MODEL}, nolog intpoints(16)")
    assert chk[2, 0] == pytest.approx(e(session, "ll"), abs=1e-8)
    assert "20 points     4 points    30 points" in shown(
        session, f"xtlogit {MODEL}, nolog intpoints(20)\nquadchk 4 30, nofrom nooutput"
    )
    assert fails(session, "quadchk 3")[0] == 198
    run(session, "xtset district\nxtpoisson c_use urban, nolog")
    assert fails(session, "quadchk")[0] == 301


def test_quadchk_is_what_fitting_again_gives() -> None:
    """Few points, so that the answers differ; the verdict goes by the most points, in whatever order they are typed."""
    session = Session()
    run(session, f"sysuse bangladesh, clear\nxtset district\nxtlogit {MODEL}, nolog intpoints(5)")
    found = last(session, "quadchk 20 4").result
    most, few = found.others
    assert (most.points, few.points) == ((20,), (4,))
    assert found.worst[0] == pytest.approx(np.abs(found.changes(most))[1:].max())
    for fit in found.others:
        run(session, f"xtlogit {MODEL}, nolog intpoints({fit.points[0]})")
        stored = session.context.estimates.stored()
        assert fit.ll == pytest.approx(stored.scalars["ll"], abs=1e-9)
        assert fit.b == pytest.approx(stored.matrices["b"].values[0], rel=1e-7)
        assert np.abs(found.changes(fit)).max() > 1e-7



# ---- the command line --------------------------------------------------------------------------------------------


def test_replay() -> None:
    session = women()
    text = shown(session, f"xtlogit {MODEL}")
    assert text.startswith("\nFitting comparison model:")
    again = shown(session, "xtlogit")
    assert text.endswith(again)
    assert "[90% conf. interval]" in shown(session, "xtlogit, level(90)")
    assert "Odds ratio" in shown(session, "xtlogit, or")
    assert failed(session, "xtprobit") == ("last estimates not found", 301)
    assert failed(session, "xtpoisson, irr") == ("last estimates not found", 301)


def test_panels_in_i() -> None:
    session = Session()
    run(session, "sysuse bangladesh")
    assert failed(session, f"xtlogit {MODEL}") == ("must specify panelvar; use xtset", 459)
    assert "Group variable: district" in shown(session, f"xtlogit {MODEL}, i(district)")
    run(session, "replace district = . in 1/10")
    shown(session, f"xtlogit {MODEL}, i(district)")
    assert e(session, "N") == session.context.data.n - 10


ERRORS = {
    "xtlogit one urban": (2000, "outcome does not vary"),
    "xtprobit one urban": (2000, "outcome does not vary"),
    "xtpoisson minus urban": (459, "minus must be greater than or equal to zero"),
    "xtpoisson zero urban": (498, "zero is zero for all observations"),
    "xtlogit c_use": (0, ""),
    "xtlogit c_use, noconstant": (102, "independent variables required with noconstant option"),
    "xtlogit c_use urban, fe": (199, "option fe is not built yet"),
    "xtpoisson c_use urban, pa": (199, "option pa is not built yet"),
    "xtprobit c_use urban, fe": (198, "option fe not allowed"),
    "xtprobit c_use urban, or": (198, "option or not allowed"),
    "xtlogit c_use urban [iweight=row]": (199, "weight must be constant within district"),
    "xtlogit c_use urban [aweight=one]": (101, "aweights not allowed"),
    "xtlogit c_use urban if district < 0": (2000, "no observations"),
    "xtlogit c_use nosuch": (111, "variable nosuch not found"),
    "xtpoisson c_use urban, intpoints(5)": (198, "option intpoints() is allowed with option normal only"),
    "xtlogit c_use urban, intpoints(5) quad(5)": (198, "may not be combined"),
    "xtlogit c_use urban, intpoints(1)": (198, "intpoints"),
    "xtlogit c_use urban, from(B)": (111, "matrix B not found"),
    "matrix B = (1, 2)\nxtlogit c_use urban, from(B)": (503, "conformability error"),
    "xtpoisson c_use urban, exposure(zero)": (459, "exposure() must be greater than zero"),
}


@pytest.mark.parametrize("text", ERRORS)
def test_errors(text: str) -> None:
    session = women()
    run(session, "generate one = 1\ngenerate zero = 0\ngenerate minus = -c_use\ngenerate row = _n")
    rc, message = ERRORS[text]
    if not rc:
        shown(session, text)
        return
    found = last(session, text).error
    assert found is not None and found.rc == rc and message in found.message


def test_perfect_predictors_are_left_out() -> None:
    session = women()
    run(session, "generate sure = c_use * (district < 5)")
    text = shown(session, "xtlogit c_use urban sure, nolog")
    assert "note: sure != 0 predicts success perfectly;\n      sure omitted and" in text
    kept = e(session, "N")
    shown(session, "xtlogit c_use urban, nolog")
    assert kept < e(session, "N")
    assert "sure |          0  (omitted)" in text


def test_search_from_a_matrix_and_its_limit() -> None:
    session = women()
    shown(session, "xtlogit c_use urban, nolog")
    ll = e(session, "ll")
    text = shown(session, "matrix A = (.5, -.5, -2)\nxtlogit c_use urban, from(A)")
    assert "tau =" not in text and e(session, "ll") == pytest.approx(ll, abs=1e-7)
    outcome = last(session, "xtlogit c_use urban, iterate(0)")
    assert outcome.error is not None and outcome.error.rc == 430
    assert e(session, "converged") == 0
    outcome = last(session, "xtpoisson c_use urban if district < 30, iterate(0)")
    assert outcome.error is None or outcome.error.rc == 430


def test_factors_offset_and_by() -> None:
    session = women()
    text = shown(session, "xtlogit c_use i.child2##c.age, nolog offset(child1)")
    assert "    1.child2 |" in text and "child2#c.age |" in text and "child1 |          1  (offset)" in text
    found = shown(session, "bysort urban: xtprobit c_use age, nolog")
    assert "Random-effects probit regression" in found
