"""What an expression can see besides the data: scalars, stored results, system values, by-groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..records import field, record

Value = float | str | np.ndarray
"""A scalar, or one value per row: float64 in the working representation, or an object array of ``str``."""

Lookup = Callable[[str, str], "Value | None"]


def nothing_stored(kind: str, key: str) -> Value | None:
    """A lookup for a session in which nothing has been stored."""
    return None


@record
class Environment:
    """The surroundings of an expression.

    ``lookup(kind, key)`` answers ``e(N)``, ``r(mean)``, ``c(level)``, ``_b[x]``, ``_se[x]``: a number, a text, an array
    of shape (n,) (``e(sample)``), or None where nothing has that name.
    ``starts``: for ``by``, the first row of each by-group, ascending, shape (groups,); the rows are sorted by group.
    ``display``: a name that is neither variable nor scalar is reported as ``x not found``.
    ``random``: the stream of ``runiform()``; not Stata's own stream.
    ``memory``: what one function leaves for another (`regexm` for `regexs`); share one between ``if`` and ``=exp``.
    """

    scalars: Mapping[str, float | str] = field(default_factory=dict)
    lookup: Lookup = nothing_stored
    rc: int = 0
    version: float = 13
    starts: np.ndarray | None = None
    display: bool = False
    random: np.random.Generator | None = None
    memory: dict[str, Any] = field(default_factory=dict)
