"""The normal, chi-squared, Student's t and F distributions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .functions import Function
from .functions_special import positive_part, probability, special, unit_gamma_density, where_positive
from .pointmass import deviance_part, stirling_error

LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)


def normal(z: Any) -> Any:
    """Standard normal distribution function; a scalar needs no scipy."""
    if np.ndim(z) == 0:
        return 0.5 * math.erfc(-float(z) / math.sqrt(2.0))
    return special().ndtr(z)


def _mean_and_sd(rest: tuple[Any, ...]) -> tuple[Any, Any]:
    """What follows x: nothing, the standard deviation, or mean and standard deviation."""
    return ((0.0, 1.0), (0.0, *rest), rest)[len(rest)]


def normal_density(z: Any, *rest: Any) -> Any:
    """``normalden(z)``, ``normalden(x, s)``, ``normalden(x, m, s)``."""
    mean, sd = _mean_and_sd(rest)
    scaled = np.divide(np.subtract(z, mean), sd)
    return where_positive(np.exp(-0.5 * scaled**2) / (math.sqrt(2 * math.pi) * sd), sd)


def log_normal_density(z: Any, *rest: Any) -> Any:
    """``lnnormalden(z)``, ``lnnormalden(x, s)``, ``lnnormalden(x, m, s)``."""
    mean, sd = _mean_and_sd(rest)
    scaled = np.divide(np.subtract(z, mean), sd)
    return where_positive(-0.5 * np.square(scaled) - LOG_ROOT_2PI - np.log(sd), sd)


def binormal(h: Any, k: Any, rho: Any) -> Any:
    """Pr(X <= h, Y <= k) for standard normals with correlation rho, by Owen's T function (Owen 1956, eq. 3.1)."""
    h, k, rho = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (h, k, rho)))
    sp = special()
    root = np.sqrt((1 - rho) * (1 + rho))
    # A zero argument: T(0, a) = atan(a) / 2pi, where a grows without bound with the sign of the other argument.
    first = sp.owens_t(h, np.where(h == 0, np.copysign(np.inf, k), (k / h - rho) / root))
    second = sp.owens_t(k, np.where(k == 0, np.copysign(np.inf, h), (h / k - rho) / root))
    apart = (h * k < 0) | ((h * k == 0) & (h + k < 0))
    inside = 0.5 * (sp.ndtr(h) + sp.ndtr(k)) - first - second - np.where(apart, 0.5, 0.0)
    inside = np.where((h == 0) & (k == 0), 0.25 + np.arcsin(rho) / (2 * np.pi), inside)
    inside = np.where(rho == 1, sp.ndtr(np.minimum(h, k)), inside)
    inside = np.where(rho == -1, np.maximum(sp.ndtr(h) - sp.ndtr(-k), 0.0), inside)
    return np.where(np.abs(rho) <= 1, np.maximum(inside, 0.0), np.nan)


def chi2_density(df: Any, x: Any) -> Any:
    at = positive_part(x)
    return where_positive(np.where(np.less(x, 0), 0.0, unit_gamma_density(np.divide(df, 2.0), at / 2) / 2), df)


def student_tail(df: Any, t: Any) -> Any:
    """Pr(T > t)."""
    return where_positive(special().stdtr(df, np.negative(t)), df)


def student_density(df: Any, t: Any) -> Any:
    half, ratio = np.divide(df, 2.0), np.square(t) / df
    constant = stirling_error(half + 0.5) - stirling_error(half) - deviance_part(half, half + 0.5)
    return where_positive(np.exp(constant - half * np.log1p(ratio)) / np.sqrt(2 * math.pi * (1 + ratio)), df)


def inverse_student_tail(df: Any, p: Any) -> Any:
    """The t with Pr(T > t) = p, from the beta distribution of df/(df + t^2) or, near the centre, of its complement."""
    p = probability(p)
    tail = np.minimum(p, 1 - p)
    half = np.divide(df, 2.0)
    far = special().betaincinv(half, 0.5, 2 * tail)
    near = special().betaincinv(0.5, half, 1 - 2 * tail)
    squared = np.where(tail < 0.25, (1 - far) / far, near / (1 - near))
    return where_positive(np.where(p <= 0.5, 1.0, -1.0) * np.sqrt(df * squared), df)


def f_density(df1: Any, df2: Any, f: Any) -> Any:
    a, b = np.divide(df1, 2.0), np.divide(df2, 2.0)
    at = positive_part(f)
    ratio = np.divide(df1, df2)
    logs = a * np.log(ratio) + special().xlogy(a - 1, at) - special().betaln(a, b) - (a + b) * np.log1p(ratio * at)
    return where_positive(np.where(np.less(f, 0), 0.0, np.exp(logs)), df1, df2)


def inverse_f_tail(df1: Any, df2: Any, p: Any) -> Any:
    """The f with Pr(F > f) = p: Pr(W < w) = p for the beta variable w = df2 / (df2 + df1 f)."""
    a, b, p = np.divide(df1, 2.0), np.divide(df2, 2.0), probability(p)
    w, complement = special().betaincinv(b, a, p), special().betainccinv(a, b, p)
    return where_positive(np.divide(np.multiply(df2, complement), np.multiply(df1, w)), df1, df2)


def inverse_f(df1: Any, df2: Any, p: Any) -> Any:
    """The f with Pr(F < f) = p: Pr(W < w) = p for the beta variable w = df1 f / (df2 + df1 f)."""
    a, b, p = np.divide(df1, 2.0), np.divide(df2, 2.0), probability(p)
    w, complement = special().betaincinv(a, b, p), special().betainccinv(b, a, p)
    return where_positive(np.divide(np.multiply(df2, w), np.multiply(df1, complement)), df1, df2)


def _two(code: Any) -> Function:
    return Function(code, least=2, most=2)


def _three(code: Any) -> Function:
    return Function(code, least=3, most=3)


FUNCTIONS = {
    "normal": Function(normal),
    "normprob": Function(normal),
    "norm": Function(normal),
    "normalden": Function(normal_density, most=3),
    "normden": Function(normal_density, most=3),
    "lnnormalden": Function(log_normal_density, most=3),
    "lnnormal": Function(lambda z: special().log_ndtr(z)),
    "invnormal": Function(lambda p: special().ndtri(p)),
    "invnorm": Function(lambda p: special().ndtri(p)),
    "binormal": _three(binormal),
    "binorm": _three(binormal),
    "chi2": _two(lambda df, x: where_positive(special().chdtr(df, positive_part(x)), df)),
    "chi2tail": _two(lambda df, x: where_positive(special().chdtrc(df, positive_part(x)), df)),
    "chi2den": _two(chi2_density),
    "invchi2tail": _two(lambda df, p: where_positive(special().chdtri(df, probability(p)), df)),
    "invchi2": _two(lambda df, p: where_positive(2.0 * special().gammaincinv(np.divide(df, 2.0), probability(p)), df)),
    "t": _two(lambda df, t: where_positive(special().stdtr(df, t), df)),
    "ttail": _two(student_tail),
    "tden": _two(student_density),
    "invttail": _two(inverse_student_tail),
    "invt": _two(lambda df, p: -inverse_student_tail(df, p)),
    "F": _three(lambda a, b, f: where_positive(special().fdtr(a, b, positive_part(f)), a, b)),
    "Ftail": _three(lambda a, b, f: where_positive(special().fdtrc(a, b, positive_part(f)), a, b)),
    "Fden": _three(f_density),
    "invFtail": _three(inverse_f_tail),
    "invF": _three(inverse_f),
}
