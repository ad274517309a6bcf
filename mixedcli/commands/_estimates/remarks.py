"""The title and the notes of estimation results, which e() holds under Stata's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...records import replace
from ...results.base import Stored

if TYPE_CHECKING:
    from ..context import Context, Estimates

TITLE, NOTE = "estimates_title", "estimates_note"


def user_title(estimates: Estimates) -> str:
    """The title that the user gave; empty without one."""
    return estimates.stored().macros.get(TITLE, "")


def user_notes(estimates: Estimates) -> tuple[str, ...]:
    """The notes from the first on."""
    macros = estimates.stored().macros
    count = macros.get(f"{NOTE}0", "0")
    return tuple(macros.get(f"{NOTE}{k}", "") for k in range(1, int(count) + 1))


def with_notes(context: Context, notes: tuple[str, ...]) -> None:
    """Make ``notes`` those of the active results."""
    before = len(user_notes(context.estimates))
    macros = {f"{NOTE}{k}": "" for k in range(before + 1)}
    macros |= {f"{NOTE}{k}": text for k, text in enumerate(notes, start=1)}
    with_macros(context, {**macros, f"{NOTE}0": str(len(notes)) if notes else ""})


def with_macros(context: Context, macros: Mapping[str, str]) -> None:
    """Put macros into e() of the active results; an empty text takes one out."""
    estimates = context.estimates
    added = estimates.added or Stored("e")
    context.change(estimates=replace(estimates, added=replace(added, macros={**added.macros, **macros})))
