"""Generalized mixed models where fits go wrong: tiny, separated and all-zero groups, huge counts, no variance, one group.

No exception and no warning; what comes back is finite, or says by its reason, boundary or unidentified parameters that it
is not; a fit that says it converged has a zero gradient and is no worse than the model without random effects.
"""

from __future__ import annotations

import numpy as np
import pytest
from glmm_data import panel

from mixedcli.engine.glmm import GlmmFit, fit_glmm
from mixedcli.engine.marginal.drift import mode_slopes
from mixedcli.engine.marginal.modes import find_modes
from mixedcli.engine.model import RandomEquation
from mixedcli.engine.response.bernoulli import bernoulli
from mixedcli.engine.response.censored import censored
from mixedcli.engine.response.gamma import gamma
from mixedcli.engine.response.gaussian import gaussian
from mixedcli.engine.response.nbinomial import nbinomial
from mixedcli.engine.response.ordinal import ordinal
from mixedcli.engine.response.poisson import poisson
from mixedcli.engine.response.survival import survival

pytestmark = pytest.mark.filterwarnings("error")

TROUBLES = (
    "plain",
    "tiny groups",
    "zero groups",
    "separated groups",
    "huge",
    "no variance",
    "equal effects",
    "odd units",
    "two groups",
    "one group",
)
METHODS = ("mcaghermite", "laplace", "mvaghermite", "ghermite")
FAMILIES = ("logit", "trials", "probit", "poisson", "nbinomial", "gamma", "ordinal", "tobit", "weibull", "lognormal")


def sizes(trouble: str, rng: np.random.Generator) -> np.ndarray:
    if trouble in ("one group", "two groups"):
        return rng.integers(8, 15, 1 + (trouble == "two groups"))
    return rng.integers(1, 3 if trouble == "tiny groups" else 8, int(rng.integers(5, 12)))


def problem(family: str, trouble: str) -> tuple[object, np.ndarray, list[RandomEquation]]:
    """A response, x with a constant last (not for ordinal outcomes), and one or two levels."""
    rng = np.random.default_rng([FAMILIES.index(family), TROUBLES.index(trouble)])
    counts = sizes(trouble, rng)
    group = np.repeat(np.arange(counts.size), counts)
    n = group.size
    x = rng.normal(size=n)
    u = rng.normal(size=(counts.size, 2)) * (0.0 if trouble == "no variance" else 0.8)
    eta = 0.2 + 0.5 * x + u[group, 0]
    slope = trouble in ("equal effects", "odd units", "plain")
    if slope:
        eta = eta + (u[group, 0] if trouble == "equal effects" else 0.6 * u[group, 1]) * x
    if trouble == "zero groups":
        eta = np.where(group < counts.size // 2 + 1, -30.0, eta)
    if trouble == "separated groups":
        eta = np.where(group % 2 == 0, 30.0, -5.0)
    unit = 1e5 if trouble == "odd units" else 1.0
    columns = np.column_stack([x * unit, np.ones(n)])
    equations = [RandomEquation(columns if slope else columns[:, 1:], group, "unstructured")]
    if rng.random() < 0.4:
        equations.append(RandomEquation(np.ones((n, 1)), 100 * group + np.arange(n) // 3))
    response = outcome(family, eta, rng, 1e6 if trouble == "huge" else 1.0)
    return response, columns[:, :1] if family == "ordinal" else columns, equations


def outcome(family: str, eta: np.ndarray, rng: np.random.Generator, size: float) -> object:
    chance, mean = 1.0 / (1.0 + np.exp(-eta)), size * np.exp(np.clip(eta, -30.0, 5.0))
    n = eta.size
    if family in ("logit", "probit"):
        return bernoulli((rng.random(n) < chance).astype(float), family)
    if family == "trials":
        trials = np.full(n, 9.0 * size)
        return bernoulli(rng.binomial(trials.astype(int), chance).astype(float), "logit", trials)
    if family == "poisson":
        return poisson(rng.poisson(mean).astype(float))
    if family == "nbinomial":
        return nbinomial(rng.poisson(mean * rng.gamma(2.0, 0.5, n)).astype(float), "mean")
    if family == "gamma":
        return gamma(mean * rng.gamma(3.0, 1.0 / 3.0, n))
    if family == "ordinal":
        cuts = np.digitize(np.clip(eta, -8.0, 8.0) + rng.logistic(size=n), [-1.0, 0.5])
        cuts[:3] = (0, 1, 2)
        return ordinal(cuts, 3, "logit")
    if family == "tobit":
        y = eta + rng.normal(size=n)
        low = float(np.median(y))
        return censored(np.where(y < low, -np.inf, y), np.maximum(y, low))
    failed = (rng.random(n) < 0.8).astype(float)
    failed[0] = 1.0
    return survival(family, rng.exponential(size=n) / mean + 1e-8, failed)


def sound(fit: GlmmFit) -> None:
    """What must hold of every fit."""
    told = fit.convergence
    assert np.isfinite(fit.loglik)
    assert np.isfinite(fit.theta[: fit.beta.size + fit.extra.size]).all()
    assert all(np.isfinite(g).all() for g in fit.covariances)
    free = np.setdiff1d(np.arange(fit.theta.size), [*told.boundary, *told.unidentified])
    variances = np.diag(fit.vcov)[free]
    if told.converged:
        assert told.scaled_gradient < 1e-7
        assert fit.loglik >= fit.loglik_fixed - 1e-5 - 1e-9 * abs(fit.loglik)
        assert np.isfinite(variances).all()
        assert (variances >= 0).all()
    else:
        assert told.reason in ("iteration limit", "no further progress")


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("family", FAMILIES)
def test_trouble(family: str, trouble: str) -> None:
    response, x, equations = problem(family, trouble)
    # where posteriors have no variance to adapt to, mean-variance adaptation tries for long: that is tested by itself
    choice = 2 if trouble.endswith("groups") and trouble != "two groups" else 3
    method = METHODS[(FAMILIES.index(family) + TROUBLES.index(trouble)) % choice]
    fit = fit_glmm(
        response,  # type: ignore[arg-type]
        x,
        equations,
        method=method,
        points=4,
        start="moments",
        max_iterations=40,
    )
    sound(fit)
    if trouble in ("plain", "huge", "odd units") and family not in ("logit", "probit", "ordinal"):
        assert fit.convergence.converged


@pytest.mark.parametrize(("family", "trouble"), [("probit", "tiny groups"), ("logit", "separated groups")])
def test_nodes_that_do_not_settle(family: str, trouble: str) -> None:
    response, x, equations = problem(family, trouble)
    fit = fit_glmm(response, x, equations[:1], points=4, start="moments", max_iterations=10)  # type: ignore[arg-type]
    sound(fit)


# ---- fits that once went wrong -----------------------------------------------------------------------------------


def intercepts(*codes: list[int]) -> list[RandomEquation]:
    return [RandomEquation(np.ones((len(each), 1)), np.array(each)) for each in codes]


def test_modes_are_sought_anew_where_the_last_ones_mislead() -> None:
    """The group that fails draws everything to infinity; the log likelihood of the result was -inf."""
    x = np.array([-1.6155, 0.342, -0.372, -0.3202, 0.7307, -0.2507, 0.9648, 0.664, 0.3336, 0.9929, 0.5727])
    top, below = [0] * 5 + [1] * 2 + [2] * 4, [0, 0, 0, 1, 1, 1001, 1002, 2002, 2002, 2003, 2003]
    y = np.array([1.0] * 5 + [0.0] * 2 + [1.0] * 4)
    fit = fit_glmm(
        bernoulli(y, "cloglog"), np.column_stack([x, np.ones(11)]), intercepts(top, below), method="mcaghermite"
    )
    sound(fit)
    assert fit.loglik > fit.loglik_fixed


def test_a_local_maximum_below_the_fixed_effects_fit_is_left() -> None:
    """A gaussian density with a log link has several; the variance is zero at the higher one."""
    x = np.array([-0.1223, -0.6071, 0.2566, -0.3368, -0.4855, 1.0, 0.3783, -0.2419, -0.0499, 0.0868])
    y = np.array([1.65033, 0.65185, 3.83575, 0.69709, 0.64893, 12.86539, 4.73627, 0.75009, 1.00053, 0.97449])
    columns = np.column_stack([2290583.44 * x, np.ones(10)])
    equation = RandomEquation(columns, np.array([0] * 6 + [1] + [2] * 3), "identity")
    fit = fit_glmm(gaussian(y, "log"), columns, [equation], method="ghermite", points=6, start="moments")
    sound(fit)
    assert fit.loglik == pytest.approx(fit.loglik_fixed, abs=1e-6)


def test_the_end_of_what_rounding_allows_is_convergence() -> None:
    """The search could not lower the function further, at a point where the gradient is zero."""
    x = 1.690773 * np.array(
        [0.0879, -0.2693, 0.319, -0.2793, 0.3141, 1.0, -0.9709, 0.1541, 0.0844, -0.5913, 0.1078, -0.1406]
    )
    low = np.array([2.38817, 0.40827, 1.13736, 0.85332, -np.inf, 1.92417, 1.14105] + [-np.inf] * 5)
    columns = np.column_stack([x, np.ones(12)])
    top, below = [0] * 6 + [1] * 6, [0, 0, 0, 1, 1, 1, 1002, 1002, 1002, 1003, 1003, 1003]
    equations = [RandomEquation(columns, np.array(top), "unstructured"), *intercepts(below)]
    response = censored(low, np.where(np.isfinite(low), low, 0.223907))
    fit = fit_glmm(response, columns, equations, method="mcaghermite", points=5, start="moments")
    sound(fit)
    assert fit.convergence.converged


def test_many_crossed_effects_with_a_small_variance() -> None:
    """A determinant of 25 small standard deviations says nothing about whether the factor can be inverted."""
    rng = np.random.default_rng(5)
    a, b = np.repeat(np.arange(25), 24), np.tile(np.arange(12), 50)
    y = rng.poisson(np.exp(0.5 + 0.2 * rng.normal(size=25)[a] + 0.5 * rng.normal(size=12)[b])).astype(float)
    dummies = (a[:, None] == np.arange(25)).astype(float)
    equations = [RandomEquation(dummies, np.zeros(600, dtype=int), "identity"), *intercepts(list(b))]
    fit = fit_glmm(poisson(y), np.ones((600, 1)), equations, method="laplace", start="moments")
    assert fit.convergence.converged
    assert fit.convergence.iterations < 15


# ---- derivatives -------------------------------------------------------------------------------------------------


def panel_fit(method: str, family: str) -> GlmmFit:
    d = panel()
    x = np.column_stack([d["x"], d["w"], np.ones(320)])
    response = nbinomial(d["count"], "mean") if family == "nbinomial" else bernoulli(d["y"], "probit")
    pairs = np.arange(320) // 4
    equations = [RandomEquation(x[:, [0, 2]], d["group"], "unstructured"), RandomEquation(x[:, 2:], pairs)]
    return fit_glmm(response, x, equations, method=method, points=3, errors=False, max_iterations=3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", ["nbinomial", "probit"])
def test_hessian_by_wider_differences(family: str, method: str) -> None:
    """Against differences of the gradient over two steps, which cancel the next term (Richardson)."""
    fit = panel_fit(method, family)
    marginal, psi = fit.marginal, fit.psi
    assert marginal is not None
    found = marginal.hessian(psi, np.full(psi.size, 0.1))
    rows = []
    for unit in np.eye(psi.size):
        ends = {k: marginal.gradient(psi + k * 2e-3 * unit)[1] for k in (-2, -1, 1, 2)}
        rows.append((ends[2] - ends[-2] - 8.0 * (ends[1] - ends[-1])) / (12.0 * 2e-3))
    expected = np.array(rows)
    assert found == pytest.approx(0.5 * (expected + expected.T), abs=2e-6 * np.abs(expected).max())


@pytest.mark.parametrize("family", ["nbinomial", "probit"])
def test_modes_move_with_the_parameters(family: str) -> None:
    fit = panel_fit("laplace", family)
    marginal, psi = fit.marginal, fit.psi
    assert marginal is not None
    block = marginal.layout.blocks[0]
    here = marginal.parameters(psi)
    slopes = mode_slopes(block, here, find_modes(block, here, None, 2), marginal.directions)
    for k, unit in enumerate(np.eye(psi.size)):
        up, down = (find_modes(block, marginal.parameters(psi + s * 1e-4 * unit), None, 2).modes for s in (1, -1))
        for level, slope in enumerate(slopes):
            assert slope[:, k] == pytest.approx((up[level] - down[level]) / 2e-4, abs=1e-5)
