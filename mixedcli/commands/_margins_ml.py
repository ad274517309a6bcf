"""margins after the single-level maximum-likelihood models: means that are a function of one linear predictor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import NotBuilt, StataError
from ..records import record
from ..syntax.spec import abbreviates
from ._margins_response import IDENTITY, Link, Response

if TYPE_CHECKING:
    from ._ml_model import MlModel

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


def ml_response(model: MlModel, arguments: str) -> Response:
    """The mean, or with ``xb`` the linear prediction, of a model with one linear predictor.

    Raises r(198) for another prediction; models with several outcomes are not built.
    """
    mean = _MEANS.get(model.command)
    if mean is None:
        raise NotBuilt(f"margins after {model.command}")
    word = arguments.strip()
    linear = abbreviates(word, "xb", "xb")
    if word and not linear and not abbreviates(word, mean.option, mean.shortest):
        raise StataError(f"option {word} not allowed", 198)
    label = "Linear prediction" if linear else mean.label.format(depvar=model.depvar)
    data, design = model.data, model.data.design
    p = design.X.shape[1]
    return Response(
        terms=design.terms,
        b=design.full_vector(model.theta[:p]),
        V=design.full_matrix(model.V[:p, :p]),
        expression=label,
        label=label,
        vce="OIM" if data.vce == "oim" else "Robust",
        link=IDENTITY if linear else mean.link,
        offset=data.offset_variable,
        exposure=data.offset_name.startswith("ln("),
        depvar=model.depvar,
        wtype=data.wtype,
        wexp=data.wexp,
        value_labels=model.value_labels,
    )
