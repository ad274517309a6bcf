"""margins of predictions that are no mean: probabilities of counts, and normal outcomes between two limits.

The prediction is a function of the linear predictor u and of the parameters beside the coefficients (ln alpha, ln sigma);
its derivatives are taken by central differences, row by row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import StataError
from ...records import record
from .._ml.model import MlModel
from .._ml.predict import probability_between
from .._regress.model import RegressModel
from .._shared import normal_limits as _normal_limits
from .ml import without_offset
from .response import Response, Values

if TYPE_CHECKING:
    from ..context import Context

_ARGUMENTS = re.compile(r"(pr|e|ys|yst|ysta|ystar)\(([^(),]+)(?:,([^(),]+))?\)")
_STEP, _SECOND_STEP = 6e-6, 1e-4


@record(eq=False)
class FunctionResponse(Response):
    """f(x b + offset, further parameters); ``b`` holds the coefficients, then those parameters, called ``extra``.

    ``scale``: over which distance of the linear predictor f changes.
    """

    function: Callable[[Values, Values], Values] = lambda u, _: u
    scale: float = 1.0

    def prediction(self, X: Values, offset: Values | float) -> tuple[Values, Values]:
        u, further = self._split(X, offset)
        first = self._slope(u, further, _STEP)
        by_further = [self._by_further(u, further, j, self.function) for j in range(len(further))]
        return self.function(u, further), np.column_stack([first[:, None] * X, *by_further])

    def slope(self, X: Values, D: Values, offset: Values | float) -> tuple[Values, Values]:
        u, further = self._split(X, offset)
        inner = D @ self.b[: X.shape[1]]
        first, h = self._slope(u, further, _STEP), _SECOND_STEP * self.scale
        f = self.function
        second = (f(u + h, further) - 2 * f(u, further) + f(u - h, further)) / h**2
        by_b = (second * inner)[:, None] * X + first[:, None] * D
        mixed = [
            inner * self._by_further(u, further, j, lambda v, p: self._slope(v, p, _SECOND_STEP))
            for j in range(len(further))
        ]
        return first * inner, np.column_stack([by_b, *mixed])

    def _split(self, X: Values, offset: Values | float) -> tuple[Values, Values]:
        k = X.shape[1]
        return X @ self.b[:k] + offset, self.b[k:]

    def _slope(self, u: Values, further: Values, step: float) -> Values:
        h = step * self.scale
        return (self.function(u + h, further) - self.function(u - h, further)) / (2 * h)

    def _by_further(
        self, u: Values, further: Values, j: int, function: Callable[[Values, Values], Values]
    ) -> Values:
        """The derivative of ``function`` by further parameter j; all of them are logarithms."""
        step = np.zeros(len(further))
        step[j] = _SECOND_STEP
        return (function(u, further + step) - function(u, further - step)) / (2 * _SECOND_STEP)


def function_response(context: Context, arguments: str) -> Response | None:
    """The response for ``pr(n)``, ``pr(a,b)``, ``e(a,b)`` or ``ystar(a,b)`` after a command that has it; else None."""
    model = context.estimates.model
    plain, offset = without_offset(arguments)
    match = _ARGUMENTS.fullmatch(plain.replace(" ", ""))
    if match is None or not isinstance(model, (MlModel, RegressModel)):
        return None
    statistic = "ystar" if match[1].startswith("y") else match[1]
    if isinstance(model, RegressModel):
        sigma = math.sqrt(model.fit.s2)
        function, label = _limited(model.depvar, statistic, match, lambda _: sigma)
        base = model.margins_response("")
        return _response(base, base.b, base.V, function, label, scale=sigma)
    scale = 1.0
    if model.command in ("tobit", "intreg"):
        scale = math.exp(float(model.theta[-1]))
        function, label = _limited(model.depvar, statistic, match, lambda further: math.exp(float(further[-1])))
    elif model.command in ("poisson", "nbreg") and statistic == "pr":
        function, label = _counted(model, match)
    else:
        return None
    return _ml_response(context, model, function, label, offset, scale)


def _ml_response(
    context: Context, model: MlModel, function: Callable[[Values, Values], Values], label: str, offset: bool,
    scale: float,
) -> Response:
    from .ml import ml_response

    base = ml_response(context, model, "xb" if offset else "xb nooffset")
    design, m = model.data.design, len(model.extra)
    k = len(design.terms)
    places = np.concatenate([design.columns, np.arange(k, k + m)]).astype(int)
    b, V = np.zeros(k + m), np.zeros((k + m, k + m))
    b[places] = model.theta
    V[np.ix_(places, places)] = model.V
    return _response(base, b, V, function, label, extra=model.extra, scale=scale)


def _response(
    base: Response, b: Values, V: Values, function: Callable[[Values, Values], Values], label: str, **more: Any
) -> Response:
    names: tuple[str, ...] = Response.__record_fields__  # type: ignore[attr-defined]  # made by record()
    shared = {name: getattr(base, name) for name in names}
    return FunctionResponse(
        **{**shared, "b": b, "V": V, "expression": label, "label": label, **more}, function=function
    )


def _limited(
    depvar: str, statistic: str, match: re.Match[str], sigma: Callable[[Values], float]
) -> tuple[Callable[[Values, Values], Values], str]:
    """A normal outcome between two limits.  Raises r(198) unless there are two numbers."""
    if match[3] is None:
        raise StataError(f"option {statistic}() incorrectly specified", 198)
    low, high = (-math.inf if match[2] == "." else _number(match[2], statistic),
                 math.inf if match[3] == "." else _number(match[3], statistic))
    texts = (_normal_limits.shown(match[2]), _normal_limits.shown(match[3]))

    def between(u: Values, further: Values) -> tuple[Values, str]:
        limits = _normal_limits.Limits(np.full(len(u), low), np.full(len(u), high), texts)
        return _normal_limits.between(statistic, depvar, u, sigma(further), limits)

    return lambda u, further: between(u, further)[0], between(np.zeros(1), np.zeros(1))[1]


def _counted(model: MlModel, match: re.Match[str]) -> tuple[Callable[[Values, Values], Values], str]:
    """The probability of a count, or of counts from a to b.  Raises r(198) for what is no count."""
    low = _number(match[2], "pr")
    high = low if match[3] is None else math.inf if match[3] == "." else _number(match[3], "pr")
    if low < 0 or low != int(low) or (math.isfinite(high) and high != int(high)):
        raise StataError("option pr() incorrectly specified", 198)
    label = f"{model.depvar}={match[2]}" if match[3] is None else f"{match[2]}<={model.depvar}<={match[3]}"
    if match[3] == ".":
        label = f"{model.depvar}>={match[2]}"

    def probability(u: Values, further: Values) -> Values:
        shape = float(further[-1]) if len(further) else math.nan
        return probability_between(model, np.full(len(u), low), np.full(len(u), high), u, shape)

    return probability, f"Pr({label})"


def _number(text: str, statistic: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise StataError(f"option {statistic}() incorrectly specified", 198) from None
