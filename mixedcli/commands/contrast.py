"""``contrast``: tests of the effects of factors and their interactions, and contrasts of their levels."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..records import record
from ..results.comparisons import ComparisonBlock, Comparisons, ContrastResult, WaldBlock, WaldRow
from ..results.stripe import StripeName
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._comparisons import MCOMPARE, SHOWN, adjustment_method, compared, what_is_shown
from ._linear import Constraints, wald_result
from ._marginal_cells import Cells, Comparison, Factor, read_comparisons
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    MCOMPARE,
    *SHOWN,
    Option("nowald", "nowald", help="no table of tests"),
    Option("noeffects", "noeff", help="no table of contrasts"),
    Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("df", "df", Kind.REAL, "use F and t with this many degrees of freedom", low=0),
    Option("overall", "over", planned=True),
    Option("lincom", "lincom", planned=True),
    Option("equation", "eq", Kind.RAW, planned=True),
    Option("asobserved", "aso", planned=True),
    Option("small", "small", planned=True),
    Option("post", "post", planned=True),
)


@record(eq=False)
class _Contrasts:
    """The contrasts of one term: what they are called, and their weights (m, k) over e(b)."""

    name: str
    labels: list[str]
    L: np.ndarray
    operators: bool


@command("contrast", start="names", options=OPTIONS)
def contrast(context: Context, statement: Statement) -> ContrastResult:
    """contrast terms [, mcompare(bonferroni|sidak|scheffe) effects cieffects pveffects nowald noeffects level(#) df(#)]

    Test the effects of factors (a) and interactions (a#b, a##b, a#c.x) of the last model, with other factors balanced.
    Operators give single contrasts: r. (from the base level), ar. (from the level before), a. (from the next), g. (from
    the mean), h. (from the mean of later levels), j. (from the mean of earlier ones).
    """
    options = context.options(statement, OPTIONS)
    cells = Cells.of(context)
    df = options["df"] if options["df"] is not None else context.estimates.stored().scalars.get("df_r")
    found = [_contrasts(each, cells) for each in read_comparisons(statement.arguments, cells, operators=True)]
    tests = tuple(_tests(each, cells, df) for each in found)
    level = options["level"] or context.settings.level
    asked = any(options[option.name] for option in SHOWN)
    shown = [each for each in found if each.operators or asked]
    comparisons = _comparisons(shown, cells, df, level, options)
    return ContrastResult(
        tests, comparisons, cells.equation, not options["nowald"], bool(shown) and not options["noeffects"]
    )


def _comparisons(
    shown: list[_Contrasts], cells: Cells, df: float | None, level: float, options: OptionValues
) -> Comparisons:
    method, (ci, pv) = adjustment_method(options), what_is_shown(options)
    blocks, names, weights = [], [], [np.zeros((0, len(cells.coefficients.names)))]
    for each in shown:
        V = each.L @ cells.coefficients.V @ each.L.T
        rows = compared(each.labels, cells.coefficients.combined(each.L), V, df, level, method)
        blocks.append(ComparisonBlock(each.name, rows, cells.equation))
        names += [StripeName(cells.equation, f"{label}.{each.name}".replace(" ", "")) for label in each.labels]
        weights.append(each.L)
    L = np.vstack(weights)
    V = L @ cells.coefficients.V @ L.T
    return Comparisons(
        tuple(blocks), tuple(names), cells.coefficients.combined(L), V, method, df, level, ci, pv
    )


def _tests(each: _Contrasts, cells: Cells, df: float | None) -> WaldBlock:
    """The joint test; with operators that of each contrast before it."""

    def test(L: np.ndarray, label: str) -> WaldRow:
        found = wald_result(Constraints(L, np.zeros(len(L))), cells.coefficients, df)
        return WaldRow(label, found.df, found.statistic, found.p)

    if not each.operators:
        return WaldBlock(each.name, (test(each.L, each.name),))
    single = [test(each.L[k : k + 1], label) for k, label in enumerate(each.labels)]
    joint = [test(each.L, "Joint")] if len(single) > 1 else []
    return WaldBlock(each.name, (*single, *joint), single=False)


# ---- the weights -----------------------------------------------------------------------------------------------


def _contrasts(comparison: Comparison, cells: Cells) -> _Contrasts:
    """All products of the contrasts of the term's factors."""
    factors = [factor for factor in comparison if not factor.continuous]
    slopes = tuple(factor.variable for factor in comparison if factor.continuous)
    variables = [factor.variable for factor in factors]
    levels = [cells.levels(variable) for variable in variables]
    means = np.array([cells.row(dict(zip(variables, cell, strict=True)), slopes) for cell in product(*levels)])
    sides = [_of_factor(factor, cells) for factor in factors]
    weights = np.ones((1, 1))
    for _, C in sides:
        weights = np.kron(weights, C)
    labels = [" ".join(parts) for parts in product(*(names for names, _ in sides))]
    name = "#".join(f"c.{factor.variable}" if factor.continuous else factor.variable for factor in comparison)
    return _Contrasts(name, labels, weights @ means, any(factor.operator for factor in factors))


def _of_factor(factor: Factor, cells: Cells) -> tuple[list[str], np.ndarray]:
    """The names and weights (m, levels) of the contrasts of one factor; those from the base without an operator."""
    levels = cells.levels(factor.variable)
    texts = [cells.text(factor.variable, level) for level in levels]
    n = len(levels)
    unit = np.eye(n)
    base = levels.index(cells.base(factor.variable))
    pairs = {
        "a": [(k, k + 1) for k in range(n - 1)],
        "ar": [(k, k - 1) for k in range(1, n)],
    }.get(factor.operator, [(k, base) for k in range(n) if k != base])
    if factor.operator in ("g", "h", "j"):
        return _from_means(factor.operator, texts)
    return [f"({texts[i]} vs {texts[j]})" for i, j in pairs], np.array([unit[i] - unit[j] for i, j in pairs])


def _from_means(operator: str, texts: list[str]) -> tuple[list[str], np.ndarray]:
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


@layout(ContrastResult)
def lay_out(result: ContrastResult, style: Style) -> Document:
    from ..report.comparisons import contrast_document

    return contrast_document(result, style)
