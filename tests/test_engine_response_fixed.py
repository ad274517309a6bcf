"""The model without random effects: Stata's iteration logs, the single-level commands, and closed forms."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest
from sessions import shown

from mixedcli.data.columns import numeric
from mixedcli.data.load import load
from mixedcli.engine.glm_fixed import FixedFit, fit_fixed
from mixedcli.engine.response.bernoulli import bernoulli
from mixedcli.engine.response.censored import censored
from mixedcli.engine.response.gamma import gamma
from mixedcli.engine.response.gaussian import gaussian
from mixedcli.engine.response.nbinomial import nbinomial
from mixedcli.engine.response.ordinal import ordinal
from mixedcli.engine.response.poisson import poisson
from mixedcli.engine.response.survival import survival
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")
DATASETS = pathlib.Path(__file__).resolve().parent.parent / "datasets"


def columns(path: pathlib.Path, *names: str) -> list[np.ndarray]:
    data = load(str(path))
    return [numeric(data.columns[name]) for name in names]


def codes(y: np.ndarray) -> tuple[np.ndarray, int]:
    outcomes, where = np.unique(y, return_inverse=True)
    return where.reshape(-1), len(outcomes)


# ---- Stata's logs ------------------------------------------------------------------------------------------------


def _bangladesh(data: pathlib.Path) -> FixedFit:
    y, *x = columns(data / "bangladesh.dta", "c_use", "urban", "age", "child1", "child2", "child3")
    return fit_fixed(bernoulli(y), np.column_stack([*x, np.ones(len(y))]))


def _hospital(data: pathlib.Path) -> FixedFit:
    y, *x = np.loadtxt(data / "hospital.dat").T.astype(np.float32).astype(float)[:5]
    return fit_fixed(bernoulli(y), np.column_stack([*x, np.ones(len(y))]))


def _aggression(data: pathlib.Path) -> FixedFit:
    y, *x = columns(data / "aggression.dta", "y", "do_want", "other_self", "blame", "express")
    return fit_fixed(ordinal(*codes(y)), np.column_stack(x))


def _smoking(data: pathlib.Path) -> FixedFit:
    y, pre, cc, tv = columns(data / "tvsfpors.dta", "thk", "prethk", "cc", "tv")
    keep = np.max([y, pre, cc, tv], axis=0) < 1e100
    y, pre, cc, tv = (each[keep] for each in (y, pre, cc, tv))
    return fit_fixed(ordinal(*codes(y)), np.column_stack([pre, cc, tv, cc * tv]))


def _lips(data: pathlib.Path) -> FixedFit:
    y, expected = columns(data / "lips.dta", "o", "e")
    return fit_fixed(poisson(y), np.ones((len(y), 1)), np.log(expected).astype(np.float32).astype(float))


def _countries(data: pathlib.Path) -> FixedFit:
    names = ("outcome", "warmth", "physical_punishment", "identity", "intervention", "HDI")
    y, *x = columns(data / "simulated_multilevel_data.dta", *names)
    return fit_fixed(bernoulli(y > 52), np.column_stack([*x, np.ones(len(y))]))


@pytest.mark.parametrize(("number", "fit"), [
    ("052", _bangladesh), ("053", _hospital), ("055", _aggression), ("059", _smoking), ("061", _smoking), ("062", _lips),
    ("503", _countries),
])
def test_iteration_logs_of_stata(shared: pathlib.Path, number: str, fit: object) -> None:
    """The block "Fitting fixed-effects model", from the start to the end, in every printed digit."""
    text = (shared / "reference" / "outputs" / f"{number}.txt").read_text(encoding="utf-8")
    block = text.split("Fitting fixed-effects model:")[1].split("Refining")[0]
    printed = re.findall(r"likelihood = +(-[\d.]+)", block)
    log = fit(shared / "data").log  # type: ignore[operator]
    assert [f"{value:.{len(text.partition('.')[2])}f}" for value, text in zip(log, printed, strict=True)] == printed


# ---- the single-level commands -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def women() -> tuple[np.ndarray, np.ndarray]:
    y, *x = columns(DATASETS / "bangladesh.dta", "c_use", "urban", "age", "children")
    return y, np.column_stack([*x, np.ones(len(y))])


@pytest.fixture(scope="module")
def seizures() -> tuple[np.ndarray, np.ndarray]:
    y, *x = columns(DATASETS / "epilepsy.dta", "seizures", "lbas", "treat", "visit")
    return y, np.column_stack([*x, np.ones(len(y))])


@pytest.fixture(scope="module")
def pupils() -> tuple[np.ndarray, np.ndarray]:
    y, *x = columns(DATASETS / "fife.dta", "attain", "vrq", "sex")
    return y, np.column_stack(x)


def agree(found: FixedFit, data: str, command: str, p: int, extra: str = "") -> None:
    """The log likelihood, the coefficients and the standard errors of a command that is there already."""
    session = Session()
    shown(session, f"use {DATASETS / data}")
    shown(session, command)
    assert found.converged
    assert found.loglik == pytest.approx(float(shown(session, "display %21.13g e(ll)")), rel=1e-11)
    errors = np.sqrt(np.diag(np.linalg.inv(found.information)))
    for j in range(len(found.theta)):
        b, se = shown(session, f"display %21.13g e(b)[1,{j + 1}] %21.13g sqrt(e(V)[{j + 1},{j + 1}])").split()
        assert found.theta[j] == pytest.approx(float(b), rel=1e-8, abs=1e-9)
        assert errors[j] == pytest.approx(float(se), rel=1e-7)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_binary_outcomes(women: tuple[np.ndarray, np.ndarray], link: str) -> None:
    y, x = women
    agree(fit_fixed(bernoulli(y, link), x), "bangladesh.dta", f"{link} c_use urban age children", 4)


def test_counts(seizures: tuple[np.ndarray, np.ndarray]) -> None:
    y, x = seizures
    right = "seizures lbas treat visit"
    agree(fit_fixed(poisson(y), x), "epilepsy.dta", f"poisson {right}", 4)
    agree(fit_fixed(nbinomial(y), x), "epilepsy.dta", f"nbreg {right}", 4)
    agree(fit_fixed(nbinomial(y, "constant"), x), "epilepsy.dta", f"nbreg {right}, dispersion(constant)", 4)


@pytest.mark.parametrize(("link", "command"), [("logit", "ologit"), ("probit", "oprobit")])
def test_ordered_outcomes(pupils: tuple[np.ndarray, np.ndarray], link: str, command: str) -> None:
    y, x = pupils
    agree(fit_fixed(ordinal(*codes(y), link), x), "fife.dta", f"{command} attain vrq sex", 2)


def test_censored_outcomes(pupils: tuple[np.ndarray, np.ndarray]) -> None:
    y, x = pupils
    low, high = np.where(y <= 2, -np.inf, y), np.where(y >= 9, np.inf, y)
    low, high = np.where(y >= 9, 9.0, low), np.where(y <= 2, 2.0, high)
    found = fit_fixed(censored(low, high), np.column_stack([x, np.ones(len(y))]))
    session = Session()
    shown(session, f"use {DATASETS / 'fife.dta'}")
    shown(session, "tobit attain vrq sex, ll(2) ul(9)")
    assert found.converged
    assert found.loglik == pytest.approx(float(shown(session, "display %21.13g e(ll)")), rel=1e-11)
    assert found.theta[0] == pytest.approx(float(shown(session, "display %21.13g _b[vrq]")), rel=1e-8)


# ---- closed forms ---------------------------------------------------------------------------------------------------


def test_the_normal_is_least_squares() -> None:
    rng = np.random.default_rng(5)
    x, y = np.column_stack([rng.normal(size=50), np.ones(50)]), rng.normal(size=50)
    fit = fit_fixed(gaussian(y), x, offset=np.full(50, 0.5))
    beta = np.linalg.lstsq(x, y - 0.5, rcond=None)[0]
    rest = y - 0.5 - x @ beta
    np.testing.assert_allclose(fit.theta, [*beta, 0.5 * np.log(np.mean(rest**2))], atol=1e-10)
    assert len(fit.log) <= 2


def test_constants_alone() -> None:
    """Saturated models: the mean of the counts, the rate of events, the shares of the categories; p = 0 as well."""
    y, w = np.array([0.0, 3, 1, 7]), np.array([1.0, 2, 2, 1])
    ones = np.ones((4, 1))
    assert fit_fixed(poisson(y), ones, weights=w).theta[0] == pytest.approx(np.log(np.average(y, weights=w)), rel=1e-10)
    assert fit_fixed(gamma(y + 1), ones).theta[0] == pytest.approx(np.log(np.mean(y + 1)), rel=1e-10)
    time, failed = np.array([2.0, 5, 1, 3]), np.array([1.0, 0, 1, 1])
    for aft, sign in ((False, 1.0), (True, -1.0)):
        fit = fit_fixed(survival("exponential", time, failed, np.array([0, 1.0, 0, 0]), aft), ones)
        assert fit.theta[0] == pytest.approx(sign * np.log(3 / 10), rel=1e-10)
    shares = fit_fixed(ordinal(np.array([0, 1, 1, 2]), 3), np.zeros((4, 0)))
    np.testing.assert_allclose(shares.theta, [np.log(1 / 3), np.log(3)], rtol=1e-10)
    none = fit_fixed(bernoulli(np.array([0.0, 1.0])), np.zeros((2, 0)))
    assert (none.loglik, none.converged, none.theta.size) == (2 * np.log(0.5), True, 0)
    assert none.information.shape == (0, 0)


# R 4.2.2, survival 3.5-3: survreg(Surv(t, d) ~ x, dist = ...) of the first 16 rows of its data set kidney (x is the age):
# intercept, slope, ln scale, log likelihood (of t itself).
KIDNEY_TIME = [8, 16, 23, 13, 22, 28, 447, 318, 30, 12, 24, 245, 7, 9, 511, 30]
KIDNEY_FAILED = [1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1]
KIDNEY_AGE = [28, 28, 48, 48, 32, 32, 31, 32, 10, 10, 16, 17, 51, 51, 55, 56]
SURVREG = {
    "exponential": (3.950916568, 0.025701375, 0.0, -80.672839758),
    "weibull": (3.645872648, 0.026523625, 0.435599516, -77.785953058),
    "lognormal": (3.478037167, 0.007331401, 0.418302537, -75.748535570),
    "loglogistic": (3.445342398, 0.001917083, -0.131086381, -75.955191149),
}


@pytest.mark.parametrize("name", SURVREG)
def test_times_against_r(name: str) -> None:
    intercept, slope, scale, ll = SURVREG[name]
    x = np.column_stack([KIDNEY_AGE, np.ones(16)])
    fit = fit_fixed(survival(name, np.array(KIDNEY_TIME), np.array(KIDNEY_FAILED), aft=True), x)
    assert fit.converged
    assert fit.loglik == pytest.approx(ll, abs=2e-9)
    extra = {"exponential": [], "weibull": [-scale]}.get(name, [scale])
    np.testing.assert_allclose(fit.theta, [slope, intercept, *extra], atol=2e-8)


def test_hazards_and_times_are_the_same_weibull() -> None:
    """The two parametrisations, which share no code: beta (time) = -beta (hazard) / p; entry at time one."""
    rng = np.random.default_rng(8)
    x = np.column_stack([rng.normal(size=80), np.ones(80)])
    event = 1.0 + rng.weibull(1.5, size=80) * np.exp(x @ [0.4, 1.0])
    time, failed, entry = np.minimum(event, 4.0), event < 4.0, np.ones(80)
    hazard = fit_fixed(survival("weibull", time, failed, entry), x)
    accelerated = fit_fixed(survival("weibull", time, failed, entry, aft=True), x)
    assert hazard.converged
    assert accelerated.converged
    assert accelerated.loglik == pytest.approx(hazard.loglik, rel=1e-12)
    assert accelerated.theta[2] == pytest.approx(hazard.theta[2], rel=1e-7)
    np.testing.assert_allclose(accelerated.theta[:2], -hazard.theta[:2] / np.exp(hazard.theta[2]), rtol=1e-6)


def test_weights_are_repetitions() -> None:
    rng = np.random.default_rng(2)
    x, y, times = np.column_stack([rng.normal(size=40), np.ones(40)]), rng.poisson(2.0, size=40), np.arange(40) % 3 + 1
    weighted = fit_fixed(nbinomial(y), x, weights=times)
    long = fit_fixed(nbinomial(np.repeat(y, times)), np.repeat(x, times, axis=0))
    np.testing.assert_allclose(weighted.theta, long.theta, rtol=1e-6, atol=1e-6)
    assert weighted.loglik == pytest.approx(long.loglik, rel=1e-12)


def test_separation_ends() -> None:
    """All successes where x is positive: the search ends, near a likelihood of one, and says no more than it knows."""
    x = np.linspace(-1, 1, 20)
    fit = fit_fixed(bernoulli(x > 0), np.column_stack([x, np.ones(20)]), iterations=60)
    assert len(fit.log) <= 61
    assert fit.loglik > -1e-3
    assert np.isfinite(fit.theta).all()


def test_logit_cloglog_and_poisson_need_no_scipy() -> None:
    """The one-liners most often typed must start quickly."""
    code = """
import sys
import numpy as np
from mixedcli.engine.glm_fixed import fit_fixed
from mixedcli.engine.response.bernoulli import bernoulli
from mixedcli.engine.response.poisson import poisson
x, y = np.ones((6, 1)), np.array([0.0, 1, 1, 0, 1, 2])
fits = [fit_fixed(bernoulli(y > 0, link), x) for link in ("logit", "cloglog")]
fits += [fit_fixed(bernoulli(y, "logit", 5), x), fit_fixed(poisson(y + 0.5), x)]
print(all(each.converged for each in fits), any(name.startswith("scipy") for name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
