"""What the estat commands share: the last mixed model, linear or generalized, and its levels by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from ...errors import StataError
from ...syntax.spec import Kind, Option, OptionValues
from ..context import Context
from .model import MixedModel

if TYPE_CHECKING:
    from .._me.model import MeModel, RandomPart
    from .model import RandomDesign

LEVEL_OPTIONS = (
    Option("relevel", "rel", Kind.NAME, "this level only"),
    Option("level", "lev", Kind.NAME, "this level only (its name before mixed)"),
)


def mixed_model(context: Context) -> MixedModel | MeModel:
    """The model of the last estimates; r(301) without estimates, r(321) if they are of another kind."""
    model = context.estimates.model
    if isinstance(model, MixedModel) or generalized(model):
        return model  # type: ignore[no-any-return]
    raise StataError("requested action not valid after most recent estimation command", 321)


def generalized(model: object) -> TypeGuard[MeModel]:
    """True for a generalized linear mixed model."""
    from .._me.model import MeModel

    return isinstance(model, MeModel)


def level_names(model: MixedModel | MeModel) -> list[str]:
    """The grouping levels from the top down."""
    return [part.level for part in model.levels]


def chosen_levels(model: MixedModel | MeModel, options: OptionValues) -> list[str]:
    """All levels, or the one that ``relevel()`` names; r(198) if the model has none of that name."""
    names = level_names(model)
    wanted = options["relevel"] or options["level"]
    if wanted is None:
        return names
    if wanted not in names:
        raise StataError(f"{wanted} is not a level of the model", 198)
    return [wanted]


def level_covariance(model: MixedModel | MeModel, level: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Names (q,) and covariance (q, q) of all random effects of a level; several equations make it block-diagonal."""
    random: tuple[RandomDesign | RandomPart, ...] = tuple(model.random)
    found = [(p, G) for p, G in zip(random, model.fit.covariances, strict=True) if p.level == level and p.terms]
    parts = [_shown(part, G) for part, G in found]
    names = tuple(name for columns, _ in parts for name in columns)
    out = np.zeros((len(names), len(names)))
    at = 0
    for columns, G in parts:
        q = len(columns)
        out[at : at + q, at : at + q] = G
        at += q
    return names, out


def _shown(part: RandomDesign | RandomPart, G: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Names and covariance of an equation; all levels of ``R.varname`` have one variance."""
    factor = getattr(part, "factor", "")
    return ((f"R.{factor}",), G[:1, :1]) if factor else (part.columns, G)
