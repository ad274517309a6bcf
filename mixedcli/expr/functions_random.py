"""Random draws, one per row, from numpy's generator: reproducible from ``set seed``, but not Stata's own numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.storage import MISSING
from ..errors import StataError
from .environment import Value
from .evaluate import Evaluator
from .functions import Function

Draw = Callable[..., Any]
FIRST_SEED = 123456789      # Stata's own before the first set seed


def stream_of(rows: Evaluator) -> np.random.Generator:
    """The generator of this session."""
    if rows.env.random is not None:
        return rows.env.random
    found: np.random.Generator = rows.env.memory.setdefault("random", np.random.default_rng(FIRST_SEED))
    return found


def drawn(draw: Draw, valid: Draw | None = None) -> Callable[..., Value]:
    """A function that draws for each row by ``draw(stream, n, *arguments)``.

    Rows with a missing argument, or for which ``valid(*arguments)`` does not hold, get ``.``; ``draw`` sees NaN there
    unless ``valid`` is given, and then copies of a valid row (numpy's generators refuse arguments out of range).
    """

    def run(rows: Evaluator, *arguments: Value) -> Value:
        n = rows.n
        values = [np.broadcast_to(np.asarray(x, dtype=np.float64), (n,)) for x in map(_first(rows), arguments)]
        good = np.ones(n, dtype=bool)
        for x in values:
            good &= x < MISSING
        if valid is not None and values:
            good &= valid(*values)
        out = np.full(n, MISSING)
        if good.any():
            made = np.asarray(draw(stream_of(rows), int(good.sum()), *(x[good] for x in values)), dtype=np.float64)
            out[good] = np.where(np.abs(made) < MISSING, made, MISSING)
        return float(out[0]) if rows.single and out.size else out

    return run


def _first(rows: Evaluator) -> Callable[[Value], Any]:
    """Where a single value is wanted, a column stands for its first row."""
    if not rows.single:
        return lambda value: value
    return lambda value: value[:1] if isinstance(value, np.ndarray) and value.ndim and value.size else (
        MISSING if np.ndim(value) else value
    )


def _uniform(stream: np.random.Generator, n: int, *bounds: Any) -> Any:
    """``runiform()`` on (0, 1), ``runiform(a, b)`` on (a, b)."""
    low, high = bounds or (0.0, 1.0)
    u = stream.random(n)
    u[u == 0] = 2.0**-53      # the ends are no part of the interval
    return low + (high - low) * u


def uniform(rows: Evaluator, *bounds: Value) -> Value:
    if len(bounds) == 1:
        raise StataError("invalid syntax", 198)
    return drawn(_uniform)(rows, *bounds)


def _integer(stream: np.random.Generator, n: int, low: Any, high: Any) -> Any:
    """``runiformint(a, b)``: whole numbers from floor(a) to floor(b), in either order."""
    first, last = np.floor(np.minimum(low, high)), np.floor(np.maximum(low, high))
    return first + np.floor((last - first + 1) * stream.random(n))


def _normal(stream: np.random.Generator, n: int, mean: Any = 0.0, sd: Any = 1.0) -> Any:
    return mean + sd * stream.standard_normal(n)


def _exponential(stream: np.random.Generator, n: int, scale: Any) -> Any:
    return scale * stream.standard_exponential(n)


def _logistic(stream: np.random.Generator, n: int, *parameters: Any) -> Any:
    """``rlogistic()``, ``rlogistic(s)``, ``rlogistic(m, s)``."""
    mean, scale = (0.0, *parameters)[-2:] if parameters else (0.0, 1.0)
    return stream.logistic(mean, scale, n)


def _weibull(stream: np.random.Generator, n: int, shape: Any, scale: Any, place: Any = 0.0) -> Any:
    return place + scale * stream.weibull(shape, n)


def _weibull_hazard(stream: np.random.Generator, n: int, shape: Any, scale: Any, place: Any = 0.0) -> Any:
    """The proportional-hazards form, S(x) = exp(-b x^a)."""
    return place + (stream.standard_exponential(n) / scale) ** (1 / shape)


def _cauchy(stream: np.random.Generator, n: int, place: Any, scale: Any) -> Any:
    return place + scale * stream.standard_cauchy(n)


def _hypergeometric(stream: np.random.Generator, n: int, population: Any, marked: Any, sample: Any) -> Any:
    good, bad, taken = (np.floor(x).astype(np.int64) for x in (marked, population - marked, sample))
    return stream.hypergeometric(good, bad, taken, n)


def _all_positive(*values: Any) -> Any:
    return np.logical_and.reduce([np.greater(x, 0) for x in values])


def _last_positive(*values: Any) -> Any:
    return np.greater(values[-1], 0)


def _trials(n: Any, p: Any) -> Any:
    return (n >= 1) & (n <= 1e11) & (p >= 0) & (p <= 1)


def _urn(population: Any, marked: Any, sample: Any) -> Any:
    fits = (population >= 2) & (population <= 100_000) & (marked >= 1) & (marked < population)
    return fits & (sample >= 1) & (sample < population)


def _of(draw: Draw, least: int, most: int | None = None, valid: Draw | None = None) -> Function:
    return Function(drawn(draw, valid), least=least, most=least if most is None else most, needs_rows=True)


FUNCTIONS = {
    "runiform": Function(uniform, least=0, most=2, needs_rows=True),
    "uniform": Function(uniform, least=0, most=0, needs_rows=True),
    "runiformint": _of(_integer, 2),
    "rnormal": _of(_normal, 0, 2, lambda *parameters: len(parameters) < 2 or parameters[1] >= 0),
    "rbinomial": _of(lambda s, n, k, p: s.binomial(np.floor(k).astype(np.int64), p, n), 2, valid=_trials),
    "rpoisson": _of(lambda s, n, m: s.poisson(m, n), 1, valid=lambda m: (m > 0) & (m < 1e15)),
    "rgamma": _of(lambda s, n, a, b: b * s.standard_gamma(a, n), 2, valid=_all_positive),
    "rbeta": _of(lambda s, n, a, b: s.beta(a, b, n), 2, valid=_all_positive),
    "rchi2": _of(lambda s, n, df: s.chisquare(df, n), 1, valid=_all_positive),
    "rt": _of(lambda s, n, df: s.standard_t(df, n), 1, valid=_all_positive),
    "rexponential": _of(_exponential, 1, valid=_all_positive),
    "rlogistic": _of(_logistic, 0, 2, _last_positive),
    "rweibull": _of(_weibull, 2, 3, lambda a, b, *place: _all_positive(a, b)),
    "rweibullph": _of(_weibull_hazard, 2, 3, lambda a, b, *place: _all_positive(a, b)),
    "rcauchy": _of(_cauchy, 2, valid=_last_positive),
    "rlaplace": _of(lambda s, n, m, b: s.laplace(m, b, n), 2, valid=_last_positive),
    "rigaussian": _of(lambda s, n, m, a: s.wald(m, a, n), 2, valid=_all_positive),
    "rhypergeometric": _of(_hypergeometric, 3, valid=_urn),
    "rnbinomial": _of(
        lambda s, n, k, p: s.negative_binomial(k, p, n), 2,
        valid=lambda k, p: (k >= 1e-4) & (k <= 1e5) & (p >= 1e-4) & (p <= 1 - 1e-4),
    ),
}
