"""Variable names and their abbreviations."""

from __future__ import annotations

from ..data.dataset import Dataset
from ..errors import StataError, variable_not_found

Span = tuple[int, int]


def ambiguous(name: str, span: Span | None = None) -> StataError:
    """The error for an abbreviation that several variables begin with."""
    return StataError(f"{name} ambiguous abbreviation", 111, span)


def matching(name: str, dataset: Dataset) -> tuple[str, ...]:
    """The variable called ``name``, or else every variable whose name begins with it."""
    if name in dataset.columns:
        return (name,)
    return tuple(full for full in dataset.columns if full.startswith(name))


def find_variable(name: str, dataset: Dataset, span: Span | None = None) -> str | None:
    """The full name of the variable that ``name`` is or abbreviates; None if there is none.

    Raises `StataError` r(111) if several variables begin with ``name``.
    """
    found = matching(name, dataset)
    if len(found) > 1:
        raise ambiguous(name, span)
    return found[0] if found else None


def resolve_variable(name: str, dataset: Dataset, span: Span | None = None) -> str:
    """The full name of the variable that ``name`` is or abbreviates; r(111) if there is none or are several."""
    found = find_variable(name, dataset, span)
    if found is None:
        raise variable_not_found(name, span)
    return found
