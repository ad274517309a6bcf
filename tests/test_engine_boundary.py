"""Variances of zero, correlations of one, perfect fits, and data that do not determine a parameter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mixedcli.engine.lmm import RandomEquation, fit_lmm
from mixedcli.engine.ols import fit_linear
from mixedcli.engine.predict import random_effects

J, K = 20, 6
GROUP = np.repeat(np.arange(J), K)
TIME = np.tile(np.arange(float(K)), J)
ONE = np.ones((J * K, 1))
LINE = np.column_stack([TIME, ONE])
METHODS = pytest.mark.parametrize("reml", [False, True])


def noise(seed):
    return np.random.default_rng(seed).normal(size=J * K)


def within(e, columns=ONE):
    """e less what a regression on ``columns`` within each group explains."""
    out = e.copy()
    for j in range(J):
        rows = j == GROUP
        out[rows] -= columns[rows] @ np.linalg.lstsq(columns[rows], e[rows], rcond=None)[0]
    return out


@METHODS
@pytest.mark.parametrize("shift", [0.0, 3.0, 1e5])
def test_identical_group_means(reml, shift):
    """No variance between groups: the fit is least squares, ln sigma_e has variance 1/(2 df), and the sd is named."""
    y = within(noise(1)) + shift
    fit = fit_lmm(y, ONE, [RandomEquation(ONE, GROUP)], reml=reml)
    linear = fit_linear(y, ONE)
    assert fit.convergence.converged
    assert fit.convergence.boundary == (0,) and fit.convergence.singular == (0,)
    assert fit.theta[0] == -math.inf and fit.covariances[0][0, 0] == 0.0
    df = J * K - reml
    assert fit.sigma2 == pytest.approx(linear.rss / df, rel=1e-9)
    assert fit.loglik == pytest.approx(linear.loglik_reml if reml else linear.loglik, abs=1e-8)
    assert fit.loglik == pytest.approx(fit.loglik_linear, abs=1e-8)
    assert fit.vcov_theta == pytest.approx(np.diag([0.0, 1 / (2 * df)]), rel=1e-9)
    effects = random_effects(fit)[0]
    assert np.abs(effects.effects).max() == 0.0 and np.abs(effects.standard_errors).max() == 0.0


@METHODS
def test_balanced_anova_on_both_sides_of_zero(reml):
    """In a balanced design the estimate is max(0, (MSB - MSW)/K), with MSB over J for ML (Searle et al. 1992)."""
    for seed, size in [(3, 0.0), (4, 0.05), (5, 0.3), (6, 0.0), (7, 0.1)]:
        y = within(noise(seed)) + size * np.random.default_rng(seed).normal(size=J)[GROUP]
        means = y.reshape(J, K).mean(1)
        ssb, ssw = K * ((means - means.mean()) ** 2).sum(), ((y.reshape(J, K) - means[:, None]) ** 2).sum()
        msb, msw = ssb / (J - 1 if reml else J), ssw / (J * (K - 1))
        fit = fit_lmm(y, ONE, [RandomEquation(ONE, GROUP)], reml=reml)
        assert fit.covariances[0][0, 0] == pytest.approx(max(0.0, (msb - msw) / K), rel=1e-8, abs=1e-15)
        assert fit.convergence.boundary == ((0,) if msb <= msw else ())


@METHODS
@pytest.mark.parametrize("structure", ["independent", "unstructured"])
def test_slope_that_does_not_vary(reml, structure):
    """y = group effect + time + noise without any slope variation: the slope's sd is zero, the rest a simpler model.

    Unstructured, G collapses to a line through the intercept's direction or loses the slope altogether.
    """
    u = np.random.default_rng(2).normal(size=J)
    y = within(noise(2), LINE) + 2 * u[GROUP] + 0.5 * TIME
    fit = fit_lmm(y, LINE, [RandomEquation(LINE, GROUP, structure)], reml=reml)
    simple = fit_lmm(y, LINE, [RandomEquation(ONE, GROUP)], reml=reml)
    assert fit.convergence.converged and fit.convergence.scaled_gradient < 1e-8
    assert fit.convergence.singular == (0,)
    assert fit.loglik >= simple.loglik - 1e-9
    if structure == "independent":
        assert fit.convergence.boundary == (0,)
        assert fit.loglik == pytest.approx(simple.loglik, abs=1e-8)
        assert fit.theta[1:] == pytest.approx(simple.theta, abs=1e-7)
        assert fit.vcov_theta[1:, 1:] == pytest.approx(simple.vcov_theta, rel=1e-6)
        assert not fit.vcov_theta[0].any()


@METHODS
def test_correlation_of_one(reml):
    """Slope and intercept driven by one variable with ratio 1 to 2: the model of one column 2 + t fits as well.

    With the correlation held at one, the remaining variances are those of a two-parameter G of rank one.
    """
    u = np.random.default_rng(9).normal(size=J)
    y = 0.3 * within(noise(9), LINE) + u[GROUP] * (2 + TIME)
    fit = fit_lmm(y, LINE, [RandomEquation(LINE, GROUP, "unstructured")], reml=reml)
    single = fit_lmm(y, LINE, [RandomEquation((2 + TIME)[:, None], GROUP)], reml=reml)
    assert fit.convergence.converged
    assert fit.convergence.boundary == (2,) and fit.convergence.singular == (0,)
    assert fit.theta[2] == math.inf
    assert fit.loglik >= single.loglik - 1e-9
    assert fit.theta[1] - fit.theta[0] == pytest.approx(math.log(2), abs=0.01)
    assert not fit.vcov_theta[2].any()
    held = np.diag(fit.vcov_theta)[[0, 1, 3]]
    assert (held > 0).all() and np.isfinite(held).all()
    expected = math.sqrt(single.vcov_theta[0, 0])
    assert math.sqrt(held[0]) == pytest.approx(expected, rel=0.05)


@METHODS
def test_rank_two_of_three(reml):
    """A third coefficient that is the sum of the other two: no parameter shows the boundary, the record does."""
    rng = np.random.default_rng(3)
    z = np.column_stack([rng.normal(size=(J * K, 2)), np.ones(J * K)])
    u = rng.normal(size=(J, 2))
    u = u @ np.linalg.inv(np.linalg.cholesky(np.cov(u.T, bias=True))).T
    effects = np.column_stack([u, u.sum(1)])
    y = 0.1 * within(noise(3), z) + (z * effects[GROUP]).sum(1)
    fit = fit_lmm(y, ONE, [RandomEquation(z, GROUP, "unstructured")], reml=reml)
    assert fit.convergence.converged
    assert fit.convergence.singular == (0,)
    assert fit.convergence.boundary == ()
    assert np.linalg.eigvalsh(fit.covariances[0])[0] == pytest.approx(0.0, abs=1e-9)
    assert np.isfinite(fit.vcov_theta).all()


def test_top_level_that_explains_nothing():
    rng = np.random.default_rng(11)
    region = GROUP // 4
    u = rng.normal(size=J)
    u -= np.bincount(np.arange(J) // 4, u)[np.arange(J) // 4] / 4
    y = within(noise(11)) + u[GROUP]
    fit = fit_lmm(y, ONE, [RandomEquation(ONE, region), RandomEquation(ONE, GROUP)])
    simple = fit_lmm(y, ONE, [RandomEquation(ONE, GROUP)])
    assert fit.convergence.boundary == (0,)
    assert fit.loglik == pytest.approx(simple.loglik, abs=1e-8)
    assert fit.theta[1:] == pytest.approx(simple.theta, abs=1e-6)
    assert fit.vcov_theta[1:, 1:] == pytest.approx(simple.vcov_theta, rel=1e-5)


def test_exchangeable_boundary_at_its_negative_end():
    """With q = 3 the smallest exchangeable correlation is -1/2; there atanh is finite, yet the parameter is held."""
    rng = np.random.default_rng(12)
    z = rng.normal(size=(J * K, 3))
    u = rng.normal(size=(J, 3))
    u -= u.mean(1, keepdims=True)
    y = 0.2 * within(noise(12), z) + (z * u[GROUP]).sum(1)
    fit = fit_lmm(y, ONE, [RandomEquation(z, GROUP, "exchangeable")])
    assert fit.convergence.boundary == (1,)
    assert math.tanh(fit.theta[1]) == pytest.approx(-0.5, abs=1e-9)
    assert fit.vcov_theta[0, 0] > 0 and not fit.vcov_theta[1].any()


@pytest.mark.parametrize("slope", [0.0, 2.0, None])
@METHODS
def test_fixed_part_fits_perfectly(slope, reml):
    y = np.zeros(J * K) if slope is None else 7.0 + slope * TIME
    fit = fit_lmm(y, LINE, [RandomEquation(LINE, GROUP, "unstructured")], reml=reml)
    assert fit.convergence.reason == "perfect fit" and not fit.convergence.converged
    assert fit.sigma2 == 0.0
    assert LINE @ fit.beta == pytest.approx(y, abs=1e-12)
    assert not np.isnan(fit.vcov_beta).any()
    assert random_effects(fit)[0].effects.shape == (J, 2)


@METHODS
def test_random_part_fits_perfectly(reml):
    """y the same within groups: the residual variance goes to zero, the likelihood has no maximum."""
    u = np.random.default_rng(4).normal(size=J)
    fit = fit_lmm(u[GROUP], ONE, [RandomEquation(ONE, GROUP)], reml=reml)
    assert fit.convergence.reason == "perfect fit" and not fit.convergence.converged
    assert fit.sigma2 < 1e-10 * u.var()
    assert fit.beta[0] == pytest.approx(u.mean(), abs=1e-3 * u.std())


def test_nearly_perfect_fit_still_converges():
    """Residuals of 1e-5 beside effects of one: ANOVA's answer, to the digits that are left."""
    u = np.random.default_rng(4).normal(size=J)
    e = within(noise(4))
    y = u[GROUP] + 1e-5 * e
    fit = fit_lmm(y, ONE, [RandomEquation(ONE, GROUP)])
    assert fit.convergence.converged
    assert fit.sigma2 == pytest.approx(1e-10 * (e @ e) / (J * (K - 1)), rel=1e-5)
    assert fit.covariances[0][0, 0] == pytest.approx(u.var(), rel=1e-5)


@METHODS
def test_one_row_per_group_is_not_identified(reml):
    """Only the sum of the two variances is determined; it comes out right and both sds have missing errors."""
    y = noise(5)
    fit = fit_lmm(y, LINE, [RandomEquation(ONE, np.arange(J * K))], reml=reml)
    linear = fit_linear(y, LINE)
    assert fit.convergence.unidentified == (0, 1)
    assert np.isnan(fit.vcov_theta).all()
    total = fit.sigma2 + fit.covariances[0][0, 0]
    assert total == pytest.approx(linear.rss / (J * K - 2 * reml), rel=1e-9)
    assert fit.loglik == pytest.approx(fit.loglik_linear, abs=1e-9)


def test_column_of_zeros_in_the_random_part():
    y = noise(6) + np.random.default_rng(6).normal(size=J)[GROUP]
    z = np.column_stack([0 * TIME, ONE])
    fit = fit_lmm(y, ONE, [RandomEquation(z, GROUP, "unstructured")])
    simple = fit_lmm(y, ONE, [RandomEquation(ONE, GROUP)])
    assert fit.convergence.boundary == (0, 2)
    assert fit.loglik == pytest.approx(simple.loglik, abs=1e-9)
    assert math.isnan(fit.theta[2])
    assert fit.theta[[1, 3]] == pytest.approx(simple.theta, abs=1e-7)


def test_no_fixed_part_and_no_random_part():
    y = noise(7) + 2 * np.random.default_rng(7).normal(size=J)[GROUP]
    nothing = np.zeros((J * K, 0))
    fit = fit_lmm(y, nothing, [RandomEquation(ONE, GROUP)], reml=True)
    assert fit.convergence.converged and fit.beta.shape == (0,)
    assert fit.loglik == pytest.approx(fit_lmm(y, nothing, [RandomEquation(ONE, GROUP)]).loglik)
    for reml in (False, True):
        plain = fit_lmm(y, LINE, reml=reml)
        empty = fit_lmm(y, LINE, [RandomEquation(nothing, GROUP)], reml=reml)
        linear = fit_linear(y, LINE)
        df = J * K - 2 * reml
        assert plain.loglik == empty.loglik == pytest.approx(linear.loglik_reml if reml else linear.loglik, rel=1e-12)
        assert plain.theta == pytest.approx([0.5 * math.log(linear.rss / df)], rel=1e-12)
        assert plain.vcov_theta == pytest.approx(np.array([[1 / (2 * df)]]))
        assert plain.vcov_beta == pytest.approx(linear.rss / df * linear.inverse, rel=1e-10)


def test_enormous_and_tiny_units():
    """1e200 and 1e-200: as the plain fit, moved by the logarithm of the unit."""
    y = noise(8) + np.random.default_rng(8).normal(size=J)[GROUP]
    plain = fit_lmm(y, LINE, [RandomEquation(ONE, GROUP)])
    for unit in (1e140, 1e-140, 1e200, 1e-200):
        fit = fit_lmm(y * unit, LINE * [[1 / unit, 1.0]], [RandomEquation(ONE, GROUP)])
        assert fit.convergence.converged
        assert fit.theta == pytest.approx(plain.theta + math.log(unit), abs=1e-7)
        assert fit.vcov_theta == pytest.approx(plain.vcov_theta, rel=1e-6)


def test_iteration_limit_is_recorded():
    y = noise(8) + 3 * np.random.default_rng(8).normal(size=J)[GROUP] * (1 + TIME)
    fit = fit_lmm(y, LINE, [RandomEquation(LINE, GROUP, "unstructured")], max_iterations=1)
    assert fit.convergence.reason == "iteration limit" and not fit.convergence.converged
    assert fit.convergence.iterations == 1 and len(fit.convergence.loglik) == 2
    full = fit_lmm(y, LINE, [RandomEquation(LINE, GROUP, "unstructured")])
    assert list(full.convergence.loglik) == sorted(full.convergence.loglik)
    assert full.convergence.loglik[-1] == full.loglik > fit.loglik
