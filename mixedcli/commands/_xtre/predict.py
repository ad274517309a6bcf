"""``predict`` after xtlogit, xtprobit and xtpoisson: with the panel's effect at zero, or on the average over effects."""

from __future__ import annotations

import math

import numpy as np

from ...data.storage import MISSING
from ...engine.normal_average import over_normal
from ...errors import StataError
from ...expr.sample import sample_mask
from ...results.base import Messages
from ...results.xtre import GAUSSIAN
from ...syntax.spec import Kind, Option
from ...syntax.tree import Statement
from .._ml.predict import predictable_rows, probability
from .._shared.predict import Prediction, add_predictions, named, over_rows, targets
from ..context import Context
from .model import XtreModel

_COMMON = (
    Option("xb", "xb", help="linear prediction; the default"),
    Option("stdp", "stdp", help="standard error of the linear prediction"),
    Option("nooffset", "nooff", help="ignore the offset or exposure"),
)
_BINARY = (
    *_COMMON,
    Option("pr", "pr", help="probability of a positive outcome, on the average over the panels' effects"),
    Option("pu0", "pu0", help="probability of a positive outcome where the panel's effect is zero"),
)
_COUNT = (
    *_COMMON,
    Option("n", "n", help="number of events, on the average over the panels' effects"),
    Option("nu0", "nu0", help="number of events where the panel's effect is zero"),
    Option("iru0", "iru0", help="incidence rate where the panel's effect is zero, the exposure set to one"),
    Option("pr0", "pr0", Kind.RAW, "probability of a count where the panel's effect is zero", planned=True),
)
_ASSUMED = "(option xb assumed; linear prediction)"


def predict(model: XtreModel, context: Context, statement: Statement) -> Messages:
    """Make the variable that ``statement`` asks for.  Raises r(110) name in use, r(102)/r(103) wrong number."""
    specs = _COUNT if model.command == "xtpoisson" else _BINARY
    options = context.options(statement, specs)
    storage, patterns = targets(statement, context.settings.type)
    asked = [spec.name for spec in specs if options[spec.name] and spec.name != "nooffset"]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198)
    statistic = asked[0] if asked else "xb"
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    nooffset = bool(options["nooffset"]) or statistic == "iru0"
    used, X, offset = predictable_rows(model.data, context, touse, nooffset)
    with np.errstate(all="ignore"):
        values = _values(model, statistic, X, offset)
    values = np.where(np.isfinite(values), values, MISSING)
    made = named(patterns, [Prediction(over_rows(context, used, values), label(model, statistic))], context)
    return add_predictions(context, made, storage, () if asked else (_ASSUMED,))


def label(model: XtreModel, statistic: str) -> str:
    """What the prediction is called, as the label of the variable and by margins."""
    return {
        "xb": "Linear prediction", "stdp": "S.E. of the linear prediction", "pr": f"Pr({model.depvar}=1)",
        "pu0": f"Pr({model.depvar}=1 assuming u_i=0)", "n": "Predicted number of events",
        "nu0": "Predicted number of events (assuming u_i=0)", "iru0": "Incidence rate (assuming u_i=0)",
    }[statistic]


def _values(model: XtreModel, statistic: str, X: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """The statistic on the rows of X (n, p)."""
    p = X.shape[1]
    if statistic == "stdp":
        return np.sqrt(np.einsum("ij,ij->i", X @ model.V[:p, :p], X))
    eta = X @ model.theta[:p] + offset
    variance = model.variance if model.law == GAUSSIAN else 0.0
    link = model.plan.family.link
    if statistic == "pr":
        return over_normal(lambda x: probability(link, x), eta, np.full(len(eta), math.sqrt(variance)))
    if statistic == "pu0":
        return probability(link, eta)
    if statistic == "n":
        return np.exp(eta + 0.5 * variance)
    return np.exp(eta) if statistic in ("nu0", "iru0") else eta
