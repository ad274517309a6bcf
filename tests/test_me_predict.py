"""predict and margins after the generalized mixed models, of both generations.

Posterior means are Stata's own (G. Rodriguez prints eight of them); everything else is held against formulas written
out here, or against direct numerical integration.
"""

from __future__ import annotations

import json
import math
import pathlib
from typing import Any

import numpy as np
import pytest
from sessions import fails, last, run, shown

from mixedcli.data.storage import MISSING
from mixedcli.engine.glm_residuals import residual
from mixedcli.engine.normal_average import over_normal
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")

MODEL = "c_use urban age child1 child2 child3 || district:"
SLOPES = "c_use urban age || district: urban, covariance(unstructured)"
MEANS = "(calculating posterior means of random effects)\n(using 7 quadrature points)"


@pytest.fixture
def session() -> Session:
    made = Session()
    run(made, "sysuse bangladesh\nset type double")
    return made


def column(session: Session, name: str) -> np.ndarray:
    return np.asarray(session.context.data.columns[name].values, dtype=float)


def coefficients(session: Session) -> dict[str, float]:
    """Those of the fixed part."""
    b = session.context.estimates.stored().matrices["b"]
    first = b.columns[0].equation
    named = zip(b.columns, b.values[0], strict=True)
    return {name.name: float(value) for name, value in named if name.equation == first}


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def by_hand(session: Session) -> np.ndarray:
    """x b of MODEL."""
    b = coefficients(session)
    x = b["_cons"] + sum(b[name] * column(session, name) for name in ("urban", "age", "child1", "child2", "child3"))
    return np.asarray(x)


# ---- random effects ----------------------------------------------------------------------------------------------


def test_posterior_means_are_those_printed(session: Session, shared: pathlib.Path) -> None:
    entries = json.loads((shared / "reference" / "models.json").read_text("utf-8"))["entries"]
    entry = next(each for each in entries if each["id"] == "bang_ri")
    run(session, f"quietly melogit {MODEL}")
    assert shown(session, "predict mean, reffects") == MEANS
    assert shown(session, "predict mode, reffects ebmodes") == "(calculating posterior modes of random effects)"
    district = column(session, "district")

    def of(name: str, key: str) -> float:
        return float(column(session, name)[district == int(key[1:])][0])

    assert len(entry["printed"]["eb_means"]) == 8
    for key, value in entry["printed"]["eb_means"].items():
        assert of("mean", key) == pytest.approx(value, abs=1e-6), key
    for key, value in entry["computed"]["eb_modes"].items():
        assert of("mode", key) == pytest.approx(value, abs=2e-7), key


def test_the_older_commands_predict_modes(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}\nquietly predict mode, reffects ebmodes")
    run(session, f"quietly xtmelogit {MODEL}\nquietly predict old, reffects")
    assert column(session, "old") == pytest.approx(column(session, "mode"), abs=2e-6)
    assert session.context.data.columns["old"].label == "random effects for district: _cons"


def test_posterior_moments_by_direct_integration(session: Session) -> None:
    """Mean and standard deviation of the effect of one district on a grid of 4,001 points."""
    run(session, f"quietly melogit {MODEL}, intpoints(21)")
    assert "(using 21 quadrature points)" in shown(session, "predict mean, reffects reses(sd)")
    here = column(session, "district") == 10
    y, eta = column(session, "c_use")[here], by_hand(session)[here]
    sd = math.sqrt(session.context.estimates.stored().matrices["b"].values[0, -1])
    u = np.linspace(-8, 8, 4001) * sd
    log = (y[:, None] * (eta[:, None] + u) - np.logaddexp(0, eta[:, None] + u)).sum(axis=0) - 0.5 * (u / sd) ** 2
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    centre = float(weight @ u)
    assert column(session, "mean")[here][0] == pytest.approx(centre, abs=1e-8)
    assert column(session, "sd")[here][0] == pytest.approx(math.sqrt(weight @ (u - centre) ** 2), abs=1e-7)


def test_several_effects_come_in_the_order_of_the_table(session: Session) -> None:
    run(session, f"quietly melogit {SLOPES}\nquietly predict u*, reffects reses(s*)")
    columns = session.context.data.columns
    labels = [columns[name].label for name in ("u1", "u2", "s1", "s2")]
    assert [label.rpartition(" for ")[2] for label in labels] == ["urban[district]", "_cons[district]"] * 2
    run(session, f"quietly meqrlogit {SLOPES}\nquietly predict a b, reffects")
    assert columns.keys() < session.context.data.columns.keys()
    assert np.corrcoef(column(session, "a"), column(session, "u1"))[0, 1] > 0.99


def test_levels_one_by_one() -> None:
    session = Session()
    run(session, "sysuse melanoma\nset type double\nquietly xtmepoisson deaths uv, exposure(expected) || nation: || region:")
    run(session, "predict n r, reffects\npredict only, reffects level(region)\npredict top, mu level(nation)")
    assert np.array_equal(column(session, "only"), column(session, "r"))
    run(session, "predict fixed, mu fixedonly\npredict all, mu")
    nation = column(session, "n")
    assert column(session, "top") == pytest.approx(column(session, "fixed") * np.exp(nation), rel=1e-10)
    assert column(session, "all") == pytest.approx(column(session, "top") * np.exp(column(session, "r")), rel=1e-10)
    assert fails(session, "predict z, reffects level(county)") == (198, "county is not a level of the model")


def test_posterior_means_know_the_weights_of_groups() -> None:
    """A middle level of weight two is the same as every group of it twice; modes with such weights are not built."""
    session = Session()
    run(session, "sysuse melanoma\nset type double\ngenerate two = 2\ngenerate row = _n")
    model = "quietly mepoisson deaths uv, exposure(expected) || nation: || region:"
    run(session, f"{model}, iweight(two)\npredict n r, reffects")
    assert fails(session, "predict z w, reffects ebmodes")[0] == 199
    weighted = [column(session, name) for name in "nr"]
    run(session, "drop n r\nexpand 2, generate(copy)\nreplace region = region + 1000 * copy")
    run(session, f"{model}\npredict n r, reffects")
    first = column(session, "copy") == 0
    for name, expected in zip("nr", weighted, strict=True):
        found = column(session, name)[first][np.argsort(column(session, "row")[first])]
        assert found == pytest.approx(expected, abs=1e-6)
        assert np.std(found) > 0.1


def test_crossed_effects_have_one_variable_per_factor() -> None:
    session = Session()
    run(session, "sysuse fife\ngenerate byte high = attain > 6\nquietly melogit high sex || _all: R.sid || pid:")
    text = shown(session, "predict s p, reffects")
    assert text == "(calculating posterior modes of random effects)"
    for name, group in (("s", "sid"), ("p", "pid")):
        values, codes = column(session, name), column(session, group)
        assert all(len(set(values[codes == code])) == 1 for code in np.unique(codes))
        assert 0 < np.std(values) < 1
    rc, message = fails(session, "predict z w, reffects ebmeans")
    assert (rc, message) == (198, "posterior means are not available after Laplace's approximation; modes are")


# ---- means -------------------------------------------------------------------------------------------------------


def test_the_mean_is_a_function_of_fixed_part_and_effects(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}")
    text = shown(session, "predict mu")
    assert text == (
        "(option mu assumed)\n(predictions based on fixed effects and posterior means of random effects)\n"
        "(using 7 quadrature points)"
    )
    run(session, "quietly predict u, reffects\npredict xb, xb\nquietly predict eta, eta\npredict p0, pr fixedonly")
    xb, u = by_hand(session), column(session, "u")
    assert column(session, "xb") == pytest.approx(xb, abs=1e-12)
    assert column(session, "eta") == pytest.approx(xb + u, abs=1e-12)
    assert column(session, "mu") == pytest.approx(logistic(xb + u), abs=1e-12)
    assert column(session, "p0") == pytest.approx(logistic(xb), abs=1e-12)
    run(session, "predict same, mu conditional(fixedonly)\nquietly predict modes, mu conditional(ebmodes)")
    assert np.array_equal(column(session, "same"), column(session, "p0"))
    assert 0 < np.abs(column(session, "modes") - column(session, "mu")).max() < 0.02


def test_the_standard_error_of_the_fixed_part(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}\npredict s, stdp")
    V = session.context.estimates.stored().matrices["V"].values[:6, :6]
    names = ("urban", "age", "child1", "child2", "child3")
    X = np.column_stack([*(column(session, name) for name in names), np.ones(1934)])
    assert column(session, "s") == pytest.approx(np.sqrt(np.einsum("ij,jk,ik->i", X, V, X)), rel=1e-10)


def test_marginal_means_by_gauss_hermite_quadrature(session: Session) -> None:
    run(session, f"quietly melogit {SLOPES}\npredict m, mu marginal")
    b, V = session.context.estimates.stored().matrices["b"].values[0], column(session, "urban")
    variance = b[4] + V * (b[3] + 2 * b[5])
    eta = b[2] + b[0] * V + b[1] * column(session, "age")
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    expected = logistic(eta[:, None] + np.sqrt(variance)[:, None] * nodes) @ weights / weights.sum()
    assert column(session, "m") == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("sd", [0.0, 0.3, 4.0, 20.0])
def test_averages_over_a_normal_variable(sd: float) -> None:
    from scipy.stats import norm

    centre = np.array([-3.0, 0.0, 1.5])
    found = over_normal(norm.cdf, centre, np.full(3, sd))
    assert found == pytest.approx(norm.cdf(centre / math.sqrt(1 + sd**2)), abs=1e-12)


def test_exposure_and_nooffset() -> None:
    session = Session()
    run(session, "sysuse epilepsy\nset type double\ngenerate weeks = 2")
    run(session, "quietly mepoisson seizures treat, exposure(weeks) || subject:")
    run(session, "predict m, mu fixedonly\npredict r, mu fixedonly nooffset\npredict g, mu marginal")
    assert column(session, "m") == pytest.approx(2 * column(session, "r"))
    variance = session.context.estimates.stored().matrices["b"].values[0, -1]
    assert column(session, "g") == pytest.approx(column(session, "m") * math.exp(variance / 2))


# ---- residuals, densities ----------------------------------------------------------------------------------------


def test_residuals_of_a_binary_outcome(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}\nquietly predict mu\nquietly predict p, pearson\nquietly predict d, deviance")
    y, mu = column(session, "c_use"), column(session, "mu")
    assert column(session, "p") == pytest.approx((y - mu) / np.sqrt(mu * (1 - mu)), rel=1e-10)
    own = np.where(y == 1, np.sqrt(-2 * np.log(mu)), -np.sqrt(-2 * np.log(1 - mu)))
    assert column(session, "d") == pytest.approx(own, rel=1e-9)
    run(session, "predict f, pearson fixedonly")
    fixed = logistic(by_hand(session))
    assert column(session, "f") == pytest.approx((y - fixed) / np.sqrt(fixed * (1 - fixed)), rel=1e-10)


@pytest.mark.parametrize(
    ("family", "y", "mu", "trials", "scale"),
    [
        ("bernoulli", 1.0, 0.3, 1.0, 1.0), ("bernoulli", 0.0, 0.3, 1.0, 1.0), ("binomial", 7.0, 4.5, 12.0, 1.0),
        ("binomial", 12.0, 4.5, 12.0, 1.0), ("poisson", 0.0, 2.5, 1.0, 1.0), ("poisson", 9.0, 2.5, 1.0, 1.0),
        ("nbinomial", 0.0, 2.5, 1.0, 0.7), ("nbinomial", 9.0, 2.5, 1.0, 0.7), ("gamma", 0.2, 1.7, 1.0, 1.0),
        ("gaussian", 0.2, 1.7, 1.0, 1.0),
    ],
)
def test_anscombe_and_deviance_residuals_by_their_definition(
    family: str, y: float, mu: float, trials: float, scale: float
) -> None:
    """Anscombe: the integral of V^(-1/3) from mu to y over V(mu)^(1/6); deviance: 2 times that of (y - t) / V(t)."""
    from scipy.integrate import quad

    def V(t: float) -> float:
        return {
            "bernoulli": t * (1 - t), "binomial": t * (1 - t / trials), "poisson": t, "nbinomial": t + scale * t * t,
            "gamma": t * t, "gaussian": 1.0,
        }[family]

    found = [float(residual(kind, family, np.array([y]), np.array([mu]), trials, scale)[0])
             for kind in ("pearson", "deviance", "anscombe")]
    assert found[0] == pytest.approx((y - mu) / math.sqrt(V(mu)))
    deviance = 2 * quad(lambda t: (y - t) / V(t), mu, y, limit=200)[0]
    assert found[1] == pytest.approx(math.copysign(math.sqrt(deviance), y - mu), rel=1e-6)
    anscombe = quad(lambda t: V(t) ** (-1 / 3), mu, y, limit=200)[0] / V(mu) ** (1 / 6)
    assert found[2] == pytest.approx(anscombe, rel=1e-5)


def test_density_and_distribution_of_counts() -> None:
    from scipy.stats import nbinom, poisson

    session = Session()
    run(session, "sysuse epilepsy\nset type double\nquietly mepoisson seizures treat lbas || subject:")
    run(session, "quietly predict mu\nquietly predict d, density\nquietly predict c, distribution")
    y, mu = column(session, "seizures"), column(session, "mu")
    assert column(session, "d") == pytest.approx(poisson.pmf(y, mu), rel=1e-9)
    assert column(session, "c") == pytest.approx(poisson.cdf(y, mu), rel=1e-9)
    for dispersion in ("mean", "constant"):
        run(session, f"quietly menbreg seizures treat lbas || subject:, dispersion({dispersion})\ndrop mu d c")
        run(session, "quietly predict mu\nquietly predict d, density\nquietly predict c, distribution")
        mu, scale = column(session, "mu"), math.exp(session.context.estimates.model.fit.extra[0])
        size = np.full(len(mu), 1 / scale) if dispersion == "mean" else mu / scale
        assert column(session, "d") == pytest.approx(nbinom.pmf(y, size, size / (size + mu)), rel=1e-8)
        assert column(session, "c") == pytest.approx(nbinom.cdf(y, size, size / (size + mu)), rel=1e-8)
    run(session, "quietly predict p, pearson")
    assert column(session, "p") == pytest.approx((y - mu) / np.sqrt(mu * (1 + scale)), rel=1e-9)
    assert fails(session, "predict z, anscombe") == (198, "option anscombe is not allowed with constant dispersion")


def test_marginal_density_is_a_density(session: Session) -> None:
    run(session, f"quietly melogit {SLOPES}\npredict m, mu marginal\npredict d, density marginal")
    run(session, "predict c, distribution marginal")
    y, m = column(session, "c_use"), column(session, "m")
    assert column(session, "d") == pytest.approx(np.where(y == 1, m, 1 - m), abs=1e-12)
    assert column(session, "c") == pytest.approx(np.where(y == 1, 1.0, 1 - m), abs=1e-12)


# ---- ordered outcomes, survival, censored ------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["meologit", "meoprobit"])
def test_probabilities_of_ordered_outcomes(session: Session, command: str) -> None:
    run(session, f"quietly {command} children urban age || district:")
    text = shown(session, "predict p*")
    assert text.startswith("(option pr assumed)\n")
    parts = np.array([column(session, f"p{k}") for k in range(1, 5)])
    assert parts.sum(axis=0) == pytest.approx(1.0, abs=1e-12) and (parts > 0).all()
    run(session, "quietly predict q3, outcome(2)\nquietly predict r3, pr outcome(#3)\nquietly predict d, density")
    assert np.array_equal(column(session, "q3"), parts[2]) and np.array_equal(column(session, "r3"), parts[2])
    children = column(session, "children").astype(int)
    assert column(session, "d") == pytest.approx(parts[children, np.arange(1934)], rel=1e-9)
    run(session, "quietly predict c, distribution")
    assert column(session, "c") == pytest.approx(np.cumsum(parts, axis=0)[children, np.arange(1934)], rel=1e-9)
    assert "(outcome() not specified; outcome(#1) assumed)" in shown(session, "predict first, pr")
    assert fails(session, "predict z, outcome(9)") == (111, "outcome 9 not found")


def frozen(name: str, aft: bool, eta: np.ndarray, extra: float) -> Any:
    """The distribution of the survival time in scipy's terms ([ME] mestreg)."""
    from scipy import stats

    p = math.exp(extra)
    return {
        "exponential": lambda: stats.expon(scale=np.exp(eta if aft else -eta)),
        "weibull": lambda: stats.weibull_min(p, scale=np.exp(eta if aft else -eta / p)),
        "lognormal": lambda: stats.lognorm(p, scale=np.exp(eta)),
        "loglogistic": lambda: stats.fisk(1 / p, scale=np.exp(eta)),
        "gamma": lambda: stats.gamma(p**-2, scale=np.exp(eta) * p**2),
    }[name]()


@pytest.mark.parametrize("distribution", ["exponential", "weibull", "weibull, time", "lognormal", "loglogistic", "gamma"])
def test_survival_statistics(distribution: str) -> None:
    name, _, option = distribution.partition(", ")
    session = Session()
    run(session, "sysuse epilepsy\nset type double\ngenerate t = 1/(seizures + 1) + visit/10 + .1\nquietly stset t")
    run(session, f"quietly mestreg treat lbas || subject:, distribution({name}) {option}")
    for statistic in ("surv", "distribution", "density", "hazard", "median", "mean", "eta"):
        run(session, f"quietly predict _{statistic}, {statistic}")
    extra = session.context.estimates.model.fit.extra
    aft = option == "time" or name not in ("exponential", "weibull")
    law = frozen(name, aft, column(session, "_eta"), float(extra[0]) if len(extra) else 0.0)
    t = column(session, "_t")
    expected = {
        "surv": law.sf(t), "distribution": law.cdf(t), "density": law.pdf(t), "hazard": law.pdf(t) / law.sf(t),
        "median": law.median(), "mean": law.mean(),
    }
    for statistic, values in expected.items():
        assert column(session, f"_{statistic}") == pytest.approx(values, rel=1e-8), statistic


def test_a_marginal_survivor_function_lies_between() -> None:
    session = Session()
    run(session, "sysuse epilepsy\nset type double\ngenerate t = 1/(seizures + 1)\nquietly stset t")
    run(session, "quietly mestreg treat || subject:, distribution(weibull)")
    run(session, "predict m, surv marginal\npredict mean, mean marginal")
    model = session.context.estimates.model
    b = session.context.estimates.stored().matrices["b"].values[0]
    eta, sd, p = b[1] + b[0] * column(session, "treat"), math.sqrt(b[-1]), math.exp(float(model.fit.extra[0]))
    nodes = np.linspace(-10, 10, 4001)
    weights = np.exp(-0.5 * nodes**2)
    hazard = np.exp(eta[:, None] + sd * nodes) * column(session, "_t")[:, None] ** p
    assert column(session, "m") == pytest.approx(np.exp(-hazard) @ weights / weights.sum(), abs=1e-8)
    # the mean is exp(-eta / p) Gamma(1 + 1 / p), whose average over a normal eta has a closed form
    closed = math.gamma(1 + 1 / p) * np.exp(-eta / p + 0.5 * (sd / p) ** 2)
    assert column(session, "mean") == pytest.approx(closed, rel=1e-9)


def test_censored_outcomes_between_limits() -> None:
    session = Session()
    run(session, "sysuse gcse\nset type double\nquietly metobit gcse lrt || school:, ll(-10)")
    text = shown(session, "predict e")
    assert text.startswith("(option eta assumed)\n")
    run(session, "predict below, pr(.,-10) fixedonly\npredict m, pr(.,-10) marginal\npredict xb, xb")
    from scipy.stats import norm

    b = session.context.estimates.stored().matrices["b"].values[0]
    xb, level, residual_variance = column(session, "xb"), b[-2], b[-1]
    assert column(session, "below") == pytest.approx(norm.cdf((-10 - xb) / math.sqrt(residual_variance)), abs=1e-10)
    assert column(session, "m") == pytest.approx(norm.cdf((-10 - xb) / math.sqrt(residual_variance + level)), abs=1e-10)


# ---- rows --------------------------------------------------------------------------------------------------------


def test_rows_outside_the_sample_and_missing_ones(session: Session) -> None:
    run(session, "replace age = . in 5")
    run(session, f"quietly melogit {MODEL.replace('||', 'if district != 10 & _n > 3 ||')}")
    run(session, "quietly predict mu\npredict xb, xb\npredict m, mu marginal\nquietly predict u, reffects")
    sample = session.context.sample()
    missing = {name: column(session, name) >= MISSING for name in ("mu", "xb", "m", "u")}
    assert np.array_equal(missing["mu"], ~sample) and np.array_equal(missing["u"], ~sample)
    assert np.flatnonzero(missing["xb"]).tolist() == [4] and np.flatnonzero(missing["m"]).tolist() == [4]
    assert "(1 missing value generated)" in shown(session, "predict again, xb")


def test_predictions_follow_their_rows(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}\nquietly predict u, reffects\nset seed 2\ngenerate x = runiform()\nsort x")
    run(session, "quietly predict v, reffects")
    assert np.array_equal(column(session, "u"), column(session, "v"))


# ---- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "rc", "message"),
    [
        ("predict z, mu xb", 198, "options mu and xb may not be combined"),
        ("predict z, mu marginal fixedonly", 198, "options fixedonly and marginal may not be combined"),
        ("predict z, xb marginal", 198, "options marginal and xb may not be combined"),
        ("predict z, pearson marginal", 198, "options marginal and pearson may not be combined"),
        ("predict z, reffects fixedonly", 198, "options fixedonly and reffects may not be combined"),
        ("predict z w, reffects", 103, "too many variables specified"),
        ("predict urban, mu", 110, "variable urban already defined"),
        ("predict z, residuals", 198, "option residuals not allowed"),
        ("predict z, hazard", 198, "option hazard not allowed"),
        ("predict z, reffects relevel(age)", 198, "age is not a level of the model"),
        ("predict", 100, "varlist required"),
    ],
)
def test_errors(session: Session, command: str, rc: int, message: str) -> None:
    run(session, f"quietly melogit {MODEL}")
    assert fails(session, command) == (rc, message)


def test_a_variable_that_is_gone(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}\ndrop child1")
    assert fails(session, "predict z, mu") == (111, "variable child1 not found")


# ---- margins -----------------------------------------------------------------------------------------------------


def margin(session: Session, command: str) -> tuple[np.ndarray, np.ndarray]:
    result = last(session, command).result
    return np.asarray(result.b), np.sqrt(np.diag(result.V))


def test_margins_of_counts_against_nlcom() -> None:
    """With a log link the marginal mean is exp(xb + z'Gz / 2), which nlcom can differentiate by itself."""
    session = Session()
    run(session, "version 17\nsysuse epilepsy\nset type double")
    run(session, "quietly mepoisson seizures treat visit || subject: visit, covariance(unstructured)")
    v, c, w = (f"_b[/{name}]" for name in (
        "var(visit[subject])", "cov(visit[subject],_cons[subject])", "var(_cons[subject])"))
    mean = f"exp(_b[_cons] + _b[treat] + .2*_b[visit] + ({w} + 2*.2*{c} + .04*{v})/2)"
    slope = f"{mean}*(_b[visit] + {c} + .2*{v})"
    for command, formula in (("margins", mean), ("margins, dydx(visit)", slope)):
        b, se = margin(session, f"{command}{'' if ',' in command else ','} at(treat=1 visit=.2)")
        expected = last(session, f"nlcom {formula}").result
        row = expected.rows[0] if hasattr(expected, "rows") else expected.row
        assert b[0] == pytest.approx(row.b, rel=1e-9) and se[0] == pytest.approx(row.se, rel=1e-5)


@pytest.mark.parametrize("link", ["melogit", "meprobit", "mecloglog"])
def test_margins_are_averages_of_predictions(session: Session, link: str) -> None:
    run(session, f"quietly {link} {SLOPES}")
    text = shown(session, "margins")
    assert "Marginal predicted mean, predict()" in text
    run(session, "predict m, mu marginal\npredict f, mu fixedonly")
    assert margin(session, "margins")[0][0] == pytest.approx(column(session, "m").mean(), rel=1e-10)
    assert margin(session, "margins, predict(mu fixedonly)")[0][0] == pytest.approx(column(session, "f").mean(), rel=1e-10)
    assert margin(session, "margins, predict(xb)")[0][0] == pytest.approx(_mean_xb(session), rel=1e-10)


def _mean_xb(session: Session) -> float:
    run(session, "capture drop x\npredict x, xb")
    return float(column(session, "x").mean())


@pytest.mark.parametrize("arguments", ["mu", "outcome(0)", "outcome(1)", "outcome(3)"])
@pytest.mark.parametrize("how", ["marginal", "fixedonly"])
def test_derivatives_of_predictions_by_differences(session: Session, arguments: str, how: str) -> None:
    """Gradients of margins' predictions and slopes in every parameter, against central differences of refitted models."""
    from mixedcli.records import replace

    command = "melogit" if arguments == "mu" else "meologit"
    outcome = "c_use" if arguments == "mu" else "children"
    run(session, f"quietly {command} {SLOPES.replace('c_use', outcome)}")
    model = session.context.estimates.model
    k = len(model.data.design.terms)
    X = np.array([[1.0, -4.0, 1.0], [0.3, 6.0, 1.0]])[:, :k]
    D = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])[:, :k]

    def at(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        a, b, r = theta[-3:]
        sd = np.exp([a, b])
        cov = math.tanh(r) * sd[0] * sd[1]
        G = np.array([[sd[0] ** 2, cov], [cov, sd[1] ** 2]])
        p, extra = len(model.fit.beta), len(model.fit.extra)
        fit = replace(
            model.fit, theta=theta, beta=theta[:p], extra=theta[p : p + extra], covariances=(G,)
        )
        response = replace(model, fit=fit).margins_response(f"{arguments} {how}")
        return *response.prediction(X, 0.0), *response.slope(X, D, 0.0)

    theta = np.array(model.fit.theta)
    _, J, slope, by_slope = at(theta)
    for j in range(len(theta)):
        step = np.zeros(len(theta))
        step[j] = 1e-5
        plus, minus = at(theta + step), at(theta - step)
        assert J[:, j] == pytest.approx((plus[0] - minus[0]) / 2e-5, abs=1e-8), j
        assert by_slope[:, j] == pytest.approx((plus[2] - minus[2]) / 2e-5, abs=2e-7), j
    # the slope itself is the derivative of the prediction by the covariate
    response = model.margins_response(f"{arguments} {how}")
    up, down = response.prediction(X + 1e-5 * D, 0.0)[0], response.prediction(X - 1e-5 * D, 0.0)[0]
    assert slope == pytest.approx((up - down) / 2e-5, abs=1e-9)


def test_margins_after_the_older_commands(session: Session) -> None:
    run(session, f"quietly xtmelogit {MODEL}")
    assert "Linear prediction, fixed portion, predict()" in shown(session, "margins")
    assert "Predicted mean, fixed portion only, predict(mu fixedonly)" in shown(session, "margins, predict(mu fixedonly)")
    assert fails(session, "margins, predict(mu)")[0] == 198


# ---- other families ----------------------------------------------------------------------------------------------


def test_binomial_outcomes() -> None:
    from scipy.stats import binom

    session = Session()
    run(session, "set type double\nset obs 60\ngenerate g = ceil(_n/6)\ngenerate n = 3 + mod(_n, 5)")
    run(session, "generate y = mod(_n*7 + g, n + 1)")
    run(session, "quietly melogit y || g:, binomial(n)\nquietly predict mu\nquietly predict eta, eta")
    y, n, mu = (column(session, name) for name in ("y", "n", "mu"))
    assert mu == pytest.approx(n * logistic(column(session, "eta")))
    run(session, "quietly predict d, density\nquietly predict c, distribution\nquietly predict r, pearson")
    assert column(session, "d") == pytest.approx(binom.pmf(y, n, mu / n), rel=1e-9)
    assert column(session, "c") == pytest.approx(binom.cdf(y, n, mu / n), rel=1e-9)
    assert column(session, "r") == pytest.approx((y - mu) / np.sqrt(mu * (1 - mu / n)), rel=1e-10)
    run(session, "replace n = . in 1/2")
    assert "(2 missing values generated)" in shown(session, "predict again, mu fixedonly")


@pytest.mark.parametrize("family", ["gaussian", "gamma"])
def test_continuous_outcomes(family: str) -> None:
    from scipy import stats

    session = Session()
    run(session, "sysuse growth\nset type double")
    run(session, f"quietly meglm measure age || idnr:, family({family})\nquietly predict mu\nquietly predict r, residuals")
    y, mu = column(session, "measure"), column(session, "mu")
    assert column(session, "r") == pytest.approx(y - mu, abs=1e-12)
    run(session, "quietly predict d, density\nquietly predict c, distribution\nquietly predict p, pearson")
    scale = math.exp(session.context.estimates.model.fit.extra[-1])
    law = stats.norm(mu, scale) if family == "gaussian" else stats.gamma(scale**-2, scale=mu * scale**2)
    assert column(session, "d") == pytest.approx(law.pdf(y), rel=1e-9)
    assert column(session, "c") == pytest.approx(law.cdf(y), rel=1e-9)
    assert column(session, "p") == pytest.approx((y - mu) / (1.0 if family == "gaussian" else mu), rel=1e-10)
