"""bootstrap: standard errors from samples drawn with replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.resample import ResampleResult
from ..syntax.tree import Statement
from ._resample.common import finished, read_request, replicate
from ._resample.options import BOOTSTRAP_OPTIONS
from ._shared.by import placed
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style


@command("bootstrap", start="raw", options=BOOTSTRAP_OPTIONS)
def bootstrap(context: Context, statement: Statement) -> ResampleResult:
    """bootstrap [exp_list] [, reps(#) seed(#) strata(varlist) cluster(varlist) idcluster(name) size(#) mse nodots]: command

    Run the command on samples drawn from the observations with replacement, and take the standard deviation of its
    coefficients, or of the expressions, as their standard errors. The random numbers are not those of Stata. bs and
    bstrap are other names.
    """
    with placed(statement):
        request = read_request(context, statement, "bootstrap", BOOTSTRAP_OPTIONS)
        done = replicate(context, request)
    return finished(context, statement, request, done)


@layout(ResampleResult)
def lay_out(result: ResampleResult, style: Style) -> Document:
    """Dots, header and table."""
    from ..report.resample import resample_document

    return resample_document(result, style)
