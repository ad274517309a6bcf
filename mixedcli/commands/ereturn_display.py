"""ereturn display: the coefficient table of e(b) and e(V)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..results.posted import CoefficientListing
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.posted import coefficient_listing
from ._shared.tables import refuse
from .registry import command

if TYPE_CHECKING:
    from .context import Context

OPTIONS = (
    Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("eform", "ef", Kind.STRING, "show exp(b) under this title"),
    Option("first", "f", help="the first equation only"),
    Option("neq", "neq", Kind.INTEGER, "the first so many equations only", low=0),
    Option("plus", "pl", planned=True),
)


@command("ereturn display", shortest="eret di", options=OPTIONS)
def ereturn_display(context: Context, statement: Statement) -> CoefficientListing:
    """ereturn display [, level(#) eform(title) first neq(#)]

    Print the table of the coefficients in e(b), with t tests where e(df_r) is known and z tests elsewhere.
    """
    options = context.options(statement, OPTIONS)
    refuse(statement, varlist=True, using=True)
    stored = context.estimates.stored()
    if "b" not in stored.matrices:
        raise StataError("last estimates not found", 301)
    made = coefficient_listing(
        context, stored.matrices["b"], stored.matrices.get("V"), stored.macros.get("depvar", ""),
        stored.scalars.get("df_r"), options["level"] or context.settings.level, options["eform"] or "",
    )
    shown = 1 if options["first"] else options["neq"]
    return made if shown is None else _first(made, shown)


def _first(made: CoefficientListing, count: int) -> CoefficientListing:
    from ..records import replace

    return replace(made, equations=made.equations[:count])
