"""Continuous distributions with closed forms: exponential, Weibull, logistic, Cauchy, Laplace, inverse Gaussian.

Each family has a distribution function (``weibull``), a density (``weibullden``), an upper tail (``weibulltail``) and
the inverses of the first and the last (``invweibull``, ``invweibulltail``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .functions import Function
from .functions_special import positive_part, probability, special, where_positive

Code = Callable[..., Any]


# ---- exponential and Weibull ---------------------------------------------------------------------------------
# Both follow from a cumulative hazard H(x): the tail is exp(-H), the distribution function -expm1(-H).


def _weibull_hazard(a: Any, b: Any, z: Any) -> Any:
    return np.power(np.divide(z, b), a)


def _weibull_rate(a: Any, b: Any, z: Any) -> Any:
    return np.divide(a, b) * np.power(np.divide(z, b), np.subtract(a, 1.0))


def _weibull_from_hazard(a: Any, b: Any, hazard: Any) -> Any:
    return b * np.power(hazard, np.divide(1.0, a))


def _proportional_hazard(a: Any, b: Any, z: Any) -> Any:
    return b * np.power(z, a)


def _proportional_rate(a: Any, b: Any, z: Any) -> Any:
    return np.multiply(a, b) * np.power(z, np.subtract(a, 1.0))


def _proportional_from_hazard(a: Any, b: Any, hazard: Any) -> Any:
    return np.power(np.divide(hazard, b), np.divide(1.0, a))


def _survival_family(name: str, hazard: Code, rate: Code, back: Code) -> dict[str, Function]:
    """The five functions of a Weibull family: f(a, b, x) and, with a location g, f(a, b, g, x)."""

    def of_x(code: Code) -> Function:
        def run(a: Any, b: Any, *rest: Any) -> Any:
            place, x = (0.0, *rest)[-2:]
            return where_positive(code(a, b, positive_part(np.subtract(x, place)), np.less(x, place)), a, b)

        return Function(run, least=3, most=4)

    def of_p(hazard_of: Code) -> Function:
        def run(a: Any, b: Any, *rest: Any) -> Any:
            place, p = (0.0, *rest)[-2:]
            return where_positive(place + back(a, b, hazard_of(probability(p))), a, b)

        return Function(run, least=3, most=4)

    return {
        name: of_x(lambda a, b, z, below: -np.expm1(-hazard(a, b, z))),
        f"{name}tail": of_x(lambda a, b, z, below: np.exp(-hazard(a, b, z))),
        f"{name}den": of_x(lambda a, b, z, below: np.where(below, 0.0, rate(a, b, z) * np.exp(-hazard(a, b, z)))),
        f"inv{name}": of_p(lambda p: -np.log1p(-p)),
        f"inv{name}tail": of_p(lambda p: -np.log(p)),
    }


def _exponential_family() -> dict[str, Function]:
    """``exponential(b, x)``, with b the scale."""

    def of(code: Code) -> Function:
        return Function(lambda b, x: where_positive(code(b, x), b), least=2, most=2)

    return {
        "exponential": of(lambda b, x: -np.expm1(-positive_part(x) / b)),
        "exponentialtail": of(lambda b, x: np.exp(-positive_part(x) / b)),
        "exponentialden": of(lambda b, x: np.where(np.less(x, 0), 0.0, np.exp(-positive_part(x) / b) / b)),
        "invexponential": of(lambda b, p: -b * np.log1p(-probability(p))),
        "invexponentialtail": of(lambda b, p: -b * np.log(probability(p))),
    }


# ---- families of location and scale --------------------------------------------------------------------------


def _logistic(z: Any) -> Any:
    return np.where(np.greater(z, 0), 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))


def _logistic_density(z: Any) -> Any:
    small = np.exp(-np.abs(z))
    return small / np.square(1 + small)


def _log_odds(p: Any) -> Any:
    return np.log(p) - np.log1p(-p)


def _cauchy(z: Any) -> Any:
    """Pr(Z <= z) = atan2(1, -z) / pi, which keeps its digits far out on the left."""
    return np.arctan2(1.0, -z) / np.pi


def _cauchy_quantile(p: Any) -> Any:
    """-cot(pi p)."""
    return np.where(np.abs(p - 0.5) < 0.25, np.tan(np.pi * (p - 0.5)), -1 / np.tan(np.pi * p))


def _laplace(z: Any) -> Any:
    return np.where(np.less(z, 0), 0.5 * np.exp(-np.abs(z)), 1 - 0.5 * np.exp(-np.abs(z)))


def _laplace_quantile(p: Any) -> Any:
    return np.where(p < 0.5, np.log(2 * p), -np.log(2 * (1 - p)))


def _location_family(name: str, cdf: Code, density: Code, quantile: Code, least: int) -> dict[str, Function]:
    """Five functions of a symmetric family: f(m, s, x), and with fewer arguments f(s, x), f(x)."""

    def of_x(code: Code) -> Function:
        def run(*given: Any) -> Any:
            place, scale, x = _parameters(given)
            return where_positive(code(np.subtract(x, place) / scale, scale), scale)

        return Function(run, least=least, most=3)

    def of_p(code: Code) -> Function:
        def run(*given: Any) -> Any:
            place, scale, p = _parameters(given)
            return where_positive(place + scale * code(probability(p)), scale)

        return Function(run, least=least, most=3)

    return {
        name: of_x(lambda z, scale: cdf(z)),
        f"{name}tail": of_x(lambda z, scale: cdf(-z)),
        f"{name}den": of_x(lambda z, scale: density(z) / scale),
        f"inv{name}": of_p(quantile),
        f"inv{name}tail": of_p(lambda p: -quantile(p)),
    }


def _parameters(given: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Location, scale and argument."""
    if len(given) == 3:
        return given
    return (0.0, given[0], given[1]) if len(given) == 2 else (0.0, 1.0, given[0])


# ---- inverse Gaussian ----------------------------------------------------------------------------------------


def _wald_parts(m: Any, a: Any, x: Any) -> tuple[Any, Any]:
    """Phi of the two arguments of the closed form (Chhikara and Folks 1974), the second times exp(2a/m)."""
    root, sp = np.sqrt(np.divide(a, x)), special()
    second = np.exp(2 * np.divide(a, m) + sp.log_ndtr(-root * (np.divide(x, m) + 1)))
    return root * (np.divide(x, m) - 1), second


def _wald(m: Any, a: Any, x: Any) -> Any:
    z, second = _wald_parts(m, a, np.where(np.greater(x, 0), x, 1.0))
    return where_positive(np.where(np.greater(x, 0), special().ndtr(z) + second, 0.0), m, a)


def _wald_tail(m: Any, a: Any, x: Any) -> Any:
    z, second = _wald_parts(m, a, np.where(np.greater(x, 0), x, 1.0))
    return where_positive(np.where(np.greater(x, 0), special().ndtr(-z) - second, 1.0), m, a)


def _log_wald_density(m: Any, a: Any, x: Any) -> Any:
    logs = 0.5 * np.log(np.divide(a, 2 * np.pi * np.power(x, 3))) - a * np.square(np.subtract(x, m)) / (
        2 * np.square(m) * x
    )
    return where_positive(np.where(np.greater(x, 0), logs, np.nan), m, a)


def _wald_density(m: Any, a: Any, x: Any) -> Any:
    return where_positive(np.where(np.greater(x, 0), np.exp(_log_wald_density(m, a, x)), 0.0), m, a)


def _wald_inverse(upper: bool) -> Code:
    def one(m: float, a: float, p: float) -> float:
        from .functions_noncentral import solve

        if not (m > 0 and a > 0 and 0 < p < 1):
            return np.nan
        return solve(lambda x: float((_wald_tail if upper else _wald)(m, a, x)), p, m, rising=not upper)

    return lambda *values: np.asarray(np.frompyfunc(one, 3, 1)(*values), dtype=np.float64)


def _three(code: Code) -> Function:
    return Function(code, least=3, most=3)


_CAUCHY = _location_family("cauchy", _cauchy, lambda z: 1 / (np.pi * (1 + z * z)), _cauchy_quantile, 3)
_LAPLACE = _location_family("laplace", _laplace, lambda z: 0.5 * np.exp(-np.abs(z)), _laplace_quantile, 3)


FUNCTIONS = {
    **_exponential_family(),
    **_survival_family("weibull", _weibull_hazard, _weibull_rate, _weibull_from_hazard),
    **_survival_family("weibullph", _proportional_hazard, _proportional_rate, _proportional_from_hazard),
    **_location_family("logistic", _logistic, _logistic_density, _log_odds, 1),
    **_CAUCHY,
    **_LAPLACE,
    "lncauchyden": _three(lambda m, s, x: np.log(_CAUCHY["cauchyden"].code(m, s, x))),
    "lnlaplaceden": _three(lambda m, s, x: where_positive(-np.abs(np.subtract(x, m)) / s - np.log(2 * s), s)),
    "igaussian": _three(_wald),
    "igaussiantail": _three(_wald_tail),
    "igaussianden": _three(_wald_density),
    "lnigaussianden": _three(_log_wald_density),
    "invigaussian": _three(_wald_inverse(upper=False)),
    "invigaussiantail": _three(_wald_inverse(upper=True)),
}
