"""bootstrap: standard errors from samples drawn with replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import StataError
from ..expr.functions_random import FIRST_SEED
from ..results.resample import ResampleResult
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._by import placed
from ._resample import COMMON_OPTIONS, finished, observe, read_request, replicates, units_of, with_replacement
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("reps", "r", Kind.INTEGER, "how many replications (50)", low=2),
    Option("seed", "seed", Kind.INTEGER, "the seed of the random numbers", low=0, high=2**31 - 1),
    Option("strata", "str", Kind.RAW, "draw within groups of observations"),
    Option("size", "si", Kind.INTEGER, "how many units to draw in each stratum", low=1),
    Option("bca", "bca", planned=True),
    Option("ties", "ties", planned=True),
    Option("mse", "mse", help="variance about the observed statistic"),
    Option("reject", "reject", Kind.EXPRESSION, planned=True),
    *COMMON_OPTIONS,
)


@command("bootstrap", start="raw")
def bootstrap(context: Context, statement: Statement) -> ResampleResult:
    """bootstrap [exp_list] [, reps(#) seed(#) strata(varlist) cluster(varlist) idcluster(name) size(#) mse nodots]: command

    Run the command on samples drawn from the observations with replacement, and take the standard deviation of its
    coefficients, or of the expressions, as their standard errors. The random numbers are not those of Stata.
    """
    with placed(statement):
        request = read_request(context, statement, "bootstrap", OPTIONS)
        options = request.options
        if options["seed"] is not None:
            context.memory["random"] = np.random.default_rng(options["seed"])
        stream = context.memory.setdefault("random", np.random.default_rng(FIRST_SEED))
        before = context.state
        observed = observe(context, request)
        context.state = before
        units = units_of(context, options, observed.touse)
        if options["size"] and options["size"] > min(len(stratum) for stratum in units.strata):
            raise StataError("option size() is larger than the number of units to draw from", 198)
        marked = options["idcluster"] is not None
        draws = with_replacement(units, options["reps"] or 50, stream, options["size"], marked)
        kept, failed = replicates(context, request, observed, draws)
    if len(kept) < 2:
        raise StataError("insufficient observations to compute bootstrap standard errors\nno results will be saved", 2000)
    center = observed.values if options["mse"] else kept.mean(axis=0)
    gaps = kept - center
    V = gaps.T @ gaps / (len(kept) if options["mse"] else len(kept) - 1)
    return finished(context, statement, request, observed, units, V, kept, failed, None)


@layout(ResampleResult)
def lay_out(result: ResampleResult, style: Style) -> Document:
    """Dots, header and table."""
    from ..report.resample import resample_document

    return resample_document(result, style)
