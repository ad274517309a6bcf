"""Hypotheses about whole equations: ``[a=b]`` compares every coefficient that two equations have."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import StataError
from ...results.stripe import plain_name
from ...syntax.tree import Coefficient, Hypothesis
from .common import Coefficients


def without_equations(
    hypotheses: Iterable[Hypothesis], coefficients: Coefficients, constant: bool, common: bool
) -> tuple[Hypothesis, ...]:
    """``hypotheses`` with one hypothesis per coefficient in place of one that compares equations.

    ``constant``: the constants are compared too; ``common``: only what all equations have.  Raises r(111) for an
    equation that does not exist, and without ``common`` for a coefficient that one of the equations does not have.
    """
    out: list[Hypothesis] = []
    for each in hypotheses:
        equations = _equations(each, coefficients)
        if not equations:
            out.append(each)
            continue
        out += [
            Hypothesis(tuple(Coefficient(equation, name, each.span) for equation in equations), each.span)
            for name in _names(equations, coefficients, constant, common)
        ]
    return tuple(out)


def _equations(hypothesis: Hypothesis, coefficients: Coefficients) -> list[str]:
    """The equations that ``hypothesis`` compares as wholes; none if it is about coefficients."""
    sides = [side for side in hypothesis.sides if isinstance(side, Coefficient) and not side.name]
    if len(hypothesis.sides) < 2 or len(sides) < len(hypothesis.sides):
        return []
    return [coefficients.equation(side.equation) for side in sides]


def _names(equations: list[str], coefficients: Coefficients, constant: bool, common: bool) -> list[str]:
    """What is compared, in the order of the first equation."""
    held = [
        {plain_name(name.name): name.name for name in coefficients.names if name.equation == equation}
        for equation in equations
    ]
    found: list[str] = []
    for plain in dict.fromkeys(plain for each in held for plain in each):
        without = next((k for k, each in enumerate(held) if plain not in each), None)
        if plain == "_cons" and not constant:
            continue
        if without is None:
            found.append(held[0][plain])
        elif not common:
            raise StataError(f"[{equations[without]}]{plain} not found", 111)
    return found
