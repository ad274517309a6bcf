"""Functions of coefficients by the delta method: g(b), and G V G' with derivatives G taken numerically.

Each derivative is extrapolated from central differences at steps shrinking by half (Ridders, Advances in Engineering
Software 4, 1982), which for smooth functions is good to ten digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ...data.storage import MISSING
from ...errors import StataError
from ...expr.evaluate import evaluate_scalar
from ...records import record, replace
from ...syntax import tree
from .stored import find_coefficient

if TYPE_CHECKING:
    from ...results.base import Matrix
    from ..context import Context

_STEPS, _SHRINK = 8, 2.0
_LABEL = re.compile(r"\s*([^\W\d]\w*)\s*:(?!:)")


@record
class Function:
    """One expression: its name (``_nl_1`` unless given), its text as printed, and its tree."""

    name: str
    text: str
    exp: tree.Expr


# ---- reading -------------------------------------------------------------------------------------------------


def split_options(text: str) -> int:
    """Where the comma before the options stands; the end of ``text`` if there is none."""
    depth, quoted = 0, False
    for at, c in enumerate(text):
        if c == '"':
            quoted = not quoted
        elif not quoted:
            depth += (c in "([") - (c in ")]")
            if c == "," and depth == 0:
                return at
    return len(text)


def read_functions(text: str, offset: int) -> tuple[Function, ...]:
    """``exp``, or ``([name:] exp) ([name:] exp) ...``; ``offset`` is where ``text`` lies in the statement.

    Raises r(198) for no or a wrong expression, r(110) for a name used twice.
    """
    from ...syntax.parser import parse_expression

    groups = _groups(text)
    if groups is None:
        groups = [(0, text)]
    found: list[Function] = []
    for i, (at, inside) in enumerate(groups, start=1):
        label = _LABEL.match(inside)
        start = label.end() if label else 0
        body = inside[start:]
        if not body.strip():
            raise StataError("invalid syntax", 198, (offset + at, offset + at + len(inside)))
        name = label[1] if label else f"_nl_{i}"
        if any(name == other.name for other in found):
            raise StataError(f"{name} already defined", 110)
        found.append(Function(name, " ".join(body.split()), parse_expression(body, offset + at + start)))
    return tuple(found)


def _groups(text: str) -> list[tuple[int, str]] | None:
    """(place, text) inside each parenthesis if the whole text is a row of parentheses, else None."""
    found, depth, start = [], 0, 0
    for at, c in enumerate(text):
        if c == "(":
            start = at + 1 if depth == 0 else start
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                found.append((start, text[start:at]))
        elif depth == 0 and not c.isspace():
            return None
    return found if found and depth == 0 else None


# ---- values and derivatives ----------------------------------------------------------------------------------


def evaluator(context: Context, b: Matrix) -> Callable[[Function, np.ndarray], float]:
    """A function of (expression, values of e(b) of shape (k,)); nan where the expression has no value."""
    from ...data.dataset import Dataset

    values = [b.values.reshape(-1)]

    def look(kind: str, key: str) -> object:
        if kind != "_b":
            return context.lookup(kind, key)
        return float(values[0][find_coefficient(b, key)])

    environment = replace(context.environment(), lookup=look)
    empty = Dataset()

    def value(function: Function, at: np.ndarray) -> float:
        values[0] = at
        found = evaluate_scalar(function.exp, empty, environment)
        if isinstance(found, str):
            raise StataError("type mismatch", 109, function.exp.span)
        return math.nan if found >= MISSING else found

    return value


def delta_method(
    functions: tuple[Function, ...], context: Context, b: Matrix, V: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """g(b) of shape (m,) and its variance G V G' of shape (m, m).  Raises r(498) where an expression has no value."""
    value = evaluator(context, b)
    at = b.values.reshape(-1)
    found = np.array([value(function, at) for function in functions])
    G = np.zeros((len(functions), len(at)))
    for i, function in enumerate(functions):
        if math.isnan(found[i]):
            raise StataError("expression evaluates to missing", 498, function.exp.span)
        for j in _used(function.exp, b):
            if V[j, j] > 0:
                G[i, j] = _derivative(partial(value, function), at, j, math.sqrt(V[j, j]))
    if np.isnan(G).any():
        raise StataError("could not calculate numerical derivatives", 498)
    return found, G @ np.where(np.isfinite(V), V, 0.0) @ G.T


def _used(node: object, b: Matrix) -> set[int]:
    """The positions in e(b) of the coefficients that ``node`` mentions."""
    if isinstance(node, tree.Stored):
        return {find_coefficient(b, node.key)} if node.kind == "_b" else set()
    found: set[int] = set()
    for name in getattr(type(node), "__record_fields__", {}):
        value = getattr(node, name)
        for each in value if isinstance(value, tuple) else (value,):
            if hasattr(type(each), "__record_fields__"):
                found |= _used(each, b)
    return found


def _derivative(f: Callable[[np.ndarray], float], at: np.ndarray, j: int, se: float) -> float:
    """df/db_j at ``at``: the extrapolation whose neighbours differ least; nan if f has no value close by.

    The first step is a part of the standard error, the scale on which the method takes f for straight, but not so
    small beside b that differences are rounding errors.
    """

    def central(step: float) -> float:
        up, down = at.copy(), at.copy()
        up[j] += step
        down[j] -= step
        return (f(up) - f(down)) / (up[j] - down[j])

    step = max(0.1 * se, 2e-3 * abs(at[j]))
    best, error = math.nan, math.inf
    previous: list[float] = []
    for _ in range(_STEPS):
        row = [central(step)]
        factor = _SHRINK**2
        for older in previous:
            row.append((factor * row[-1] - older) / (factor - 1))
            factor *= _SHRINK**2
            change = max(abs(row[-1] - row[-2]), abs(row[-1] - older))
            if change < error:
                best, error = row[-1], change
        previous = row if not math.isnan(row[-1]) else []
        step /= _SHRINK
    return best
