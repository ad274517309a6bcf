"""Arithmetic and mathematical functions, elementwise over scalars and arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.storage import MISSING, from_double, is_missing, to_double
from .functions import MANY, Function


def round_to(x: Any, unit: Any = 1.0) -> Any:
    """``round(x, unit)``: the multiple of ``unit`` nearest to x, ties upward; x itself where ``unit`` is 0."""
    quotient = np.divide(x, unit)
    below = np.floor(quotient)
    return np.where(np.equal(unit, 0), x, unit * (below + (quotient - below >= 0.5)))


def keep_missing(code: Callable[..., Any]) -> Callable[..., Any]:
    """A rounding function that returns a missing x as it is, code and all."""

    def kept(x: Any, *rest: Any) -> Any:
        out = np.where(np.asarray(x) >= MISSING, x, code(x, *rest))
        for value in rest:
            out = np.where(np.asarray(value) >= MISSING, MISSING, out)
        return tidy_kept(out)

    return kept


def tidy_kept(out: np.ndarray) -> float | np.ndarray:
    """``out`` with NaN and infinities turned into ``.``, missing codes kept."""
    out = np.where(np.abs(out) < np.inf, out, MISSING)
    return out if out.ndim else float(out)


def modulus(x: Any, y: Any) -> Any:
    """``mod(x, y)`` = x - y*floor(x/y) for y > 0, else ``.``."""
    return np.where(np.greater(y, 0), np.subtract(x, np.multiply(y, np.floor(np.divide(x, y)))), np.nan)


def largest(*values: Any) -> Any:
    """``max()``: missing values are passed over."""
    return _fold(np.maximum, -np.inf, values)


def smallest(*values: Any) -> Any:
    """``min()``: missing values are passed over."""
    return _fold(np.minimum, np.inf, values)


def _fold(pick: np.ufunc, start: float, values: tuple[Any, ...]) -> Any:
    best: Any = np.float64(start)
    for value in values:
        best = pick(best, np.where(np.asarray(value) >= MISSING, start, value))
    out = np.where(np.isinf(best), MISSING, best)
    return out if out.ndim else float(out)


def to_float(x: Any) -> Any:
    """``float(x)``: x rounded to float precision, missing codes kept."""
    values = np.atleast_1d(np.asarray(x, dtype=np.float64))
    out = to_double(from_double(values, "float"), "float")
    return out if np.ndim(x) else float(out[0])


def logit(p: Any) -> Any:
    return np.log(np.divide(p, np.subtract(1.0, p)))


def inverse_logit(x: Any) -> Any:
    return np.where(np.greater(x, 0), 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


def relative_difference(x: Any, y: Any) -> Any:
    """``reldif(x, y)`` = |x - y| / (|y| + 1); 0 where both are the same missing value, else ``.``."""
    x, y = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    apart = np.abs(x - y) / (np.abs(y) + 1)
    out = np.where(is_missing(x) | is_missing(y), np.where(x == y, 0.0, MISSING), apart)
    return out if out.ndim else float(out)


def clip(x: Any, low: Any, high: Any) -> Any:
    """``clip(x, low, high)``: x held between the bounds; a missing bound does not bind."""
    low = np.where(np.asarray(low) >= MISSING, -np.inf, low)
    high = np.where(np.asarray(high) >= MISSING, np.inf, high)
    held = np.minimum(np.maximum(x, low), high)
    out = np.where((np.asarray(x) >= MISSING) | (low > high), MISSING, held)
    return out if out.ndim else float(out)


FUNCTIONS = {
    "abs": Function(np.abs),
    "ceil": Function(keep_missing(np.ceil), strict=False),
    "floor": Function(keep_missing(np.floor), strict=False),
    "int": Function(keep_missing(np.trunc), strict=False),
    "trunc": Function(keep_missing(np.trunc), strict=False),
    "round": Function(keep_missing(round_to), most=2, strict=False),
    "sqrt": Function(np.sqrt),
    "exp": Function(np.exp),
    "expm1": Function(np.expm1),
    "ln": Function(np.log),
    "log": Function(np.log),
    "ln1p": Function(np.log1p),
    "log1p": Function(np.log1p),
    "ln1m": Function(lambda x: np.log1p(-x)),
    "log1m": Function(lambda x: np.log1p(-x)),
    "log10": Function(np.log10),
    "mod": Function(modulus, least=2, most=2),
    "max": Function(largest, most=MANY, strict=False),
    "min": Function(smallest, most=MANY, strict=False),
    "sign": Function(np.sign),
    "logit": Function(logit),
    "invlogit": Function(inverse_logit),
    "cloglog": Function(lambda p: np.log(-np.log1p(-p))),
    "invcloglog": Function(lambda x: -np.expm1(-np.exp(x))),
    "reldif": Function(relative_difference, least=2, most=2, strict=False),
    "clip": Function(clip, least=3, most=3, strict=False),
    "float": Function(to_float, strict=False),
    "sin": Function(np.sin),
    "cos": Function(np.cos),
    "tan": Function(np.tan),
    "asin": Function(np.arcsin),
    "acos": Function(np.arccos),
    "atan": Function(np.arctan),
    "atan2": Function(np.arctan2, least=2, most=2),
    "sinh": Function(np.sinh),
    "cosh": Function(np.cosh),
    "tanh": Function(np.tanh),
    "asinh": Function(np.arcsinh),
    "acosh": Function(np.arccosh),
    "atanh": Function(np.arctanh),
    "smallestdouble": Function(lambda: 2.0**-1022, least=0, most=0),
    "maxdouble": Function(lambda: math.nextafter(MISSING, 0.0), least=0, most=0),
    "epsdouble": Function(lambda: 2.0**-52, least=0, most=0),
}
