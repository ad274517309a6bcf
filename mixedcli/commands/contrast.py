"""``contrast``: tests of the effects of factors and their interactions, and contrasts of their levels."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..results.comparisons import ContrastResult
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._margins.marginal_cells import Cells, Comparison, Factor, read_comparisons
from ._shared.comparisons import MCOMPARE, SHOWN
from ._shared.contrasts import Contrasts, Side, contrast_result, of_factor, of_term
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

    Test the effects of factors (a), interactions (a#b, a##b, a#c.x) and simple effects (a@b: of a at each level of b) of
    the last model, with other factors balanced.
    Operators give single contrasts: r. (from the base level; rb2. from level 2), ar. (from the level before), a. (from
    the next), g. (from the mean), h. (from the mean of later levels), j. (from the mean of earlier ones), p. and q.
    (orthogonal polynomials in the values or in the order of the levels).
    """
    options = context.options(statement, OPTIONS)
    cells = Cells.of(context)
    df = options["df"] if options["df"] is not None else context.estimates.stored().scalars.get("df_r")
    found = [_contrasts(each, cells) for each in read_comparisons(statement.arguments, cells, operators=True)]
    level = options["level"] or context.settings.level
    # the table names the equation only where there are others
    equation = cells.equation if len(cells.coefficients.equations) > 1 else ""
    return contrast_result(found, cells.coefficients, equation, df, level, options)


def _contrasts(comparison: Comparison, cells: Cells) -> Contrasts:
    """The contrasts of the term's factors, at each level of those after @."""
    factors = [factor for factor in comparison if not factor.continuous and not factor.at]
    places = [factor for factor in comparison if factor.at]
    slopes = tuple(factor.variable for factor in comparison if factor.continuous)
    variables = [factor.variable for factor in (*factors, *places)]
    levels = [cells.levels(variable) for variable in variables]
    means = np.array([cells.row(dict(zip(variables, cell, strict=True)), slopes) for cell in product(*levels)])
    texts = [[cells.text(factor.variable, level) for level in cells.levels(factor.variable)] for factor in places]
    at = [" ".join(each) for each in product(*texts)]
    name = "#".join(f"c.{each.variable}" if each.continuous else each.variable for each in comparison if not each.at)
    name += "@" * bool(places) + "#".join(factor.variable for factor in places)
    return of_term(name, [_of_factor(factor, cells) for factor in factors], at, means)


def _of_factor(factor: Factor, cells: Cells) -> Side:
    """The contrasts of one factor, from the base typed or that of the model."""
    levels = cells.levels(factor.variable)
    base = cells.base(factor.variable) if factor.base is None else factor.base
    texts = [cells.text(factor.variable, level) for level in levels]
    return of_factor(factor.operator, levels, texts, levels.index(base))


@layout(ContrastResult)
def lay_out(result: ContrastResult, style: Style) -> Document:
    from ..report.comparisons import contrast_document

    return contrast_document(result, style)
