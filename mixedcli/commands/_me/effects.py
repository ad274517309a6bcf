"""What the random part of a generalized mixed model adds to the linear prediction of each row.

The effects are those of each row's groups: posterior means or modes (empirical Bayes), found by the quadrature of the
fit; or the variance that they have when nothing is known of the groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...design.sample import mark_sample
from ...engine.predict import RandomEffects
from ...errors import NotBuilt
from ...records import record
from ...results.stripe import CONSTANT
from .._mixed.model import random_columns
from .._shared.predict import present_variables
from .model import MeModel, RandomPart

if TYPE_CHECKING:
    from ..context import Context

MEANS, MODES = "means", "modes"


@record(eq=False)
class PartEffects:
    """The random effects of one equation: its number among the equations, its design, and each group's effects."""

    number: int
    part: RandomPart
    effects: RandomEffects


def part_effects(model: MeModel, kind: str) -> list[PartEffects]:
    """Means or modes of every equation that has random effects, with standard deviations or standard errors."""
    from ...engine.marginal.posterior import posterior

    top = model.plan.levels[:1]
    if kind == MODES and any(each.weight[1] for each in model.plan.equations if each.level not in top):
        raise NotBuilt("posterior modes with weights of a level between others")
    out = []
    for number, (part, each) in enumerate(zip(model.random, posterior(model.fit), strict=True)):
        if each is not None:
            values, errors = (each.means, each.sd) if kind == MEANS else (each.modes, each.mode_se)
            unit = model.unit
            out.append(PartEffects(number, part, RandomEffects(each.keys, values * unit, errors * unit)))
    return out


def group_codes(context: Context, number: int, touse: np.ndarray) -> np.ndarray:
    """Each row's group in equation ``number``, as the fit coded it."""
    codes = context.row_data(f"group{number}")
    return np.zeros(0, dtype=np.int64) if codes is None else codes[touse]


def known_rows(model: MeModel, context: Context, touse: np.ndarray) -> np.ndarray:
    """The rows of ``touse`` whose random covariates are known."""
    names = dict.fromkeys(
        name for part in model.random for term in part.terms if term != CONSTANT for name in term.variables
    )
    return mark_sample(context.data, touse, present_variables(context, names))


def contribution(model: MeModel, context: Context, kind: str, depth: int | None, touse: np.ndarray) -> np.ndarray:
    """Z u of the rows of ``touse``, from the top down to ``depth`` levels (all without it); shape (rows,)."""
    total = np.zeros(int(np.count_nonzero(touse)))
    for each in part_effects(model, kind):
        if depth is None or len(each.part.parents) <= depth:
            Z = random_columns(each.part.terms, context.data, touse)
            total += each.effects.contribution(Z, group_codes(context, each.number, touse))
    return total


def on_rows(each: PartEffects, context: Context, touse: np.ndarray, errors: bool) -> np.ndarray:
    """The effects (or their standard errors) of each row's group, one column per coefficient.

    Of ``R.varname`` only the effect of the row's own level is given.
    """
    codes = group_codes(context, each.number, touse)
    rows = each.effects.on_rows(codes, standard_errors=errors)
    if not each.part.factor:
        return rows
    Z = random_columns(each.part.terms, context.data, touse)
    return np.asarray((Z * rows).sum(axis=1, keepdims=True))


def variance_on_rows(model: MeModel, context: Context, touse: np.ndarray) -> np.ndarray:
    """z'Gz summed over the equations: the variance that the random part adds to the linear prediction, (rows,)."""
    total = np.zeros(int(np.count_nonzero(touse)))
    for part, G in zip(model.random, model.fit.covariances, strict=True):
        if part.terms:
            Z = random_columns(part.terms, context.data, touse)
            total += np.einsum("ij,ij->i", Z @ G, Z)
    return total
