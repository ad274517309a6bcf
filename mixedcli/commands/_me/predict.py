"""``predict`` after the generalized mixed models, of both generations.

The newer commands (melogit ...) predict with the posterior means of the random effects unless told otherwise, the older
ones (xtmelogit, meqrlogit ...) with their modes.  Predictions with random effects are made for the rows of the
estimation sample; those of the fixed part, and on the average over the random effects, wherever the covariates are
known.

Of the lines printed, those about reffects were seen in real output; the others follow the manual's wording.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...data.storage import MISSING
from ...design.sample import mark_sample
from ...engine.glm_residuals import KINDS, residual
from ...engine.normal_average import REACH, over_normal
from ...errors import StataError
from ...expr.evaluate import working_values
from ...expr.sample import sample_mask
from ...formats import g
from ...records import record
from ...results.base import Messages
from ...syntax.spec import OptionValues
from ...syntax.tree import NamePattern, Statement
from .._ml.predict import predictable_rows
from .._shared import normal_limits as _normal_limits
from .._shared.predict import Prediction, add_predictions, named, over_rows, present_variables, targets
from ..context import Context
from . import distribution as laws
from . import effects as _me_effects
from .effects import MEANS, MODES
from .model import MeModel
from .predict_options import Menu, menu
from .response import trials_of

Values = np.ndarray
FIXED, MARGINAL = "fixedonly", "marginal"
_OF_OUTCOME = ("density", "distribution", "residuals", *KINDS)      # need the response itself
_AVERAGED = ("mu", "pr", "density", "distribution", "mean", "median", "hazard", "surv", "e", "ystar")


@record(eq=False)
class Request:
    """What is wanted of which rows.

    ``how``: means, modes, fixedonly or marginal.  ``depth``: how many levels from the top take part (None: all).
    """

    statistic: str
    how: str
    depth: int | None
    options: OptionValues


@record(eq=False)
class Place:
    """The rows that can be predicted (``used``, bool (n,)) and their linear predictor with what ``how`` adds to it.

    ``variance`` (rows,): that of the random part, for averages; zero otherwise.
    """

    used: Values
    eta: Values
    variance: Values


def predict(model: MeModel, context: Context, statement: Statement) -> Messages:
    """Make the variables that ``statement`` asks for.  Raises r(110) name in use, r(102)/r(103) wrong number."""
    choices = menu(model)
    options = context.options(statement, choices.options)
    storage, patterns = targets(statement, context.settings.type)
    request, asked, second = _request(model, choices, options)
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    notes = list(_notes(model, choices, request, asked or bool(second)))
    if request.statistic in ("reffects", "reses"):
        made = named(patterns, _random_effects(model, context, request, touse), context)
    else:
        predictions, more = _statistic(model, context, request, touse, patterns)
        notes += more
        made = named(patterns, predictions, context)
    if second:
        errors = Request("reses", request.how, request.depth, options)
        also = _random_effects(model, context, errors, touse)
        taken = {name for name, _ in made}
        made += named([NamePattern(name) for name in second], also, context, taken=taken)
    return add_predictions(context, made, storage, tuple(notes))


# ---- what is wanted ----------------------------------------------------------------------------------------------


def _request(model: MeModel, choices: Menu, options: OptionValues) -> tuple[Request, bool, tuple[str, ...]]:
    """The request, whether a statistic was named, and the names that reses() gives."""
    second = tuple(options["reses"].split()) if isinstance(options["reses"], str) else ()
    asked = [name for name in choices.statistics if options.get(name) and not (name == "reses" and second)]
    asked += [name for name in ("remeans", "remodes") if options.get(name)]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198)
    statistic = asked[0] if asked else ("reffects" if second else choices.default)
    how = _how(choices, options, statistic)
    if how == MEANS and set(model.fit.points) == {1}:
        how = _without_points(options)
    statistic = {"remeans": "reffects", "remodes": "reffects", "fitted": "eta"}.get(statistic, statistic)
    return Request(statistic, how, _depth(model, options), options), bool(asked), second


def _how(choices: Menu, options: OptionValues, statistic: str) -> str:
    """Which random effects: r(198) for options that contradict each other or the statistic."""
    if statistic in ("remeans", "remodes"):
        return statistic.removeprefix("re")
    words = {
        FIXED: FIXED, MARGINAL: MARGINAL, "means": MEANS, "modes": MODES, "ebmeans": MEANS, "ebmodes": MODES,
    }
    given = [word for word in words if options.get(word)]
    if options.get("conditional"):
        given.append("conditional")
    if len(given) > 1:
        raise StataError(f"options {given[0]} and {given[1]} may not be combined", 198)
    if not given:
        return choices.effects
    word = options["conditional"] if given[0] == "conditional" else given[0]
    how = words[word]
    if statistic in ("reffects", "reses") and how in (FIXED, MARGINAL):
        raise StataError(f"options {given[0]} and {statistic} may not be combined", 198)
    if how == MARGINAL and statistic not in _AVERAGED:
        raise StataError(f"options marginal and {statistic} may not be combined", 198)
    return how


def _without_points(options: OptionValues) -> str:
    """Laplace's approximation knows the modes; posterior means need quadrature points."""
    named = [name for name in ("means", "ebmeans", "remeans") if options.get(name)]
    if named or options.get("conditional") == "ebmeans":
        raise StataError("posterior means are not available after Laplace's approximation; modes are", 198)
    return MODES


def _depth(model: MeModel, options: OptionValues) -> int | None:
    """How many levels from the top the level option names; None without it.  Raises r(198) for another."""
    level = options.get("relevel") or options.get("level")
    if not level:
        return None
    names = [part.level for part in model.levels]
    if level not in names:
        raise StataError(f"{level} is not a level of the model", 198)
    return names.index(level) + 1


def _notes(model: MeModel, choices: Menu, request: Request, asked: bool) -> tuple[str, ...]:
    """What is said before the new variables are made."""
    out: tuple[str, ...] = () if asked else (choices.assumed,)
    if choices.older or request.how not in (MEANS, MODES) or request.statistic in ("xb", "stdp") or not model.random:
        return out
    points = f"(using {model.fit.points[0]} quadrature points)"
    if request.statistic in ("reffects", "reses"):
        out += (f"(calculating posterior {request.how} of random effects)",)
    else:
        out += (f"(predictions based on fixed effects and posterior {request.how} of random effects)",)
    return (*out, points) if request.how == MEANS and set(model.fit.points) != {1} else out


# ---- random effects ----------------------------------------------------------------------------------------------


def _random_effects(model: MeModel, context: Context, request: Request, touse: Values) -> list[Prediction]:
    """One variable per random coefficient, in the order of the random part; ``depth`` picks one level."""
    touse = touse & context.sample()
    errors = request.statistic == "reses"
    out = []
    for each in _me_effects.part_effects(model, request.how):
        if request.depth is not None and len(each.part.parents) != request.depth:
            continue
        rows = _me_effects.on_rows(each, context, touse, errors)
        names = (f"R.{each.part.factor}",) if each.part.factor else each.part.columns
        for j, name in enumerate(names):
            out.append(Prediction(over_rows(context, touse, _known(rows[:, j])), _effect_label(model, request, each, name)))
    if not out:
        raise StataError("no random effects in the model", 198)
    return out


def _effect_label(model: MeModel, request: Request, each: _me_effects.PartEffects, name: str) -> str:
    if menu(model).older:
        start = "std. errors of random effects" if request.statistic == "reses" else "random effects"
        return f"{start} for {each.part.level}: {name}"
    kind = f"empirical Bayes' {request.how}"
    return f"{'S.E. of ' + kind if request.statistic == 'reses' else kind} for {name}[{each.part.path}]"


# ---- statistics --------------------------------------------------------------------------------------------------


def _statistic(
    model: MeModel, context: Context, request: Request, touse: Values, patterns: list[NamePattern]
) -> tuple[list[Prediction], tuple[str, ...]]:
    """The predictions, and what else is to be said about them."""
    options, name = request.options, request.statistic
    place = _place(model, context, request, touse)
    if name == "pr" and model.outcomes:
        return _outcomes(model, context, request, place, patterns)
    p = model.fit.beta.size
    if name == "stdp":
        used, X, _ = predictable_rows(model.data, context, touse, bool(options["nooffset"]))
        variance = np.einsum("ij,ij->i", X @ model.V[:p, :p], X)
        return [Prediction(over_rows(context, used, np.sqrt(variance)), "S.E. of the linear prediction")], ()
    with np.errstate(all="ignore"):
        values, label = _values(model, context, request, place)
    return [Prediction(over_rows(context, place.used, _known(values)), label)], ()


def _known(values: Values) -> Values:
    return np.where(np.isfinite(values), values, MISSING)


def _place(model: MeModel, context: Context, request: Request, touse: Values) -> Place:
    """The rows and their linear predictor.  Rows outside the sample have no posterior effects."""
    name, how = request.statistic, request.how
    random = name not in ("xb", "stdp") and how in (MEANS, MODES) and bool(model.random)
    if random:
        touse = touse & context.sample()
    if how == MARGINAL or random:
        touse = _me_effects.known_rows(model, context, touse)
    if name in _OF_OUTCOME and model.plan.family.name != "survival":
        touse = _with_outcome(model, context, touse)
    elif name in ("surv", "hazard", "density", "distribution"):
        touse = mark_sample(context.data, touse, present_variables(context, ("_t",)))
    if name == "mu" and model.plan.family.name == "binomial":
        touse = _with_trials(model, context, touse)
    nooffset = bool(request.options["nooffset"])
    used, X, offset = predictable_rows(model.data, context, touse, nooffset)
    eta = X @ model.fit.beta + offset
    variance = np.zeros(len(eta))
    if random:
        eta = eta + _me_effects.contribution(model, context, how, request.depth, used)
    elif how == MARGINAL:
        variance = _me_effects.variance_on_rows(model, context, used)
    return Place(used, eta, variance)


def _with_outcome(model: MeModel, context: Context, touse: Values) -> Values:
    return _with_trials(model, context, mark_sample(context.data, touse, present_variables(context, model.plan.depvars)))


def _with_trials(model: MeModel, context: Context, touse: Values) -> Values:
    from .families import is_number

    trials = model.plan.family.trials
    return touse if not trials or is_number(trials) else mark_sample(context.data, touse, [trials])


def _values(model: MeModel, context: Context, request: Request, place: Place) -> tuple[Values, str]:
    """The values on the used rows, and the label of the variable."""
    name, family = request.statistic, model.plan.family
    if name in ("xb", "eta"):
        return place.eta, _linear_label(name, request.how)
    if name in ("mu", "pr") and family.name not in ("tobit", "interval"):
        label = _mean_label(name, model, request.how)
        if request.how == MARGINAL:
            return laws.marginal_mean(model, context, place.used, place.eta, place.variance), label
        return laws.mean(model, context, place.used)(place.eta), label
    if name in (*KINDS, "residuals"):
        return _residuals(model, context, name, place)
    if name in ("pr", "e", "ystar"):
        return _between_limits(model, context, request, place)
    function, label = _function(model, context, name, place)
    sd = np.sqrt(place.variance)
    beyond = 0.0
    if name in ("mean", "median"):
        from .survival_predict import reach

        beyond = reach(family, model.fit.extra, float(sd.max(initial=0.0)))
    prefix = "marginal " if request.how == MARGINAL else ""
    return over_normal(function, place.eta, sd, REACH + beyond), prefix + label


def _linear_label(name: str, how: str) -> str:
    if name == "xb" or how == FIXED:
        return "Linear prediction, fixed portion"
    return "Fitted linear prediction"


def _mean_label(name: str, model: MeModel, how: str) -> str:
    text = f"Pr({model.plan.depvar})" if name == "pr" else "Predicted mean"
    return {MARGINAL: f"Marginal {text[0].lower()}{text[1:]}" if name == "mu" else f"Marginal {text}",
            FIXED: f"{text}, fixed portion only"}.get(how, text)


def _function(
    model: MeModel, context: Context, name: str, place: Place
) -> tuple[Callable[[Values], Values], str]:
    """Density and the like as a function of the linear predictor."""
    if model.plan.family.name == "survival":
        from .survival_predict import LABELS, statistic

        return statistic(name, model, context, place.used), LABELS[name]
    make = laws.density if name == "density" else laws.distribution
    return make(model, context, place.used), f"{name} of {model.plan.depvar}"


def _residuals(model: MeModel, context: Context, name: str, place: Place) -> tuple[Values, str]:
    family = model.plan.family
    y = np.asarray(working_values(context.data, model.plan.depvar)[place.used], dtype=float)
    if family.name == "bernoulli":
        y = (y != 0).astype(float)
    mu = laws.mean(model, context, place.used)(place.eta)
    if name == "residuals":
        return y - mu, "Residuals"
    trials = trials_of(model.plan, context.data)[place.used] if family.name == "binomial" else 1.0
    scale = float(np.exp(model.fit.extra[0])) if family.name == "nbinomial" else 1.0
    label = f"{name.capitalize()} residuals"
    if family.name == "nbinomial" and family.dispersion == "constant":
        if name != "pearson":                   # no generalized linear model, so no deviance
            raise StataError(f"option {name} is not allowed with constant dispersion", 198)
        return (y - mu) / np.sqrt(mu * (1 + scale)), label
    return residual(name, family.name, y, mu, trials, scale), label


def _between_limits(model: MeModel, context: Context, request: Request, place: Place) -> tuple[Values, str]:
    """pr(a,b), e(a,b) and ystar(a,b) of a censored normal outcome.

    On the average over the random effects the outcome is normal too, with their variance added to the residual one.
    """
    name = request.statistic
    limits = _normal_limits.read_limits(context, request.options, name, place.used)
    sigma = float(np.exp(model.fit.extra[-1]))
    if request.how != MARGINAL:
        return _normal_limits.between(name, model.plan.depvar, place.eta, sigma, limits)
    total = np.sqrt(sigma**2 + place.variance)
    return _normal_limits.between(name, model.plan.depvar, place.eta, total, limits)


# ---- ordered outcomes --------------------------------------------------------------------------------------------


def _outcomes(
    model: MeModel, context: Context, request: Request, place: Place, patterns: list[NamePattern]
) -> tuple[list[Prediction], tuple[str, ...]]:
    """One variable per outcome, or one for the outcome asked for; one new variable alone means the first outcome."""
    notes: tuple[str, ...] = ()
    which = list(range(len(model.outcomes)))
    stub = len(patterns) == 1 and patterns[0].pattern.endswith("*")
    if request.options["outcome"] is not None:
        which = [outcome_number(request.options["outcome"], model.outcomes)]
    elif len(patterns) == 1 and not stub:
        which, notes = [0], ("(outcome() not specified; outcome(#1) assumed)",)
    made = []
    sd = np.sqrt(place.variance)
    for k in which:
        values = over_normal(laws.outcome_probability(model, k), place.eta, sd)
        label = f"{'Marginal ' if request.how == MARGINAL else ''}Pr({model.plan.depvar}=={g(model.outcomes[k])})"
        made.append(Prediction(over_rows(context, place.used, values), label))
    return made, notes


def outcome_number(typed: str, outcomes: tuple[float, ...]) -> int:
    """Which outcome ``2`` (a value) or ``#2`` (the second) means, from 0; r(111) if there is none."""
    text = typed.strip()
    values = [f"#{k}" for k in range(1, len(outcomes) + 1)] if text.startswith("#") else [g(v) for v in outcomes]
    if text not in values:
        raise StataError(f"outcome {text} not found", 111)
    return values.index(text)
