"""Names of coefficients, as Stata writes them: equation, and a term of factor levels and continuous variables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One factor of a term: ``level`` None means continuous (``c.x``)."""

    variable: str
    level: int | None = None
    base: bool = False       # this is the base level: 1b.schgend
    omitted: bool = False    # dropped or asked for with o.: 2o.schgend
    operated: bool = True    # False for a plain name: written age, not c.age, when it stands alone


@dataclass(frozen=True, slots=True)
class Term:
    """One column of a design matrix.

    ``status``: ``shown`` (estimated), ``base`` (a base level: all-zero column kept in e(b)), ``omitted`` (collinear),
    ``empty`` (an interaction cell without observations).
    """

    parts: tuple[Part, ...]
    status: str = "shown"

    @property
    def name(self) -> str:
        """Stata's stripe: ``lrt``, ``2.schgend``, ``1b.schgend``, ``2.schgend#c.lrt``, ``_cons``, ``o.x``."""
        raise NotImplementedError  # written with the design room


@dataclass(frozen=True, slots=True)
class StripeName:
    """A row or column name of e(b) and e(V): an equation and a name within it (``gcse:lrt``, ``lns1_1_1:_cons``)."""

    equation: str
    name: str

    def __str__(self) -> str:
        return f"{self.equation}:{self.name}" if self.equation else self.name
