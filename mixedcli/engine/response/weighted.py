"""Observations that count more than once, or less."""

from __future__ import annotations

from mixedcli.engine.batched import Array

from ...records import record
from .base import Response


@record(eq=False)
class Weighted:
    """The outcomes of ``response`` with weights (n,): every log density is multiplied by its weight."""

    response: Response
    weights: Array

    @property
    def count(self) -> int:
        return self.response.count

    @property
    def extra_count(self) -> int:
        return self.response.extra_count

    def take(self, rows: object) -> Weighted:
        """See `Response`."""
        return Weighted(self.response.take(rows), self.weights[rows])  # type: ignore[call-overload]

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        """See `Response`."""
        return tuple(self.weights * each for each in self.response.derivatives(eta, extra, order))

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        """See `Response`."""
        return tuple(self.weights * each for each in self.response.extra_derivatives(eta, extra, order))

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        """See `Response`."""
        return self.weights * self.response.extra_curvature(eta, extra)
