"""``predict`` after regress.

The statistics of single observations ([R] regress postestimation, Methods and formulas): with h = x (X'X)^-1 x' and
s the root mean squared error, stdp = sqrt(x V x'), which is s sqrt(h) if V is the usual variance, stdf = s sqrt(1 + h),
stdr = s sqrt(1 - h), rstandard = e / stdr.
"""

from __future__ import annotations

import numpy as np

from ...data.storage import MISSING
from ...design.matrix import Columns
from ...design.sample import mark_sample
from ...errors import NotBuilt, StataError
from ...expr.sample import sample_mask
from ...results.base import Messages
from ...results.stripe import plain_name
from ...syntax.spec import Kind, Option, OptionValues
from ...syntax.tree import Statement
from .._shared import normal_limits as _normal_limits
from .._shared.predict import Prediction, add_predictions, design_rows, named, over_rows, present_variables, targets
from ..context import Context
from .model import RegressModel

_LABELS = {
    "xb": "Linear prediction", "residuals": "Residuals", "score": "Score", "stdp": "S.E. of the prediction",
    "stdf": "S.E. of the forecast", "stdr": "S.E. of the residual", "hat": "Leverage", "leverage": "Leverage",
    "rstandard": "Standardized residuals", "rstudent": "Studentized residuals", "cooksd": "Cook's D",
    "dfits": "Dfits", "welsch": "Welsch distance", "covratio": "Covratio",
}
# What rests on errors of one variance.
_ONE_VARIANCE = (
    "stdf", "stdr", "rstandard", "rstudent", "cooksd", "dfits", "welsch", "covratio", "dfbeta", *_normal_limits.STATISTICS,
)
_SAMPLE_ONLY = (
    "stdr", "hat", "leverage", "rstandard", "rstudent", "cooksd", "dfits", "welsch", "covratio", "dfbeta",
)
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
    Option("dfits", "dfi", help="change of the fitted value when the observation is left out, in standard errors"),
    Option("welsch", "w", help="Welsch's distance"),
    Option("covratio", "cov", help="effect of the observation on the variance of the coefficients"),
    Option("dfbeta", "dfb", Kind.RAW, "effect of the observation on the coefficient of a variable, in standard errors"),
    *_normal_limits.OPTIONS,
)
_STATISTICS = (*_LABELS, "dfbeta", *_normal_limits.STATISTICS)


def predict(model: RegressModel, context: Context, statement: Statement) -> Messages:
    """Make the variable that ``statement`` asks for.  Raises r(110) name in use, r(102)/r(103) wrong number."""
    options = context.options(statement, OPTIONS)
    storage, patterns = targets(statement, context.settings.type)
    asked = [name for name in _STATISTICS if options[name]]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198)
    statistic = asked[0] if asked else "xb"
    if model.wtype not in ("", "fweight") and statistic not in ("xb", "residuals", "score", "stdp"):
        raise NotBuilt(f"predict, {statistic} after a weighted regression")
    if model.variance.kind != "ols" and statistic in _ONE_VARIANCE:
        raise StataError(f"option {statistic} not allowed after robust estimation", 198)
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    if statistic in _SAMPLE_ONLY:
        touse &= context.sample()
    used, values, label = _values(model, context, statistic, touse, options)
    label = label if asked else "Fitted values"
    made = named(patterns, [Prediction(over_rows(context, used, values), label)], context)
    return add_predictions(context, made, storage, () if asked else ("(option xb assumed; fitted values)",))


def _values(
    model: RegressModel, context: Context, statistic: str, touse: np.ndarray, options: OptionValues
) -> tuple[np.ndarray, np.ndarray, str]:
    """The rows that can be predicted, bool of shape (n,), the statistic on them, and what it is called."""
    if statistic not in ("xb", "stdp", "stdf", "stdr", "hat", "leverage", *_normal_limits.STATISTICS):
        touse = mark_sample(context.data, touse, present_variables(context, (model.depvar,)))
    used, X = design_rows(context, model.design, touse)
    fit, label = model.fit, _LABELS.get(statistic, "")
    if statistic == "xb":
        return used, X @ fit.beta, label
    if statistic in ("residuals", "score"):
        return used, _residuals(model, context, used, X), label
    if statistic == "stdp":
        return used, np.sqrt(np.maximum(np.einsum("ij,ij->i", X @ model.variance.V, X), 0.0)), label
    with np.errstate(all="ignore"):
        if statistic in _normal_limits.STATISTICS:
            limits = _normal_limits.read_limits(context, options, statistic, used)
            sigma = float(np.sqrt(fit.s2))
            values, label = _normal_limits.between(statistic, model.depvar, X @ fit.beta, sigma, limits)
        elif statistic == "dfbeta":
            position = _coefficient(model, options)
            values = _dfbeta(model, context, used, X, position)
            label = f"Dfbeta {model.design.terms[int(model.design.columns[position])].name}"
        else:
            h = np.einsum("ij,ij->i", X @ fit.inverse, X)
            values = _diagnostic(model, context, statistic, used, X, h)
    return used, np.where(np.isfinite(values), values, MISSING), label


def _coefficient(model: RegressModel, options: OptionValues) -> int:
    """Which of the estimated coefficients dfbeta() names.  Raises r(111)."""
    typed = options["dfbeta"].strip()
    wanted = plain_name(typed)
    names = [plain_name(model.design.terms[int(k)].name) for k in model.design.columns]
    if wanted not in names or wanted == "_cons":
        raise StataError(f"{typed} not found", 111, options.spans.get("dfbeta"))
    return names.index(wanted)


def _dfbeta(
    model: RegressModel, context: Context, used: np.ndarray, X: np.ndarray, position: int
) -> np.ndarray:
    """(b_k - b_k without the observation) over the standard error with the error variance without it."""
    fit = model.fit
    e = _residuals(model, context, used, X)
    h = np.einsum("ij,ij->i", X @ fit.inverse, X)
    without = (fit.rss - e**2 / (1 - h)) / (fit.df_r - 1)
    change = (X @ fit.inverse[position]) * e / (1 - h)
    return np.asarray(change / np.sqrt(without * fit.inverse[position, position]))


def _residuals(model: RegressModel, context: Context, used: np.ndarray, X: np.ndarray) -> np.ndarray:
    return Columns(context.data, used).values(model.depvar) - X @ model.fit.beta


def _diagnostic(
    model: RegressModel, context: Context, statistic: str, used: np.ndarray, X: np.ndarray, h: np.ndarray
) -> np.ndarray:
    fit = model.fit
    if statistic in ("hat", "leverage"):
        return h
    errors = {"stdf": 1 + h, "stdr": 1 - h}
    if statistic in errors:
        return np.sqrt(fit.s2 * errors[statistic])
    e = _residuals(model, context, used, X)
    standardized = e / np.sqrt(fit.s2 * (1 - h))
    if statistic == "rstandard":
        return standardized
    if statistic == "cooksd":
        return standardized**2 * h / (1 - h) / fit.p
    if statistic == "covratio":
        return ((fit.df_r - standardized**2) / (fit.df_r - 1)) ** fit.p / (1 - h)
    student = e / np.sqrt((fit.rss - e**2 / (1 - h)) / (fit.df_r - 1) * (1 - h))
    if statistic == "rstudent":
        return student
    dfits = student * np.sqrt(h / (1 - h))
    return dfits if statistic == "dfits" else dfits * np.sqrt((fit.n - 1) / (1 - h))
