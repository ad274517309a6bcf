"""``predict`` after regress.

The statistics of single observations ([R] regress postestimation, Methods and formulas): with h = x (X'X)^-1 x' and
s the root mean squared error, stdp = s sqrt(h), stdf = s sqrt(1 + h), stdr = s sqrt(1 - h), rstandard = e / stdr.
"""

from __future__ import annotations

import numpy as np

from ..data.storage import MISSING
from ..design.matrix import Columns
from ..design.sample import mark_sample
from ..errors import NotBuilt, StataError
from ..expr.sample import sample_mask
from ..results.base import Messages
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._predict import Prediction, add_predictions, design_rows, named, over_rows, present_variables, targets
from ._regress_model import RegressModel
from .context import Context

_LABELS = {
    "xb": "Linear prediction", "residuals": "Residuals", "score": "Score", "stdp": "S.E. of the prediction",
    "stdf": "S.E. of the forecast", "stdr": "S.E. of the residual", "hat": "Leverage", "leverage": "Leverage",
    "rstandard": "Standardized residuals", "rstudent": "Studentized residuals", "cooksd": "Cook's D",
}
_SAMPLE_ONLY = ("stdr", "hat", "leverage", "rstandard", "rstudent", "cooksd")
OPTIONS = (
    Option("xb", "xb", help="linear prediction"),
    Option("residuals", "r", help="response less linear prediction"),
    Option("score", "sc", help="the same as residuals"),
    Option("stdp", "stdp", help="standard error of the linear prediction"),
    Option("stdf", "stdf", help="standard error of a new observation"),
    Option("stdr", "stdr", help="standard error of the residual"),
    Option("hat", "hat", help="leverage"),
    Option("leverage", "l", help="leverage"),
    Option("rstandard", "rsta", help="residual over its standard error"),
    Option("rstudent", "rstu", help="residual over its standard error, the observation left out"),
    Option("cooksd", "c", help="Cook's distance"),
)


def predict(model: RegressModel, context: Context, statement: Statement) -> Messages:
    """Make the variable that ``statement`` asks for.  Raises r(110) name in use, r(102)/r(103) wrong number."""
    options = context.options(statement, OPTIONS)
    storage, patterns = targets(statement, context.settings.type)
    asked = [name for name in _LABELS if options[name]]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198)
    statistic = asked[0] if asked else "xb"
    if model.wtype and statistic not in ("xb", "residuals", "score"):
        raise NotBuilt(f"predict, {statistic} after a weighted regression")
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    if statistic in _SAMPLE_ONLY:
        touse &= context.sample()
    used, values = _values(model, context, statistic, touse)
    label = _LABELS[statistic] if asked else "Fitted values"
    made = named(patterns, [Prediction(over_rows(context, used, values), label)], context)
    return add_predictions(context, made, storage, () if asked else ("(option xb assumed; fitted values)",))


def _values(
    model: RegressModel, context: Context, statistic: str, touse: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The rows that can be predicted, bool of shape (n,), and the statistic on them."""
    if statistic not in ("xb", "stdp", "stdf", "stdr", "hat", "leverage"):
        touse = mark_sample(context.data, touse, present_variables(context, (model.depvar,)))
    used, X = design_rows(context, model.design, touse)
    fit = model.fit
    if statistic == "xb":
        return used, X @ fit.beta
    if statistic in ("residuals", "score"):
        return used, _residuals(model, context, used, X)
    h = np.einsum("ij,ij->i", X @ fit.inverse, X)
    with np.errstate(all="ignore"):
        values = _diagnostic(model, context, statistic, used, X, h)
    return used, np.where(np.isfinite(values), values, MISSING)


def _residuals(model: RegressModel, context: Context, used: np.ndarray, X: np.ndarray) -> np.ndarray:
    return Columns(context.data, used).values(model.depvar) - X @ model.fit.beta


def _diagnostic(
    model: RegressModel, context: Context, statistic: str, used: np.ndarray, X: np.ndarray, h: np.ndarray
) -> np.ndarray:
    fit = model.fit
    if statistic in ("hat", "leverage"):
        return h
    errors = {"stdp": h, "stdf": 1 + h, "stdr": 1 - h}
    if statistic in errors:
        return np.sqrt(fit.s2 * errors[statistic])
    e = _residuals(model, context, used, X)
    standardized = e / np.sqrt(fit.s2 * (1 - h))
    if statistic == "rstandard":
        return standardized
    if statistic == "cooksd":
        return standardized**2 * h / (1 - h) / fit.p
    return e / np.sqrt((fit.rss - e**2 / (1 - h)) / (fit.df_r - 1) * (1 - h))
