"""``test``: Wald tests of linear hypotheses about the coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..errors import StataError
from ..records import record
from ..results.base import Result
from ..results.postest import TestResult
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._linear import (
    Coefficients,
    Constraints,
    Reader,
    constraint_texts,
    read_constraints,
    remember,
    remembered,
    wald_test,
)
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("accumulate", "a", help="test the hypothesis jointly with those of the last test"),
    Option("notest", "not", help="only take the hypothesis in, for a later test with accumulate"),
    Option("constant", "cons", help="include the constant when all coefficients of an equation are tested"),
    Option("df", "df", Kind.REAL, "use F with this many denominator degrees of freedom", low=0),
    Option("mtest", "m", Kind.RAW, "test each hypothesis separately", optional_args=True, planned=True),
    Option("coef", "coef", help="show the constrained coefficients", planned=True),
    Option("common", "c", help="test only variables common to all equations", planned=True),
    Option("minimum", "min", help="test after dropping what was tested before", planned=True),
    Option("nosvyadjust", "nosvy", help="no adjustment for the survey design", planned=True),
    Option("matvlc", "matvlc", Kind.NAME, "save the variance of the combinations", planned=True),
)


@record
class Hypotheses(Result):
    """Hypotheses taken in but not tested (``notest``)."""

    schema: ClassVar[str] = "test"

    constraints: tuple[str, ...]


@command("test", shortest="te", start="coefficients", options=OPTIONS)
def test(context: Context, statement: Statement) -> Result:
    """test coefficients | exp = exp [= ...] | (hypothesis) (hypothesis) ... [, accumulate notest constant df(#)]

    Wald test of linear hypotheses: `test lrt` (it is zero), `test a b` (both are), `test a = b`, `test a + 2*b = 1`,
    `test 2.schgend 3.schgend`, `test [gcse]` (all of an equation but the constant). Without arguments the last test is
    repeated.
    """
    options = context.options(statement, OPTIONS)
    coefficients = Coefficients.of(context.estimates)
    constraints = _constraints(context, statement, coefficients, options["constant"])
    if statement.arguments and options["accumulate"]:
        constraints = remembered(context) + constraints
    if options["notest"]:
        remember(context, constraints)
        return Hypotheses(constraint_texts(constraints, coefficients))
    return wald_test(context, constraints, coefficients, options["df"])


test.__test__ = False  # type: ignore[attr-defined]  # a command, not a test for pytest


def _constraints(
    context: Context, statement: Statement, coefficients: Coefficients, constant: bool
) -> Constraints:
    if not statement.arguments:
        return remembered(context)
    found = read_constraints(statement.arguments, Reader(coefficients, context.lookup), constant)
    if not len(found.r):
        raise StataError("no coefficients to test", 111)
    return found


@layout(TestResult)
def lay_out(result: TestResult, style: Style) -> Document:
    """The numbered hypotheses and the test."""
    from ..report.postest import test_document

    return test_document(result, style)


@layout(Hypotheses)
def lay_out_hypotheses(result: Hypotheses, style: Style) -> Document:
    """The numbered hypotheses alone."""
    from ..report.document import BLANK, Document, line

    numbered = enumerate(result.constraints, start=1)
    return Document((BLANK, *(line(f" ({i:2d})  {text}") for i, text in numbered)))
