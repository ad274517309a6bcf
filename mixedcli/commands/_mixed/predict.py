"""``predict`` after xtmixed and mixed."""

from __future__ import annotations

import numpy as np

from ...design.matrix import Columns
from ...engine.predict import RandomEffects, random_effects
from ...errors import StataError
from ...expr.sample import sample_mask
from ...results.base import Messages
from ...results.stripe import CONSTANT
from ...syntax.spec import Kind, Option, OptionValues
from ...syntax.tree import NamePattern, Statement
from .._shared.predict import Prediction, add_predictions, design_rows, named, over_rows, present_variables, targets
from ..context import Context
from .model import MixedModel, RandomDesign, random_columns
from .scores import score_predictions

STATISTICS = ("xb", "stdp", "fitted", "residuals", "rstandard", "reffects", "reses", "scores")
OPTIONS = (
    Option("xb", "xb", help="linear prediction of the fixed part"),
    Option("stdp", "stdp", help="standard error of the linear prediction"),
    Option("fitted", "fit", help="linear prediction with the predicted random effects"),
    Option("residuals", "res", help="response less fitted values"),
    Option("rstandard", "rsta", help="residuals over the residual standard deviation"),
    Option("reffects", "ref", help="best linear unbiased predictions of the random effects"),
    Option("reses", "reses", Kind.NAMES, "standard errors of the predicted random effects", optional_args=True),
    Option("scores", "sc", help="derivative of the log likelihood in each parameter, by top-level groups"),
    Option("level", "l", Kind.NAME, "predict down to this level, or the effects of this level"),
    Option("relevel", "rel", Kind.NAME, "the same, by its name after mixed"),
)


def predict(model: MixedModel, context: Context, statement: Statement) -> Messages:
    """Make the variables that ``statement`` asks for.  Raises r(110) name in use, r(102)/r(103) wrong number."""
    options = context.options(statement, OPTIONS)
    storage, patterns = targets(statement, context.settings.type)
    asked = [name for name in STATISTICS if options[name]]
    second = options["reses"] if isinstance(options["reses"], tuple) else ()
    if second:
        asked = [name for name in asked if name != "reses"]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198)
    statistic = asked[0] if asked else "xb"
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    made = named(patterns, _predict(model, context, statistic, options, touse), context)
    if second:
        also = _predict(model, context, "reses", options, touse)
        made += named([NamePattern(name) for name in second], also, context, taken={name for name, _ in made})
    return add_predictions(context, made, storage, () if asked or second else ("(option xb assumed)",))


# ---- statistics --------------------------------------------------------------------------------------------------


def _predict(
    model: MixedModel, context: Context, statistic: str, options: OptionValues, touse: np.ndarray
) -> list[Prediction]:
    if statistic in ("xb", "stdp"):
        return [_fixed_part(model, context, statistic, touse)]
    if statistic == "scores":
        return score_predictions(model, context, touse)
    touse = touse & context.sample()
    depth = _depth(model, options)
    if statistic in ("reffects", "reses"):
        return _random_effects(model, context, statistic, depth, touse)
    return [_with_random_part(model, context, statistic, depth, touse)]


def _fixed_part(model: MixedModel, context: Context, statistic: str, touse: np.ndarray) -> Prediction:
    """xb, or its standard error sqrt(x V x'), wherever the covariates are known, in or out of the sample."""
    used, X = design_rows(context, model.design, touse)
    if statistic == "xb":
        return Prediction(over_rows(context, used, X @ model.fit.beta), "Linear prediction, fixed portion")
    variance = np.einsum("ij,ij->i", X @ model.fit.vcov_beta, X)
    return Prediction(over_rows(context, used, np.sqrt(variance)), "S.E. of the linear prediction, fixed portion")


def _depth(model: MixedModel, options: OptionValues) -> int | None:
    """How many levels from the top the level option names; None without it.  Raises r(198) for another."""
    level = options["relevel"] or options["level"]
    if level is None:
        return None
    names = [part.level for part in model.levels]
    if level not in names:
        raise StataError(f"{level} is not a level of the model", 198)
    return names.index(level) + 1


def _effects(model: MixedModel) -> list[tuple[int, RandomDesign, RandomEffects]]:
    """(number, design, predictions) of every equation that has random effects."""
    found = zip(model.random, random_effects(model.fit), strict=True)
    return [(number, part, effects) for number, (part, effects) in enumerate(found) if effects is not None]


def _codes(context: Context, number: int, touse: np.ndarray) -> np.ndarray:
    codes = context.row_data(f"group{number}")
    return np.zeros(0, dtype=np.int64) if codes is None else codes[touse]


def _random_effects(
    model: MixedModel, context: Context, statistic: str, depth: int | None, touse: np.ndarray
) -> list[Prediction]:
    """One variable per random coefficient, in the order of the random-effects table; ``depth`` picks one level."""
    kind = "BLUP r.e." if statistic == "reffects" else "BLUP r.e. std. err."
    out = []
    for number, part, effects in _effects(model):
        if depth is not None and len(part.parents) != depth:
            continue
        rows = effects.on_rows(_codes(context, number, touse), standard_errors=statistic == "reses")
        for j, name in enumerate(part.columns):
            out.append(Prediction(over_rows(context, touse, rows[:, j]), f"{kind} for {part.level}: {name}"))
    if not out:
        raise StataError("no random effects in the model", 198)
    return out


def _with_random_part(
    model: MixedModel, context: Context, statistic: str, depth: int | None, touse: np.ndarray
) -> Prediction:
    """fitted = xb + Zu down to a level; residuals = y - fitted; rstandard = residuals / sigma_e."""
    fitted = _fixed_part(model, context, "xb", touse).values[touse]
    for number, part, effects in _effects(model):
        if depth is None or len(part.parents) <= depth:
            present_variables(context, (name for term in part.terms if term != CONSTANT for name in term.variables))
            Z = random_columns(part.terms, context.data, touse)
            fitted = fitted + effects.contribution(Z, _codes(context, number, touse))
    if statistic == "fitted":
        return Prediction(over_rows(context, touse, fitted), "Fitted values: xb + Zu")
    present_variables(context, (model.plan.depvar,))
    residuals = Columns(context.data, touse).values(model.plan.depvar) - fitted
    if statistic == "residuals":
        return Prediction(over_rows(context, touse, residuals), "Residuals")
    return Prediction(over_rows(context, touse, residuals / np.exp(model.fit.theta[-1])), "Standardized residuals")
