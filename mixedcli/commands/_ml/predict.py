"""``predict`` after the single-level maximum-likelihood models."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from ...data.storage import MISSING
from ...design.matrix import Columns
from ...design.sample import mark_sample
from ...engine.ordinal import normal_cdf
from ...errors import NotBuilt, StataError
from ...expr.evaluate import working_values
from ...expr.sample import sample_mask
from ...formats import g
from ...records import replace
from ...results.base import Messages
from ...syntax import tree
from ...syntax.spec import Kind, Option, OptionValues
from ...syntax.tree import Statement
from .._shared import normal_limits as _normal_limits
from .._shared.predict import Prediction, add_predictions, design_rows, named, over_rows, present_variables, targets
from ..context import Context
from .model import MlData, MlModel
from .patterns import covariate_patterns, diagnostic, row_weights

_COMMON = (
    Option("xb", "xb", help="linear prediction"),
    Option("stdp", "stdp", help="standard error of the linear prediction"),
    Option("nooffset", "nooff", help="ignore the offset or exposure"),
    Option("score", "sc", help="derivative of the log likelihood in the linear prediction, and in further parameters"),
    Option("scores", "scores", help="the same as score"),
)
_PATTERN = ("residuals", "rstandard", "hat", "dx2", "ddeviance", "dbeta", "number", "deviance")
_BINARY = (Option("pr", "p", help="probability of a positive outcome"),)
_LOGIT = (
    *_BINARY,
    Option("residuals", "r", help="Pearson residuals"),
    Option("rstandard", "rs", help="standardized Pearson residuals"),
    Option("hat", "h", help="leverage"),
    Option("dx2", "dx", help="change of the Pearson chi-squared when the pattern is left out"),
    Option("ddeviance", "dd", help="change of the deviance when the pattern is left out"),
    Option("dbeta", "db", help="influence of the pattern on the coefficients"),
    Option("number", "n", help="number of the covariate pattern"),
    Option("deviance", "de", help="deviance residuals"),
)
_COUNT = (
    Option("n", "n", help="number of events"),
    Option("ir", "ir", help="incidence rate, the exposure set to one"),
    Option("pr", "pr", Kind.RAW, "probability of a count, or of counts from a to b"),
)
_ORDERED = (
    Option("pr", "p", help="probabilities of the outcomes"),
    Option("outcome", "o", Kind.RAW, "which outcome: its value, or #1, #2 ..."),
)
_CENSORED = (
    Option("stdf", "stdf", help="standard error of a new observation"),
    Option("residuals", "r", help="response less linear prediction"),
    *_normal_limits.OPTIONS,
)
_STATISTICS = {
    "logit": _LOGIT, "logistic": _LOGIT, "probit": (*_BINARY, _LOGIT[-1]), "cloglog": _BINARY, "poisson": _COUNT,
    "nbreg": _COUNT, "ologit": _ORDERED, "oprobit": _ORDERED, "tobit": _CENSORED, "intreg": _CENSORED,
}
_LABELS = {
    "xb": "Linear prediction", "stdp": "S.E. of the prediction", "score": "Equation-level score",
    "residuals": "Pearson residual", "rstandard": "standardized Pearson residual", "hat": "leverage",
    "dx2": "H-L dX^2", "ddeviance": "H-L dD", "dbeta": "Pregibon's dbeta", "number": "number of covariate pattern",
    "deviance": "deviance residual", "n": "Predicted number of events", "ir": "Predicted incidence rate",
    "stdf": "S.E. of the forecast",
}


def predict(model: MlModel, context: Context, statement: Statement) -> Messages:
    """Make the variables that ``statement`` asks for.  Raises r(110) name in use, r(102)/r(103) wrong number."""
    specs = (*_COMMON, *_STATISTICS[model.command])
    options = context.options(statement, specs)
    statement = replace(statement, varlist=tuple(new for term in statement.varlist for new in _range(term)))
    storage, patterns = targets(statement, context.settings.type)
    asked = _asked(options, specs)
    default = _default(model)
    statistic = asked or default[0]
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    if statistic in _PATTERN and statistic != "deviance" and model.command != "probit":
        touse &= context.sample()
    used, X, offset = predictable_rows(model.data, context, touse, bool(options["nooffset"]) or statistic == "ir")
    notes = () if asked else (default[1],)
    if statistic == "pr" and model.outcomes:
        return _probabilities(model, context, options, (used, X @ model.theta[: X.shape[1]] + offset), patterns,
                              storage, notes, touse)
    if statistic in _PATTERN and statistic not in ("number", "residuals") and model.data.wtype not in ("", "fweight"):
        raise NotBuilt(f"predict, {statistic} after a weighted fit")
    if statistic in ("score", *_PATTERN) and statistic not in ("number", "hat"):
        inside = _with_outcome(model, context, statistic, used)
        X, offset, used = X[inside[used]], offset[inside[used]], inside
    if statistic == "score" and model.extra:
        made = _scores(model, context, used, X @ model.theta[: X.shape[1]] + offset)
    else:
        values, label = _statistic(model, context, statistic, options, used, X, offset)
        values = np.where(np.isfinite(values), values, MISSING)
        made = [Prediction(over_rows(context, used, values), label)]
    return add_predictions(context, named(patterns, made, context), storage, notes)


def _asked(options: OptionValues, specs: tuple[Option, ...]) -> str:
    """The statistic asked for; empty if none is.  Raises r(198) for more than one."""
    found = [spec.name for spec in specs if options[spec.name] and spec.name not in ("nooffset", "outcome")]
    if len(found) > 1:
        raise StataError(f"options {found[0]} and {found[1]} may not be combined", 198)
    return "score" if found == ["scores"] else found[0] if found else ""


def _with_outcome(model: MlModel, context: Context, statistic: str, used: np.ndarray) -> np.ndarray:
    """The rows of ``used`` whose outcome is known; one of the two ends of an interval is enough for a score."""
    names = present_variables(context, model.data.depvars)
    if statistic == "score":
        return np.logical_or.reduce([mark_sample(context.data, used, (name,)) for name in names])
    return mark_sample(context.data, used, names[:1])


def _scores(model: MlModel, context: Context, used: np.ndarray, u: np.ndarray) -> list[Prediction]:
    """A variable for the linear prediction and one for each further parameter."""
    from .scores import equation_scores

    if model.data.precision is not None:
        raise NotBuilt("predict, score with analytic weights")
    y = np.column_stack([working_values(context.data, name)[used] for name in model.data.depvars])
    values = equation_scores(model, y, u)
    names = [model.depvar, *(name.name if name.equation == "/" else name.equation for name in model.extra)]
    return [
        Prediction(over_rows(context, used, np.where(np.isfinite(each), each, MISSING)),
                   f"Equation-level score for {name} from {model.command}")
        for each, name in zip(values, names, strict=True)
    ]


def _range(term: tree.VarTerm) -> tuple[tree.VarTerm, ...]:
    """``p1-p3`` as new names: p1, p2 and p3."""
    if not isinstance(term, tree.NameRange):
        return (term,)
    first, last = (re.fullmatch(r"(.*?)(\d+)", name) for name in (term.first, term.last))
    if first is None or last is None or first[1] != last[1]:
        raise StataError("invalid name", 198, term.span)
    return tuple(tree.NamePattern(f"{first[1]}{k}") for k in range(int(first[2]), int(last[2]) + 1))


def _default(model: MlModel) -> tuple[str, str]:
    """The statistic where none is named, and what is said then."""
    if model.command in ("poisson", "nbreg"):
        return "n", "(option n assumed; predicted number of events)"
    if model.command in ("tobit", "intreg"):
        return "xb", "(option xb assumed; fitted values)"
    if model.outcomes:
        return "pr", "(option pr assumed; predicted probabilities)"
    return "pr", f"(option pr assumed; Pr({model.depvar}))"


def predictable_rows(
    data: MlData, context: Context, touse: np.ndarray, nooffset: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows that can be predicted (bool, (n,)), and design matrix and offset on them."""
    for each in data.separations:
        touse = touse & _predictable(context, each.name, each.relation, each.value)
    if data.offset_name and not nooffset:
        touse = mark_sample(context.data, touse, present_variables(context, (data.offset_variable,)))
    used, X = design_rows(context, data.design, touse)
    if not data.offset_name or nooffset:
        return used, X, np.zeros(len(X))
    values = working_values(context.data, data.offset_variable)[used]
    return used, X, values if data.offset_name == data.offset_variable else np.log(values)


def _predictable(context: Context, name: str, relation: str, value: float) -> np.ndarray:
    """Rows that a dropped covariate does not predict perfectly; the others have no estimate."""
    from ...results.stripe import read_term

    term = read_term(name)
    variables = present_variables(context, term.variables)
    known = mark_sample(context.data, np.ones(context.data.n, dtype=bool), variables)
    out = known.copy()
    out[known] = Columns(context.data, known).column(term) == value
    return out


def _statistic(
    model: MlModel, context: Context, statistic: str, options: OptionValues, used: np.ndarray, X: np.ndarray,
    offset: np.ndarray,
) -> tuple[np.ndarray, str]:
    """The values on the used rows, and the label of the variable."""
    p = X.shape[1]
    u = X @ model.theta[:p] + offset
    label = _LABELS.get(statistic, "")
    with np.errstate(all="ignore"):
        if statistic == "xb":
            return u, label
        if statistic == "stdp":
            return np.sqrt(np.einsum("ij,ij->i", X @ model.V[:p, :p], X)), label
        if statistic == "stdf":
            variance = np.einsum("ij,ij->i", X @ model.V[:p, :p], X)
            return np.sqrt(variance + math.exp(2 * float(model.theta[-1]))), label
        if model.command in ("poisson", "nbreg"):
            return _count(model, context, statistic, options, used, u)
        if model.command in ("tobit", "intreg"):
            return _censored(model, context, statistic, options, used, u)
        if statistic == "pr":
            return probability(model.command, u), f"Pr({model.depvar})"
        if statistic in ("score", "number"):
            if statistic == "number":
                return covariate_patterns(X)[0] + 1.0, label
            return _score(model, working_values(context.data, model.depvar)[used], u), label
        y = np.zeros(len(u)) if statistic == "hat" else working_values(context.data, model.depvar)[used] != 0
        weights = row_weights(model, context, used)
        return diagnostic(model, statistic, y, X, probability(model.command, u), weights), label


def probability(command: str, u: np.ndarray) -> np.ndarray:
    """The probability of a positive outcome, given the linear prediction (n,)."""
    if command == "cloglog":
        return -np.expm1(-np.exp(u))
    if command in ("probit", "oprobit"):
        return normal_cdf(u)
    return np.where(u > 0, 1.0, np.exp(-np.abs(u))) / (1.0 + np.exp(-np.abs(u)))


def _score(model: MlModel, y: np.ndarray, u: np.ndarray) -> np.ndarray:
    from ...engine import glm

    families: dict[str, Callable[[np.ndarray], object]] = {
        "logit": glm.logit, "logistic": glm.logit, "probit": glm.probit, "cloglog": glm.cloglog,
        "poisson": glm.poisson,
    }
    return np.asarray(families[model.command](y)([u]).first[0])  # type: ignore[operator]


# ---- counts ------------------------------------------------------------------------------------------------------


def _count(
    model: MlModel, context: Context, statistic: str, options: OptionValues, used: np.ndarray, u: np.ndarray
) -> tuple[np.ndarray, str]:
    if statistic in ("n", "ir"):
        return np.exp(u), _LABELS[statistic]
    if statistic == "score":
        return _score(model, working_values(context.data, model.depvar)[used], u), _LABELS["score"]
    parts = [part.strip() for part in options["pr"].split(",")]
    if len(parts) > 2 or not all(parts) or parts[0] == ".":
        raise StataError("option pr() incorrectly specified", 198, options.spans.get("pr"))
    low, high = (_normal_limits.bound(context, part, used, math.inf) for part in (parts[0], parts[-1]))
    for each in (low, high):
        known = np.isfinite(each)
        if (each[known] < 0).any() or not np.array_equal(each[known], np.trunc(each[known])):
            raise StataError("option pr() incorrectly specified", 198, options.spans.get("pr"))
    name = f"{model.depvar}={parts[0]}" if len(parts) == 1 else f"{parts[0]}<={model.depvar}<={parts[1]}"
    if parts[-1] == ".":
        name = f"{model.depvar}>={parts[0]}"
    return probability_between(model, low, high, u), f"Pr({name})"


def probability_between(
    model: MlModel, low: np.ndarray, high: np.ndarray, u: np.ndarray, shape: float | None = None
) -> np.ndarray:
    """P(low <= y <= high) of each row; what lies above the lower limit without an upper one.

    ``shape``: the logarithm of alpha or delta, that of the estimation without it.
    """
    shape = float(model.theta[-1]) if shape is None else shape
    ends = np.concatenate([low, high])
    most = int(np.max(ends[np.isfinite(ends)], initial=0.0))
    below, upto = np.zeros(len(u)), np.zeros(len(u))
    for k in range(most + 1):
        each = np.exp(_log_probability(model, float(k), u, shape))
        below += np.where(k < low, each, 0.0)
        upto += np.where(k <= high, each, 0.0) * (k >= low)
    open_ended = np.where(np.isfinite(low), 1.0 - below, np.nan)
    return np.where(np.isinf(high), open_ended, np.where(np.isfinite(low) & (high >= low), upto, np.nan))


def _log_probability(model: MlModel, k: float, u: np.ndarray, shape: float) -> np.ndarray:
    from ...engine import glm

    y = np.full(len(u), k)
    if model.command == "poisson":
        return np.asarray(glm.poisson(y)([u]).value)
    family = glm.nbreg_constant if model.dispersion == "constant" else glm.nbreg_mean
    return np.asarray(family(y)([u, np.full(len(u), shape)]).value)


# ---- ordered outcomes --------------------------------------------------------------------------------------------


def _probabilities(
    model: MlModel, context: Context, options: OptionValues, place: tuple[np.ndarray, np.ndarray],
    patterns: list, storage: str, notes: tuple[str, ...], touse: np.ndarray,  # type: ignore[type-arg]
) -> Messages:
    """One variable per outcome, or one for the outcome asked for; one new variable alone means the first outcome."""
    used, u = place
    cuts = model.theta[len(model.theta) - len(model.extra):]
    ends = np.concatenate([[-np.inf], cuts, [np.inf]])
    which = list(range(len(model.outcomes)))
    stub = len(patterns) == 1 and patterns[0].pattern.endswith("*")
    if options["outcome"] is not None:
        which = [_outcome(model, options)]
    elif len(patterns) == 1 and not stub:
        which = [0]
        notes = ("(option pr assumed; predicted probability)", "(outcome() not specified; outcome(#1) assumed)") \
            if notes else ("(outcome() not specified; outcome(#1) assumed)",)
    made = []
    for k in which:
        values = probability(model.command, ends[k + 1] - u) - probability(model.command, ends[k] - u)
        made.append(Prediction(over_rows(context, used, values), f"Pr({model.depvar}=={g(model.outcomes[k])})"))
    return add_predictions(context, named(patterns, made, context), storage, notes)


def _outcome(model: MlModel, options: OptionValues) -> int:
    """The number of the outcome that outcome() names by its value or as ``#k``."""
    text = options["outcome"].strip()
    number = text[1:] if text.startswith("#") else ""
    if number.isdigit() and 1 <= int(number) <= len(model.outcomes):
        return int(number) - 1
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if value in model.outcomes:
        return model.outcomes.index(value)
    raise StataError(f"outcome {text} not found", 111, options.spans.get("outcome"))


# ---- censored normal data ----------------------------------------------------------------------------------------


def _censored(
    model: MlModel, context: Context, statistic: str, options: OptionValues, used: np.ndarray, u: np.ndarray
) -> tuple[np.ndarray, str]:
    """Residuals, the standard error of a new observation, and the normal distribution between two limits."""
    sigma = math.exp(float(model.theta[-1]))
    if statistic == "residuals":
        return working_values(context.data, model.depvar)[used] - u, "Residuals"
    limits = _normal_limits.read_limits(context, options, statistic, used)
    return _normal_limits.between(statistic, model.depvar, u, sigma, limits)
