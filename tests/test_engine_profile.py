"""The profiled deviance beside brute force: dense matrices, finite differences, merged chunks, permuted rows."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from mixedcli.engine.crossproducts import collect, merge
from mixedcli.engine.lmm import RandomEquation, fit_lmm
from mixedcli.engine.model import directions_for, full_bases, prepare, starting_values
from mixedcli.engine.predict import random_effects

STRUCTURES = ("independent", "exchangeable", "identity", "unstructured")


def simulate(seed: int, levels: int, n: int = 40):
    """Unbalanced nested data with two random columns at every level: y, X, and (z, codes) from the top down."""
    rng = np.random.default_rng(seed)
    codes = []
    parent = np.zeros(n, dtype=int)
    for depth in range(levels):
        local = np.minimum(rng.integers(0, 4, n), rng.integers(1, 5, n))
        parent = np.unique(parent * 10 + local if depth else local + 0, return_inverse=True)[1]
        codes.append(parent)
    x = np.column_stack([rng.normal(size=n), rng.normal(size=n) + 3.0, np.ones(n)])
    parts, y = [], x @ [1.0, -0.5, 2.0] + rng.normal(size=n)
    for code in codes:
        z = np.column_stack([rng.normal(size=n) + 0.5, np.ones(n)])
        y = y + (z * rng.normal(size=(code.max() + 1, 2))[code] * 1.2).sum(1)
        parts.append((z, code))
    return y, x, parts


def dense_v(parts, covariances, sigma2):
    """V = sigma2 I + sum over equations of Z G Z' within groups."""
    n = parts[0][0].shape[0]
    v = sigma2 * np.eye(n)
    for (z, code), g in zip(parts, covariances, strict=True):
        v += (z @ g @ z.T) * (code[:, None] == code[None, :])
    return v


def dense_loglik(y, x, v, reml):
    """Log likelihood with beta at its GLS value."""
    n, p = x.shape
    vi = np.linalg.inv(v)
    information = x.T @ vi @ x
    beta = np.linalg.solve(information, x.T @ vi @ y)
    r = y - x @ beta
    total = np.linalg.slogdet(v)[1] + r @ vi @ r
    if reml:
        total += (n - p) * math.log(2 * math.pi) + np.linalg.slogdet(information)[1]
    else:
        total += n * math.log(2 * math.pi)
    return -0.5 * total


def covariance_from(theta, structure, q):
    """G from (ln sd, atanh corr), written out independently of the engine."""
    sd = np.exp(theta[: 1 if structure in ("identity", "exchangeable") or q == 1 else q])
    if structure == "identity" or q == 1:
        return sd[0] ** 2 * np.eye(q)
    if structure == "independent":
        return np.diag(sd**2)
    if structure == "exchangeable":
        rho = math.tanh(theta[1])
        return sd[0] ** 2 * ((1 - rho) * np.eye(q) + rho)
    corr = np.eye(q)
    rest = iter(np.tanh(theta[q:]))
    for j in range(q):
        for i in range(j + 1, q):
            corr[i, j] = corr[j, i] = next(rest)
    return corr * np.outer(sd, sd)


def split_theta(fit, structures, widths):
    out, at = [], 0
    for structure, q, pairs in zip(structures, widths, fit.theta_pairs, strict=True):
        out.append(covariance_from(fit.theta[at : at + len(pairs)], structure, q))
        at += len(pairs)
    return out


def equations_of(parts, structures):
    return [RandomEquation(z, code, s) for (z, code), s in zip(parts, structures, strict=True)]


CASES = [(levels, s, reml) for levels in (1, 2, 3) for s in STRUCTURES for reml in (False, True)]


@pytest.mark.parametrize(("levels", "structure", "reml"), CASES)
def test_gradient_and_hessian_match_differences(levels, structure, reml):
    y, x, parts = simulate(levels, levels)
    model = prepare(y, x, equations_of(parts, [structure] * levels), reml)
    directions = directions_for(model, full_bases(model))
    rng = np.random.default_rng(5)
    phi = starting_values(model) + rng.uniform(0.1, 0.6, starting_values(model).size)
    here = model.profile.evaluate(phi, directions)
    h = 1e-5
    for k in range(phi.size):
        e = np.zeros(phi.size)
        e[k] = h
        up, down = (model.profile.evaluate(phi + s * e, directions) for s in (1, -1))
        assert here.gradient[k] == pytest.approx((up.value - down.value) / (2 * h), rel=1e-6, abs=2e-7)
        assert here.hessian[k] == pytest.approx((up.gradient - down.gradient) / (2 * h), rel=1e-6, abs=1e-6)
        assert here.quadratic_slope[k] == pytest.approx((up.quadratic - down.quadratic) / (2 * h), rel=1e-6, abs=1e-6)


def test_hessian_with_several_equations_per_level_and_wide_blocks():
    y, x, parts = simulate(7, 3, n=120)
    rng = np.random.default_rng(0)
    wide = np.column_stack([rng.normal(size=(120, 4)), np.ones(120)])
    equations = [
        RandomEquation(parts[0][0], parts[0][1], "unstructured"),
        RandomEquation(rng.normal(size=(120, 1)), parts[0][1]),
        RandomEquation(wide, parts[1][1], "unstructured"),
        RandomEquation(rng.normal(size=(120, 3)), parts[2][1], "exchangeable"),
        RandomEquation(parts[2][0], parts[2][1], "independent"),
    ]
    for reml in (False, True):
        model = prepare(y, x, equations, reml)
        directions = directions_for(model, full_bases(model))
        phi = starting_values(model) + rng.uniform(-0.2, 0.5, starting_values(model).size)
        here = model.profile.evaluate(phi, directions)
        for k in range(phi.size):
            e = np.zeros(phi.size)
            e[k] = 1e-5
            up, down = (model.profile.evaluate(phi + s * e, directions) for s in (1, -1))
            assert here.gradient[k] == pytest.approx((up.value - down.value) / 2e-5, rel=1e-6, abs=5e-7)
            assert here.hessian[k] == pytest.approx((up.gradient - down.gradient) / 2e-5, rel=2e-6, abs=2e-6)


@pytest.mark.parametrize(("levels", "structure", "reml"), CASES)
def test_optimum_beside_dense_matrices(levels, structure, reml):
    """Log likelihood, beta and its variance, BLUPs and their errors equal the textbook formulas with the whole V."""
    y, x, parts = simulate(10 + levels, levels)
    structures = [structure] * levels
    fit = fit_lmm(y, x, equations_of(parts, structures), reml=reml)
    assert fit.convergence.reason == "converged"
    assert fit.convergence.scaled_gradient < 1e-10
    v = dense_v(parts, fit.covariances, fit.sigma2)
    vi = np.linalg.inv(v)
    vcov = np.linalg.inv(x.T @ vi @ x)
    beta = vcov @ x.T @ vi @ y
    assert fit.loglik == pytest.approx(dense_loglik(y, x, v, reml), abs=1e-8)
    assert fit.beta == pytest.approx(beta, rel=1e-8)
    assert fit.vcov_beta == pytest.approx(vcov, rel=1e-8, abs=1e-12)
    linear = sum((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2) / (len(y) - 3 * reml)
    assert fit.loglik_linear == pytest.approx(dense_loglik(y, x, linear * np.eye(len(y)), reml), abs=1e-8)
    for (z, code), g, effects in zip(parts, fit.covariances, random_effects(fit), strict=True):
        for j in range(code.max() + 1):
            zj = z * (code == j)[:, None]
            blup = g @ zj.T @ vi @ (y - x @ beta)
            variance = g - g @ zj.T @ vi @ zj @ g
            if reml:
                cross = g @ zj.T @ vi @ x
                variance = variance + cross @ vcov @ cross.T
            assert effects.effects[j] == pytest.approx(blup, rel=1e-7, abs=1e-9)
            assert effects.standard_errors[j] == pytest.approx(np.sqrt(np.diag(variance)), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(("structure", "reml"), list(itertools.product(STRUCTURES, (False, True))))
def test_vcov_theta_is_the_inverse_hessian_of_the_profiled_loglik(structure, reml):
    y, x, parts = simulate(31, 1, n=60)
    rng = np.random.default_rng(2)
    code = np.repeat(np.arange(12), 5)
    parts = [(parts[0][0], code)]
    y = y + (parts[0][0] * rng.normal(size=(12, 2))[code] * 1.5).sum(1)
    fit = fit_lmm(y, x, equations_of(parts, [structure]), reml=reml)
    assert not fit.convergence.boundary

    def loglik(theta):
        g = covariance_from(theta[:-1], structure, 2)
        return dense_loglik(y, x, dense_v(parts, [g], math.exp(2 * theta[-1])), reml)

    def hessian(h):
        k = fit.theta.size
        out = np.zeros((k, k))
        eye = np.eye(k) * h
        for i, j in itertools.product(range(k), repeat=2):
            signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
            out[i, j] = sum(a * b * loglik(fit.theta + a * eye[i] + b * eye[j]) for a, b in signs) / (4 * h * h)
        return out

    richardson = (4 * hessian(1e-3) - hessian(2e-3)) / 3
    assert fit.vcov_theta == pytest.approx(np.linalg.inv(-richardson), rel=2e-6, abs=1e-7)


def test_rows_in_any_order_and_groups_under_any_name():
    y, x, parts = simulate(3, 2, n=80)
    fit = fit_lmm(y, x, equations_of(parts, ["unstructured", "independent"]))
    rng = np.random.default_rng(1)
    order = rng.permutation(80)
    names = [rng.permutation(1000)[: code.max() + 1] * 7 - 300 for _, code in parts]
    shuffled = [RandomEquation(z[order], names[k][code][order], s) for k, ((z, code), s)
                in enumerate(zip(parts, ["unstructured", "independent"], strict=True))]
    other = fit_lmm(y[order], x[order], shuffled)
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-9)
    assert other.theta == pytest.approx(fit.theta, abs=1e-7)
    assert other.vcov_theta == pytest.approx(fit.vcov_theta, rel=1e-6)
    pairs = zip(random_effects(fit), random_effects(other), parts, names, strict=True)
    for mine, theirs, (_, code), name in pairs:
        assert theirs.on_rows(name[code]) == pytest.approx(mine.on_rows(code), abs=1e-7)
        assert np.isnan(theirs.on_rows([10**6])).all()


@pytest.mark.parametrize("factor", [1e6, 1e-6])
def test_units_of_a_covariate_do_not_matter(factor):
    y, x, parts = simulate(4, 2, n=80)
    z, code = parts[0]
    lower = parts[1]
    def fitted(scale):
        xs, zs = x.copy(), z.copy()
        xs[:, 0] *= scale
        zs[:, 0] *= scale
        return fit_lmm(y, xs, [RandomEquation(zs, code, "unstructured"), RandomEquation(lower[0], lower[1])])

    plain, scaled = fitted(1.0), fitted(factor)
    assert scaled.loglik == pytest.approx(plain.loglik, abs=1e-9)
    assert scaled.beta[0] * factor == pytest.approx(plain.beta[0], rel=1e-9)
    shift = np.zeros(plain.theta.size)
    shift[0] = -math.log(factor)
    assert scaled.theta == pytest.approx(plain.theta + shift, abs=1e-7)
    assert scaled.vcov_theta == pytest.approx(plain.vcov_theta, rel=1e-6, abs=1e-9)


def test_origin_of_a_covariate_does_not_matter():
    """A calendar year as random slope: same likelihood, and G as the shift of the centred fit's G."""
    rng = np.random.default_rng(8)
    code = np.repeat(np.arange(30), 8)
    year = np.tile(np.arange(8.0), 30) - 3.5
    u = rng.normal(size=(30, 2)) * [1.0, 0.3]
    y = 2 + 0.5 * year + u[code, 0] + u[code, 1] * year + rng.normal(size=240) * 0.7
    def fitted(shift):
        x = np.column_stack([year + shift, np.ones(240)])
        return fit_lmm(y, x, [RandomEquation(x, code, "unstructured")], reml=True)

    centred, calendar = fitted(0.0), fitted(2000.0)
    move = np.array([[1.0, 0.0], [-2000.0, 1.0]])
    assert calendar.convergence.reason == "converged"
    assert calendar.loglik == pytest.approx(centred.loglik, abs=1e-8)
    expected = move @ centred.covariances[0] @ move.T
    assert calendar.covariances[0] == pytest.approx(expected, rel=1e-7)
    assert calendar.theta[0] == pytest.approx(centred.theta[0], abs=1e-8)
    assert calendar.vcov_theta[0, 0] == pytest.approx(centred.vcov_theta[0, 0], rel=1e-6)
    assert np.isfinite(np.diag(calendar.vcov_theta)).all()


def test_chunks_merge_into_one_pass():
    y, x, parts = simulate(6, 3, n=200)
    rows = np.vstack([x.T, y])
    levels = [(z.T, code * 5 + 2) for z, code in parts]
    whole = collect(rows, levels)
    cuts = [slice(0, 70), slice(70, 71), slice(71, 200)]
    pieces = [collect(rows[:, c], [(z[:, c], code[c]) for z, code in levels]) for c in cuts]
    merged = merge(merge(pieces[0], pieces[1]), pieces[2])
    assert merged.n == whole.n
    assert merged.total == pytest.approx(whole.total, rel=1e-13)
    for a, b in zip(merged.levels, whole.levels, strict=True):
        assert (a.keys == b.keys).all() and (a.parents == b.parents).all() and (a.counts == b.counts).all()
        assert a.products == pytest.approx(b.products, rel=1e-12, abs=1e-12)


def test_sorted_and_scattered_rows_give_the_same_products():
    y, x, parts = simulate(9, 1, n=100)
    rows, (z, code) = np.vstack([x.T, y]), parts[0]
    order = np.argsort(code, kind="stable")
    a, b = collect(rows, [(z.T, code)]), collect(rows[:, order], [(z[order].T, code[order])])
    assert a.levels[0].products == pytest.approx(b.levels[0].products, rel=1e-12, abs=1e-12)
    assert (a.levels[0].counts == np.bincount(code)).all()


def test_repeating_a_level_gives_a_block_diagonal_g():
    """Two one-column equations at one level are one independent equation; an empty equation adds nothing."""
    y, x, parts = simulate(12, 1, n=80)
    z, code = parts[0]
    one = fit_lmm(y, x, [RandomEquation(z, code, "independent")])
    empty = RandomEquation(np.zeros((80, 0)), code)
    two = fit_lmm(y, x, [RandomEquation(z[:, :1], code), empty, RandomEquation(z[:, 1:], code * 3 + 1)])
    assert two.loglik == pytest.approx(one.loglik, abs=1e-9)
    assert two.theta == pytest.approx(one.theta, abs=1e-7)
    assert two.vcov_theta == pytest.approx(one.vcov_theta, rel=1e-6, abs=1e-12)
    assert two.groups[1] is None and two.covariances[1].shape == (0, 0)
    assert two.groups[2].count == code.max() + 1
    first, _, third = random_effects(two)
    joint = random_effects(one)[0].on_rows(code)
    assert np.column_stack([first.on_rows(code), third.on_rows(code * 3 + 1)]) == pytest.approx(joint, abs=1e-7)


def test_wrong_nesting_and_dependent_columns_are_refused():
    y, x, parts = simulate(13, 2, n=60)
    crossed = [RandomEquation(parts[0][0], parts[0][1]), RandomEquation(parts[1][0], np.arange(60) % 7)]
    with pytest.raises(ValueError, match="nested"):
        fit_lmm(y, x, crossed)
    with pytest.raises(ValueError, match="dependent"):
        fit_lmm(y, np.column_stack([x, x[:, 0] - 2 * x[:, 1]]), [RandomEquation(parts[0][0], parts[0][1])])
