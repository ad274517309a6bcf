"""What an expression can see besides the data: scalars, stored results, system values, by-groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ..records import field, record

Value = float | str | np.ndarray
"""A scalar, or one value per row: float64 in the working representation, or an object array of ``str``."""


class MatrixLike(Protocol):
    """A matrix as expressions see it: ``values`` of shape (len(rows), len(columns)); names print as ``eq:name``."""

    @property
    def values(self) -> np.ndarray: ...
    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def columns(self) -> Sequence[Any]: ...


Lookup = Callable[[str, str], "Value | None"]


def nothing_stored(kind: str, key: str) -> Value | None:
    """A lookup for a session in which nothing has been stored."""
    return None


def no_matrices(name: str) -> MatrixLike | None:
    """A lookup for a session without matrices."""
    return None


@record
class Environment:
    """The surroundings of an expression.

    ``lookup(kind, key)`` answers ``e(N)``, ``r(mean)``, ``c(level)``, ``_b[x]``, ``_se[x]``: a number, a text, an array
    of shape (n,) (``e(sample)``), or None where nothing has that name.
    ``starts``: for ``by``, the first row of each by-group, ascending, shape (groups,); the rows are sorted by group.
    ``within``: for ``by``, the rows of the group now running, bool of shape (n,); `sample_mask` keeps to them.
    ``matrices``: the matrix of a name (``A``, ``e(b)``, ``r(table)``; no blanks), or None.
    ``display``: a name that is neither variable nor scalar is reported as ``x not found``.
    ``random``: the stream of ``runiform()``; not Stata's own stream.
    ``memory``: what one function leaves for another (`regexm` for `regexs`); share one between ``if`` and ``=exp``.
    """

    scalars: Mapping[str, float | str] = field(default_factory=dict)
    lookup: Lookup = nothing_stored
    rc: int = 0
    version: float = 13
    starts: np.ndarray | None = None
    within: np.ndarray | None = None
    display: bool = False
    random: np.random.Generator | None = None
    memory: dict[str, Any] = field(default_factory=dict)
    matrices: Callable[[str], MatrixLike | None] = no_matrices
