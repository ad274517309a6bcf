"""Generalized linear mixed models: gradients, integrals, published fits, and what a fit must not depend on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mixedcli.data.load import load
from mixedcli.engine.glmm import fit_glmm
from mixedcli.engine.marginal.layout import arrange
from mixedcli.engine.marginal.likelihood import Marginal
from mixedcli.engine.marginal.posterior import posterior
from mixedcli.engine.model import RandomEquation
from mixedcli.engine.nested import Directions
from mixedcli.engine.response.bernoulli import bernoulli
from mixedcli.engine.response.censored import censored
from mixedcli.engine.response.gamma import gamma
from mixedcli.engine.response.gaussian import gaussian
from mixedcli.engine.response.nbinomial import nbinomial
from mixedcli.engine.response.ordinal import ordinal
from mixedcli.engine.response.poisson import poisson
from mixedcli.engine.response.survival import survival
from mixedcli.engine.structure import factor_basis

GROUPS = (np.repeat(np.arange(6), 20), np.repeat(np.arange(24), 5), np.repeat(np.arange(48), [2, 3] * 24))
N = 120


def outcomes(seed: int = 3) -> dict[str, tuple[object, tuple[float, ...]]]:
    """One response of every family and link on N rows, and values for its further parameters."""
    rng = np.random.default_rng(seed)
    eta = 0.3 + rng.normal(size=6)[GROUPS[0]] * 0.7 + rng.normal(size=N) * 0.5
    binary = (rng.random(N) < 1 / (1 + np.exp(-eta))).astype(float)
    counts = rng.poisson(np.exp(eta)).astype(float)
    real = eta + rng.normal(size=N)
    codes = np.digitize(real, [-0.5, 0.5, 1.5])
    low = np.where(real < 0, -np.inf, real)
    time, failed = np.exp(-eta) * rng.exponential(size=N) + 0.01, (rng.random(N) < 0.7)
    found: dict[str, tuple[object, tuple[float, ...]]] = {}
    for link in ("logit", "probit", "cloglog"):
        found[f"bernoulli {link}"] = bernoulli(binary, link), ()
        found[f"binomial {link}"] = bernoulli(np.minimum(counts, 9.0), link, np.full(N, 9.0)), ()
        found[f"ordinal {link}"] = ordinal(codes, 4, link), (-0.4, 0.5, 1.7)
    found["poisson"] = poisson(counts), ()
    for dispersion in ("mean", "constant"):
        found[f"nbinomial {dispersion}"] = nbinomial(counts, dispersion), (-0.5,)
    found["gaussian identity"] = gaussian(real), (0.1,)
    found["gaussian log"] = gaussian(np.exp(real), "log"), (0.1,)
    found["gamma"] = gamma(np.exp(real)), (-0.3,)
    found["tobit"] = censored(low, np.where(real < 0, 0.0, real)), (0.2,)
    for name in ("exponential", "weibull", "lognormal", "loglogistic", "gamma"):
        extra = () if name == "exponential" else (0.2,)
        found[f"survival {name}"] = survival(name, time, failed), extra
    found["survival weibull aft"] = survival("weibull", time, failed, aft=True), (0.2,)
    return found


def marginal(response: object, qs: tuple[int, ...], method: str, points: int) -> tuple[Marginal, int]:
    """The likelihood with two covariates and qs[k] unstructured random effects at level k, and the number of phi."""
    rng = np.random.default_rng(5)
    x = np.stack([np.ones(N), rng.normal(size=N)])
    levels, directions, at = [], [], 0
    for q, codes in zip(qs, GROUPS, strict=False):
        levels.append((np.stack([np.ones(N), rng.normal(size=N)][:q]), codes))
        basis = factor_basis("unstructured", q)
        directions.append(Directions(basis, np.arange(at, at + len(basis))))
        at += len(basis)
    layout = arrange(response, x, np.zeros(N), levels, [])  # type: ignore[arg-type]
    counts = (1 if method == "laplace" else points,) * len(qs)
    return Marginal(layout, (2, response.extra_count), directions, method, counts), at  # type: ignore[attr-defined]


def start(response: object, extra: tuple[float, ...], phis: int) -> np.ndarray:
    ordered = type(response).__name__ == "Ordinal"
    beta = [0.0, 0.2] if ordered else [0.1, 0.2]
    return np.array([*beta, *extra, *(0.6 - 0.1 * np.arange(phis))])


def slopes(likelihood: Marginal, psi: np.ndarray, step: float = 1e-5) -> np.ndarray:
    out = []
    for unit in np.eye(psi.size):
        ends = [likelihood.gradient(psi + sign * step * unit)[0] for sign in (1, -1)]
        out.append((ends[0] - ends[1]) / (2 * step))
    return np.array(out)


@pytest.mark.parametrize("name", outcomes())
@pytest.mark.parametrize("method", ["mvaghermite", "mcaghermite"])
def test_gradient_of_every_family(name: str, method: str) -> None:
    response, extra = outcomes()[name]
    likelihood, phis = marginal(response, (1,), method, 5)
    psi = start(response, extra, phis)
    value, gradient = likelihood.gradient(psi)
    assert np.isfinite(value)
    assert gradient == pytest.approx(slopes(likelihood, psi), rel=2e-6, abs=2e-5)


@pytest.mark.parametrize("method", ["laplace", "mcaghermite", "mvaghermite", "ghermite"])
@pytest.mark.parametrize("qs", [(2,), (1, 1), (2, 1), (1, 2), (1, 1, 1)])
@pytest.mark.parametrize("name", ["bernoulli logit", "nbinomial mean"])
def test_gradient_of_every_structure(name: str, qs: tuple[int, ...], method: str) -> None:
    response, extra = outcomes()[name]
    likelihood, phis = marginal(response, qs, method, 3)
    psi = start(response, extra, phis)
    gradient = likelihood.gradient(psi)[1]
    assert gradient == pytest.approx(slopes(likelihood, psi), rel=2e-5, abs=2e-4)
    assert likelihood.scores(psi).sum(0) == pytest.approx(gradient, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("name", outcomes())
@pytest.mark.parametrize("method", ["mvaghermite", "mcaghermite"])
def test_integral_of_every_family(name: str, method: str) -> None:
    """Against a sum over a fine grid of the random intercept."""
    response, extra = outcomes()[name]
    likelihood, phis = marginal(response, (1,), method, 25)
    psi = start(response, extra, phis)
    x = likelihood.layout.blocks[0].x
    grid = np.linspace(-9.0, 9.0, 4001)
    eta = psi[:2] @ x + psi[-1] * grid[:, None]
    rows = response.derivatives(eta, np.array(extra), 0)[0]  # type: ignore[attr-defined]
    logs = np.add.reduceat(rows, np.arange(0, N, 20), axis=1) - 0.5 * grid[:, None] ** 2
    top = logs.max(0)
    exact = (np.log(np.exp(logs - top).sum(0) * (grid[1] - grid[0]) / np.sqrt(2 * np.pi)) + top).sum()
    assert likelihood.value(psi) == pytest.approx(exact, abs=2e-6)


def test_nested_integral() -> None:
    """Two levels against the same sum over a grid for each."""
    response, _ = outcomes()["bernoulli logit"]
    grid = np.linspace(-8.0, 8.0, 161)
    step = grid[1] - grid[0]
    for method in ("mvaghermite", "mcaghermite"):
        likelihood, phis = marginal(response, (1, 1), method, 15)
        psi = start(response, (), phis)
        x = likelihood.layout.blocks[0].x
        total = 0.0
        for j in range(6):
            inner = np.zeros(grid.size)
            for g in range(4 * j, 4 * j + 4):
                rows = slice(5 * g, 5 * g + 5)
                part = response.take(rows)  # type: ignore[attr-defined]
                eta = psi[:2] @ x[:, rows] + psi[2] * grid[:, None, None] + psi[3] * grid[None, :, None]
                logs = part.derivatives(eta, np.zeros(0), 0)[0].sum(-1) - 0.5 * grid**2
                inner += np.log(np.exp(logs).sum(1) * step / np.sqrt(2 * np.pi))
            total += np.log(np.exp(inner - 0.5 * grid**2).sum() * step / np.sqrt(2 * np.pi))
        assert likelihood.value(psi) == pytest.approx(total, abs=1e-6)


# ---- fits --------------------------------------------------------------------------------------------------------


def bangladesh() -> tuple[object, np.ndarray, np.ndarray]:
    data = load("bangladesh")
    columns = [np.asarray(data.columns[name].values, dtype=float) for name in ("urban", "age", "child1", "child2", "child3")]
    x = np.column_stack([*columns, np.ones(columns[0].size)])
    y = np.asarray(data.columns["c_use"].values, dtype=float)
    return bernoulli(y), x, np.asarray(data.columns["district"].values)


# ll, theta without the constant's place changed, its standard errors: models.json, bang_ri (printed by Stata and
# computed independently)
PUBLISHED = {
    "mvaghermite": (-1206.8321777, 0.7322765, 0.1194857, 0.4643474, 0.0789532),
    "mcaghermite": (-1206.8321783, 0.7322765, 0.1194857, 0.4643474, 0.0789531),
    "laplace": (-1206.9659395, 0.7328539, 0.1194288, 0.4609831, 0.0782976),
}


@pytest.mark.parametrize("method", PUBLISHED)
@pytest.mark.parametrize("begin", ["unit", "moments"])
def test_bangladesh(method: str, begin: str) -> None:
    response, x, district = bangladesh()
    fit = fit_glmm(response, x, [RandomEquation(x[:, -1:], district)], method=method, start=begin)  # type: ignore[arg-type]
    ll, urban, se, sd, se_sd = PUBLISHED[method]
    errors = np.sqrt(np.diag(fit.vcov))
    assert fit.convergence.converged and fit.convergence.scaled_gradient < 1e-12
    assert fit.loglik == pytest.approx(ll, abs=2e-7)
    assert (fit.theta[0], errors[0]) == pytest.approx((urban, se), abs=1.5e-7)
    assert np.exp(fit.theta[-1]) == pytest.approx(sd, abs=2e-7)
    assert np.exp(fit.theta[-1]) * errors[-1] == pytest.approx(se_sd, abs=2e-7)
    assert fit.loglik_fixed == pytest.approx(-1228.5263, abs=5e-5)


def test_posterior_means_and_modes() -> None:
    """models.json, bang_ri: eb_means and eb_modes."""
    response, x, district = bangladesh()
    fit = fit_glmm(response, x, [RandomEquation(x[:, -1:], district)])  # type: ignore[arg-type]
    found = posterior(fit)[0]
    assert found is not None
    at = np.searchsorted(found.keys, [10, 24, 55, 59])
    assert found.means[at, 0] == pytest.approx([-0.3856004, -0.4655195, -0.322457, -0.4066914], abs=2e-7)
    assert found.modes[at, 0] == pytest.approx([-0.3736232, -0.4534402, -0.319634, -0.3979419], abs=2e-7)


def test_random_slope() -> None:
    """models.json and the printed output of melogit with an urban slope (outputs 052)."""
    response, x, district = bangladesh()
    z = x[:, [0, -1]]
    fit = fit_glmm(response, x, [RandomEquation(z, district, "unstructured")])  # type: ignore[arg-type]
    g = fit.covariances[0]
    assert fit.loglik == pytest.approx(-1199.315, abs=5e-5)
    assert (g[0, 0], g[1, 1], g[0, 1]) == pytest.approx((0.6663237, 0.3897448, -0.4058861), abs=2e-6)
    assert fit.convergence.loglik[0] == pytest.approx(-1215.8592, abs=5e-5)   # Stata's grid node 0


# models.json, toenail: the log likelihood and the variance depend on the method
TOENAIL = {
    ("mvaghermite", 30): (-625.3855755, 16.0821375, 3.0601409),
    ("mvaghermite", 8): (-627.2228048, 14.4909486, 2.5567049),
    ("mcaghermite", 30): (-625.397094, 16.0653728, 3.0573595),
    ("mcaghermite", 7): (-627.0547835, 14.2109582, 2.4257129),
}


@pytest.mark.parametrize(("method", "points"), TOENAIL)
def test_toenail(method: str, points: int, shared) -> None:  # type: ignore[no-untyped-def]
    data = load(str(shared / "data" / "toenail.dta"))
    columns = {name: np.asarray(data.columns[name].values, dtype=float) for name in data.columns}
    treatment, month = columns["treatment"], columns["month"]
    x = np.column_stack([treatment, month, treatment * month, np.ones(month.size)])
    fit = fit_glmm(
        bernoulli(columns["outcome"]), x, [RandomEquation(x[:, -1:], columns["patient"])], method=method, points=points
    )
    ll, variance, error = TOENAIL[method, points]
    found = fit.covariances[0][0, 0]
    assert fit.loglik == pytest.approx(ll, abs=2e-6)
    assert found == pytest.approx(variance, rel=2e-7)
    assert 2 * found * np.sqrt(fit.vcov[-1, -1]) == pytest.approx(error, rel=1e-4)


def counts(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Counts in 20 classes of 5 schools: y, x with a constant, schools, classes."""
    rng = np.random.default_rng(seed)
    school, classes = np.repeat(np.arange(5), 24), np.repeat(np.arange(20), 6)
    x = np.column_stack([rng.normal(size=120), np.ones(120)])
    eta = 0.4 * x[:, 0] + 0.8 + 0.5 * rng.normal(size=5)[school] + 0.4 * rng.normal(size=20)[classes]
    return rng.poisson(np.exp(eta)).astype(float), x, school, classes


@pytest.mark.parametrize("method", ["mvaghermite", "mcaghermite", "laplace"])
def test_order_and_labels_do_not_matter(method: str) -> None:
    y, x, school, classes = counts()
    one = np.ones((120, 1))
    fit = fit_glmm(poisson(y), x, [RandomEquation(one, school), RandomEquation(one, classes)], method=method)
    mixed = np.random.default_rng(1).permutation(120)
    labels = np.random.default_rng(2).permutation(1000)
    other = fit_glmm(
        poisson(y[mixed]),
        x[mixed],
        [RandomEquation(one, labels[school[mixed]]), RandomEquation(one, labels[100 + classes[mixed]])],
        method=method,
    )
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-9)
    assert other.theta == pytest.approx(fit.theta, abs=1e-7)
    assert other.vcov == pytest.approx(fit.vcov, rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("structure", ["independent", "unstructured", "exchangeable", "identity"])
def test_scaling_a_covariate(structure: str) -> None:
    y, x, _, classes = counts(4)
    unit = 1000.0 if structure in ("independent", "unstructured") else 1.0
    fit = fit_glmm(poisson(y), x, [RandomEquation(x, classes, structure)], method="mcaghermite")
    moved = x * [unit, 1.0]
    other = fit_glmm(poisson(y), moved, [RandomEquation(moved, classes, structure)], method="mcaghermite", start="moments")
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-7)
    assert other.beta * [unit, 1.0] == pytest.approx(fit.beta, abs=1e-6)
    scale = np.array([unit, 1.0])
    assert other.covariances[0] * np.outer(scale, scale) == pytest.approx(fit.covariances[0], abs=1e-6)


def test_frequency_weights_repeat_rows_and_groups() -> None:
    y, x, school, classes = counts(2)
    one = np.ones((120, 1))
    rows = np.random.default_rng(3).integers(1, 4, 120)
    weighted = fit_glmm(poisson(y), x, [RandomEquation(one, classes)], weights=[rows, None])
    again = np.repeat(np.arange(120), rows)
    repeated = fit_glmm(poisson(y[again]), x[again], [RandomEquation(one[again], classes[again])])
    assert weighted.loglik == pytest.approx(repeated.loglik, abs=1e-8)
    assert weighted.vcov == pytest.approx(repeated.vcov, rel=1e-5)
    schools = np.array([1, 2, 1, 3, 2])[school]
    weighted = fit_glmm(
        poisson(y), x, [RandomEquation(one, school), RandomEquation(one, classes)], weights=[None, None, schools]
    )
    parts = [(np.flatnonzero(schools > k), k) for k in range(3)]
    again = np.concatenate([where for where, _ in parts])
    copies = np.concatenate([np.full(where.size, k) for where, k in parts])
    repeated = fit_glmm(
        poisson(y[again]),
        x[again],
        [RandomEquation(one[again], school[again] + 10 * copies), RandomEquation(one[again], classes[again] + 100 * copies)],
    )
    assert weighted.loglik == pytest.approx(repeated.loglik, abs=1e-8)
    assert weighted.theta == pytest.approx(repeated.theta, abs=1e-6)
    # the classes of a school twice: a school's integral with every class counted so often
    twos = np.full(120, 2.0)
    weighted = fit_glmm(
        poisson(y), x, [RandomEquation(one, school), RandomEquation(one, classes)], weights=[None, twos, None]
    )
    again = np.tile(np.arange(120), 2)
    repeated = fit_glmm(
        poisson(y[again]),
        x[again],
        [
            RandomEquation(one[again], school[again]),
            RandomEquation(one[again], classes[again] + 100 * (np.arange(240) // 120)),
        ],
    )
    assert weighted.loglik == pytest.approx(repeated.loglik, abs=1e-8)


def test_variance_at_zero() -> None:
    """Groups made so alike that the best variance is none: the fit without random effects, with a boundary noted."""
    y = np.tile([0.0, 1.0, 1.0, 0.0], 15)
    x = np.column_stack([np.tile([0.1, 0.9, -0.4, 0.3], 15), np.ones(60)])
    fit = fit_glmm(bernoulli(y), x, [RandomEquation(np.ones((60, 1)), np.repeat(np.arange(15), 4))])
    assert fit.loglik == pytest.approx(fit.loglik_fixed, abs=1e-8)
    assert fit.covariances[0][0, 0] == 0.0
    assert fit.convergence.boundary == (2,)
    assert np.isfinite(fit.vcov[:2, :2]).all() and not fit.vcov[2].any()


def test_start_from_a_fit() -> None:
    response, x, district = bangladesh()
    equations = [RandomEquation(x[:, [0, -1]], district, "unstructured")]
    fit = fit_glmm(response, x, equations, method="laplace")  # type: ignore[arg-type]
    again = fit_glmm(response, x, equations, method="laplace", start=fit.theta)  # type: ignore[arg-type]
    assert again.convergence.loglik[0] == pytest.approx(fit.loglik, abs=1e-8)
    assert again.convergence.iterations <= 1
    assert again.theta == pytest.approx(fit.theta, abs=1e-6)


def test_crossed_effects_as_one_group() -> None:
    """Two crossed factors, one of them as the columns of a single group: the larger may be either."""
    rng = np.random.default_rng(11)
    a, b = np.repeat(np.arange(8), 12), np.tile(np.arange(12), 8)
    eta = 0.2 + rng.normal(size=8)[a] + 0.7 * rng.normal(size=12)[b]
    y = rng.poisson(np.exp(eta)).astype(float)
    one, whole = np.ones((96, 1)), np.zeros(96, dtype=int)
    fits = []
    for top, below in ((a, b), (b, a)):
        dummies = (top[:, None] == np.arange(top.max() + 1)).astype(float)
        equations = [RandomEquation(dummies, whole, "identity"), RandomEquation(one, below)]
        fits.append(fit_glmm(poisson(y), one, equations, method="laplace"))
    assert fits[0].loglik == pytest.approx(fits[1].loglik, abs=1e-8)
    assert fits[0].theta[[0, 1, 2]] == pytest.approx(fits[1].theta[[0, 2, 1]], abs=1e-6)
    assert fits[0].vcov[1, 1] == pytest.approx(fits[1].vcov[2, 2], rel=1e-4)


def test_levels_must_nest() -> None:
    y, x, school, _ = counts()
    one = np.ones((120, 1))
    crossed = np.arange(120) % 7
    with pytest.raises(ValueError, match="nested"):
        fit_glmm(poisson(y), x, [RandomEquation(one, school), RandomEquation(one, crossed)])


def test_points_per_level() -> None:
    y, x, school, classes = counts(4)
    one = np.ones((120, 1))
    equations = [RandomEquation(one, school), RandomEquation(one, classes)]
    values = [
        fit_glmm(poisson(y), x, equations, method="mcaghermite", points=points, errors=False).loglik
        for points in itertools.product((3, 9), repeat=2)
    ]
    assert len(set(values)) == 4
    assert values == pytest.approx([values[-1]] * 4, abs=5e-2)


# Printed by Stata 17 (published.json, hospital and lips; outputs 053 and 062): ll, b, se, variance, its se.
HELD = {
    "hospital": (-522.65042, (0.5622029, -0.0765916, -1.997762, 1.033635, -3.369853),
                 (0.0727497, 0.0323474, 0.2556281, 0.3884878, 0.4794516), 1.548407, 0.4894986),
    "lips": (-181.32325, (0.0803235,), (0.1165335,), 0.5846534, 0.147734),
}


@pytest.mark.parametrize("name", HELD)
def test_held_nodes_give_stata_digits(name: str, shared) -> None:  # type: ignore[no-untyped-def]
    """Stata takes derivatives with the nodes held; then its prints are met to the last digit or two."""
    if name == "hospital":
        data = np.loadtxt(shared / "data" / "hospital.dat")
        y, offset, groups, points = data[:, 0], None, data[:, 5], 12
        x = np.column_stack([data[:, 1:5], np.ones(len(data))])
        response = bernoulli(y)
    else:
        data = load(str(shared / "data" / "lips.dta"))
        columns = {name: np.asarray(data.columns[name].values, dtype=float) for name in ("o", "e", "county")}
        x, groups, points = np.ones((56, 1)), columns["county"], 7
        offset, response = np.log(columns["e"]), poisson(columns["o"])
    fit = fit_glmm(
        response, x, [RandomEquation(x[:, -1:], groups)], offset=offset, points=points, hold_nodes=True
    )
    ll, b, se, variance, error = HELD[name]
    errors = np.sqrt(np.diag(fit.vcov))
    assert fit.loglik == pytest.approx(ll, abs=6e-6)
    assert fit.beta == pytest.approx(b, rel=1.2e-6, abs=1.2e-7)
    assert errors[:-1] == pytest.approx(se, rel=1e-6, abs=1e-7)
    found = fit.covariances[0][0, 0]
    assert found == pytest.approx(variance, rel=4e-7)
    assert 2 * found * errors[-1] == pytest.approx(error, rel=1e-6)
    exact = fit_glmm(response, x, [RandomEquation(x[:, -1:], groups)], offset=offset, points=points)
    assert exact.loglik > fit.loglik


def test_no_random_effects() -> None:
    """The generalized linear model; scores of rows, which sum to zero, and whose spread is the information."""
    y, x, school, _ = counts(4)
    for equations in ([], [RandomEquation(np.zeros((120, 0)), school)]):
        fit = fit_glmm(nbinomial(y), x, equations)
        assert fit.loglik == fit.loglik_fixed and fit.convergence.converged
        assert fit.scores.shape == (120, 3)
        assert fit.scores.sum(0) == pytest.approx([0.0] * 3, abs=1e-6)
        assert np.linalg.inv(fit.vcov)[:2, :2] == pytest.approx(fit.scores[:, :2].T @ fit.scores[:, :2], rel=0.4)
        assert posterior(fit) == (None,) * len(equations)


@pytest.mark.parametrize("method", ["mvaghermite", "mcaghermite", "laplace"])
def test_nothing_random_is_left(method: str) -> None:
    """Every variance of an unstructured part on its boundary: the level stays, without effects."""
    group = np.repeat(np.arange(20), 6)
    x = np.column_stack([np.tile(np.linspace(-1, 1, 6), 20), np.ones(120)])
    y = x[:, 0] + np.tile([0.51, -0.52, 0.53, -0.5, 0.51, -0.53], 20)
    fit = fit_glmm(gaussian(y), x, [RandomEquation(x, group, "unstructured")], method=method)
    assert fit.convergence.converged
    assert not fit.covariances[0].any()
    assert fit.loglik == pytest.approx(fit.loglik_fixed, abs=1e-9)
    assert fit.convergence.boundary == (3, 4, 5)


def test_weights_of_a_middle_level_need_other_nodes() -> None:
    """Also when those of the top level are left out of the list."""
    y, x, school, classes = counts()
    one = np.ones((120, 1))
    equations = [RandomEquation(one, school), RandomEquation(one, classes)]
    for weights in ([None, one[:, 0]], [None, one[:, 0], None]):
        for method in ("mcaghermite", "laplace"):
            with pytest.raises(ValueError, match="intermediate"):
                fit_glmm(poisson(y), x, equations, method=method, weights=weights)
