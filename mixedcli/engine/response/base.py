"""What the fit of a generalized linear mixed model asks of a conditional density."""

from __future__ import annotations

from typing import Protocol

from mixedcli.engine.batched import Array


class Response(Protocol):
    """n outcomes, independent of each other given their linear predictors eta.

    ``extra`` (k,) are the parameters outside the linear predictor (cut points, ln alpha, ln sigma ...), unconstrained
    real numbers; k is ``extra_count``.  eta has shape (..., n): leading axes are quadrature nodes.  Methods must stand
    any finite eta without a warning; a density of zero is -inf.  Constants (binomial coefficients, factorials) belong
    to the density: its sum over all outcomes is one.
    """

    @property
    def count(self) -> int:
        """n."""
        ...

    @property
    def extra_count(self) -> int:
        """k."""
        ...

    def take(self, rows: object) -> Response:
        """The outcomes of these rows only: a slice, or an array of positions (also used to sort)."""
        ...

    def derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        """The log density and its derivatives in eta up to ``order`` (0 to 3): order + 1 arrays (..., n)."""
        ...

    def extra_derivatives(self, eta: Array, extra: Array, order: int) -> tuple[Array, ...]:
        """The derivative in ``extra`` of each of ``derivatives(eta, extra, order)``: order + 1 arrays (k, ..., n)."""
        ...

    def extra_curvature(self, eta: Array, extra: Array) -> Array:
        """The second derivatives of the log density in ``extra``: (k, k, ..., n)."""
        ...


class Startable(Response, Protocol):
    """A response that knows where a search may begin."""

    def starting_values(self, x: Array, offset: Array, weights: Array) -> Array:
        """A first guess of (beta (p), extra (k)) for the predictors x (n, p), offset (n,) and weights (n,)."""
        ...
