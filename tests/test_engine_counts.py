"""The sums over counts in the negative binomial beside exact fractions and the gamma functions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.special import digamma, gammaln, polygamma

from mixedcli.engine.glm import _gamma_steps, nbreg_constant, nbreg_mean


@pytest.mark.parametrize("size", [1e-3, 0.7, 25.0, 1e7])
def test_sums_are_exact(size: float) -> None:
    """One m for all rows, and another for each: sums of 1/(m+j) and -1/(m+j)^2 as fractions, products for the log."""
    y = np.array([3.0, 0.0, 1.0, 7.0, 2.0])
    for m in (np.full(5, size), size * np.array([1.0, 1.5, 2.0, 2.5, 3.0])):
        jump, slope, curve = _gamma_steps(y)(m)
        for i in range(5):
            terms = [Fraction(float(m[i])) + j for j in range(int(y[i]))]
            assert jump[i] == pytest.approx(math.fsum(math.log(t) for t in terms), rel=1e-13, abs=1e-15)
            assert slope[i] == pytest.approx(float(sum(1 / t for t in terms)), rel=1e-13)
            assert curve[i] == pytest.approx(float(-sum(1 / t**2 for t in terms)), rel=1e-13)


@pytest.mark.parametrize("y", [np.array([1e6, 3.0, 0.0]), np.array([0.5, 2.25, 7.0])])
def test_large_and_fractional_outcomes(y: np.ndarray) -> None:
    m = np.array([0.4, 2.0, 9.0])
    jump, slope, curve = _gamma_steps(y)(m)
    assert jump == pytest.approx(gammaln(y + m) - gammaln(m), rel=1e-12)
    assert slope == pytest.approx(digamma(y + m) - digamma(m), rel=1e-12)
    assert curve == pytest.approx(polygamma(1, y + m) - polygamma(1, m), rel=1e-12)


@pytest.mark.parametrize("family", [nbreg_mean, nbreg_constant])
def test_derivatives_match_differences(family) -> None:
    rng = np.random.default_rng(4)
    y = rng.poisson(2.0, 40).astype(float)
    u = [rng.normal(0.4, 0.3, 40), np.full(40, -0.6)]
    here, h = family(y)(u), 1e-5
    for j in range(2):
        up, down = (family(y)([v + s * h * (k == j) for k, v in enumerate(u)]) for s in (1, -1))
        assert here.first[j] == pytest.approx((up.value - down.value) / (2 * h), rel=1e-7, abs=1e-8)
        for k in range(2):
            assert here.second[j][k] == pytest.approx((up.first[k] - down.first[k]) / (2 * h), rel=1e-6, abs=1e-7)
