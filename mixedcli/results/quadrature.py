"""What estat quadrature and quadchk return: the same model by other numbers of quadrature points."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..records import record
from .base import Matrix, Result, Stored
from .me_names import plain_label
from .stripe import StripeName


@record
class QuadratureFit:
    """One fit: its points per level, log likelihood, and e(b) in the metric of variances and covariances, (k,)."""

    points: tuple[int, ...]
    ll: float
    b: np.ndarray

    @property
    def label(self) -> str:
        """``7``, or with different numbers for the levels ``7x5``."""
        return "x".join(str(each) for each in (self.points if len(set(self.points)) > 1 else self.points[:1]))


@record
class QuadratureResult(Result):
    """``fitted``: the estimates; ``others``: fitted again with other numbers of points; ``names``: of the k parameters."""

    schema: ClassVar[str] = "estat quadrature"

    names: tuple[StripeName, ...]
    fitted: QuadratureFit
    others: tuple[QuadratureFit, ...]

    def changes(self, other: QuadratureFit) -> np.ndarray:
        """Relative changes of the log likelihood and of each parameter, (k + 1,); nan where the estimate is zero."""
        old = np.concatenate([[self.fitted.ll], self.fitted.b])
        new = np.concatenate([[other.ll], other.b])
        return np.divide(new - old, np.abs(old), out=np.full(len(old), np.nan), where=old != 0)

    @property
    def finest(self) -> QuadratureFit:
        """The one of ``others`` with the most points."""
        return max(self.others, key=lambda fit: fit.points)

    @property
    def worst(self) -> tuple[float, str]:
        """The largest relative change of a parameter under the most points, and its name."""
        changes = np.abs(self.changes(self.finest))[1:]
        if not np.isfinite(changes).any():
            return 0.0, ""
        k = int(np.nanargmax(changes))
        return float(changes[k]), " ".join(filter(None, plain_label(self.names[k])))

    def stored(self) -> Stored:
        """r(chk): a row per fit; r(max): the largest relative change."""
        fits = (self.fitted, *self.others)
        values = np.array([[fit.ll, *fit.b] for fit in fits])
        rows = tuple(StripeName("", f"p{fit.label}") for fit in fits)
        columns = (StripeName("", "ll"), *self.names)
        return Stored("r", {"max": self.worst[0]}, {}, {"chk": Matrix(values, rows, columns)})
