"""Contrasts of the levels of factors: what an operator means, and the tests and intervals of the contrasts.

Orthogonal polynomials (p. in the values of the levels, q. in their order) are scaled as Stata scales them: of K levels
with polynomial values q_k, sum q_k^2 = K, the contrast is (1/K) sum q_k mean_k.  Those of the analysis of trend in
Keppel's Design and Analysis, chapter 7, are printed so.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from ...records import record
from ...results.comparisons import ComparisonBlock, Comparisons, ContrastResult, WaldBlock, WaldRow
from ...results.margins import MarginsResult
from ...results.stripe import StripeName
from ...syntax.spec import OptionValues
from .._linear.common import Coefficients, Constraints, wald_result
from .comparisons import SHOWN, adjustment_method, compared, what_is_shown

POLYNOMIALS = ("linear", "quadratic", "cubic", "quartic", "quintic")


@record(eq=False)
class Side:
    """The contrasts of one factor of a term: what they are called, their weights (m, levels), and whether an operator
    was typed; without one they only serve a joint test."""

    labels: list[str]
    C: np.ndarray
    operator: bool


@record(eq=False)
class Contrasts:
    """The contrasts of one term: what they are called, and their weights (m, k) over k coefficients or margins.

    ``groups`` (m,): the test that each is part of, "" for that of the whole term.  ``operators``: one was typed.
    """

    name: str
    labels: list[str]
    groups: list[str]
    L: np.ndarray
    operators: bool


def of_term(name: str, sides: Sequence[Side], places: Sequence[str], means: np.ndarray) -> Contrasts:
    """All products of the contrasts of a term's factors, at each of ``places`` (those of ``a@b``; [""] without any).

    ``means`` (cells, k): the weights of the cells' means, factors outside, places inside, the last varying fastest.
    """
    operators = any(side.operator for side in sides)
    weights = np.ones((1, 1))
    for side in sides:
        weights = np.kron(weights, side.C)
    labels, groups = [], []
    for combination in product(*(range(len(side.labels)) for side in sides)):
        chosen = [side.labels[i] for side, i in zip(sides, combination, strict=True)]
        tested = [label if side.operator else "(joint)" for side, label in zip(sides, chosen, strict=True)]
        labels += [" ".join([*chosen, place]).strip() for place in places]
        groups += [" ".join([*(tested if operators else []), place]).strip() for place in places]
    return Contrasts(name, labels, groups, np.kron(weights, np.eye(len(places))) @ means, operators)


def of_factor(operator: str, values: Sequence[int], texts: Sequence[str], base: int) -> Side:
    """The contrasts of one factor; those from ``base`` without an operator.

    ``values``: its levels, ``texts``: as tables show them, ``base``: the place of the base level.
    """
    n = len(values)
    unit = np.eye(n)
    if operator in ("p", "q"):
        return Side(*_polynomials(np.array(values if operator == "p" else range(n), dtype=float)), True)
    if operator in ("g", "h", "j"):
        return Side(*_from_means(operator, texts), True)
    pairs = {
        "a": [(k, k + 1) for k in range(n - 1)],
        "ar": [(k, k - 1) for k in range(1, n)],
    }.get(operator, [(k, base) for k in range(n) if k != base])
    labels = [f"({texts[i]} vs {texts[j] if operator else 'base'})" for i, j in pairs]
    return Side(labels, np.array([unit[i] - unit[j] for i, j in pairs]), bool(operator))


def _from_means(operator: str, texts: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Differences from the mean of all levels, of the later or of the earlier ones."""
    n = len(texts)
    unit = np.eye(n)
    if operator == "g":
        return [f"({text} vs mean)" for text in texts], unit - 1 / n
    if operator == "h":
        rows = [unit[k] - unit[k + 1 :].mean(axis=0) for k in range(n - 1)]
        return [f"({text} vs >{text})" if k < n - 2 else f"({text} vs {texts[k + 1]})"
                for k, text in enumerate(texts[:-1])], np.array(rows)
    rows = [unit[k] - unit[:k].mean(axis=0) for k in range(1, n)]
    return [f"({text} vs <{text})" if k else f"({text} vs {texts[0]})" for k, text in enumerate(texts[1:])], np.array(rows)


def _polynomials(x: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Orthogonal polynomials of degree 1 to n - 1 at ``x`` (n,), with rising ends."""
    n = len(x)
    scaled = (x - x.mean()) / max(float(np.abs(x - x.mean()).max()), 1e-300)
    q, upper = np.linalg.qr(np.vander(scaled, n, increasing=True))
    rows = (q * np.sign(np.diag(upper))).T[1:] / np.sqrt(n)
    names = [POLYNOMIALS[k] if k < len(POLYNOMIALS) else f"order {k + 1}" for k in range(n - 1)]
    return [f"({name})" for name in names], rows


# ---- tests and intervals -----------------------------------------------------------------------------------------


def contrast_result(
    found: Sequence[Contrasts], coefficients: Coefficients, equation: str, df: float | None, level: float,
    options: OptionValues, margins: MarginsResult | None = None,
) -> ContrastResult:
    """Tests of all contrasts, and a table of those that an operator or one of `SHOWN` asks for."""
    tests = tuple(_tests(each, coefficients, df) for each in found)
    asked = any(options[option.name] for option in SHOWN)
    shown = [each for each in found if each.operators or asked]
    method, (ci, pv) = adjustment_method(options), what_is_shown(options)
    blocks, names, weights = [], [], [np.zeros((0, len(coefficients.names)))]
    for each in shown:
        V = each.L @ coefficients.V @ each.L.T
        blocks.append(ComparisonBlock(
            each.name, compared(each.labels, coefficients.combined(each.L), V, df, level, method), equation
        ))
        names += [StripeName(equation, f"{label}.{each.name}".replace(" ", "")) for label in each.labels]
        weights.append(each.L)
    L = np.vstack(weights)
    comparisons = Comparisons(
        tuple(blocks), tuple(names), coefficients.combined(L), L @ coefficients.V @ L.T, method, df, level, ci, pv
    )
    effects = bool(shown) and not options["noeffects"]
    return ContrastResult(tests, comparisons, equation, not options["nowald"], effects, margins)


def _tests(each: Contrasts, coefficients: Coefficients, df: float | None) -> WaldBlock:
    """The joint test; before it those of its parts, if it has several: of single contrasts, or of places."""

    def test(L: np.ndarray, label: str) -> WaldRow:
        found = wald_result(Constraints(L, np.zeros(len(L))), coefficients, df)
        return WaldRow(label, found.df, found.statistic, found.p)

    parts = list(dict.fromkeys(each.groups))
    if len(parts) == 1:
        return WaldBlock(each.name, (test(each.L, each.name),))
    single = [test(each.L[[group == part for group in each.groups]], part) for part in parts]
    return WaldBlock(each.name, (*single, test(each.L, "Joint")), single=False)
