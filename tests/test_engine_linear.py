"""Least squares, independent columns, and the tails of distributions."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from mixedcli.engine import tails
from mixedcli.engine.ols import fit_linear, independent_columns
from mixedcli.engine.scaling import orthonormal

# digits of the coefficients that double precision leaves, by the conditioning of the set
NIST = {"Norris": 11, "Pontius": 11, "NoInt1": 13, "NoInt2": 13, "Longley": 9, "Wampler1": 7, "Wampler2": 11,
        "Wampler3": 7, "Wampler4": 6, "Wampler5": 4, "Filip": 6}  # fmt: skip


@pytest.mark.parametrize("name", NIST)
def test_nist_certified_values(shared, name):
    case = json.loads((shared / "reference" / "nist_linear.json").read_text())["sets"][name]
    x, y = np.array(case["x"], dtype=float), np.array(case["y"], dtype=float)
    if "polynomial" in case["model"]:
        degree = int(case["model"].split("degree ")[1].split()[0])
        x = np.column_stack([x[:, 0] ** k for k in range(1, degree + 1)])
    if len(case["coefficients"]) > x.shape[1]:
        x = np.column_stack([np.ones(len(y)), x])
    fit = fit_linear(y, x)
    assert fit.beta == pytest.approx(np.array(case["coefficients"]), rel=10.0 ** -NIST[name])
    errors = np.sqrt(np.diag(fit.inverse) * fit.s2)
    assert errors == pytest.approx(np.array(case["standard_errors"]), rel=1e-7, abs=1e-15)


def test_linear_log_likelihoods_by_their_definition():
    rng = np.random.default_rng(1)
    x = np.column_stack([rng.normal(size=50) * 3 + 100, np.ones(50)])
    y = x @ [0.2, 1.0] + rng.normal(size=50)
    fit = fit_linear(y, x)
    residual = y - x @ np.linalg.solve(x.T @ x, x.T @ y)
    rss = residual @ residual
    assert fit.rss == pytest.approx(rss)
    assert fit.loglik == pytest.approx(-25 * (math.log(2 * math.pi * rss / 50) + 1), rel=1e-12)
    restricted = -24 * (math.log(2 * math.pi * rss / 48) + 1) - 0.5 * np.linalg.slogdet(x.T @ x)[1]
    assert fit.loglik_reml == pytest.approx(restricted, rel=1e-10)


def test_perfect_fit_and_dependent_columns():
    x = np.column_stack([np.arange(10.0), np.ones(10)])
    fit = fit_linear(x @ [2.0, 1.0], x)
    assert fit.rss == 0.0 and fit.loglik == math.inf
    with pytest.raises(ValueError, match="dependent"):
        fit_linear(np.arange(10.0), np.column_stack([x, x.sum(1)]))


def test_large_data_take_the_same_road():
    """Cholesky QR in slabs (large n) against Householder QR (small n): same columns up to sign, and back."""
    rng = np.random.default_rng(2)
    x = np.column_stack([rng.normal(size=(90_000, 2)), 2000.0 + rng.integers(0, 10, 90_000), np.ones(90_000)])
    large = orthonormal(x)
    assert large is not None
    assert large.rows @ large.rows.T / 90_000 == pytest.approx(np.eye(4), abs=1e-13)
    assert (large.rows.T @ large.inverse)[:50] == pytest.approx(x[:50], rel=1e-12)
    assert large.map @ large.inverse == pytest.approx(np.eye(4), abs=1e-9)
    assert orthonormal(np.column_stack([x, x[:, 0] - 3 * x[:, 2]])) is None


def test_later_columns_are_dropped():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 200))
    x = np.column_stack([a, 2 * a + 3, b, np.full(200, 5.0), a - b, np.zeros(200), a**2])
    assert independent_columns(x).tolist() == [True, False, True, False, False, False, True]
    assert independent_columns(x, constant=False).tolist() == [True, True, True, False, False, False, True]


def test_dependence_does_not_depend_on_units_or_origins():
    rng = np.random.default_rng(4)
    year = 2000.0 + np.repeat(np.arange(10), 20)
    x = np.column_stack([year, year**2, rng.normal(size=200) * 1e-9, rng.normal(size=200) * 1e250, 1e12 + year * 1e3])
    assert independent_columns(x).tolist() == [True, True, True, True, False]


def test_float32_rounding_counts_as_dependence():
    """Group mean + deviation = variable, all stored as float: the sum is dropped, as Stata does."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=300)
    mean = np.repeat(x.reshape(30, 10).mean(1), 10).astype(np.float32).astype(float)
    deviation = (x - mean).astype(np.float32).astype(float)
    total = (mean + deviation).astype(np.float32).astype(float)
    assert independent_columns(np.column_stack([mean, deviation, total])).tolist() == [True, True, False]


def test_no_more_columns_than_rows():
    x = np.random.default_rng(6).normal(size=(4, 6))
    assert independent_columns(x).sum() == 3
    assert independent_columns(x, constant=False).sum() == 4


def test_normal_quantile_and_tails():
    """Values of Abramowitz and Stegun (1964), tables 26.1 and 26.5, and exact symmetries."""
    assert tails.normal_quantile(0.975) == pytest.approx(1.9599639845400545, rel=4e-16)
    assert tails.normal_quantile(0.995) == pytest.approx(2.5758293035489004, rel=4e-16)
    assert tails.normal_quantile(0.5) == 0.0
    assert tails.normal_quantile(0.0) == -math.inf and tails.normal_quantile(1.0) == math.inf
    assert math.isnan(tails.normal_quantile(1.5)) and math.isnan(tails.normal_quantile(math.nan))
    for p in (1e-300, 1e-20, 1e-5, 0.01, 0.3, 0.49999):
        z = tails.normal_quantile(p)
        assert tails.normal_cdf(z) == pytest.approx(p, rel=1e-12)
        assert tails.normal_quantile(0.5 + (0.5 - p)) == pytest.approx(-z, rel=1e-9) or p < 1e-5
    assert tails.normal_two_sided(-1.9599639845400545) == pytest.approx(0.05, rel=1e-14)
    assert tails.normal_cdf(0.0) == 0.5


def test_chi_squared_tail_beside_scipy():
    special = pytest.importorskip("scipy.special")
    for df in (1, 2, 3, 4, 5, 10, 31, 100, 2.5):
        for x in (1e-8, 0.1, 1.0, 3.84, 25.0, 150.0, 700.0):
            assert tails.chi2_tail(x, df) == pytest.approx(float(special.chdtrc(df, x)), rel=1e-12, abs=1e-320)
    assert tails.chi2_tail(0.0, 3) == 1.0 and tails.chi2_tail(math.inf, 3) == 0.0
    assert math.isnan(tails.chi2_tail(1.0, 0)) and math.isnan(tails.chi2_tail(math.nan, 1))
    assert tails.chibar2_tail(3.841458820694124) == pytest.approx(0.025, rel=1e-12)
    assert tails.chibar2_tail(0.0) == 1.0


def test_t_and_f():
    """Student's t with 1 and 2 df and F(2, m) have closed forms."""
    assert tails.t_two_sided(1.0, 1) == pytest.approx(0.5, rel=1e-12)
    assert tails.t_two_sided(2.0, 2) == pytest.approx(1 - 2 / math.sqrt(6), rel=1e-12)
    assert tails.t_quantile(0.75, 1) == pytest.approx(1.0, rel=1e-12)
    assert tails.f_tail(3.0, 2, 10) == pytest.approx((1 + 2 * 3 / 10) ** -5, rel=1e-12)
    assert tails.f_tail(0.0, 2, 10) == 1.0
