"""jackknife: standard errors from leaving out one observation, or one cluster, at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._resample.common import finished, read_request, replicate
from ._resample.options import JACKKNIFE_OPTIONS
from ._shared.by import placed
from .bootstrap import lay_out
from .context import Context
from .registry import command

if TYPE_CHECKING:
    from ..results.resample import ResampleResult

__all__ = ["jackknife", "lay_out"]


@command("jackknife", start="raw", options=JACKKNIFE_OPTIONS)
def jackknife(context: Context, statement: Statement) -> ResampleResult:
    """jackknife [exp_list] [, cluster(varlist) mse nodots]: command

    Run the command with each observation, or each cluster, left out in turn, and estimate the variance of its
    coefficients, or of the expressions, from how much they vary. jknife is another name.
    """
    with placed(statement):
        request = read_request(context, statement, "jackknife", JACKKNIFE_OPTIONS)
        done = replicate(context, request)
    return finished(context, statement, request, done)
