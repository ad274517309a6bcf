"""margins after the single-level maximum-likelihood models: functions of one linear predictor, and of cut points."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import NotBuilt, StataError
from ...formats import g
from ...records import record
from ...syntax.spec import abbreviates
from .response import IDENTITY, Link, Response

if TYPE_CHECKING:
    from .._ml.model import MlModel
    from ..context import Context

Values = np.ndarray


def _logistic(eta: Values) -> Values:
    return np.where(eta >= 0, 1 / (1 + np.exp(-np.abs(eta))), 1 - 1 / (1 + np.exp(-np.abs(eta))))


def _logistic_first(eta: Values) -> Values:
    p = _logistic(eta)
    return p * (1 - p)


def _logistic_second(eta: Values) -> Values:
    p = _logistic(eta)
    return p * (1 - p) * (1 - 2 * p)


def _normal(eta: Values) -> Values:
    return np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in eta])


def _normal_first(eta: Values) -> Values:
    return np.asarray(np.exp(-0.5 * eta**2) / math.sqrt(2 * math.pi))


def _gompertz_first(eta: Values) -> Values:
    return np.asarray(np.exp(eta - np.exp(eta)))


LOGIT = Link(_logistic, _logistic_first, _logistic_second)
PROBIT = Link(_normal, _normal_first, lambda eta: -eta * _normal_first(eta))
CLOGLOG = Link(
    lambda eta: -np.expm1(-np.exp(eta)), _gompertz_first, lambda eta: _gompertz_first(eta) * (1 - np.exp(eta))
)
LOG = Link(np.exp, np.exp, np.exp)


@record
class _Mean:
    """The default prediction of a command: its link, its name in predict(), and what the header calls it."""

    link: Link
    option: str
    shortest: str
    label: str


_PROBABILITY = ("pr", "p", "Pr({depvar})")
_EVENTS = ("n", "n", "Predicted number of events")
_MEANS = {
    "logit": _Mean(LOGIT, *_PROBABILITY),
    "logistic": _Mean(LOGIT, *_PROBABILITY),
    "probit": _Mean(PROBIT, *_PROBABILITY),
    "cloglog": _Mean(CLOGLOG, *_PROBABILITY),
    "poisson": _Mean(LOG, *_EVENTS),
    "nbreg": _Mean(LOG, *_EVENTS),
    "tobit": _Mean(IDENTITY, "xb", "xb", "Linear prediction"),
    "intreg": _Mean(IDENTITY, "xb", "xb", "Linear prediction"),
}


@record(eq=False)
class OrderedResponse(Response):
    """Pr(y = outcome k) = F(c_k - x b) - F(c_(k-1) - x b); ``b`` holds the coefficients, then the m cut points.

    ``outcome`` counts from 0; ``link`` is F.
    """

    outcome: int = 0

    def prediction(self, X: Values, offset: Values | float) -> tuple[Values, Values]:
        upper, lower = self._ends(X, offset)
        first = self.link.first(upper), self.link.first(lower)
        value = self.link.mean(upper) - self.link.mean(lower)
        return value, np.hstack([-(first[0] - first[1])[:, None] * X, self._by_cuts(*first)])

    def slope(self, X: Values, D: Values, offset: Values | float) -> tuple[Values, Values]:
        upper, lower = self._ends(X, offset)
        inner = D @ self.b[: X.shape[1]]
        gap = self.link.first(upper) - self.link.first(lower)
        second = self.link.second(upper) * inner, self.link.second(lower) * inner
        by_b = (second[0] - second[1])[:, None] * X - gap[:, None] * D
        return -gap * inner, np.hstack([by_b, -self._by_cuts(*second)])

    def _ends(self, X: Values, offset: Values | float) -> tuple[Values, Values]:
        """The cut points above and below the outcome, less x b; beyond the last there is nothing."""
        k = X.shape[1]
        cuts = np.concatenate([[-_FAR], self.b[k:], [_FAR]])
        eta = X @ self.b[:k] + offset
        return cuts[self.outcome + 1] - eta, cuts[self.outcome] - eta

    def _by_cuts(self, upper: Values, lower: Values) -> Values:
        """Derivatives by the cut points, shape (n, m), from those by the upper and the lower end."""
        m = len(self.extra)
        out = np.zeros((len(upper), m))
        if self.outcome < m:
            out[:, self.outcome] += upper
        if self.outcome > 0:
            out[:, self.outcome - 1] -= lower
        return out


def all_outcomes(context: Context, arguments: str) -> tuple[str, ...]:
    """What predict() stands for where it names no outcome of an ordered model: ``pr outcome(#)`` of each; else nothing.

    Up to version 13 margins took the first outcome.
    """
    from .._ml.model import MlModel

    model = context.estimates.model
    if context.version < 14 or not isinstance(model, MlModel) or model.command not in _ORDERED:
        return ()
    words = arguments.split()
    if _OUTCOME.search(arguments) or not all(abbreviates(word, "pr", "p") for word in words):
        return ()
    return tuple(f"pr outcome({g(value).strip()})" for value in model.outcomes)


_FAR = 1e3                     # where both distributions are 0 or 1 to the last bit
_ORDERED = {"ologit": LOGIT, "oprobit": PROBIT}
_OUTCOME = re.compile(r"\bo(?:utcome|utcom|utco|utc|ut|u)?\(([^()]*)\)")


def _ordered(context: Context, model: MlModel, arguments: str) -> Response:
    """The probability of one outcome of an ordered model."""
    found = _OUTCOME.search(arguments)
    rest = _OUTCOME.sub("", arguments).split()
    if any(not abbreviates(word, "pr", "p") for word in rest):
        raise StataError(f"option {rest[0]} not allowed", 198)
    # without an outcome the first is meant; from version 14 on margins asks for each in turn (`all_outcomes`)
    outcome = _number(found[1].strip(), model.outcomes) if found is not None else 0
    labels = context.data.value_labels.get(context.data.columns[model.depvar].value_label, {})
    shown = labels.get(model.outcomes[outcome], g(model.outcomes[outcome]).strip()).replace(" ", "_")
    label = f"Pr({model.depvar}=={shown})"
    design, theta = model.data.design, model.theta
    k, m = len(design.terms), len(model.extra)
    places = np.concatenate([design.columns, np.arange(k, k + m)])
    b, V = np.zeros(k + m), np.zeros((k + m, k + m))
    b[places] = theta
    V[np.ix_(places, places)] = model.V
    return OrderedResponse(
        **_common(model), b=b, V=V, expression=label, label=label, link=_ORDERED[model.command], extra=model.extra,
        outcome=outcome,
    )


def _number(text: str, outcomes: tuple[float, ...]) -> int:
    """Which outcome ``2`` (a value) or ``#2`` (the second) means; r(111) if there is none."""
    values = range(1, len(outcomes) + 1) if text.startswith("#") else outcomes
    for k, value in enumerate(values):
        if text.removeprefix("#") in (g(value).strip(), str(value)):
            return k
    raise StataError(f"outcome {text} not found", 111)


def _common(model: MlModel) -> dict[str, Any]:
    """What all responses of a model share."""
    data = model.data
    return {
        "terms": data.design.terms,
        "vce": {"oim": "OIM", "cluster": "Robust"}.get(data.vce, data.vce.capitalize()),
        "df": model.resampling.df if model.resampling is not None else None,
        "offset": data.offset_variable,
        "exposure": data.offset_name.startswith("ln("),
        "depvar": model.depvar,
        "wtype": data.wtype,
        "wexp": data.wexp,
        "value_labels": model.value_labels,
    }


_INCIDENCE = _Mean(LOG, "ir", "ir", "Predicted incidence rate")


def without_offset(arguments: str) -> tuple[str, bool]:
    """What is predicted, and whether with the offset: ``nooffset`` leaves it out."""
    words = arguments.split()
    left = [word for word in words if not abbreviates(word, "nooffset", "nooff")]
    return " ".join(left), len(left) == len(words)


def ml_response(context: Context, model: MlModel, arguments: str) -> Response:
    """The mean, or with ``xb`` the linear prediction, of a model; after ordered models the probability of an outcome.

    Raises r(198) for another prediction, r(111) for an outcome that does not occur.
    """
    linear = abbreviates(without_offset(arguments)[0], "xb", "xb")
    if model.command in _ORDERED and not linear:
        return _ordered(context, model, arguments)
    mean = _MEANS.get(model.command)
    if mean is None and model.command in _ORDERED:
        mean = _Mean(IDENTITY, "xb", "xb", "Linear prediction (cutpoints excluded)")
    if mean is None:
        raise NotBuilt(f"margins after {model.command}")
    word, offset = without_offset(arguments)
    linear = abbreviates(word, "xb", "xb")
    if model.command in ("poisson", "nbreg") and abbreviates(word, "ir", "ir"):
        mean, offset = _INCIDENCE, False
    elif word and not linear and not abbreviates(word, mean.option, mean.shortest):
        raise StataError(f"option {word} not allowed", 198)
    label = "Linear prediction" if linear and mean.link is not IDENTITY else mean.label.format(depvar=model.depvar)
    design = model.data.design
    p = design.X.shape[1]
    return Response(
        **(_common(model) if offset else {**_common(model), "offset": ""}),
        b=design.full_vector(model.theta[:p]),
        V=design.full_matrix(model.V[:p, :p]),
        expression=label,
        label=label,
        link=IDENTITY if linear else mean.link,
    )
