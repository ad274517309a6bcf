"""Notes: characteristics ``note1``, ``note2`` ... of the data set (``_dta``) or a variable; ``note0`` is the last number."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..records import replace
from .dataset import Dataset


def numbered_notes(dataset: Dataset, owner: str) -> tuple[tuple[int, str], ...]:
    """(number, text) of every note of ``owner``, in the order of their numbers; dropped numbers are left out."""
    return _numbered(dataset.characteristics.get(owner, {}))


def _numbered(entries: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    found = ((key[4:], text) for key, text in entries.items() if key.startswith("note"))
    return tuple(sorted((int(n), text) for n, text in found if n.isascii() and n.isdigit() and int(n) > 0))


def with_note(dataset: Dataset, owner: str, text: str) -> Dataset:
    """A copy in which ``owner`` has one more note."""
    return _with_notes(dataset, owner, (*numbered_notes(dataset, owner), (_last(dataset, owner) + 1, text)))


def _last(dataset: Dataset, owner: str) -> int:
    return max((number for number, _ in numbered_notes(dataset, owner)), default=0)


def without_notes(dataset: Dataset, owner: str, numbers: Collection[int]) -> Dataset:
    """A copy without the notes of ``owner`` that have these numbers; the others keep theirs."""
    return _with_notes(dataset, owner, tuple(pair for pair in numbered_notes(dataset, owner) if pair[0] not in numbers))


def renumbered_notes(dataset: Dataset, owner: str) -> Dataset:
    """A copy in which the notes of ``owner`` are numbered without gaps."""
    texts = [text for _, text in numbered_notes(dataset, owner)]
    return _with_notes(dataset, owner, tuple(enumerate(texts, start=1)))


def with_replaced_note(dataset: Dataset, owner: str, number: int, text: str) -> Dataset:
    """A copy in which note ``number`` of ``owner`` says ``text``."""
    notes = ((k, text if k == number else old) for k, old in numbered_notes(dataset, owner))
    return _with_notes(dataset, owner, tuple(notes))


def appended_notes(entries: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """``entries`` of one owner with the notes of ``more`` after its own."""
    own = _numbered(entries)
    start = max((number for number, _ in own), default=0)
    notes = (*own, *((start + k, text) for k, (_, text) in enumerate(_numbered(more), start=1)))
    return _merged(entries, notes)


def _with_notes(dataset: Dataset, owner: str, notes: tuple[tuple[int, str], ...]) -> Dataset:
    owners = dict(dataset.characteristics)
    entries = _merged(owners.pop(owner, {}), notes)
    if entries:
        owners[owner] = entries
    return replace(dataset, characteristics=owners, changed=True)


def _merged(entries: Mapping[str, str], notes: tuple[tuple[int, str], ...]) -> dict[str, str]:
    """``entries`` with these notes instead of its own, and ``note0`` to match."""
    old = {"note0", *(f"note{number}" for number, _ in _numbered(entries))}
    out = {key: text for key, text in entries.items() if key not in old}
    if notes:
        out["note0"] = str(max(number for number, _ in notes))
        out.update({f"note{number}": text for number, text in notes})
    return out
