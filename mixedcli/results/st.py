"""What stset returns: the declaration, and what it makes of the data."""

from __future__ import annotations

from typing import ClassVar

from ..records import record
from .base import Result


@record
class StsetResult(Result):
    """Survival-time settings.

    ``event``: the failure in words; ``interval``: what is observed; ``more``: further lines (label, text).  ``total``
    rows, ``exclusions`` (reason, rows), ``remaining`` rows of ``subjects`` subjects with ``failures`` failures and
    ``risk`` time at risk, from ``first`` (the earliest entry) to ``last``.
    """

    schema: ClassVar[str] = "stset"

    id: str
    event: str
    interval: str
    exit: str
    more: tuple[tuple[str, str], ...]
    total: int
    exclusions: tuple[tuple[str, int], ...]
    remaining: int
    subjects: int
    failures: int
    risk: float
    origin: float
    first: float
    last: float
    probable_errors: tuple[str, ...] = ("event time missing", "multiple records")
