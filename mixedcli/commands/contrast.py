"""``contrast``: tests of the effects of factors and their interactions, and contrasts of their levels."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..results.comparisons import ContrastResult
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._comparisons import MCOMPARE, SHOWN
from ._contrasts import Contrasts, contrast_result, of_factor, product_of
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


@command("contrast", start="names", options=OPTIONS)
def contrast(context: Context, statement: Statement) -> ContrastResult:
    """contrast terms [, mcompare(bonferroni|sidak|scheffe) effects cieffects pveffects nowald noeffects level(#) df(#)]

    Test the effects of factors (a) and interactions (a#b, a##b, a#c.x) of the last model, with other factors balanced.
    Operators give single contrasts: r. (from the base level; rb2. from level 2), ar. (from the level before), a. (from
    the next), g. (from the mean), h. (from the mean of later levels), j. (from the mean of earlier ones), p. and q.
    (orthogonal polynomials in the values or in the order of the levels).
    """
    options = context.options(statement, OPTIONS)
    cells = Cells.of(context)
    df = options["df"] if options["df"] is not None else context.estimates.stored().scalars.get("df_r")
    found = [_contrasts(each, cells) for each in read_comparisons(statement.arguments, cells, operators=True)]
    level = options["level"] or context.settings.level
    return contrast_result(found, cells.coefficients, cells.equation, df, level, options)


def _contrasts(comparison: Comparison, cells: Cells) -> Contrasts:
    """All products of the contrasts of the term's factors."""
    factors = [factor for factor in comparison if not factor.continuous]
    slopes = tuple(factor.variable for factor in comparison if factor.continuous)
    variables = [factor.variable for factor in factors]
    levels = [cells.levels(variable) for variable in variables]
    means = np.array([cells.row(dict(zip(variables, cell, strict=True)), slopes) for cell in product(*levels)])
    labels, weights = product_of(_of_factor(factor, cells) for factor in factors)
    name = "#".join(f"c.{factor.variable}" if factor.continuous else factor.variable for factor in comparison)
    return Contrasts(name, labels, weights @ means, any(factor.operator for factor in factors))


def _of_factor(factor: Factor, cells: Cells) -> tuple[list[str], np.ndarray]:
    """The contrasts of one factor, from the base typed or that of the model."""
    levels = cells.levels(factor.variable)
    base = cells.base(factor.variable) if factor.base is None else factor.base
    texts = [cells.text(factor.variable, level) for level in levels]
    return of_factor(factor.operator, levels, texts, levels.index(base))


@layout(ContrastResult)
def lay_out(result: ContrastResult, style: Style) -> Document:
    from ..report.comparisons import contrast_document

    return contrast_document(result, style)
