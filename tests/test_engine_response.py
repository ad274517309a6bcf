"""The conditional densities: derivatives against differences, sums and integrals of one, extreme arguments."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats

from mixedcli.engine.response.bernoulli import bernoulli
from mixedcli.engine.response.censored import censored
from mixedcli.engine.response.gamma import gamma
from mixedcli.engine.response.gaussian import gaussian
from mixedcli.engine.response.nbinomial import nbinomial
from mixedcli.engine.response.ordinal import ordinal
from mixedcli.engine.response.poisson import poisson
from mixedcli.engine.response.survival import survival
from mixedcli.errors import NotBuilt

pytestmark = pytest.mark.filterwarnings("error")

Array = np.ndarray
INF = np.inf
TIME, FAILED, ENTRY = np.array([0.3, 2.0, 7.0, 1.5, 4.0]), np.array([1.0, 0, 1, 0, 1]), np.array([0.0, 0, 1, 0.5, 3.9])
COUNTS = np.array([0.0, 1.0, 2.5, 40.0])
CUTS = np.array([-1.0, 0.2, 1.3])
NONE = np.zeros(0)


def _cases() -> dict[str, tuple[object, Array]]:
    cases: dict[str, tuple[object, Array]] = {"poisson": (poisson(COUNTS), NONE)}
    for link in ("logit", "probit", "cloglog"):
        cases[f"bernoulli {link}"] = (bernoulli(np.array([0.0, 1, 1]), link), NONE)
        cases[f"binomial {link}"] = (bernoulli(np.array([0.0, 3, 7, 4]), link, np.array([2.0, 9, 7, 5])), NONE)
        cases[f"ordinal {link}"] = (ordinal(np.arange(4), 4, link), CUTS)
    for dispersion in ("mean", "constant"):
        cases[f"nbinomial {dispersion}"] = (nbinomial(COUNTS, dispersion), np.array([0.3]))
        cases[f"nbinomial {dispersion}, nearly Poisson"] = (nbinomial(COUNTS, dispersion), np.array([-6.0]))
    for link in ("identity", "log"):
        cases[f"gaussian {link}"] = (gaussian(np.array([0.0, 1.0, 2.5]), link), np.array([0.3]))
    cases["gamma"] = (gamma(np.array([0.1, 1.0, 2.5])), np.array([-0.3]))
    cases["gamma, large shape"] = (gamma(np.array([0.1, 1.0, 2.5])), np.array([-2.3]))
    cases["censored"] = (censored([-INF, 0.5, 1.0, 2.0], [-0.2, 0.5, 1.4, INF]), np.array([0.3]))
    for name in ("exponential", "weibull", "lognormal", "loglogistic", "gamma"):
        extra = NONE if name == "exponential" else np.array([-0.4])
        cases[f"survival {name}"] = (survival(name, TIME, FAILED, ENTRY), extra)
    cases["survival exponential, time"] = (survival("exponential", TIME, FAILED, ENTRY, aft=True), NONE)
    cases["survival weibull, time"] = (survival("weibull", TIME, FAILED, ENTRY, aft=True), np.array([0.4]))
    return cases


CASES = _cases()
NODES = np.array([-8.0, -3, -1, -0.2, 0.4, 1.1, 2, 3, 6])
STEP = 1e-5


def _eta(response: object) -> Array:
    return np.repeat(NODES[:, None], response.count, axis=1)  # type: ignore[attr-defined]


def _close(found: Array, up: Array, down: Array, *scale: Array, tolerance: float = 2e-7) -> None:
    """A derivative against the central difference, relative to the size of the function and its derivative."""
    size = 1.0 + np.abs(found) + sum(np.abs(each) for each in scale)
    assert np.max(np.abs((up - down) / (2 * STEP) - found) / size) < tolerance


@pytest.mark.parametrize("name", CASES)
def test_derivatives_in_the_predictor(name: str) -> None:
    response, extra = CASES[name]
    eta = _eta(response)
    values = response.derivatives(eta, extra, 3)
    up, down = response.derivatives(eta + STEP, extra, 2), response.derivatives(eta - STEP, extra, 2)
    for j in range(3):
        _close(values[j + 1], up[j], down[j], values[j], tolerance=2e-8)
    for order in range(3):
        fewer = response.derivatives(eta, extra, order)
        assert len(fewer) == order + 1
        for a, b in zip(fewer, values, strict=False):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", CASES)
def test_derivatives_in_the_further_parameters(name: str) -> None:
    response, extra = CASES[name]
    eta = _eta(response)
    k = len(extra)
    assert response.extra_count == k
    values, found = response.derivatives(eta, extra, 3), response.extra_derivatives(eta, extra, 3)
    curvature = response.extra_curvature(eta, extra)
    assert [each.shape for each in found] == [(k, *eta.shape)] * 4
    assert curvature.shape == (k, k, *eta.shape)
    for i in range(k):
        shift = STEP * np.eye(k)[i]
        up, down = response.derivatives(eta, extra + shift, 3), response.derivatives(eta, extra - shift, 3)
        for j in range(4):
            _close(found[j][i], up[j], down[j], values[j])
        up, down = (response.extra_derivatives(eta, each, 0)[0] for each in (extra + shift, extra - shift))
        _close(curvature[i], up, down, found[0][i])


@pytest.mark.parametrize("name", CASES)
def test_taking_rows(name: str) -> None:
    response, extra = CASES[name]
    eta = _eta(response)
    value = response.derivatives(eta, extra, 0)[0]
    for rows in (np.array([2, 0, 2]), slice(1, 3)):
        part = response.take(rows)
        assert part.count == len(np.arange(response.count)[rows])
        np.testing.assert_array_equal(part.derivatives(eta[:, rows], extra, 0)[0], value[:, rows])


@pytest.mark.parametrize("name", CASES)
def test_no_predictor_is_too_far(name: str) -> None:
    """Any finite predictor, and scales from tiny to huge: no warning, no nan, a value, finite derivatives."""
    response, extra = CASES[name]
    eta = np.repeat(np.array([-1e6, -800, -745, -40, 40, 705, 710, 800, 1e6])[:, None], response.count, axis=1)
    scales = [extra] if len(extra) != 1 else [extra, *(np.array([s]) for s in (-300.0, -27.6, 20.0, 300.0))]
    for scale in scales:
        value, *slopes = response.derivatives(eta, scale, 3)
        assert not np.isnan(value).any()
        assert (value < INF).all()
        for each in (*slopes, *response.extra_derivatives(eta, scale, 2), response.extra_curvature(eta, scale)):
            assert np.isfinite(each).all()


# ---- totals of one -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_probabilities_sum_to_one(link: str) -> None:
    eta = np.linspace(-6, 4, 21)
    two = sum(np.exp(bernoulli(np.full(21, y), link).derivatives(eta, NONE, 0)[0]) for y in (0.0, 1.0))
    np.testing.assert_allclose(two, 1.0, rtol=1e-14)
    five = sum(np.exp(bernoulli(np.full(21, float(y)), link, 5).derivatives(eta, NONE, 0)[0]) for y in range(6))
    np.testing.assert_allclose(five, 1.0, rtol=1e-13)
    four = sum(np.exp(ordinal(np.full(21, k), 4, link).derivatives(eta, CUTS, 0)[0]) for k in range(4))
    np.testing.assert_allclose(four, 1.0, rtol=1e-14)


def test_counts_sum_to_one() -> None:
    y = np.arange(3000.0)
    families = [(poisson(y), NONE)]
    families += [(nbinomial(y, each), np.array([s])) for each in ("mean", "constant") for s in (-30.0, -2.0, 0.5)]
    for response, extra in families:
        for eta in (-3.0, 0.0, 3.0):
            total = math.fsum(np.exp(response.derivatives(np.full(3000, eta), extra, 0)[0]))
            assert total == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("make", "low"), [
    (lambda y: gaussian(y), -40.0), (lambda y: gaussian(y, "log"), -40.0), (lambda y: gamma(y), 0.0),
    *[(lambda t, name=name, aft=aft: survival(name, t, np.ones(1), np.full(1, 0.7), aft), 0.7)
      for name in ("weibull", "lognormal", "loglogistic", "gamma") for aft in (False, True)],
])
def test_densities_integrate_to_one(make: object, low: float) -> None:
    """Those of survival from the entry on."""
    def density(y: float) -> float:
        return float(np.exp(make(np.array([y])).derivatives(np.array([0.3]), np.array([-0.8]), 0)[0][0]))  # type: ignore[operator]

    parts = [low, 1.0, 3.0, 10.0, 40.0]
    total = sum(integrate.quad(density, a, b, epsabs=1e-12)[0] for a, b in itertools.pairwise(parts))
    total += integrate.quad(lambda u: density(math.exp(u)) * math.exp(u), math.log(40.0), 25.0, epsabs=1e-12)[0]
    assert total == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("aft", [False, True])
@pytest.mark.parametrize("name", ["exponential", "weibull", "lognormal", "loglogistic", "gamma"])
def test_the_survivor_function_is_the_tail_of_the_density(name: str, aft: bool) -> None:
    eta, extra = np.array([0.3]), NONE if name == "exponential" else np.array([-0.5])

    def density(t: float) -> float:
        return float(np.exp(survival(name, np.array([t]), np.ones(1), None, aft).derivatives(eta, extra, 0)[0][0]))

    reached = integrate.quad(density, 0.0, 2.0, epsabs=1e-12)[0]
    survivor = survival(name, np.array([2.0]), np.zeros(1), None, aft).derivatives(eta, extra, 0)[0][0]
    assert math.exp(survivor) == pytest.approx(1.0 - reached, abs=1e-10)


def test_parametrisations_of_survival() -> None:
    """Against scipy's distributions: the hazard is exp(eta) p t^(p-1), or ln t has the location eta."""
    eta, t, d = np.full(3, 0.4), np.array([0.5, 1.0, 4.0]), np.ones(3)

    def value(name: str, extra: float, aft: bool = False) -> Array:
        return survival(name, t, d, None, aft).derivatives(eta, np.array([extra]), 0)[0]

    p, s = math.exp(0.3), math.exp(-0.5)
    np.testing.assert_allclose(value("weibull", 0.3), stats.weibull_min.logpdf(t, p, scale=math.exp(-0.4 / p)))
    np.testing.assert_allclose(value("weibull", 0.3, True), stats.weibull_min.logpdf(t, p, scale=math.exp(0.4)))
    np.testing.assert_allclose(value("lognormal", -0.5), stats.lognorm.logpdf(t, s, scale=math.exp(0.4)))
    np.testing.assert_allclose(value("loglogistic", -0.5), stats.fisk.logpdf(t, 1 / s, scale=math.exp(0.4)))
    np.testing.assert_allclose(value("gamma", -0.5), stats.gamma.logpdf(t, s**-2, scale=math.exp(0.4) * s**2))
    exponential = survival("exponential", t, d).derivatives(eta, NONE, 0)[0]
    np.testing.assert_allclose(exponential, stats.expon.logpdf(t, scale=math.exp(-0.4)))


# ---- digits ------------------------------------------------------------------------------------------------------


def test_logit_against_careful_arithmetic() -> None:
    eta = np.concatenate([np.linspace(-50, 50, 400), [-800.0, -700.5, 700.5, 800.0]])
    value = bernoulli(np.ones_like(eta)).derivatives(eta, NONE, 0)[0]
    target = [-math.log1p(math.exp(-e)) if e > 0 else e - math.log1p(math.exp(e)) for e in eta]
    np.testing.assert_allclose(value, target, rtol=4e-16, atol=1e-15)


def test_large_counts_keep_their_digits() -> None:
    """Stirling's series: at mu = y the Poisson density is close to (2 pi y)^(-1/2)."""
    y = np.array([1e6])
    value, first, *_ = poisson(y).derivatives(np.log(y), NONE, 2)
    assert value[0] == pytest.approx(-0.5 * math.log(2e6 * math.pi) - 1 / 12e6, abs=5e-9)
    assert abs(first[0]) < 1e-8
    # the negative binomial with m = 1/alpha = 2: (y + 1) (1 - q)^2 q^y, q = y / (y + 2)
    mean = nbinomial(y).derivatives(np.log(y), np.array([-math.log(2.0)]), 0)[0]
    exact = math.log(1e6 + 1) + 2 * math.log(2 / (1e6 + 2)) - 1e6 * math.log1p(2e-6)
    assert mean[0] == pytest.approx(exact, abs=5e-9)


@pytest.mark.parametrize("dispersion", ["mean", "constant"])
def test_negative_binomial_against_sums(dispersion: str) -> None:
    """Against exactly rounded sums of logs, from nearly Poisson to wildly spread."""
    for t in (-27.6, -11.5, -4.0, 0.0, 3.0):
        for y in (0, 1, 2, 17, 300):
            for eta in (-2.0, 1.5, 5.0):
                mu = math.exp(eta)
                alpha = math.exp(t) if dispersion == "mean" else math.exp(t) / mu
                terms = [math.log1p(alpha * j) for j in range(y)] + [-math.lgamma(y + 1.0), y * eta]
                target = math.fsum([*terms, -(1 / alpha + y) * math.log1p(alpha * mu)])
                found = nbinomial(np.array([float(y)]), dispersion).derivatives(np.array([eta]), np.array([t]), 0)[0]
                assert found[0] == pytest.approx(target, rel=1e-13, abs=2e-13)


@pytest.mark.parametrize("dispersion", ["mean", "constant"])
def test_negative_binomial_becomes_the_poisson(dispersion: str) -> None:
    y, eta = np.array([0.0, 1, 5, 60]), np.array([0.2, -1.0, 2.0, 4.0])
    target = poisson(y).derivatives(eta, NONE, 3)
    near = nbinomial(y, dispersion).derivatives(eta, np.log([1e-12]), 3)
    for a, b in zip(near, target, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
    assert np.abs(nbinomial(y, dispersion).extra_derivatives(eta, np.log([1e-12]), 0)[0]).max() < 1e-8


def test_tails_of_ordered_outcomes() -> None:
    """No cancellation: in either tail the middle category is as good as the nearer end."""
    for sign in (-1.0, 1.0):
        eta = np.array([sign * 40.0])
        probit = ordinal(np.array([1]), 3, "probit").derivatives(eta, np.array([-0.5, 0.5]), 3)
        near, far = stats.norm.logsf(39.5), stats.norm.logsf(40.5)
        assert probit[0][0] == pytest.approx(near + math.log1p(-math.exp(far - near)), rel=1e-13)
        hazard = math.exp(stats.norm.logpdf(39.5) - near)
        assert probit[1][0] == pytest.approx(-sign * hazard, rel=1e-9)
        assert probit[2][0] == pytest.approx(-1.0, abs=2e-3)
        logit = ordinal(np.array([1]), 3).derivatives(eta, np.array([-0.5, 0.5]), 1)
        assert logit[0][0] == pytest.approx(-39.5 + math.log(-math.expm1(-1.0)), rel=1e-14)
    cloglog = ordinal(np.array([1]), 3, "cloglog").derivatives(np.array([40.0]), np.array([-0.5, 0.5]), 0)[0]
    assert cloglog[0] == pytest.approx(-40.5 + math.log(math.expm1(1.0)), rel=1e-14)
    far = bernoulli(np.array([1.0, 0.0]), "probit").derivatives(np.array([-40.0, 40.0]), NONE, 0)[0]
    assert far == pytest.approx([-804.608442, -804.608442], rel=1e-9)


def test_a_narrow_interval_is_a_density() -> None:
    for width in (1e-4, 1e-6, 1e-9):
        found = censored([0.7], [0.7 + width]).derivatives(np.zeros(1), np.zeros(1), 2)
        assert found[0][0] == pytest.approx(math.log(width) + stats.norm.logpdf(0.7 + width / 2), abs=1e-7)
        assert found[1][0] == pytest.approx(0.7, abs=1e-3)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_disordered_cut_points_have_no_likelihood(link: str) -> None:
    response, cuts = ordinal(np.arange(4), 4, link), np.array([0.5, 0.5, 0.1])
    value = response.derivatives(np.zeros(4), cuts, 0)[0]
    assert np.isneginf(value[1:3]).all()
    assert np.isfinite(value[[0, 3]]).all()
    for each in (*response.derivatives(np.zeros(4), cuts, 3)[1:], *response.extra_derivatives(np.zeros(4), cuts, 1)):
        assert np.isfinite(each).all()


def test_links_and_distributions_that_are_not_there() -> None:
    y = np.ones(1)
    makes = (
        lambda: bernoulli(y, "log"), lambda: ordinal(np.zeros(1, dtype=int), 2, "log"), lambda: gaussian(y, "logit"),
        lambda: nbinomial(y, "other"), lambda: survival("gompertz", y, y),
    )
    for make in makes:
        with pytest.raises(NotBuilt):
            make()
