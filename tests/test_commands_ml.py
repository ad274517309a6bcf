"""logit, probit, poisson, ologit and their kin: real outputs, an independent program, messages, and properties."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from sessions import fails_with as fails
from sessions import last
from sessions import ran as printed
from sessions import succeeded as run

from mixedcli.data.columns import new_numeric, numeric
from mixedcli.data.dataset import Dataset
from mixedcli.session import Session
from mixedcli.verify.compare import compare

pytestmark = pytest.mark.filterwarnings("error")


def session_with(columns: dict[str, np.ndarray], version: str = "17") -> Session:
    session = Session()
    size = len(next(iter(columns.values())))
    session.context.data = Dataset({
        name: new_numeric(name, np.asarray(values, dtype=float), "double") for name, values in columns.items()
    }, size)
    run(session, f"version {version}")
    return session


def auto(shared: pathlib.Path, version: str = "17") -> Session:
    session = Session()
    run(session, f"version {version}")
    run(session, f'use "{shared / "data" / "auto.dta"}"')
    return session


def e(session: Session, name: str) -> float:
    return float(session.context.lookup("e", name))


def b(session: Session, name: str) -> float:
    return float(session.context.lookup("_b", name))


def values(session: Session, name: str) -> np.ndarray:
    return numeric(session.context.data.columns[name])


def sample(seed: int = 5, n: int = 200) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    y = (x - 0.5 * z + rng.logistic(size=n) > 0).astype(float)
    k = np.clip(np.floor(x + rng.normal(size=n) + 2), 0, 3)
    return {"x": x, "z": z, "y": y, "k": k, "count": rng.poisson(np.exp(0.3 * x + 0.5)), "g": np.arange(n) % 9 + 1.0}


# ---- real outputs ------------------------------------------------------------------------------------------------


def test_logit_as_stata_18_prints_it(shared: pathlib.Path) -> None:
    text = (shared / "reference" / "outputs" / "625.txt").read_text(encoding="utf-8")
    expected = text.partition("#---\n")[2].rstrip("\n")
    actual = printed(auto(shared, "18"), "logit foreign gear_ratio headroom")
    assert compare(expected, actual.rstrip("\n")) == []


REPAIR = """
note: 1.repair != 0 predicts failure perfectly
      1.repair dropped and 10 obs not used

Iteration 0:   log likelihood = -26.992087  
Iteration 1:   log likelihood = -22.483187  
Iteration 2:   log likelihood = -22.230498  
Iteration 3:   log likelihood = -22.229139  
Iteration 4:   log likelihood = -22.229138  

Logistic regression                               Number of obs   =         48
                                                  LR chi2(1)      =       9.53
                                                  Prob > chi2     =     0.0020
Log likelihood = -22.229138                       Pseudo R2       =     0.1765

------------------------------------------------------------------------------
     foreign |      Coef.   Std. Err.      z    P>|z|     [95% Conf. Interval]
-------------+----------------------------------------------------------------
      repair |
          1  |          0  (empty)
          2  |  -2.197225   .7698003    -2.85   0.004    -3.706005   -.6884436
             |"""  # noqa: W291  (printed in the manual of logit, release 13; the constant is zero but for rounding)


def repair(version: str) -> Session:
    cells = [(1, 0, 10), (2, 0, 27), (2, 1, 3), (3, 0, 9), (3, 1, 9)]
    rows = np.array([(r, f) for r, f, n in cells for _ in range(n)])
    return session_with({"repair": rows[:, 0], "foreign": rows[:, 1]}, version)


def test_perfect_predictor_as_stata_13_prints_it() -> None:
    session = repair("13")
    actual = printed(session, "logit foreign b3.repair")
    assert compare(REPAIR, actual[: actual.rindex("\n       _cons")]) == []
    assert "variable" not in printed(session, "predict p")
    assert np.count_nonzero(values(session, "p") < 1) == 48          # no estimate where repair is 1
    with_17 = printed(repair("17"), "logit foreign b3.repair")
    assert "1.repair != 0 predicts failure perfectly;\n      1.repair omitted and 10 obs not used.\n" in with_17


def test_tobit_as_the_manual_prints_it(shared: pathlib.Path) -> None:
    """Coefficients and likelihood are printed in [R] tobit."""
    session = auto(shared, "15")
    run(session, "generate wgt = weight/1000")
    text = printed(session, "tobit mpg wgt, ll(17)")
    assert "LR chi2(1)        =      72.85" in text and "Log likelihood = -164.25438" in text
    assert b(session, "wgt") == pytest.approx(-6.87305, abs=5e-6)
    assert b(session, "_cons") == pytest.approx(41.49856, abs=5e-6)
    assert "18" in text and e(session, "N_lc") == 18 and e(session, "N_unc") == 56


# statsmodels 0.15 on auto.dta: slopes of weight and mpg, their standard errors, and the log likelihood
STATSMODELS = {
    "logit foreign weight mpg": "logit",
    "logit foreign weight mpg, vce(cluster rep78)": "cluster",
    "probit foreign weight mpg": "probit",
    "cloglog foreign mpg turn": "cloglog",
    "poisson rep78 weight mpg, vce(robust)": "robust",
    "nbreg price weight mpg": "mean",
    "nbreg price weight mpg, dispersion(constant)": "constant",
    "ologit rep78 weight mpg": "ologit",
    "oprobit rep78 weight mpg": "oprobit",
}
EXPECTED = {
    "logit": ((-0.00390670063, -0.168586899), (0.00101161468, 0.0919174683), -27.175156199),
    "cluster": ((-0.0042280987, -0.152401476), (0.000802226446, 0.0271285059), -22.677962904),
    "probit": ((-0.00233554464, -0.103950331), (0.000566050051, 0.0515688927), -26.844189006),
    "cloglog": ((-0.006709202, -0.319210468), (0.0478875939, 0.0693826363), -28.929123772),
    "robust": ((-8.75874346e-05, 0.0098721966), (5.90317277e-05, 0.00805187934), -114.45060708),
    "mean": ((0.000224481591, -0.0120353261), (7.68511685e-05, 0.0102974912), -664.13805519),
    "constant": ((0.000237512717, -0.00940899498), (9.78680177e-05, 0.013889557), -667.78951785),
    "ologit": ((-0.000328673583, 0.117069309), (0.000484881488, 0.0712215529), -86.513267279),
    "oprobit": ((-0.000281771925, 0.0540259807), (0.000285122425, 0.0403152997), -86.833345617),
}


@pytest.mark.parametrize("command", STATSMODELS)
def test_numbers_of_another_program(shared: pathlib.Path, command: str) -> None:
    session = auto(shared)
    run(session, command)
    slopes, errors, ll = EXPECTED[STATSMODELS[command]]
    names = ("mpg", "turn") if command.startswith("cloglog") else ("weight", "mpg")
    for name, slope, error in zip(names, slopes, errors, strict=True):
        assert b(session, name) == pytest.approx(slope, rel=2e-6)
        assert float(session.context.lookup("_se", name)) == pytest.approx(error, rel=3e-6)
    assert e(session, "ll") == pytest.approx(ll, abs=1e-8)


# ---- separation and other refusals -------------------------------------------------------------------------------


def test_a_covariate_that_separates_the_outcomes_is_an_error() -> None:
    session = session_with({"y": np.repeat([0.0, 1.0], 4), "x1": np.array([1.0, 2, 3, 3, 5, 6, 10, 11])})
    for command in ("logit", "probit", "logistic", "cloglog"):
        fails(session, f"{command} y x1", "outcome = x1 > 3 predicts data perfectly", 2000)
    run(session, "replace x1 = -x1")
    fails(session, "logit y x1", "outcome = x1 < -3 predicts data perfectly", 2000)


def test_a_covariate_that_separates_but_for_one_value() -> None:
    """UCLA's page on complete and quasi-complete separation: seven observations go, and the rest is fitted."""
    y = np.array([0.0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    x1 = np.array([1.0, 2, 3, 3, 3, 4, 5, 6, 10, 11])
    x2 = np.array([3.0, 0, -1, 4, 1, 0, 2, 7, 3, 4])
    text = printed(session_with({"y": y, "x1": x1, "x2": x2}, "13"), "logit y x1 x2")
    assert ("note: outcome = x1 > 3 predicts data perfectly except for\n      x1 == 3 subsample:\n"
            "      x1 dropped and 7 obs not used\n") in text
    assert "Iteration 0:   log likelihood = -1.9095425  " in text
    assert "Number of obs   =          3" in text


VARIES = ("outcome does not vary; remember:\n"
          "                                  0 = negative outcome,\n"
          "        all other nonmissing values = positive outcome")


def test_refusals_leave_the_data_as_they_were() -> None:
    session = session_with(sample() | {"one": np.ones(200), "minus": -np.ones(200), "nought": np.zeros(200)})
    before = session.context.data
    fails(session, "logit one x", VARIES, 2000)
    fails(session, "probit nought x", VARIES, 2000)
    fails(session, "ologit one x", "too few categories", 148)
    fails(session, "poisson minus x", "minus must be greater than or equal to zero", 459)
    fails(session, "nbreg nought x", "nought is zero for all observations", 498)
    fails(session, "poisson count x, exposure(minus)", "exposure() must be greater than zero", 459)
    fails(session, "logit y x if x > 99", "no observations", 2000)
    fails(session, "logit y x [aw=g]", "aweights not allowed", 101)
    fails(session, "logit y x, vce(rubbish)", "option vce() incorrectly specified", 198)
    fails(session, "logit y nosuch", "variable nosuch not found", 111)
    fails(session, "oprobit", "last estimates not found", 301)
    assert session.context.data is before
    error = last(session, "logit y x, iterate(0)").error      # its estimates stay, with e(sample)
    assert error is not None and (error.message, error.rc) == ("convergence not achieved", 430)
    assert session.context.data.names == before.names


# ---- properties --------------------------------------------------------------------------------------------------

MODELS = ("logit y x z", "probit y x z", "cloglog y x z", "poisson count x z", "nbreg k x z", "ologit k x z",
          "oprobit k x z", "tobit k x z, ll(0)", "intreg k g x z if k <= g")


@pytest.mark.parametrize("command", MODELS)
def test_units_and_row_order_do_not_matter(command: str) -> None:
    data = sample()
    session = session_with(data)
    run(session, command)
    ll, slope = e(session, "ll"), b(session, "x")
    order = np.random.default_rng(1).permutation(200)
    other = session_with({name: column[order] for name, column in data.items()})
    run(other, "replace x = 1000*x + 5e4")
    run(other, command)
    assert e(other, "ll") == pytest.approx(ll, rel=1e-11)
    assert 1000 * b(other, "x") == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("command", ("logit y x", "poisson count x, vce(robust)", "ologit k x", "tobit k x, ll(0)"))
def test_frequency_weights_are_repetitions(command: str) -> None:
    data = sample()
    times = data["g"].astype(int)
    long = session_with({name: np.repeat(column, times) for name, column in data.items()})
    run(long, command)
    head, comma, options = command.partition(",")
    weighted = session_with(data)
    run(weighted, f"{head} [fw=g]{comma}{options}")
    for name in ("N", "ll", "chi2"):
        assert e(weighted, name) == pytest.approx(e(long, name), rel=1e-9)
    assert float(weighted.context.lookup("_se", "x")) == pytest.approx(float(long.context.lookup("_se", "x")), rel=1e-9)


def test_logistic_is_logit_with_odds_ratios() -> None:
    session = session_with(sample())
    table = printed(session, "logit y x z, or nolog")
    assert printed(session, "logistic y x z") == table
    assert "Odds ratio" in table and table.rstrip().endswith("Note: _cons estimates baseline odds.")
    assert "Coefficient" in printed(session, "logistic, coef")


def test_exposure_is_the_logarithm_as_offset() -> None:
    session = session_with(sample())
    run(session, "generate double lng = ln(g)")
    text = printed(session, "poisson count x, exposure(g) irr")
    assert "       ln(g) |          1  (exposure)" in text and "IRR" in text
    ll, slope = e(session, "ll"), b(session, "x")
    assert "         lng |          1  (offset)" in printed(session, "poisson count x, offset(lng)")
    assert (e(session, "ll"), b(session, "x")) == pytest.approx((ll, slope), rel=1e-12)


def test_outcomes_that_are_no_counts_get_a_note() -> None:
    session = session_with(sample())
    run(session, "replace count = count + .5 in 1")
    note = "note: you are responsible for interpretation of noncount dep. variable"
    assert printed(session, "poisson count x, nolog").startswith(note)
    assert note not in printed(session, "poisson")
    assert note in printed(session, "nbreg count x")


def test_replay_says_the_same_without_the_log() -> None:
    session = session_with(sample())
    first = printed(session, "ologit k x z, nolog")
    assert printed(session, "ologit") == first
    assert "Iteration" in printed(session, "ologit k x z")


def test_names_of_further_parameters_depend_on_the_version() -> None:
    for version, cut in (("14", "[cut1]_cons"), ("17", "[/]cut1")):
        session = session_with(sample(), version)
        run(session, "ologit k x")
        assert f" ( 1)  {cut} = 0" in printed(session, f"test {cut}")
        assert e(session, "k_cat") == 4


def test_tests_after_these_models() -> None:
    session = session_with(sample())
    run(session, "logit y x")
    run(session, "estimates store small")
    run(session, "logit y x z")
    assert " ( 1)  [y]z = 0" in printed(session, "test z")
    lr = 2 * e(session, "ll")
    run(session, "lrtest small")
    assert float(session.context.lookup("r", "df")) == 1
    run(session, "estimates restore small")
    assert lr - 2 * e(session, "ll") == pytest.approx(float(session.context.lookup("r", "chi2")))


# ---- predict -----------------------------------------------------------------------------------------------------


def test_predictions_of_binary_models() -> None:
    session = session_with(sample())
    run(session, "logit y x z")
    assert printed(session, "predict p") == "(option pr assumed; Pr(y))"
    run(session, "predict u, xb\npredict s, score\npredict h, hat\npredict r, residuals")
    u, p, y = values(session, "u"), values(session, "p"), values(session, "y")
    assert p == pytest.approx(1 / (1 + np.exp(-u)), rel=1e-6)
    assert p.sum() == pytest.approx(y.sum(), rel=1e-6)               # the first-order condition of the constant
    assert values(session, "s") == pytest.approx(y - p, abs=1e-6)
    assert values(session, "h").sum() == pytest.approx(3, rel=1e-5)  # the trace of the hat matrix
    assert values(session, "r") == pytest.approx((y - p) / np.sqrt(p * (1 - p)), rel=1e-4)


def test_predictions_of_counts() -> None:
    session = session_with(sample())
    run(session, "poisson count x, exposure(g)")
    assert printed(session, "predict n") == "(option n assumed; predicted number of events)"
    run(session, "predict rate, ir\npredict zero, pr(0)\npredict all, pr(0, 200)")
    assert values(session, "n") == pytest.approx(values(session, "rate") * values(session, "g"), rel=1e-5)
    assert values(session, "zero") == pytest.approx(np.exp(-values(session, "n")), rel=1e-4)
    assert values(session, "all") == pytest.approx(np.ones(200), rel=1e-6)


def test_predictions_of_ordered_outcomes() -> None:
    session = session_with(sample())
    run(session, "oprobit k x z")
    assert printed(session, "predict p1-p4") == "(option pr assumed; predicted probabilities)"
    total = sum(values(session, f"p{j}") for j in (1, 2, 3, 4))
    assert total == pytest.approx(np.ones(200), rel=1e-6)
    run(session, "predict two, pr outcome(2)")
    assert values(session, "two") == pytest.approx(values(session, "p3"))
    fails(session, "predict q, outcome(7)", "outcome 7 not found", 111)
    fails(session, "predict q1 q2", "too few variables specified", 102)


def test_predictions_of_censored_outcomes() -> None:
    session = session_with(sample())
    run(session, "tobit k x, ll(0)")
    run(session, "predict u, xb\npredict e, e(0,.)\npredict ys, ystar(0,.)\npredict p, pr(0,.)")
    p, expected, censored = values(session, "p"), values(session, "e"), values(session, "ys")
    assert censored == pytest.approx(p * expected, rel=1e-5)
    assert (expected > values(session, "u")).all()
