"""A linear regression: what the command line asks for, its design on the estimation sample, and the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..design.matrix import Design, build_design
from ..design.sample import mark_sample
from ..design.terms import expand_terms, term_variables
from ..engine.least_squares import LeastSquares, least_squares
from ..errors import NotBuilt, StataError, no_observations
from ..expr.evaluate import working_values
from ..expr.sample import sample_mask
from ..records import record
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement
from ..syntax.unparse import unparse
from ._mixed_model import factor_labels
from ._mixed_plan import depvar_name
from ._tables import read_weights

if TYPE_CHECKING:
    from ..results.base import Result
    from .context import Context


@record(eq=False)
class RegressModel:
    """What regress leaves for the commands after it.

    ``sum_w``: the sum of analytic weights (nan without); ``value_labels``: those of the factors, as at estimation.
    """

    depvar: str
    design: Design
    fit: LeastSquares
    value_labels: dict[str, dict[int, str]]
    cmdline: str
    wtype: str = ""
    wexp: str = ""
    sum_w: float = float("nan")

    def predict(self, context: Context, statement: Statement) -> Result | None:
        """Run ``predict`` after this model."""
        from ._regress_predict import predict

        return predict(self, context, statement)


def fit_model(context: Context, statement: Statement, options: OptionValues) -> tuple[RegressModel, np.ndarray]:
    """Fit what ``statement`` asks for; the model and e(sample) of shape (n,).

    Raises r(100) without a depvar, r(111) for unknown variables, r(198) for a factor as depvar or a vce that is none,
    r(2000) no observations (also where a variable is a string, as Stata has it), r(2001) one observation.
    """
    _check_vce(options)
    data = context.data
    depvar, used = variables(statement, context)
    mask = sample_mask(data, statement.condition, statement.in_range, context.environment())
    mask = mark_sample(data, mask, used)
    mask, kind, weights = _weights(context, statement, mask)
    if not mask.any():
        raise no_observations()
    y = working_values(data, depvar)[mask]
    n = int(weights.sum()) if kind == "fweight" and weights is not None else len(y)
    if n < 2:
        raise StataError("insufficient observations", 2001)
    constant = not options["noconstant"]
    design = build_design(expand_terms(statement.varlist[1:], data, mask), data, mask, constant)
    sum_w = float("nan")
    if kind == "aweight" and weights is not None:
        sum_w = float(weights.sum())
        weights = weights * (n / sum_w)
    x = design.X[:, :-1] if constant else design.X
    fit = least_squares(y, x, constant, weights, n)
    wexp = f"= {unparse(statement.weight.exp)}" if statement.weight is not None else ""
    labels = factor_labels(design.terms, data)
    return RegressModel(depvar, design, fit, labels, statement.text.strip(), kind, wexp, sum_w), mask


def variables(statement: Statement, context: Context) -> tuple[str, tuple[str, ...]]:
    """The dependent variable, and all variables whose missing values take a row out of the sample."""
    if not statement.varlist:
        raise StataError("last estimates not found", 301)
    data = context.data
    try:
        depvar = depvar_name(statement.varlist[0], data)
        return depvar, (depvar, *term_variables(statement.varlist[1:], data))
    except StataError as error:
        if error.rc == 109 and error.message.startswith("string variables"):
            raise StataError(no_observations().message, 2000, error.span) from None
        raise


def _weights(
    context: Context, statement: Statement, mask: np.ndarray
) -> tuple[np.ndarray, str, np.ndarray | None]:
    """The rows left (those with a weight above zero), the kind of weight, and the weights of these rows."""
    if statement.weight is None:
        return mask, "", None
    if statement.weight.kind in ("pweight", "iweight"):
        raise NotBuilt(f"{statement.weight.kind}s in regress", statement.weight.span)
    kind, weights, rows = read_weights(context, statement, np.flatnonzero(mask), ("aweight", "fweight"))
    left = np.zeros_like(mask)
    left[rows] = True
    return left, kind, weights


def _check_vce(options: OptionValues) -> None:
    vce = options["vce"]
    if vce is None:
        return
    kind = (vce.split() or [""])[0]
    if kind == "ols":
        return
    span = options.spans.get("vce")
    if kind and any(name.startswith(kind) for name in ("robust", "cluster", "bootstrap", "jackknife", "hc2", "hc3")):
        raise NotBuilt(f"vce({vce}) after regress", span)
    raise StataError("option vce() incorrectly specified", 198, span)
