"""Scores of linear mixed models beside finite differences of the likelihood written with whole matrices."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from test_engine_profile import STRUCTURES, covariance_from, dense_v, equations_of, simulate

from mixedcli.engine.lmm import RandomEquation, fit_lmm
from mixedcli.engine.scores import nested_in, robust, scores


def cluster_logliks(y, x, parts, structures, lengths, parameters, clusters):
    """Log likelihood of every cluster at (beta, theta); theta has ``lengths`` elements per equation, then ln sigma_e."""
    p = x.shape[1]
    cuts = np.cumsum([0, *lengths])
    theta = parameters[p:]
    covariances = [
        covariance_from(theta[a:b], structure, z.shape[1])
        for (a, b), structure, (z, _) in zip(itertools.pairwise(cuts), structures, parts, strict=True)
    ]
    v = dense_v(parts, covariances, math.exp(2 * theta[-1]))
    r = y - x @ parameters[:p]
    out = []
    for cluster in np.unique(clusters):
        rows = clusters == cluster
        block, own = v[np.ix_(rows, rows)], r[rows]
        whole = np.linalg.slogdet(block)[1] + own @ np.linalg.solve(block, own)
        out.append(-0.5 * (rows.sum() * math.log(2 * math.pi) + whole))
    return np.array(out)


def differences(y, x, parts, structures, fit, clusters, h=1e-5):
    """The scores by central differences."""
    lengths = [len(pairs) for pairs in fit.theta_pairs]
    at = np.r_[fit.beta, fit.theta]
    columns = []
    for k in range(at.size):
        e = np.zeros(at.size)
        e[k] = h
        up, down = (cluster_logliks(y, x, parts, structures, lengths, at + s * e, clusters) for s in (1, -1))
        columns.append((up - down) / (2 * h))
    return np.column_stack(columns)


def interior(levels, structure):
    """Simulated data whose estimates are not at a boundary."""
    for seed in range(20, 60):
        y, x, parts = simulate(seed, levels, n=120)
        fit = fit_lmm(y, x, equations_of(parts, [structure] * levels))
        if not (fit.convergence.boundary or fit.convergence.unidentified):
            return y, x, parts, fit
    raise AssertionError("no such data")


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_scores_match_differences(levels, structure):
    y, x, parts, fit = interior(levels, structure)
    structures = [structure] * levels
    top = parts[0][1]
    for clusters in (top, 10 - top // 2):
        found = scores(fit, y, x, equations_of(parts, structures), clusters)
        assert found == pytest.approx(differences(y, x, parts, structures, fit, clusters), abs=2e-7)
        assert found.sum(axis=0) == pytest.approx(np.zeros(found.shape[1]), abs=1e-4)


def test_scores_with_several_equations_of_one_level_in_scattered_rows():
    rng = np.random.default_rng(8)
    top, bottom = np.repeat(np.arange(20), 12), np.repeat(np.arange(60), 4)
    order = rng.permutation(240)
    z = [np.column_stack([rng.normal(size=240), np.ones(240)]) for _ in range(2)]
    parts = [(z[0], top), (rng.normal(size=(240, 1)), top * 7 + 3), (z[1], bottom)]
    x = np.column_stack([rng.normal(size=240), np.ones(240)])
    y = x @ [1.0, 2.0] + rng.normal(size=240)
    for columns, codes in parts:
        y = y + (columns * rng.normal(size=(codes.max() + 1, columns.shape[1]))[codes]).sum(1)
    y, x, parts = y[order], x[order], [(z[order], codes[order]) for z, codes in parts]
    structures = ["unstructured", "identity", "independent"]
    fit = fit_lmm(y, x, equations_of(parts, structures))
    assert not fit.convergence.boundary
    found = scores(fit, y, x, equations_of(parts, structures), parts[0][1])
    assert found == pytest.approx(differences(y, x, parts, structures, fit, parts[0][1]), abs=2e-7)


def test_robust_variance_by_its_definition():
    """J / (J - 1) B M B with B = diag((X'V^-1X)^-1, V(theta)), here with whole matrices."""
    y, x, parts, fit = interior(1, "unstructured")
    top = parts[0][1]
    s = differences(y, x, parts, ["unstructured"], fit, top)
    vi = np.linalg.inv(dense_v(parts, fit.covariances, fit.sigma2))
    bread = np.zeros((s.shape[1], s.shape[1]))
    p = x.shape[1]
    bread[:p, :p] = np.linalg.inv(x.T @ vi @ x)
    bread[p:, p:] = fit.vcov_theta
    count = len(np.unique(top))
    expected = count / (count - 1) * bread @ (s.T @ s) @ bread
    found = robust(fit, scores(fit, y, x, equations_of(parts, ["unstructured"]), top))
    assert found.clusters == count
    assert found.vcov_beta == pytest.approx(expected[:p, :p], rel=1e-5, abs=1e-9)
    assert found.vcov_theta == pytest.approx(expected[p:, p:], rel=1e-5, abs=1e-9)
    assert found.vcov_cross == pytest.approx(expected[:p, p:], rel=1e-5, abs=1e-8)


def test_parameters_at_their_boundary_have_no_scores():
    """Groups that are alike: the variance is zero, and the rest is linear regression with White's variance."""
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(10), 6)
    x = np.column_stack([rng.normal(size=60), np.ones(60)])
    y = x @ [1.0, 2.0] + np.tile(rng.normal(size=6), 10) * 0.1 + np.tile([1.0, -1.0], 30)
    equations = [RandomEquation(np.ones((60, 1)), group)]
    fit = fit_lmm(y, x, equations)
    assert fit.convergence.boundary == (0,)
    found = scores(fit, y, x, equations, group)
    assert (found[:, 2] == 0).all()
    residual = y - x @ fit.beta
    sums = np.add.reduceat(x * residual[:, None], np.arange(0, 60, 6))
    inverse = np.linalg.inv(x.T @ x)
    errors = robust(fit, found)
    assert errors.vcov_beta == pytest.approx(10 / 9 * inverse @ (sums.T @ sums) @ inverse, rel=1e-9)
    assert (errors.vcov_theta[0] == 0).all()


def test_a_single_cluster_has_no_variance():
    y, x, parts, fit = interior(1, "identity")
    found = robust(fit, scores(fit, y, x, equations_of(parts, ["identity"]), np.zeros(len(y), dtype=int)))
    assert np.isnan(found.vcov_beta).all()


def test_restricted_likelihood_has_no_scores():
    y, x, parts = simulate(2, 1)
    equations = equations_of(parts, ["identity"])
    with pytest.raises(ValueError, match="maximum likelihood"):
        scores(fit_lmm(y, x, equations, reml=True), y, x, equations, parts[0][1])


def test_what_is_nested():
    assert nested_in([3, 3, 1, 1, 2], [1, 1, 1, 1, 0])
    assert not nested_in([3, 3, 1, 1, 2], [1, 0, 1, 1, 0])
