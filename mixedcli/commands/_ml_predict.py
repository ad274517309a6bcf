"""``predict`` after the single-level maximum-likelihood models.

The statistics of logit count observations with the same covariates as one (Hosmer, Lemeshow and Sturdivant 2013,
section 5.3): with m observations, y positive and probability p, the Pearson residual is (y - m p) / sqrt(m p (1 - p))
and the leverage h = m p (1 - p) x V x'.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from ..data.storage import MISSING
from ..design.matrix import Columns
from ..design.sample import mark_sample
from ..engine.ordinal import normal_cdf
from ..errors import NotBuilt, StataError
from ..expr.evaluate import working_values
from ..expr.sample import sample_mask
from ..formats import g
from ..records import replace
from ..results.base import Messages
from ..syntax import tree
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._ml_model import MlModel
from ._predict import Prediction, add_predictions, design_rows, named, over_rows, present_variables, targets
from .context import Context

_COMMON = (
    Option("xb", "xb", help="linear prediction"),
    Option("stdp", "stdp", help="standard error of the linear prediction"),
    Option("nooffset", "nooff", help="ignore the offset or exposure"),
    Option("score", "sc", help="derivative of the log likelihood in the linear prediction"),
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
    Option("residuals", "r", help="response less linear prediction"),
    Option("pr", "pr", Kind.RAW, "probability of being between two limits"),
    Option("e", "e", Kind.RAW, "expected value between two limits"),
    Option("ystar", "ys", Kind.RAW, "expected value, censored at two limits"),
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
}


def predict(model: MlModel, context: Context, statement: Statement) -> Messages:
    """Make the variables that ``statement`` asks for.  Raises r(110) name in use, r(102)/r(103) wrong number."""
    specs = (*_COMMON, *_STATISTICS[model.command])
    options = context.options(statement, specs)
    statement = replace(statement, varlist=tuple(new for term in statement.varlist for new in _range(term)))
    storage, patterns = targets(statement, context.settings.type)
    asked = [spec.name for spec in specs if options[spec.name] and spec.name not in ("nooffset", "outcome")]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198)
    default = _default(model)
    statistic = asked[0] if asked else default[0]
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    if statistic in _PATTERN and statistic != "deviance" and model.command != "probit":
        touse &= context.sample()
    used, X, offset = _rows(model, context, touse, bool(options["nooffset"]) or statistic == "ir")
    notes = () if asked else (default[1],)
    if statistic == "pr" and model.outcomes:
        return _probabilities(model, context, options, (used, X @ model.theta[: X.shape[1]] + offset), patterns,
                              storage, notes, touse)
    if statistic in _PATTERN and statistic not in ("number", "residuals") and model.data.wtype:
        raise NotBuilt(f"predict, {statistic} after a weighted fit")
    if statistic == "score" and model.extra:
        raise NotBuilt(f"predict, score after {model.command}")
    if statistic in ("score", *_PATTERN) and statistic not in ("number", "hat"):
        inside = mark_sample(context.data, used, present_variables(context, (model.depvar,)))
        X, offset, used = X[inside[used]], offset[inside[used]], inside
    values, label = _statistic(model, context, statistic, options, used, X, offset)
    values = np.where(np.isfinite(values), values, MISSING)
    made = named(patterns, [Prediction(over_rows(context, used, values), label)], context)
    return add_predictions(context, made, storage, notes)


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


def _rows(
    model: MlModel, context: Context, touse: np.ndarray, nooffset: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows that can be predicted (bool, (n,)), and design matrix and offset on them."""
    data = model.data
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
    from ..results.stripe import read_term

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
        if model.command in ("poisson", "nbreg"):
            return _count(model, context, statistic, options, used, u)
        if model.command in ("tobit", "intreg"):
            return _censored(model, context, statistic, options, used, u)
        if statistic == "pr":
            return probability(model.command, u), f"Pr({model.depvar})"
        if statistic in ("score", "number"):
            if statistic == "number":
                return _patterns(X)[0] + 1.0, label
            return _score(model, working_values(context.data, model.depvar)[used], u), label
        y = np.zeros(len(u)) if statistic == "hat" else working_values(context.data, model.depvar)[used] != 0
        return _diagnostic(model, statistic, y, X, probability(model.command, u)), label


def probability(command: str, u: np.ndarray) -> np.ndarray:
    """The probability of a positive outcome, given the linear prediction (n,)."""
    if command == "cloglog":
        return -np.expm1(-np.exp(u))
    if command in ("probit", "oprobit"):
        return normal_cdf(u)
    return np.where(u > 0, 1.0, np.exp(-np.abs(u))) / (1.0 + np.exp(-np.abs(u)))


def _score(model: MlModel, y: np.ndarray, u: np.ndarray) -> np.ndarray:
    from ..engine import glm

    families: dict[str, Callable[[np.ndarray], object]] = {
        "logit": glm.logit, "logistic": glm.logit, "probit": glm.probit, "cloglog": glm.cloglog,
        "poisson": glm.poisson,
    }
    return np.asarray(families[model.command](y)([u]).first[0])  # type: ignore[operator]


# ---- residuals and influence of logit ----------------------------------------------------------------------------


def _patterns(X: np.ndarray) -> tuple[np.ndarray, int]:
    """Each row's covariate pattern as a number, and how many there are."""
    if not len(X):
        return np.zeros(0, dtype=int), 0
    codes = np.unique(X, axis=0, return_inverse=True)[1].reshape(-1)
    return codes, int(codes.max()) + 1


def _diagnostic(model: MlModel, statistic: str, y: np.ndarray, X: np.ndarray, p: np.ndarray) -> np.ndarray:
    codes, count = _patterns(X)
    weights = np.ones(len(X))
    m = np.bincount(codes, weights, count)[codes]
    positive = np.bincount(codes, y, count)[codes]
    spread = m * p * (1 - p)
    h = spread * np.einsum("ij,ij->i", X @ model.V, X)
    if statistic == "hat":
        return h
    pearson = (positive - m * p) / np.sqrt(spread)
    rest = np.where(positive < m, (m - positive) * np.log((m - positive) / (m * (1 - p))), 0.0)
    deviance = 2 * (np.where(positive > 0, positive * np.log(positive / (m * p)), 0.0) + rest)
    signed = np.sign(positive - m * p) * np.sqrt(np.maximum(deviance, 0.0))
    found = {
        "residuals": pearson, "rstandard": pearson / np.sqrt(1 - h), "dx2": pearson**2 / (1 - h),
        "ddeviance": signed**2 / (1 - h), "dbeta": pearson**2 * h / (1 - h) ** 2, "deviance": signed,
    }
    return found[statistic]


# ---- counts ------------------------------------------------------------------------------------------------------


def _count(
    model: MlModel, context: Context, statistic: str, options: OptionValues, used: np.ndarray, u: np.ndarray
) -> tuple[np.ndarray, str]:
    if statistic in ("n", "ir"):
        return np.exp(u), _LABELS[statistic]
    if statistic == "score":
        return _score(model, working_values(context.data, model.depvar)[used], u), _LABELS["score"]
    bounds = [_whole(each, options) for each in options["pr"].split(",")]
    if len(bounds) > 2:
        raise StataError("option pr() incorrectly specified", 198, options.spans.get("pr"))
    low, high = bounds[0], bounds[-1]
    counts = np.arange(low, high + 1)
    total = np.zeros(len(u))
    for k in counts.tolist():
        total += np.exp(_log_probability(model, float(k), u))
    text = ",".join(str(each) for each in bounds)
    name = f"{low}<={model.depvar}<={high}" if len(bounds) == 2 else f"{model.depvar}={text}"
    return total, f"Pr({name})"


def _whole(text: str, options: OptionValues) -> int:
    if not text.strip().isdigit():
        raise StataError("option pr() incorrectly specified", 198, options.spans.get("pr"))
    return int(text)


def _log_probability(model: MlModel, k: float, u: np.ndarray) -> np.ndarray:
    from ..engine import glm

    y = np.full(len(u), k)
    if model.command == "poisson":
        return np.asarray(glm.poisson(y)([u]).value)
    family = glm.nbreg_constant if model.dispersion == "constant" else glm.nbreg_mean
    return np.asarray(family(y)([u, np.full(len(u), model.theta[-1])]).value)


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
    """Residuals, and the normal distribution between two limits (Greene 2018, sections 19.2 and 19.3)."""
    if statistic == "residuals":
        return working_values(context.data, model.depvar)[used] - u, "Residuals"
    low, high = _limits(options, statistic)
    sigma = math.exp(float(model.theta[-1]))
    a, b = (low - u) / sigma, (high - u) / sigma
    inside = np.where(a > 0, normal_cdf(-a) - normal_cdf(-b), normal_cdf(b) - normal_cdf(a))
    density = [np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) for z in (a, b)]
    name = f"{model.depvar}"
    where = f"{g(low) if np.isfinite(low) else '-inf'}<{name}<{g(high) if np.isfinite(high) else '+inf'}"
    if statistic == "pr":
        return inside, f"Pr({where})"
    between = u * inside + sigma * (density[0] - density[1])
    if statistic == "e":
        return between / inside, f"E({name}|{where})"
    below = low * normal_cdf(a) if np.isfinite(low) else 0.0
    above = high * normal_cdf(-b) if np.isfinite(high) else 0.0
    return between + below + above, f"E({name}*|{where})"


def _limits(options: OptionValues, statistic: str) -> tuple[float, float]:
    """The two limits; a missing value stands for none."""
    parts = [part.strip() for part in options[statistic].split(",")]
    try:
        values = [math.nan if part == "." else float(part) for part in parts]
    except ValueError:
        values = []
    if len(values) != 2:
        raise StataError(f"option {statistic}() incorrectly specified", 198, options.spans.get(statistic))
    low = -math.inf if math.isnan(values[0]) else values[0]
    return low, math.inf if math.isnan(values[1]) else values[1]
