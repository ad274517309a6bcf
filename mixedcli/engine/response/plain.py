"""What the densities have in common."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from mixedcli.engine.batched import Array

from ...records import fields, replace


class ByRow:
    """Records whose arrays all have one element per outcome."""

    __slots__ = ()

    def take(self, rows: object) -> Self:
        """The outcomes of these rows only: a slice, or an array of positions."""
        changes: dict[str, Any] = {}
        for each in fields(type(self)):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                changes[each.name] = value[rows]  # type: ignore[call-overload]
            elif isinstance(value, ByRow):
                changes[each.name] = value.take(rows)
        return replace(self, **changes)


class OneExtra:
    """The number of parameters outside the linear predictor, where there is one: that of scale."""

    __slots__ = ()

    @property
    def extra_count(self) -> int:
        return 1


class NoExtra:
    """The part of `Response` that deals with parameters outside the linear predictor, where there are none."""

    __slots__ = ()

    @property
    def extra_count(self) -> int:
        return 0

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        empty = np.zeros((0, *eta.shape))
        return (empty,) * (order + 1)

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        return np.zeros((0, 0, *eta.shape))
