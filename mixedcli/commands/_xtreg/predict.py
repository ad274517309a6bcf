"""``predict`` after xtreg: x b, the panel effect u, the error e, and their sums.

After fe and be the effect of a panel is the mean of y - x b in it; after re and mle that mean is shrunk by
T sigma_u^2 / (T sigma_u^2 + sigma_e^2) ([XT] xtreg postestimation).
"""

from __future__ import annotations

import math

import numpy as np

from ...data.storage import MISSING
from ...design.matrix import Columns
from ...design.sample import mark_sample
from ...engine.panel import BetweenFit, RandomFit, WithinFit
from ...errors import StataError
from ...expr.sample import sample_mask
from ...results.base import Messages
from ...syntax.spec import Option
from ...syntax.tree import Statement
from .._shared.predict import Prediction, add_predictions, design_rows, named, over_rows, present_variables, targets
from ..context import Context
from .model import MlFit, XtregModel

OPTIONS = (
    Option("xb", "xb", help="linear prediction; the default"),
    Option("stdp", "stdp", help="standard error of the linear prediction"),
    Option("ue", "ue", help="u_i + e_it, the combined residual"),
    Option("xbu", "xbu", help="x b + u_i, the prediction with the effect of the panel"),
    Option("u", "u", help="u_i, the effect of the panel"),
    Option("e", "e", help="e_it, what is left"),
)
_NAMES = ("xb", "stdp", "ue", "xbu", "u", "e")
_SAMPLE_ONLY = ("xbu", "u", "e")      # the effect is known for the panels of the estimation sample


def predict(model: XtregModel, context: Context, statement: Statement) -> Messages:
    """Make the variable that ``statement`` asks for.  Raises r(110) name in use, r(102)/r(103) wrong number."""
    options = context.options(statement, OPTIONS)
    storage, patterns = targets(statement, context.settings.type)
    asked = [name for name in _NAMES if options[name]]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198)
    statistic = asked[0] if asked else "xb"
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    used, values = _values(model, context, statistic, touse)
    prediction = Prediction(over_rows(context, used, values), _label(model, statistic))
    made = named(patterns, [prediction], context)
    return add_predictions(context, made, storage, () if asked else ("(option xb assumed; fitted values)",))


def _label(model: XtregModel, statistic: str) -> str:
    panel = model.panel
    return {
        "xb": "Linear prediction", "stdp": "S.E. of the prediction", "ue": f"u[{panel}] + e[{panel},t]",
        "xbu": f"Xb + u[{panel}]", "u": f"u[{panel}]", "e": f"e[{panel},t]",
    }[statistic]


def _values(model: XtregModel, context: Context, statistic: str, touse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that can be predicted, bool of shape (n,), and the statistic on them."""
    if statistic in ("xb", "stdp"):
        used, X = design_rows(context, model.design, touse)
        if statistic == "xb":
            return used, X @ coefficients(model)
        return used, np.sqrt(np.maximum(np.einsum("ij,ij->i", X @ _variance(model, context), X), 0.0))
    if statistic == "ue":
        return _combined(model, context, touse)
    return _with_effects(model, context, statistic, touse)


def coefficients(model: XtregModel) -> np.ndarray:
    """The coefficients estimated, shape (p,)."""
    return model.fit.full.beta if isinstance(model.fit, MlFit) else model.fit.beta


def _variance(model: XtregModel, context: Context) -> np.ndarray:
    V = context.estimates.stored().matrices["V"].values
    return np.asarray(V[np.ix_(model.design.columns, model.design.columns)])


def _combined(model: XtregModel, context: Context, touse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """y - x b."""
    used = mark_sample(context.data, touse, present_variables(context, (model.depvar,)))
    used, X = design_rows(context, model.design, used)
    return used, Columns(context.data, used).values(model.depvar) - X @ coefficients(model)


def _with_effects(
    model: XtregModel, context: Context, statistic: str, touse: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """u, e or x b + u on the rows of the estimation sample."""
    panels = context.row_data("panel")
    sample = context.sample()
    if panels is None or not sample.any():
        return np.zeros(context.data.n, dtype=bool), np.zeros(0)
    rows, combined = _combined(model, context, sample)
    codes = panels[rows]
    counts = np.bincount(codes, minlength=model.groups.count)
    means = np.bincount(codes, combined, model.groups.count) / np.maximum(counts, 1)
    u = (_shrinkage(model.fit, counts) * means)[codes]
    chosen = touse[rows]
    if statistic == "u":
        values = u
    elif statistic == "e":
        values = combined - u
    else:
        values = Columns(context.data, rows).values(model.depvar) - combined + u
    used = rows & touse
    return used, np.where(np.isfinite(values), values, MISSING)[chosen]


def _shrinkage(fit: object, counts: np.ndarray) -> np.ndarray:
    if isinstance(fit, (WithinFit, BetweenFit)):
        return np.ones(len(counts))
    if isinstance(fit, RandomFit):
        sigma_u, sigma_e = fit.sigma_u, fit.sigma_e
    else:
        assert isinstance(fit, MlFit)
        sigma_u, sigma_e = math.sqrt(max(float(fit.full.covariances[0][0, 0]), 0.0)), math.sqrt(fit.full.sigma2)
    between = counts * sigma_u**2
    total = between + sigma_e**2
    return np.divide(between, total, out=np.zeros(len(counts)), where=total > 0)
