"""Option specifications: declared once per command, they serve parsing, abbreviation, validation, help and JSON.

    OPTIONS = (
        Option("covariance", "cov", Kind.CHOICE, choices=(Choice("independent", "ind"), Choice("unstructured", "un"))),
        Option("level", "l", Kind.REAL, low=10, high=99.99, help="confidence level"),
        Option("nolog", "nolo", help="suppress the iteration log"),
    )
    values = read_options(statement.options, OPTIONS, text=statement.text)
    values["level"]        # the typed value, or None / False when the option was not given
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class Kind(enum.Enum):
    """What stands inside the parentheses of an option, and the Python type it is read as."""

    FLAG = "flag"                # no parentheses; bool
    REAL = "real"                # float
    INTEGER = "integer"          # int
    NAME = "name"                # one name; str
    NAMES = "names"              # several names; tuple[str, ...]
    VARLIST = "varlist"          # tree.Varlist
    NUMLIST = "numlist"          # tuple[float, ...] of 1 2 3, 1/5, 1(2)9, 10 20 to 50
    EXPRESSION = "expression"    # tree.Expr
    STRING = "string"            # text, quotes taken off; str
    CHOICE = "choice"            # the full name of one of `choices`; str
    RAW = "raw"                  # the text as it stands; str
    FORMAT = "format"            # a display format; str


@dataclass(frozen=True, slots=True)
class Choice:
    name: str
    shortest: str


@dataclass(frozen=True, slots=True)
class Option:
    """One option: ``shortest`` is its least abbreviation.

    ``optional_args``: parentheses may be left out, then the value is True.  ``repeatable``: the value is a tuple.
    ``negated`` names the opposite flag (``log``/``nolog``).  ``planned``: known to Stata, answers "not built yet".
    """

    name: str
    shortest: str
    kind: Kind = Kind.FLAG
    help: str = ""
    choices: tuple[Choice, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = False
    optional_args: bool = False
    repeatable: bool = False
    planned: bool = False


class OptionValues(Mapping[str, Any]):
    """The options of one command by full name.  A flag not given is False, any other option not given is None."""

    def __init__(self, values: Mapping[str, Any], spans: Mapping[str, tuple[int, int]]) -> None:
        self._values = dict(values)
        self.spans = dict(spans)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def abbreviates(word: str, name: str, shortest: str) -> bool:
    """True if ``word`` is ``name`` cut no shorter than ``shortest`` (Stata's minimum-abbreviation rule)."""
    return len(word) >= len(shortest) and name.startswith(word)


def find_option(word: str, specs: Iterable[Option]) -> Option | None:
    """The option that ``word`` names or abbreviates; an exact name wins over an abbreviation."""
    specs = tuple(specs)
    for spec in specs:
        if word == spec.name:
            return spec
    return next((spec for spec in specs if abbreviates(word, spec.name, spec.shortest)), None)
