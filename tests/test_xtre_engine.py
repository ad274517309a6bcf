"""The gamma-Poisson likelihood against the integral that it stands for, and the search along tau against a fine grid."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mixedcli.engine.panel_gamma import GammaPanels, fit_gamma_panels
from mixedcli.engine.panel_start import along_shares, best_log_sd
from mixedcli.engine.response.bernoulli import bernoulli
from mixedcli.engine.response.poisson import poisson

CODES = np.repeat(np.arange(8), [1, 2, 3, 4, 5, 5, 6, 7])
N = len(CODES)


def panels(seed: int = 4) -> GammaPanels:
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=N), np.ones(N)])
    y = rng.poisson(np.exp(0.4 * x[:, 0]) * rng.gamma(2.0, 0.5, 8)[CODES]).astype(float)
    return GammaPanels(x, y, rng.normal(size=N) * 0.2, CODES, np.ones(8), np.eye(3))


@pytest.mark.parametrize("log_alpha", [-3.0, -0.5, 1.0])
def test_likelihood_is_the_integral_over_gamma_effects(log_alpha: float) -> None:
    problem = panels()
    theta = np.array([0.3, -0.1, log_alpha])
    mu = np.exp(problem.x @ theta[:2] + problem.offset)
    shape = math.exp(-log_alpha)
    log_u = np.linspace(-60.0, 8.0, 200_001)          # the effect's logarithm
    u = np.exp(log_u)
    total = 0.0
    for j in range(8):
        mine = j == CODES
        rows = sum(
            y * (np.log(m) + log_u) - m * u - math.lgamma(y + 1)
            for y, m in zip(problem.y[mine], mu[mine], strict=True)
        )
        density = shape * math.log(shape) - math.lgamma(shape) + shape * log_u - shape * u
        logs = rows + density
        total += math.log(np.exp(logs - logs.max()).sum() * (log_u[1] - log_u[0])) + logs.max()
    assert -problem.evaluate(theta).value == pytest.approx(total, abs=1e-7)


@pytest.mark.parametrize("log_alpha", [-25.0, -4.0, 0.3, 3.0])
def test_derivatives(log_alpha: float) -> None:
    problem = panels()
    theta = np.array([0.3, -0.1, log_alpha])
    point = problem.evaluate(theta)
    step = 1e-5
    for k, unit in enumerate(np.eye(3)):
        ends = [problem.evaluate(theta + sign * step * unit) for sign in (1, -1)]
        assert (ends[0].value - ends[1].value) / (2 * step) == pytest.approx(point.gradient[k], rel=1e-6, abs=1e-7)
        slope = (ends[0].gradient - ends[1].gradient) / (2 * step)
        assert slope == pytest.approx(point.hessian[k], rel=1e-5, abs=1e-6)
    assert -problem.scores(theta).sum(axis=0) == pytest.approx(point.gradient, abs=1e-9)


def test_small_alpha_is_the_poisson() -> None:
    problem = panels()
    theta = np.array([0.3, -0.1, -30.0])
    eta = problem.x @ theta[:2] + problem.offset
    value = poisson(problem.y).derivatives(eta, np.zeros(0), 0)[0].sum()
    assert -problem.evaluate(theta).value == pytest.approx(value, abs=1e-9)


def test_no_more_variation_than_poisson_counts() -> None:
    """Equal totals: the derivative by alpha at zero, half the sum of (Y - M)^2 - Y, is negative."""
    y = np.tile([1.0, 2.0, 3.0], 10)
    codes = np.repeat(np.arange(10), 3)
    x = np.ones((30, 1))
    start = np.array([math.log(2.0)]), np.array([[1 / 60]]), -40.0
    fit = fit_gamma_panels(x, y, codes, np.zeros(30), np.ones(10), start)
    assert np.isneginf(fit.theta[-1]) and fit.converged
    assert fit.vcov[-1].tolist() == [0.0, 0.0]
    problem = GammaPanels(x, y, np.zeros(30), codes, np.ones(10), np.eye(2))
    values = [problem.evaluate(np.array([math.log(2.0), a])).value for a in (-20.0, -6.0, -3.0, 0.0)]
    assert values == sorted(values)                   # worse and worse as alpha grows


def test_tau_is_the_share_of_one_plus_the_variance() -> None:
    """Against an integral over a fine grid."""
    rng = np.random.default_rng(8)
    eta = rng.normal(size=N)
    y = (rng.random(N) < 1 / (1 + np.exp(-eta - 2 * rng.normal(size=8)[CODES]))).astype(float)
    path = along_shares(bernoulli(y, "logit"), eta, CODES, 40, np.ones(8))
    v = np.linspace(-9, 9, 4001)
    for tau, value in path[:4]:
        at = eta[:, None] + math.sqrt(tau / (1 - tau)) * v
        rows = -np.log1p(np.exp(np.where(y[:, None] > 0, -at, at)))
        logs = np.add.reduceat(rows, np.flatnonzero(np.diff(CODES, prepend=-1)), axis=0) - 0.5 * v**2
        exact = np.log(np.exp(logs).sum(axis=1) * (v[1] - v[0]) / math.sqrt(2 * math.pi)).sum()
        assert value == pytest.approx(exact, abs=1e-6)
    assert [tau for tau, _ in path] == pytest.approx([k / 10 for k in range(len(path))])
    values = [value for _, value in path]
    assert values[:-1] == sorted(values[:-1])
    best = max(path, key=lambda each: each[1])[0] or 0.05
    assert best_log_sd(path) == pytest.approx(0.5 * math.log(best / (1 - best)))
