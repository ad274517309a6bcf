"""``margins, expression()``: a function of predictions, such as ``exp(predict(xb))`` or ``100*predict(pr)``.

With f(p_1, p_2, ...) the chain rule gives the derivatives by b and by a covariate from those of the predictions; the
partial derivatives of f are taken by central differences, row by row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ...data.columns import new_numeric
from ...data.dataset import Dataset
from ...data.storage import is_missing
from ...errors import NotBuilt, StataError
from ...expr.environment import Environment
from ...expr.evaluate import evaluate
from ...records import field, record, replace
from ...syntax.parser import parse_expression
from ...syntax.tree import Expr
from .response import Response, Values, find_response

if TYPE_CHECKING:
    from ..context import Context

_PREDICT = re.compile(r"\bpredict\(")
_STEP, _SECOND_STEP = 6e-6, 1e-4       # relative steps: cube and fourth root of the rounding error


@record(eq=False)
class ExpressionResponse(Response):
    """A function of the predictions of ``parts``, which are called p1_, p2_ ... in ``tree``."""

    parts: tuple[Response, ...] = ()
    tree: Expr | None = None
    environment: Environment = field(default_factory=Environment)

    def prediction(self, X: Values, offset: Values | float) -> tuple[Values, Values]:
        found = [part.prediction(X, offset) for part in self.parts]
        values = [value for value, _ in found]
        slopes = self._slopes(values)
        gradient = sum(
            (slope[:, None] * self._widened(by_b) for slope, (_, by_b) in zip(slopes, found, strict=True)),
            np.zeros((len(X), len(self.b))),
        )
        return self._function(values), gradient

    def slope(self, X: Values, D: Values, offset: Values | float) -> tuple[Values, Values]:
        values, gradients = zip(*(part.prediction(X, offset) for part in self.parts), strict=True)
        changes, by_b = zip(*(part.slope(X, D, offset) for part in self.parts), strict=True)
        slopes = self._slopes(list(values))
        total, gradient = np.zeros(len(X)), np.zeros((len(X), len(self.b)))
        for j, slope in enumerate(slopes):
            total = total + slope * changes[j]
            gradient += slope[:, None] * self._widened(by_b[j])
            for k in range(len(slopes)):
                gradient += (self._curve(list(values), j, k) * changes[j])[:, None] * self._widened(gradients[k])
        return total, gradient

    def _function(self, values: list[Values]) -> Values:
        """The expression at these predictions, shape (n,); missing values are nan."""
        assert self.tree is not None
        n = len(values[0])
        columns = {f"p{k}_": new_numeric(f"p{k}_", value, "double") for k, value in enumerate(values, start=1)}
        found = np.asarray(evaluate(self.tree, Dataset(columns, n), self.environment), dtype=float)
        found = np.broadcast_to(found, (n,))
        return np.where(is_missing(found), np.nan, found)

    def _slopes(self, values: list[Values]) -> list[Values]:
        """The derivatives of the function by each prediction, shape (n,) each."""
        out = []
        for k in range(len(values)):
            h = _steps(values[k], _STEP)
            up, down = self._shifted(values, {k: h}), self._shifted(values, {k: -h})
            out.append((up - down) / (2 * h))
        return out

    def _curve(self, values: list[Values], j: int, k: int) -> Values:
        """The second derivative of the function by predictions j and k, shape (n,)."""
        a, b = (_steps(values[i], _SECOND_STEP) for i in (j, k))
        if j == k:
            middle = self._function(values)
            return (self._shifted(values, {j: a}) - 2 * middle + self._shifted(values, {j: -a})) / a**2
        corners = [s * t * self._shifted(values, {j: s * a, k: t * b}) for s in (1.0, -1.0) for t in (1.0, -1.0)]
        return np.asarray(sum(corners) / (4 * a * b))

    def _shifted(self, values: list[Values], steps: dict[int, Values]) -> Values:
        return self._function([value + steps.get(k, 0.0) for k, value in enumerate(values)])

    def _widened(self, gradient: Values) -> Values:
        """Derivatives by the parameters of one prediction as derivatives by those of all."""
        missing = len(self.b) - gradient.shape[1]
        return np.pad(gradient, ((0, 0), (0, missing))) if missing else gradient


def _steps(values: Values, step: float) -> Values:
    """How far to go from each value: ``step`` times its size or the usual size, but not out of where it may be.

    Predictions that are all positive, or all between 0 and 1, stay so: their logarithms may be taken.
    """
    size = np.maximum(np.abs(values), np.abs(values).mean())
    h = step * np.where(size > 0, size, 1.0)
    if (values > 0).all():
        h = np.minimum(h, values / 4)
        if (values < 1).all():
            h = np.minimum(h, (1 - values) / 4)
    return h


def expression_response(context: Context, text: str) -> Response:
    """The response for ``expression(text)``.

    Raises r(198) without a prediction in it, what the parser raises for an expression that is none, and what the model
    raises for a prediction that it does not have.
    """
    plain, arguments = _without_predictions(text)
    if not arguments:
        raise StataError("option expression() does not contain predict() or xb()", 198)
    if "_b[" in plain or "_se[" in plain:
        raise NotBuilt("coefficients in margins, expression()")
    parts = tuple(find_response(context, each) for each in arguments)
    tree = parse_expression(plain)
    widest = max(parts, key=lambda part: len(part.b))
    fields: tuple[str, ...] = Response.__record_fields__  # type: ignore[attr-defined]  # made by record()
    shared = {name: getattr(widest, name) for name in fields}
    made = ExpressionResponse(
        **{**shared, "expression": text.strip(), "label": text.strip()}, parts=parts, tree=tree,
        environment=context.environment(),
    )
    made._function([np.ones(1) for _ in parts])    # an unknown name or function is reported now
    return replace(made, environment=context.environment())


def _without_predictions(text: str) -> tuple[str, list[str]]:
    """The expression with p1_, p2_ ... for ``predict(...)`` and ``xb()``, and what stood in the parentheses."""
    text = re.sub(r"\bxb\(\s*\)", "predict(xb)", text)
    out, arguments, at = "", [], 0
    match = _PREDICT.search(text)
    while match is not None:
        end = _closing(text, match.end())
        arguments.append(text[match.end() : end].strip())
        out += text[at : match.start()] + f"p{len(arguments)}_"
        at = end + 1
        match = _PREDICT.search(text, at)
    return out + text[at:], arguments


def _closing(text: str, at: int) -> int:
    """Where the parenthesis that was opened before ``at`` is closed.  Raises r(132) if it is not."""
    depth = 1
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if not depth:
            return i
    raise StataError("too few ')' or ']'", 132)
