"""``predict, scores`` after mixed: the derivatives of the log likelihood in every parameter, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.storage import MISSING
from ...design.matrix import Columns
from ...engine.model import RandomEquation
from ...errors import StataError
from .._shared.predict import Prediction, design_rows, present_variables
from .model import MixedModel, random_columns

if TYPE_CHECKING:
    from ..context import Context


def score_predictions(model: MixedModel, context: Context, touse: np.ndarray) -> list[Prediction]:
    """One variable per parameter in e(b), whose values stand on the last row of each top-level group.

    Raises r(198) after REML, whose likelihood is no sum over groups.
    """
    from ...engine.scores import scores

    fit = model.fit if model.robust is None else model.robust.modelbased
    if fit.reml:
        raise StataError("option scores not allowed after estimation by restricted maximum likelihood", 198)
    sample = context.sample()
    present_variables(context, (model.plan.depvar,))
    _, X = design_rows(context, model.design, sample)
    equations = _equations(model, context, sample)
    clusters = equations[0].groups if equations else np.arange(len(X))
    values = scores(fit, Columns(context.data, sample).values(model.plan.depvar), X, equations, clusters)
    rows = _last_rows(np.asarray(clusters), np.flatnonzero(sample))
    names = context.estimates.stored().matrices["b"].columns
    full = _every_parameter(model, values, len(names))
    return [
        Prediction(_placed(full[:, k], rows, touse), f"Parameter-level score for [{name.equation}]{name.name}")
        for k, name in enumerate(names)
    ]


def _equations(model: MixedModel, context: Context, sample: np.ndarray) -> list[RandomEquation]:
    out = []
    for number, part in enumerate(model.random):
        codes = context.row_data(f"group{number}")
        if codes is None:
            raise StataError("e(sample) information not available", 498)
        out.append(RandomEquation(random_columns(part.terms, context.data, sample), codes[sample], part.structure))
    return out


def _every_parameter(model: MixedModel, values: np.ndarray, count: int) -> np.ndarray:
    """``values`` (J, p + r) with columns of zeros for omitted and base terms: (J, count)."""
    p = len(model.design.columns)
    random = values.shape[1] - p
    places = np.concatenate([np.asarray(model.design.columns, dtype=int), np.arange(count - random, count)])
    full = np.zeros((len(values), count))
    full[:, places] = values
    return full


def _last_rows(clusters: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The last of ``rows`` in each cluster, clusters in ascending order."""
    _, position = np.unique(clusters, return_inverse=True)
    last = np.zeros(int(position.max()) + 1, dtype=int)
    np.maximum.at(last, position, rows)
    return last


def _placed(values: np.ndarray, rows: np.ndarray, touse: np.ndarray) -> np.ndarray:
    out = np.full(len(touse), MISSING)
    out[rows] = values
    return np.where(touse, out, MISSING)
