"""Panel regressions on arrays: against dummy-variable least squares, generalized least squares written out, and plm."""

from __future__ import annotations

import csv
import importlib.util
import math
import pathlib

import numpy as np
import pytest

from mixedcli.engine.panel import (
    fit_between,
    fit_random,
    fit_within,
    independent_between,
    independent_within,
    multiplier_test,
    panel_products,
)
from mixedcli.engine.panel_likelihood import ml_variance

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def panel() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unbalanced panels in no order: x with one column constant in panels, y, codes."""
    rng = np.random.default_rng(4)
    codes = np.repeat(np.arange(30), rng.integers(1, 8, 30))
    rng.shuffle(codes)
    x = rng.normal(5, 2, (len(codes), 3)) + rng.normal(size=(30, 3))[codes]
    x[:, 1] = rng.normal(size=30)[codes] * 1000 + 7
    y = x @ [1.0, 0.002, -0.5] + rng.normal(size=30)[codes] + rng.normal(size=len(codes)) + 3
    return x, y, codes


def dummies(codes: np.ndarray) -> np.ndarray:
    return (codes[:, None] == np.arange(codes.max() + 1)).astype(float)


def test_within_is_least_squares_with_dummies(panel: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    x, y, codes = panel
    products = panel_products(x, y, codes)
    keep = independent_within(products)
    assert keep.tolist() == [True, False, True]
    fit = fit_within(products.take(keep))
    assert fit is not None
    D = np.column_stack([x[:, keep], dummies(codes)])
    b, rss, _, _ = np.linalg.lstsq(D, y, rcond=None)
    assert fit.beta[:2] == pytest.approx(b[:2], rel=1e-10)
    assert fit.rss == pytest.approx(rss[0], rel=1e-10)
    assert fit.df_r == len(y) - 30 - 2
    s2 = rss[0] / fit.df_r
    assert np.diag(fit.vcov)[:2] == pytest.approx(s2 * np.diag(np.linalg.inv(D.T @ D))[:2], rel=1e-10)
    pooled = np.column_stack([x[:, keep], np.ones(len(y))])
    less = np.linalg.lstsq(pooled, y, rcond=None)[1][0]
    assert fit.F_effects == pytest.approx((less - rss[0]) / 29 / s2, rel=1e-9)
    effects = b[2:] - b[2:].mean()
    assert fit.sigma_u == pytest.approx(np.std(effects, ddof=1), rel=1e-10)
    assert fit.corr == pytest.approx(np.corrcoef(b[2:][codes], x[:, keep] @ b[:2])[0, 1], rel=1e-9)


def test_between_is_least_squares_on_means(panel: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    x, y, codes = panel
    T = np.bincount(codes)
    means = dummies(codes).T @ np.column_stack([x, np.ones(len(y)), y]) / T[:, None]
    for weighted in (False, True):
        fit = fit_between(panel_products(x, y, codes), weighted)
        assert fit is not None
        root = np.sqrt(T * 30 / T.sum())[:, None] if weighted else 1.0
        b, rss, _, _ = np.linalg.lstsq((means * root)[:, :-1], (means * root)[:, -1], rcond=None)
        assert fit.beta == pytest.approx(b, rel=1e-9)
        assert fit.rmse == pytest.approx(math.sqrt(rss[0] / 26), rel=1e-10)


def test_random_is_generalized_least_squares(panel: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """With the covariance matrix of all rows inverted as it stands."""
    x, y, codes = panel
    fit = fit_random(panel_products(x, y, codes))
    assert fit is not None
    D, X = dummies(codes), np.column_stack([x, np.ones(len(y))])
    V = fit.sigma_e**2 * np.eye(len(y)) + fit.sigma_u**2 * D @ D.T
    A = np.linalg.inv(X.T @ np.linalg.solve(V, X))
    b = A @ X.T @ np.linalg.solve(V, y)
    assert fit.beta == pytest.approx(b, rel=1e-8)
    r = y - X @ b
    scale = float(r @ np.linalg.solve(V, r)) / (len(y) - 4)
    assert fit.vcov == pytest.approx(scale * A, rel=1e-8, abs=1e-12)
    T = np.bincount(codes)
    assert fit.Tbar == pytest.approx(30 / (1 / T).sum())
    outer = fit_between(panel_products(x, y, codes))
    assert outer is not None
    assert fit.sigma_u**2 == pytest.approx(outer.rmse**2 - fit.sigma_e**2 / fit.Tbar, rel=1e-9)


def test_multiplier_test_of_balanced_panels() -> None:
    """NT / (2 (T - 1)) (sum (sum e)^2 / sum e^2 - 1)^2, the form for panels of one size."""
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(12), 5)
    x = rng.normal(size=(60, 1))
    y = x[:, 0] + 2 * rng.normal(size=12)[codes] + rng.normal(size=60)
    X = np.column_stack([x, np.ones(60)])
    e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    ratio = (np.bincount(codes, e) ** 2).sum() / (e @ e)
    assert multiplier_test(panel_products(x, y, codes)) == pytest.approx(60 / 8 * (ratio - 1) ** 2, rel=1e-10)


def test_information_of_the_likelihood(panel: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """The inverse of a Hessian by differences of the log likelihood written with determinants."""
    from mixedcli.engine.lmm import RandomEquation, fit_lmm

    x, y, codes = panel
    X, D = np.column_stack([x, np.ones(len(y))]), dummies(codes)
    X[:, 1] /= 1000
    fit = fit_lmm(y, X, [RandomEquation(np.ones((len(y), 1)), codes, "identity")])
    at = np.append(fit.beta, [math.sqrt(fit.covariances[0][0, 0]), math.sqrt(fit.sigma2)])

    def loglik(p: np.ndarray) -> float:
        V = p[-1] ** 2 * np.eye(len(y)) + p[-2] ** 2 * D @ D.T
        r = y - X @ p[:-2]
        return float(-0.5 * (np.linalg.slogdet(V)[1] + r @ np.linalg.solve(V, r)))

    step = 1e-3 * np.eye(6)
    H = np.array([[(loglik(at + a + b) - loglik(at + a - b) - loglik(at - a + b) + loglik(at - a - b)) / 4e-6
                   for b in step] for a in step])
    found = ml_variance(panel_products(X[:, :3], y, codes), fit.beta, at[-2], at[-1], True)
    assert found == pytest.approx(np.linalg.inv(-H), rel=2e-4, abs=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_small_variation_within_panels_keeps_its_digits(offset: float) -> None:
    """A column whose panel means differ a million times more than its values within panels."""
    rng = np.random.default_rng(7)
    codes = np.repeat(np.arange(50), 4)
    small = rng.integers(-4, 5, 200).astype(float)
    x = (small + 1e6 * rng.integers(-9, 10, 50)[codes] + offset)[:, None]
    y = 3 * small + rng.normal(size=200)
    fit = fit_within(panel_products(x, y, codes))
    exact = fit_within(panel_products(small[:, None], y, codes))
    assert fit is not None and exact is not None
    assert fit.beta[0] == pytest.approx(exact.beta[0], rel=1e-10)
    assert fit.sigma_e == pytest.approx(exact.sigma_e, rel=1e-10)


def test_columns_that_cannot_be_estimated() -> None:
    """Time in a balanced panel has no variation between panels; a panel constant none within."""
    codes = np.repeat(np.arange(6), 4)
    time, constant = np.tile(np.arange(4.0), 6), 0.1 + codes.astype(float)
    x = np.column_stack([time, constant, 2 * time, codes**2.0])
    products = panel_products(x, np.sin(np.arange(24.0)), codes)
    assert independent_within(products).tolist() == [True, False, False, False]
    assert independent_between(products).tolist() == [False, True, False, True]


def test_too_few_rows_give_none() -> None:
    x, y = np.arange(4.0)[:, None], np.array([1.0, 2.0, 0.0, 5.0])
    single = panel_products(x, y, np.arange(4))
    assert fit_within(single) is None and fit_random(single) is None
    assert fit_between(panel_products(x, y, np.zeros(4, dtype=int))) is None


def test_perfect_fit_and_constant_outcome_are_finite() -> None:
    codes = np.repeat(np.arange(5), 3)
    x = np.arange(15.0)[:, None] ** 2
    for y in (2 * x[:, 0] + 1, np.ones(15)):
        fit = fit_within(panel_products(x, y, codes))
        assert fit is not None and np.isfinite(fit.beta).all() and fit.sigma_e == 0.0
        gls = fit_random(panel_products(x, y, codes))
        assert gls is not None and np.isfinite(gls.beta).all()


def linearmodels() -> pathlib.Path:
    """The folder of the linearmodels wheel, which carries reference results of plm and Stata."""
    spec = importlib.util.find_spec("linearmodels")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the reference results in the linearmodels wheel: pip install linearmodels")
    return pathlib.Path(next(iter(spec.submodule_search_locations)))


@pytest.mark.reference
@pytest.mark.parametrize("case", ["balanced-time-invariant", "balanced-time-varying", "unbalanced-time-invariant"])
def test_swamy_arora_of_plm(case: str) -> None:
    """R's plm with model = "random", on the wage panel; unbalanced panels by Baltagi and Chang."""
    import pandas as pd

    folder = linearmodels()
    with open(folder / "tests/panel/results/re-variance-components-reference.csv", encoding="utf-8") as file:
        wanted = {row["quantity"]: float(row["value"]) for row in csv.DictReader(file) if row["case"] == case}
    wages = pd.read_csv(folder / "datasets/wage_panel/wage_panel.csv.bz2")
    if case.startswith("unbalanced"):
        drop = ((wages.nr * 7 + wages.year * 13) % 5 == 0) & ((wages.nr + wages.year) % 3 != 0)
        wages = wages[~drop]
    names = ["black", "hisp", "exper", "expersq", "married", "educ", "union"]
    if case.endswith("varying"):
        names = ["expersq", "married", "union"]
    codes = pd.factorize(wages.nr)[0]
    products = panel_products(wages[names].to_numpy(float), wages.lwage.to_numpy(float), codes)
    fit = fit_random(products, swamy_arora=True)
    assert fit is not None
    assert fit.sigma_e**2 == pytest.approx(wanted["sigma2_idios"], rel=1e-9)
    assert fit.sigma_u**2 == pytest.approx(wanted["sigma2_id"], rel=1e-9)
    coefficients = [wanted[f"coef{k}"] for k in range(len(names) + 1)]
    assert [fit.beta[-1], *fit.beta[:-1]] == pytest.approx(coefficients, rel=1e-8)
