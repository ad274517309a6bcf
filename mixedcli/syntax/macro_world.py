"""What extended macro functions can ask of the session, and how they read their arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ..errors import StataError
from .words import next_word

_ONE_NAME = re.compile(r"\s*(\w+)\s*\Z")


class Described(Protocol):
    """A variable, as far as macro functions describe it."""

    @property
    def storage(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def value_label(self) -> str: ...


class Named(Protocol):
    """A matrix, as far as its names go: each prints as ``name`` or ``equation:name``."""

    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def columns(self) -> Sequence[Any]: ...


class MacroWorld(Protocol):
    """What the functions can ask of the session."""

    def macro(self, kind: str, name: str) -> str:
        """The content of a ``local`` or ``global`` macro; empty if there is none."""

    def set_macro(self, kind: str, name: str, text: str) -> None:
        """Set a ``local`` or ``global`` macro."""

    def variable(self, name: str) -> Described:
        """The variable that ``name`` is or abbreviates; r(111) if there is none."""

    def variables(self) -> Sequence[str]:
        """The names of all variables, in order."""

    def value_labels(self, name: str) -> Mapping[float, str] | None:
        """The texts of a value label by value (missing codes by their doubles); None if there is no such label."""

    def data_label(self) -> str:
        """The label of the dataset."""

    def sorted_by(self) -> Sequence[str]:
        """The variables by which the data are sorted."""

    def characteristics(self, owner: str) -> Mapping[str, str]:
        """The characteristics of a variable or of ``_dta``."""

    def matrix(self, name: str) -> Named | None:
        """The matrix of that name (``A``, ``e(b)``); None if there is none."""

    def stored(self, kind: str) -> Mapping[str, Sequence[str]]:
        """The names in ``e r s``, under ``scalars macros matrices functions``."""

    def names(self, kind: str) -> Sequence[str]:
        """The names of all ``globals``, ``scalars``, ``matrices``, ``numeric scalars`` or ``string scalars``."""

    def display(self, text: str) -> str:
        """What ``display text`` would print."""

    def temporary(self, kind: str) -> str:
        """A new name for a ``tempvar`` or ``tempfile``."""


Function = Callable[[str, MacroWorld], str]


def invalid_syntax() -> StataError:
    return StataError("invalid syntax", 198)


def one_name(text: str) -> str:
    match = _ONE_NAME.match(text)
    if match is None:
        raise invalid_syntax()
    return match[1]


def split_options(text: str) -> tuple[str, list[str]]:
    """The text before the first comma outside quotes, and the words after it."""
    at = 0
    while at < len(text):
        if text[at] == ",":
            return text[:at], text[at + 1 :].split()
        at = next_word(text, at)[1] if text[at] == '"' or text.startswith('`"', at) else at + 1
    return text, []


def refuse_options(options: Sequence[str], *known: str) -> None:
    if set(options) - set(known):
        raise invalid_syntax()
