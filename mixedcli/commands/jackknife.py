"""jackknife: standard errors from leaving out one observation, or one cluster, at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._by import placed
from ._resample import COMMON_OPTIONS, finished, leaving_out, observe, read_request, replicates, units_of
from .bootstrap import lay_out
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ..results.resample import ResampleResult

OPTIONS = (
    Option("eclass", "e", help="accepted: the command leaves its number of observations in e(N)"),
    Option("rclass", "r", help="accepted: the command leaves its number of observations in r(N)"),
    Option("n", "n", Kind.RAW, "accepted: where the number of observations is"),
    Option("mse", "mse", help="variance about the observed statistic"),
    Option("keep", "keep", planned=True),
    *COMMON_OPTIONS,
)

__all__ = ["jackknife", "lay_out"]


@command("jackknife", start="raw")
def jackknife(context: Context, statement: Statement) -> ResampleResult:
    """jackknife [exp_list] [, cluster(varlist) mse nodots]: command

    Run the command with each observation, or each cluster, left out in turn, and estimate the variance of its
    coefficients, or of the expressions, from how much they vary.
    """
    with placed(statement):
        request = read_request(context, statement, "jackknife", OPTIONS)
        before = context.state
        observed = observe(context, request)
        context.state = before
        units = units_of(context, request.options, observed.touse)
        draws = leaving_out(units, request.options["idcluster"] is not None)
        kept, failed = replicates(context, request, observed, draws)
    if len(kept) < 2:
        raise StataError("insufficient observations to compute jackknife standard errors\nno results will be saved", 2000)
    # The variance of the jackknife: (m - 1)/m times the sum of squares over the m samples ([R] jackknife).
    gaps = kept - (observed.values if request.options["mse"] else kept.mean(axis=0))
    V = gaps.T @ gaps * (len(kept) - 1) / len(kept)
    return finished(context, statement, request, observed, units, V, kept, failed, float(len(kept) - 1))
