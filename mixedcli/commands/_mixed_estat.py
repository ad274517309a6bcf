"""What the estat commands share: the last mixed model, and its levels by name."""

from __future__ import annotations

import numpy as np

from ..errors import StataError
from ..syntax.spec import Kind, Option, OptionValues
from ._mixed_model import MixedModel
from .context import Context

LEVEL_OPTIONS = (
    Option("relevel", "rel", Kind.NAME, "this level only"),
    Option("level", "lev", Kind.NAME, "this level only (its name before mixed)"),
)


def mixed_model(context: Context) -> MixedModel:
    """The model of the last estimates; r(301) without estimates, r(321) if they are of another kind."""
    model = context.estimates.model
    if not isinstance(model, MixedModel):
        raise StataError("requested action not valid after most recent estimation command", 321)
    return model


def level_names(model: MixedModel) -> list[str]:
    """The grouping levels from the top down."""
    return [part.level for part in model.levels]


def chosen_levels(model: MixedModel, options: OptionValues) -> list[str]:
    """All levels, or the one that ``relevel()`` names; r(198) if the model has none of that name."""
    names = level_names(model)
    wanted = options["relevel"] or options["level"]
    if wanted is None:
        return names
    if wanted not in names:
        raise StataError(f"{wanted} is not a level of the model", 198)
    return [wanted]


def level_covariance(model: MixedModel, level: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Names (q,) and covariance (q, q) of all random effects of a level; several equations make it block-diagonal."""
    parts = [(p, G) for p, G in zip(model.random, model.fit.covariances, strict=True) if p.level == level and p.terms]
    names = tuple(name for part, _ in parts for name in part.columns)
    out = np.zeros((len(names), len(names)))
    at = 0
    for part, G in parts:
        q = len(part.terms)
        out[at : at + q, at : at + q] = G
        at += q
    return names, out
