"""``pwcompare``: pairwise comparisons of the means of factor levels."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StataError
from ..results.comparisons import ComparisonBlock, Comparisons, PwcompareResult
from ..results.stripe import StripeName
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._margins.marginal_cells import Cells, Comparison, read_comparisons
from ._shared.comparison_groups import group_block
from ._shared.comparisons import GROUPS, MCOMPARE, SHOWN, adjustment_method, compared, what_is_shown
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    MCOMPARE,
    *SHOWN,
    Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("df", "df", Kind.REAL, "use t with this many degrees of freedom", low=0),
    Option("cimargins", "cim", planned=True),
    GROUPS,
    Option("sort", "sort", planned=True),
    Option("post", "post", planned=True),
    Option("equation", "eq", Kind.RAW, planned=True),
    Option("asobserved", "aso", planned=True),
    Option("small", "small", planned=True),
)


@command("pwcompare", start="names", options=OPTIONS)
def pwcompare(context: Context, statement: Statement) -> PwcompareResult:
    """pwcompare factors [, mcompare(bonferroni|sidak|scheffe) effects cieffects pveffects groups level(#) df(#)]

    Compare the marginal linear predictions of every two levels of a factor, or cells of an interaction (a#b), of the last
    model; other factors are balanced.
    """
    options = context.options(statement, OPTIONS)
    method, (ci, pv) = adjustment_method(options), what_is_shown(options)
    cells = Cells.of(context)
    df = options["df"] if options["df"] is not None else context.estimates.stored().scalars.get("df_r")
    level = options["level"] or context.settings.level
    names: list[StripeName] = []
    weights: list[np.ndarray] = []
    blocks, groups = [], []
    for comparison in read_comparisons(statement.arguments, cells, operators=False):
        labels, columns, L = pairs(comparison, cells)
        V = L @ cells.coefficients.V @ L.T
        rows = compared(labels, cells.coefficients.combined(L), V, df, level, method)
        name = "#".join(factor.variable for factor in comparison)
        blocks.append(ComparisonBlock(name, rows, cells.equation))
        if options["groups"]:
            texts, M = means(comparison, cells)
            V = M @ cells.coefficients.V @ M.T
            labels = ["#".join(each) for each in texts]
            groups.append(group_block(name, labels, cells.coefficients.combined(M), V, rows, level, cells.equation))
        names += [StripeName(cells.equation, column) for column in columns]
        weights.append(L)
    L = np.vstack(weights)
    b, V = cells.coefficients.combined(L), L @ cells.coefficients.V @ L.T
    found = Comparisons(tuple(blocks), tuple(names), b, V, method, df, level, ci, pv)
    return PwcompareResult(found, groups=tuple(groups))


def means(comparison: Comparison, cells: Cells) -> tuple[list[list[str]], np.ndarray]:
    """The texts of the levels of every cell, and the weights (m, k) of its mean over e(b)."""
    variables = [factor.variable for factor in comparison]
    found = list(product(*(cells.levels(variable) for variable in variables)))
    rows = [cells.row(dict(zip(variables, cell, strict=True))) for cell in found]
    texts = [[cells.text(v, level) for v, level in zip(variables, cell, strict=True)] for cell in found]
    return texts, np.array(rows)


def pairs(comparison: Comparison, cells: Cells) -> tuple[list[str], list[str], np.ndarray]:
    """The label, the name and the weights over e(b) of every later cell less every earlier one.

    Raises r(198) for continuous variables.
    """
    if any(factor.continuous for factor in comparison):
        raise StataError("continuous variables not allowed", 198)
    variables = [factor.variable for factor in comparison]
    found = list(product(*(cells.levels(variable) for variable in variables)))
    texts, rows = means(comparison, cells)
    labels, names, weights = [], [], []
    for first in range(len(found)):
        for second in range(first + 1, len(found)):
            labels.append(pair_label(texts[second], texts[first]))
            names.append("#".join(
                f"{a}vs{b}.{v}" for v, a, b in zip(variables, found[second], found[first], strict=True)
            ))
            weights.append(rows[second] - rows[first])
    return labels, names, np.array(weights).reshape(len(weights), len(cells.coefficients.names))


def pair_label(one: list[str], other: list[str]) -> str:
    """``2 vs 1``, or ``(2 1) vs (1 1)`` for cells of an interaction."""
    if len(one) == 1:
        return f"{one[0]} vs {other[0]}"
    return f"({' '.join(one)}) vs ({' '.join(other)})"


@layout(PwcompareResult)
def lay_out(result: PwcompareResult, style: Style) -> Document:
    from ..report.comparisons import pwcompare_document

    return pwcompare_document(result, style)
