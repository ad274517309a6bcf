"""Arithmetic and mathematical functions, elementwise over scalars and arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.storage import FLOAT_MISSING, LARGEST, MISSING, SMALLEST, from_double, is_missing, to_double
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


def _ascending(bounds: Any) -> Any:
    """Where the bounds are weakly increasing; bounds of shape (k, ...)."""
    return (np.diff(bounds, axis=0) >= 0).all(axis=0) if len(bounds) > 1 else np.True_


def _interval(x: Any, bounds: tuple[Any, ...]) -> tuple[Any, Any]:
    """x and the stacked bounds, shape (k, ...), brought to one shape."""
    x, *rest = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in (x, *bounds)))
    return x, np.stack(rest)


def recode(x: Any, *bounds: Any) -> Any:
    """``recode(x, x1, ..., xn)``: the first bound that is not below x, else the last; a missing x as it is."""
    x, stacked = _interval(x, bounds)
    place = np.minimum((x > stacked).sum(axis=0), len(stacked) - 1)
    chosen = np.take_along_axis(stacked, place[None], axis=0)[0]
    return _plain(np.where(_ascending(stacked), np.where(x >= MISSING, x, chosen), MISSING))


def recode_to_number(x: Any, *bounds: Any) -> Any:
    """``irecode(x, x1, ..., xn)``: how many of the bounds lie below x."""
    x, stacked = _interval(x, bounds)
    return _plain(np.where((x >= MISSING) | ~_ascending(stacked), MISSING, (x > stacked).sum(axis=0)))


def autocode(x: Any, n: Any, low: Any, high: Any) -> Any:
    """``autocode(x, n, x0, x1)``: the upper end of that of n equal intervals from x0 to x1 which holds x."""
    x, n, low, high = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x, n, low, high)))
    n = np.floor(n)
    width = (high - low) / n
    place = np.clip(np.ceil((x - low) / width), 1, n)
    # Dividing may land a hair beside a boundary: x belongs to the first interval whose end is not below it.
    place = np.where((place > 1) & (x <= low + (place - 1) * width), place - 1, place)
    place = np.where((place < n) & (x > low + place * width), place + 1, place)
    valid = (n >= 1) & (low < MISSING) & (high < MISSING) & (n < MISSING) & (low < high)
    out = np.where(place == n, high, low + place * width)
    return _plain(np.where(x >= MISSING, x, np.where(valid, out, MISSING)))


def _plain(out: np.ndarray) -> float | np.ndarray:
    return out if out.ndim else float(out)


def chop(x: Any, distance: Any) -> Any:
    """``chop(x, e)``: round(x) where that is nearer than e, else x."""
    return np.where(np.abs(x - round_to(x)) < distance, round_to(x), x)


_LIMITS: dict[str, Callable[[], float]] = {
    "smallestdouble": lambda: 2.0**-1022,
    "maxdouble": lambda: math.nextafter(MISSING, 0.0),
    "mindouble": lambda: -math.nextafter(MISSING, 0.0),
    "epsdouble": lambda: 2.0**-52,
    "maxfloat": lambda: float(np.nextafter(FLOAT_MISSING[0], np.float32(0))),
    "minfloat": lambda: -float(np.nextafter(FLOAT_MISSING[0], np.float32(0))),
    "epsfloat": lambda: 2.0**-23,
    "maxbyte": lambda: float(LARGEST["byte"]),
    "minbyte": lambda: float(SMALLEST["byte"]),
    "maxint": lambda: float(LARGEST["int"]),
    "minint": lambda: float(SMALLEST["int"]),
    "maxlong": lambda: float(LARGEST["long"]),
    "minlong": lambda: float(SMALLEST["long"]),
}
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
    **{name: Function(code, least=0, most=0) for name, code in _LIMITS.items()},
    "autocode": Function(autocode, least=4, most=4, strict=False),
    "recode": Function(recode, least=2, most=MANY, strict=False),
    "irecode": Function(recode_to_number, least=2, most=MANY, strict=False),
    "chop": Function(chop, least=2, most=2),
}
