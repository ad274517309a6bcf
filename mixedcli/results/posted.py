"""Estimation results that a program has posted, and a table of any coefficients in e(b)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..records import field, record
from .base import Matrix, Result, Stored
from .coefficients import CoefficientRow


@record
class EquationRows:
    """The coefficients of one equation; ``name`` is empty where e(b) has no equations."""

    name: str
    rows: tuple[CoefficientRow, ...]


@record
class CoefficientListing(Result):
    """ereturn display: the coefficients by equation.

    ``statistic``: ``z``, or ``t`` when there are residual degrees of freedom.  ``title``: what stands over exponentiated
    coefficients.  ``value_labels``: variable -> level -> text.
    """

    schema: ClassVar[str] = "ereturn display"

    depvar: str
    equations: tuple[EquationRows, ...]
    statistic: str = "z"
    level: float = 95
    title: str = ""
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)


@record
class PostedEstimation(Result):
    """What ereturn post has put into e(): ``b`` is a row vector, ``V`` its variance matrix (both None without b).

    ``n`` is e(N) and ``df_r`` e(df_r), None where not given; ``sample``: e(sample) was given; ``table`` shows b and V.
    """

    schema: ClassVar[str] = "ereturn post"

    b: Matrix | None = None
    V: Matrix | None = None
    depvar: str = ""
    n: int | None = None
    df_r: float | None = None
    properties: str = ""
    sample: bool = False
    table: CoefficientListing = field(default_factory=lambda: CoefficientListing("", ()))

    def stored(self) -> Stored:
        scalars = {"N": self.n, "df_r": self.df_r}
        macros = {"depvar": self.depvar, "properties": self.properties}
        matrices = {"b": self.b, "V": self.V}
        return Stored(
            "e",
            {name: float(value) for name, value in scalars.items() if value is not None},
            {name: text for name, text in macros.items() if text},
            {name: matrix for name, matrix in matrices.items() if matrix is not None},
            self.sample,
        )
