"""``test``: Wald tests of linear hypotheses about the coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..errors import StataError
from ..records import record, replace
from ..results.base import Matrix, Result
from ..results.posted import CoefficientListing
from ..results.postest import TestResult
from ..results.stripe import StripeName
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._linear.common import (
    Coefficients,
    Constraints,
    Reader,
    constraint_texts,
    read_constraints,
    remember,
    remembered,
    wald_test,
)
from ._linear.equations import without_equations
from ._linear.multiple import METHODS, constrained, separate_tests
from ._shared.posted import coefficient_listing
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("accumulate", "a", help="test the hypothesis jointly with those of the last test"),
    Option("notest", "not", help="only take the hypothesis in, for a later test with accumulate"),
    Option("constant", "cons", help="include the constant when all coefficients of an equation are tested"),
    Option("df", "df", Kind.REAL, "use F with this many denominator degrees of freedom", low=0),
    Option("mtest", "m", Kind.NAME, "test each hypothesis by itself too", optional_args=True),
    Option("coef", "coef", help="show the constrained coefficients"),
    Option("common", "c", help="compare only what all equations have"),
    Option("minimum", "min", help="leave out constraints that make the test impossible, as is always done"),
    Option("nosvyadjust", "nosvy", help="no adjustment for the survey design", planned=True),
    Option("matvlc", "matvlc", Kind.NAME, "save the variance of the combinations", planned=True),
)


_NO_LISTING = CoefficientListing("", ())


@record
class Hypotheses(Result):
    """Hypotheses taken in but not tested (``notest``)."""

    schema: ClassVar[str] = "test"

    constraints: tuple[str, ...]


@record
class TestWithCoefficients(TestResult):
    """A test, and the coefficients that satisfy the hypotheses."""

    listing: CoefficientListing = _NO_LISTING


@command("test", shortest="te", start="coefficients", options=OPTIONS)
def test(context: Context, statement: Statement) -> Result:
    """test coefficients | exp = exp [= ...] | [eq] [: coefficients] | [eq1=eq2] [: coefficients] | (hypothesis) ...
    [, accumulate notest common constant minimum mtest[(bonferroni|holm|sidak|noadjust)] coef df(#)]

    Wald test of linear hypotheses: `test lrt` (it is zero), `test a b` (both are), `test a = b`, `test a + 2*b = 1`,
    `test 2.schgend 3.schgend`, `test [gcse]` (all of an equation but the constant), `test [eq1=eq2]` (they have equal
    coefficients). Without arguments the last test is repeated.
    """
    options = context.options(statement, OPTIONS)
    coefficients = Coefficients.of(context.estimates)
    constraints = _constraints(context, statement, coefficients, options)
    if statement.arguments and options["accumulate"]:
        constraints = remembered(context) + constraints
    if options["notest"]:
        remember(context, constraints)
        return Hypotheses(constraint_texts(constraints, coefficients))
    result = wald_test(context, constraints, coefficients, options["df"])
    result = separately(result, constraints, coefficients, options)
    return _with_coefficients(context, result, constraints, coefficients) if options["coef"] else result


def separately(
    result: TestResult, constraints: Constraints, coefficients: Coefficients, options: OptionValues
) -> TestResult:
    """``result`` with the tests of single constraints that mtest asks for."""
    method = _adjustment(options)
    if not method:
        return result
    separate = separate_tests(constraints, coefficients, result.df_r, method)
    return replace(result, separate=separate, method=method)


def _adjustment(options: OptionValues) -> str:
    """The method that mtest() names, as far as it was abbreviated; empty without mtest.  Raises r(198)."""
    typed = options["mtest"]
    if typed is None:
        return ""
    if typed is True:
        return "noadjust"
    found = next((method for method in METHODS if method.startswith(typed.lower())), None)
    if found is None:
        raise StataError(f"option mtest({typed}) not allowed", 198, options.spans.get("mtest"))
    return found


def _with_coefficients(
    context: Context, result: TestResult, constraints: Constraints, coefficients: Coefficients
) -> TestWithCoefficients:
    b, V = constrained(constraints, coefficients)
    row = (StripeName("", "y1"),)
    listing = coefficient_listing(
        context, Matrix(b.reshape(1, -1), row, coefficients.names), Matrix(V, coefficients.names, coefficients.names),
        context.estimates.stored().macros.get("depvar", ""), result.df_r, context.settings.level,
    )
    return TestWithCoefficients(
        result.constraints, result.statistic, result.df, result.p, result.df_r, result.dropped, result.first,
        result.separate, result.method, listing,
    )


test.__test__ = False  # type: ignore[attr-defined]  # a command, not a test for pytest


def _constraints(
    context: Context, statement: Statement, coefficients: Coefficients, options: OptionValues
) -> Constraints:
    if not statement.arguments:
        return remembered(context)
    constant = options["constant"]
    hypotheses = without_equations(statement.arguments, coefficients, constant, options["common"])
    found = read_constraints(hypotheses, Reader(coefficients, context.lookup), constant)
    if not len(found.r):
        raise StataError("no coefficients to test", 111)
    return found


@layout(TestResult)
def lay_out(result: TestResult, style: Style) -> Document:
    """The numbered hypotheses and the test."""
    from ..report.postest import test_document

    return test_document(result, style)


@layout(TestWithCoefficients)
def lay_out_with_coefficients(result: TestWithCoefficients, style: Style) -> Document:
    """The coefficients under the hypotheses, below the test."""
    from ..report.document import BLANK, Document, line
    from ..report.posted import listing_document

    title = Document((BLANK, line("Constrained coefficients"), BLANK))
    return lay_out(result, style) + title + listing_document(result.listing, style)


@layout(Hypotheses)
def lay_out_hypotheses(result: Hypotheses, style: Style) -> Document:
    """The numbered hypotheses alone."""
    from ..report.document import BLANK, Document, line

    numbered = enumerate(result.constraints, start=1)
    return Document((BLANK, *(line(f" ({i:2d})  {text}") for i, text in numbered)))
