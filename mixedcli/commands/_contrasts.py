"""Contrasts of the levels of factors: what an operator means, and the tests and intervals of the contrasts.

Orthogonal polynomials (p. in the values of the levels, q. in their order) are scaled as Stata scales them: of K levels
with polynomial values q_k, sum q_k^2 = K, the contrast is (1/K) sum q_k mean_k.  Those of the analysis of trend in
Keppel's Design and Analysis, chapter 7, are printed so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..records import record
from ..results.comparisons import ComparisonBlock, Comparisons, ContrastResult, WaldBlock, WaldRow
from ..results.margins import MarginsResult
from ..results.stripe import StripeName
from ..syntax.spec import OptionValues
from ._comparisons import SHOWN, adjustment_method, compared, what_is_shown
from ._linear import Coefficients, Constraints, wald_result

POLYNOMIALS = ("linear", "quadratic", "cubic", "quartic", "quintic")


@record(eq=False)
class Contrasts:
    """The contrasts of one term: what they are called, and their weights (m, k) over k coefficients or margins.

    ``operators``: some operator was typed; without one the contrasts only serve a joint test.
    """

    name: str
    labels: list[str]
    L: np.ndarray
    operators: bool


def of_factor(operator: str, values: Sequence[int], texts: Sequence[str], base: int) -> tuple[list[str], np.ndarray]:
    """The names and weights (m, levels) of the contrasts of one factor; those from ``base`` without an operator.

    ``values``: its levels, ``texts``: as tables show them, ``base``: the place of the base level.
    """
    n = len(values)
    unit = np.eye(n)
    if operator in ("p", "q"):
        return _polynomials(np.array(values if operator == "p" else range(n), dtype=float))
    if operator in ("g", "h", "j"):
        return _from_means(operator, texts)
    pairs = {
        "a": [(k, k + 1) for k in range(n - 1)],
        "ar": [(k, k - 1) for k in range(1, n)],
    }.get(operator, [(k, base) for k in range(n) if k != base])
    return [f"({texts[i]} vs {texts[j]})" for i, j in pairs], np.array([unit[i] - unit[j] for i, j in pairs])


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


def product_of(sides: Iterable[tuple[list[str], np.ndarray]]) -> tuple[list[str], np.ndarray]:
    """All products of the contrasts of several factors, the last varying fastest."""
    labels, weights = [""], np.ones((1, 1))
    for names, C in sides:
        labels = [f"{left} {right}".strip() for left in labels for right in names]
        weights = np.kron(weights, C)
    return labels, weights


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
    """The joint test; with operators that of each contrast before it, unless there is only one."""

    def test(L: np.ndarray, label: str) -> WaldRow:
        found = wald_result(Constraints(L, np.zeros(len(L))), coefficients, df)
        return WaldRow(label, found.df, found.statistic, found.p)

    if not each.operators or len(each.labels) == 1:
        return WaldBlock(each.name, (test(each.L, each.name),))
    single = [test(each.L[k : k + 1], label) for k, label in enumerate(each.labels)]
    return WaldBlock(each.name, (*single, test(each.L, "Joint")), single=False)
