"""The likelihoods of the single-level models: derivatives against differences, and properties of their maxima."""

from __future__ import annotations

import numpy as np
import pytest

from mixedcli.engine import glm, ordinal
from mixedcli.engine.likelihood import Predictor, Problem, maximize, sandwich

N = 60


def _data(seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.normal(size=(N, 2)), np.ones(N)]), rng.uniform(size=N)


def _one(family: object, X: np.ndarray) -> Problem:
    return Problem((Predictor(X, np.arange(X.shape[1])),), family, X.shape[1])  # type: ignore[arg-type]


def _with_scale(family: object, X: np.ndarray) -> Problem:
    p = X.shape[1]
    scale = Predictor(np.ones((N, 1)), np.array([p]))
    return Problem((Predictor(X, np.arange(p)), scale), family, p + 1)  # type: ignore[arg-type]


def _ordered(interval: object, slope: object, X: np.ndarray, uniform: np.ndarray) -> Problem:
    k = np.floor(uniform * 3).astype(int)
    cuts = np.eye(2)
    low = np.where((k > 0)[:, None], cuts[np.maximum(k - 1, 0)], 0.0)
    high = np.where((k < 2)[:, None], cuts[np.minimum(k, 1)], 0.0)
    both = (np.hstack([-X[:, :2], low]), np.hstack([-X[:, :2], high]))
    family = ordinal.ordered(k == 0, k == 2, interval, slope)  # type: ignore[arg-type]
    return Problem(tuple(Predictor(z, np.arange(4)) for z in both), family, 4)


def _problems() -> dict[str, tuple[Problem, np.ndarray]]:
    X, uniform = _data()
    y, counts = (uniform > 0.6).astype(float), np.floor(uniform * 6)
    low = np.where(uniform < 0.3, -np.inf, np.where(uniform < 0.6, X[:, 0], 0.2))
    high = np.where(uniform < 0.3, -0.4, np.where(uniform < 0.6, X[:, 0], np.where(uniform < 0.8, 0.9, np.inf)))
    theta = np.array([0.3, -0.5, 0.2])
    return {
        "logit": (_one(glm.logit(y), X), theta),
        "probit": (_one(glm.probit(y), X), theta),
        "cloglog": (_one(glm.cloglog(y), X), theta),
        "poisson": (_one(glm.poisson(counts), X), theta),
        "nbreg mean": (_with_scale(glm.nbreg_mean(counts), X), np.append(theta, -0.4)),
        "nbreg constant": (_with_scale(glm.nbreg_constant(counts), X), np.append(theta, 0.3)),
        "ologit": (_ordered(ordinal.logistic_interval, ordinal.logistic_slope, X, uniform),
                   np.array([0.3, -0.5, -0.6, 0.7])),
        "oprobit": (_ordered(ordinal.normal_interval, ordinal.normal_slope, X, uniform),
                    np.array([0.3, -0.5, -0.6, 0.7])),
        "censored": (_with_scale(ordinal.censored_normal(low, high), X), np.append(theta, 0.1)),
    }


PROBLEMS = _problems()


@pytest.mark.parametrize("name", PROBLEMS)
def test_derivatives_are_those_of_the_likelihood(name: str) -> None:
    problem, theta = PROBLEMS[name]
    point = problem.evaluate(theta)
    step = 1e-5
    for j in range(problem.size):
        shift = step * np.eye(problem.size)[j]
        up, down = problem.evaluate(theta + shift), problem.evaluate(theta - shift)
        assert point.gradient[j] == pytest.approx((up.value - down.value) / (2 * step), rel=1e-7, abs=1e-7)
        assert point.hessian[j] == pytest.approx((up.gradient - down.gradient) / (2 * step), rel=1e-6, abs=1e-6)
    assert -problem.scores(theta).sum(axis=0) == pytest.approx(point.gradient)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_maximum_is_exact_and_does_not_depend_on_units(name: str) -> None:
    problem, theta = PROBLEMS[name]
    fit = maximize(problem, theta)
    assert fit.converged
    assert abs(fit.scaled_gradient) < 1e-14
    change = np.diag(10.0 ** np.arange(problem.size))
    other = maximize(problem, theta, change)
    assert other.theta == pytest.approx(fit.theta, rel=1e-9, abs=1e-10)
    assert other.inverse == pytest.approx(fit.inverse, rel=1e-7)
    assert fit.ll >= problem.loglik(theta)


def test_logit_of_a_constant_is_the_log_odds() -> None:
    y = np.array([1.0, 0, 0, 0, 1, 0, 0, 0])
    fit = maximize(_one(glm.logit(y), np.ones((8, 1))), np.zeros(1))
    assert fit.theta[0] == pytest.approx(np.log(2 / 6), rel=1e-14)
    assert fit.inverse[0, 0] == pytest.approx(1 / 2 + 1 / 6, rel=1e-13)


def test_extreme_predictors_keep_their_digits() -> None:
    u = [np.array([-40.0, 40.0, 800.0])]
    far = glm.probit(np.array([1.0, 0.0, 1.0]))(u)
    assert far.value == pytest.approx([-804.608442, -804.608442, 0.0], rel=1e-9)      # ln Phi(-40)
    assert glm.logit(np.array([1.0, 0.0, 1.0]))(u).value == pytest.approx([-40.0, -40.0, 0.0], rel=1e-12)
    assert np.isfinite(glm.cloglog(np.array([1.0, 0.0, 1.0]))([np.array([-40.0, -750.0, 5.0])]).value).all()


def test_negative_binomial_near_the_poisson() -> None:
    """As alpha goes to zero both forms become the Poisson, without loss of digits."""
    X, uniform = _data()
    y = np.floor(uniform * 6)
    u = X @ np.array([0.3, -0.5, 0.2])
    target = glm.poisson(y)([u])
    for family in (glm.nbreg_mean(y), glm.nbreg_constant(y)):
        near = family([u, np.full(N, -25.0)])
        assert near.value == pytest.approx(target.value, rel=1e-8, abs=1e-8)
        assert near.first[0] == pytest.approx(target.first[0], abs=1e-7)


def test_weights_are_repetitions() -> None:
    X, uniform = _data()
    y, times = (uniform > 0.5).astype(float), np.arange(N) % 3 + 1
    weighted = maximize(Problem((Predictor(X, np.arange(3)),), glm.logit(y), 3, times.astype(float)), np.zeros(3))
    long = maximize(_one(glm.logit(np.repeat(y, times)), np.repeat(X, times, axis=0)), np.zeros(3))
    assert weighted.theta == pytest.approx(long.theta, rel=1e-11)
    assert weighted.inverse == pytest.approx(long.inverse, rel=1e-10)


def test_sandwich_of_groups_of_one_is_the_plain_one() -> None:
    problem, theta = PROBLEMS["logit"]
    fit = maximize(problem, theta)
    scores = problem.scores(fit.theta)
    plain = sandwich(fit.inverse, scores)
    assert sandwich(fit.inverse, scores, np.arange(N)[::-1].copy()) == pytest.approx(plain)
    meat = scores.T @ scores * N / (N - 1)
    assert plain == pytest.approx(fit.inverse @ meat @ fit.inverse)
