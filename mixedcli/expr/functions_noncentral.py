"""Noncentral chi-squared, F, beta and t distributions, as mixtures of central ones with Poisson weights.

Sums run over the weights that a double can see.  (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions,
vol. 2, chapters 29 to 31; for t: Lenth 1989, algorithm AS 243.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .functions import Function
from .functions_distributions import chi2_density
from .functions_special import beta_density, special
from .pointmass import poisson_mass

LARGEST_NONCENTRALITY = 10_000.0
_STEPS = 400
Code = Callable[..., Any]


def weights(half: float) -> tuple[np.ndarray, np.ndarray]:
    """The whole numbers j around ``half`` and their Poisson probabilities with that mean."""
    spread = 40 + 12 * math.sqrt(half)
    j = np.arange(max(0, int(half - spread)), int(half + spread) + 1, dtype=np.float64)
    return j, poisson_mass(j, half)


def _mixture(noncentrality: float, part: Callable[[np.ndarray], Any]) -> float:
    """The sum over j of the Poisson weight of j times ``part(j)``."""
    j, w = weights(noncentrality / 2)
    return float(np.sum(w * part(j)))


def chi2(df: float, nc: float, x: float) -> float:
    return _mixture(nc, lambda j: special().gammainc(df / 2 + j, x / 2)) if x > 0 else 0.0


def chi2_tail(df: float, nc: float, x: float) -> float:
    return _mixture(nc, lambda j: special().gammaincc(df / 2 + j, x / 2)) if x > 0 else 1.0


def noncentral_chi2_density(df: float, nc: float, x: float) -> float:
    return _mixture(nc, lambda j: chi2_density(df + 2 * j, x)) if x >= 0 else 0.0


def beta(a: float, b: float, nc: float, x: float) -> float:
    x = min(max(x, 0.0), 1.0)
    return _mixture(nc, lambda j: special().betainc(a + j, b, x))


def noncentral_beta_density(a: float, b: float, nc: float, x: float) -> float:
    return _mixture(nc, lambda j: beta_density(a + j, b, x))


def f(df1: float, df2: float, nc: float, x: float) -> float:
    return beta(df1 / 2, df2 / 2, nc, df1 * x / (df2 + df1 * x)) if x > 0 else 0.0


def f_tail(df1: float, df2: float, nc: float, x: float) -> float:
    if x <= 0:
        return 1.0
    at = df2 / (df2 + df1 * x)
    return _mixture(nc, lambda j: special().betainc(df2 / 2, df1 / 2 + j, at))


def noncentral_f_density(df1: float, df2: float, nc: float, x: float) -> float:
    if x < 0:
        return 0.0
    total = df2 + df1 * x
    return noncentral_beta_density(df1 / 2, df2 / 2, nc, df1 * x / total) * df1 * df2 / total**2


def t(df: float, nc: float, x: float) -> float:
    """Pr(T <= x); for negative x that of the mirrored variable above -x."""
    return _upper_t(df, -nc, -x) if x < 0 else _lower_t(df, nc, x)


def t_tail(df: float, nc: float, x: float) -> float:
    return _lower_t(df, -nc, -x) if x < 0 else _upper_t(df, nc, x)


def _t_terms(df: float, nc: float, x: float, beta_part: Code) -> float:
    """Half the sum of p_j I(j + 1/2) + q_j I(j + 1), with I the incomplete beta function or its complement."""
    half = nc * nc / 2
    j, p = weights(half)
    # exp(-half) half^j / gamma(j + 3/2) is the weight of j + 1/2 divided by the root of half = |nc| / sqrt(2).
    q = math.copysign(1.0, nc) * poisson_mass(j + 0.5, half) if nc else np.zeros_like(j)
    at = x * x / (df + x * x)
    return 0.5 * float(np.sum(p * beta_part(j + 0.5, df / 2, at) + q * beta_part(j + 1.0, df / 2, at)))


def _lower_t(df: float, nc: float, x: float) -> float:
    """Pr(T <= x) for x not negative: Pr(T <= 0) = Phi(-nc), and the part from 0 to x."""
    return min(float(special().ndtr(-nc)) + _t_terms(df, nc, x, special().betainc), 1.0)


def _upper_t(df: float, nc: float, x: float) -> float:
    return max(_t_terms(df, nc, x, special().betaincc), 0.0)


def noncentral_t_density(df: float, nc: float, x: float) -> float:
    """By the integral over the chi variable y of the denominator: y^df exp(-(y - c)^2 / 2), with a smooth positive
    integrand, so that the trapezoidal rule over all of it converges to the last digits."""
    total = df + x * x
    c = nc * x / math.sqrt(total)
    peak = (c + math.sqrt(c * c + 4 * (df + 1))) / 2
    if peak > 11:
        y, step = np.linspace(peak - 10, peak + 10, 801, retstep=True)
        logs, measure = df * np.log(y) - np.square(y - c) / 2, np.full(y.shape, step)
    else:   # in ln y, because y^df may be steep at zero
        s, step = np.linspace(math.log(peak) - 3 - 45 / (df + 1), math.log(peak + 10), 4001, retstep=True)
        y = np.exp(s)
        logs, measure = df * s - np.square(y - c) / 2, y * step
    start = (
        df / 2 * math.log(df) - df * nc * nc / (2 * total) - 0.5 * math.log(math.pi) - special().gammaln(df / 2)
        - (df - 1) / 2 * math.log(2) - (df + 1) / 2 * math.log(total)
    )
    return float(np.sum(np.exp(logs + start) * measure))


# ---- solving for an argument ---------------------------------------------------------------------------------


def solve(
    code: Callable[[float], float], wanted: float, guess: float, rising: bool, low: float = 0.0, high: float = 1e300
) -> float:
    """The x from ``low`` to ``high`` at which a monotone ``code`` is ``wanted``, else NaN.

    The bracket doubles from ``guess`` on, then Brent's method narrows it to the last digit.
    """
    from scipy.optimize import brentq

    def excess(x: float) -> float:
        gap = code(x) - wanted
        return gap if rising else -gap

    if low == -np.inf:
        low, step = guess - 1, 1.0
        while excess(low) > 0 and step < 1e8:
            step *= 2
            low = guess - step
    top, step = max(guess, low + 1e-300), max(abs(guess), 1.0)
    while excess(top) < 0:
        if top >= high:
            return np.nan
        top, step = min(top + step, high), step * 2
    if not (excess(low) <= 0 <= excess(top)):
        return np.nan
    try:
        return float(brentq(excess, low, top, xtol=1e-300, rtol=4 * np.finfo(float).eps, maxiter=_STEPS, disp=False))
    except ValueError:   # not a number somewhere in between
        return np.nan


# ---- the table -----------------------------------------------------------------------------------------------


def _rows(code: Callable[..., float], shapes: int, signed: bool = False) -> Function:
    """``code`` applied row by row: ``shapes`` positive parameters, the noncentrality, and one argument more."""

    def one(*values: float) -> float:
        nc = values[shapes]
        good = all(v > 0 for v in values[:shapes]) and (signed or nc >= 0) and abs(nc) <= LARGEST_NONCENTRALITY
        return code(*values) if good and not any(math.isnan(v) for v in values) else np.nan

    return _over(one, shapes + 2)


def _over(one: Callable[..., float], count: int) -> Function:
    def guarded(*values: float) -> float:
        try:
            return one(*map(float, values))
        except (OverflowError, ZeroDivisionError):   # parameters beyond what doubles can add up
            return np.nan

    each = np.frompyfunc(guarded, count, 1)
    return Function(lambda *values: np.asarray(each(*values), dtype=np.float64), least=count, most=count)


def _quantile(cdf: Code, rising: bool, low: float = 0.0, high: float = math.inf) -> Code:
    def run(*values: float) -> float:
        *parameters, p = values
        if not 0 < p < 1:
            return np.nan
        if math.isfinite(high):
            return solve(lambda x: cdf(*parameters, min(x, high)), p, high, rising, low)
        return solve(lambda x: cdf(*parameters, x), p, 1.0 + max(parameters[-1], 0.0), rising, low)

    return run


def _noncentral_of(cdf: Code, shapes: int, low: float = 0.0, high: float = LARGEST_NONCENTRALITY) -> Function:
    """``npn...``: the noncentrality that gives the distribution function, which falls as it grows, a value."""

    def one(*values: float) -> float:
        *parameters, x, p = values
        if any(math.isnan(v) for v in values) or any(v <= 0 for v in parameters) or not 0 < p < 1:
            return np.nan
        return solve(lambda nc: cdf(*parameters, nc, x), p, max(low, 0.0), False, low, high)

    return _over(one, shapes + 2)


FUNCTIONS = {
    "nchi2": _rows(chi2, 1),
    "nchi2tail": _rows(chi2_tail, 1),
    "nchi2den": _rows(noncentral_chi2_density, 1),
    "invnchi2": _rows(_quantile(chi2, True), 1),
    "invnchi2tail": _rows(_quantile(chi2_tail, False), 1),
    "npnchi2": _noncentral_of(chi2, 1),
    "nF": _rows(f, 2),
    "nFtail": _rows(f_tail, 2),
    "nFden": _rows(noncentral_f_density, 2),
    "invnF": _rows(_quantile(f, True), 2),
    "invnFtail": _rows(_quantile(f_tail, False), 2),
    "npnF": _noncentral_of(f, 2),
    "nibeta": _rows(beta, 2),
    "nbetaden": _rows(noncentral_beta_density, 2),
    "invnibeta": _rows(_quantile(beta, True, high=1.0), 2),
    "nt": _rows(t, 1, signed=True),
    "nttail": _rows(t_tail, 1, signed=True),
    "ntden": _rows(noncentral_t_density, 1, signed=True),
    "invnt": _rows(_quantile(t, True, low=-np.inf), 1, signed=True),
    "invnttail": _rows(_quantile(t_tail, False, low=-np.inf), 1, signed=True),
    "npnt": _noncentral_of(t, 1, low=-1000.0, high=1000.0),
}
