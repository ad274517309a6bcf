"""Covariates that predict a binary outcome perfectly: their coefficients would be infinite.

As Stata does, a covariate with one value at which all outcomes agree is left out together with these observations, and
one that separates the outcomes, but for a single value, with all observations at other values.  A covariate that
separates them completely is an error.  The base level of a factor is looked at as well: if it predicts perfectly its
observations go, and one of the levels that are left becomes collinear with the constant.
"""

from __future__ import annotations

import numpy as np

from ...data.dataset import Dataset
from ...design.matrix import Columns, build_design
from ...errors import StataError
from ...formats import g
from ...records import replace
from ...results.ml import Separation
from ...results.stripe import Term, TermNote
from .model import MlData, without


def without_perfect_predictors(data: MlData, dataset: Dataset) -> MlData:
    """``data`` without the covariates that predict perfectly, and without the observations that they predict.

    Raises r(2000) when the outcome does not vary, or a covariate predicts all of it.
    """
    _check_varies(data.y[:, 0])
    found: list[Separation] = []
    while True:
        step = _first(data, dataset)
        if step is None:
            return replace(data, separations=tuple(found))
        place, keep, separation = step
        found.append(separation)
        data = _dropped(data, dataset, place, keep, tuple(found))
        _check_varies(data.y[:, 0])


def outcomes_vary(data: MlData) -> MlData:
    """``data`` as it is; r(2000) when the outcome does not vary."""
    _check_varies(data.y[:, 0])
    return data


def _check_varies(y: np.ndarray) -> None:
    positive = y != 0
    if positive.all() or not positive.any():
        raise StataError(
            "outcome does not vary; remember:\n"
            "                                  0 = negative outcome,\n"
            "        all other nonmissing values = positive outcome", 2000,
        )


def _first(data: MlData, dataset: Dataset) -> tuple[int, np.ndarray, Separation] | None:
    """The place among the terms of the first that predicts perfectly, the rows to keep, and what to say of it."""
    y = data.y[:, 0] != 0
    design = data.design
    column = {int(k): j for j, k in enumerate(design.columns)}
    source = Columns(dataset, data.mask)
    for k, term in enumerate(design.terms[: len(design.terms) - design.constant]):
        if k in column:
            x = data.X[:, column[k]]
        elif design.constant and term.status == "base" and len(term.parts) == 1:
            x = source.column(term)
        else:
            continue
        step = _predicts(x, y, term.name)
        if step is not None:
            return k, step[0], step[1]
    return None


def _predicts(x: np.ndarray, y: np.ndarray, name: str) -> tuple[np.ndarray, Separation] | None:
    """Whether ``x`` predicts ``y`` perfectly: the rows to keep and what to say, or None."""
    ones, zeros = x[y], x[~y]
    low, high = (float(x.min()), float(x.max())) if len(x) else (0.0, 0.0)
    if low == high:
        return None
    if ((x == low) | (x == high)).all():
        return _two_valued(x, y, low, high, name)
    for relation, edge, other in ((">", zeros.max(), ones.min()), ("<", zeros.min(), ones.max())):
        beyond = other - edge if relation == ">" else edge - other
        if beyond > 0:
            raise StataError(f"outcome = {name} {relation} {g(float(edge))} predicts data perfectly", 2000)
        if beyond == 0:
            keep = x == edge
            return keep, Separation(name, relation, float(edge), True, int(np.count_nonzero(~keep)))
    return None


def _two_valued(
    x: np.ndarray, y: np.ndarray, low: float, high: float, name: str
) -> tuple[np.ndarray, Separation] | None:
    if (y == (x == high)).all() or (y == (x == low)).all():
        relation, edge = (">", low) if y[x == high].all() else ("<", high)
        raise StataError(f"outcome = {name} {relation} {g(edge)} predicts data perfectly", 2000)
    for value, other in ((high, low), (low, high)):
        outcomes = y[x == value]
        if outcomes.all() or not outcomes.any():
            keep = x == other
            return keep, Separation(name, "!=", other, bool(outcomes[0]), int(np.count_nonzero(~keep)))
    return None


def _dropped(
    data: MlData, dataset: Dataset, place: int, keep: np.ndarray, found: tuple[Separation, ...]
) -> MlData:
    """``data`` without the term at ``place``; what the other rows leave collinear goes with it."""
    design = data.design
    terms = list(design.terms[: len(design.terms) - design.constant])
    if terms[place].status == "shown":
        terms[place] = _as_dropped(terms[place])
    notes: tuple[TermNote, ...] = design.notes
    mask = data.mask.copy()
    mask[np.flatnonzero(mask)[~keep]] = False
    fresh = build_design(tuple(terms), dataset, mask, design.constant)
    gone = tuple(note for note in fresh.notes if note.reason == "collinear")   # empty cells went with their rows
    fresh = replace(fresh, notes=(*notes, *gone))
    return without(data, keep, fresh, found)


def _as_dropped(term: Term) -> Term:
    """A level of a factor shows as empty, a variable as omitted."""
    factor = any(part.level is not None for part in term.parts)
    return term.dropped("empty" if factor else "omitted")
