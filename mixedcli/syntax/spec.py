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
from typing import Any

from ..errors import NotBuilt, StataError
from ..records import record
from .tree import OptionText, Span


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


@record
class Choice:
    name: str
    shortest: str


@record
class Option:
    """One option: ``shortest`` is its least abbreviation.

    ``optional_args``: parentheses may be left out, then the value is True.  ``repeatable``: the value is a tuple.
    ``negated`` names the opposite flag (``log`` for ``nolog``), which sets this one to False; it may be abbreviated as
    far as this one, not counting the ``no``.  ``planned``: known to Stata, answers "not built yet".
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
    negated: str = ""

    @property
    def negated_shortest(self) -> str:
        """The least abbreviation of the opposite flag."""
        if self.name.startswith("no") and not self.negated.startswith("no"):
            return self.negated[: max(len(self.shortest) - 2, 1)]
        return self.negated[: len(self.shortest) + 2]


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


def read_options(options: Iterable[OptionText], specs: Iterable[Option], text: str = "") -> OptionValues:
    """The typed values of ``options``, checked against ``specs``; ``text`` is the whole statement.

    Where an option is given twice the last one counts.  Raises `StataError` r(198) for options that are unknown,
    incorrectly specified, out of range or required and absent; `NotBuilt` for planned ones.
    """
    specs = tuple(specs)
    values: dict[str, Any] = {spec.name: False if spec.kind is Kind.FLAG else None for spec in specs}
    spans: dict[str, Span] = {}
    for option in options:
        spec, value = _read(option, specs)
        if spec.repeatable:
            value = (*(values[spec.name] or ()), value)
        values[spec.name] = value
        spans[spec.name] = option.span
    for spec in specs:
        if spec.required and spec.name not in spans:
            raise StataError(f"option {spec.name}() required", 198, (len(text), len(text)))
    return OptionValues(values, spans)


def _read(option: OptionText, specs: tuple[Option, ...]) -> tuple[Option, Any]:
    """The spec that ``option`` belongs to, and its value."""
    spec = find_option(option.name, specs)
    exact = spec is not None and spec.name == option.name
    opposite = None if exact else _find_opposite(option.name, specs)
    if opposite is not None and (spec is None or opposite.negated == option.name):
        if option.args is not None:
            raise _not_allowed(option)
        return opposite, False
    if spec is None:
        raise _not_allowed(option)
    if spec.planned:
        raise NotBuilt(f"option {spec.name}{'' if spec.kind is Kind.FLAG else '()'}", option.span)
    if spec.kind is Kind.FLAG:
        if option.args is not None:
            raise _not_allowed(option)
        return spec, True
    if option.args is None:
        if spec.optional_args:
            return spec, True
        raise incorrectly_specified(spec.name, option.span)
    # Reading the arguments is another matter, and needs the parser for some kinds only.
    from .values import read_value

    return spec, read_value(spec, option)


def _find_opposite(word: str, specs: tuple[Option, ...]) -> Option | None:
    flags = [spec for spec in specs if spec.negated]
    exact = next((spec for spec in flags if spec.negated == word), None)
    return exact or next((spec for spec in flags if abbreviates(word, spec.negated, spec.negated_shortest)), None)


def _not_allowed(option: OptionText) -> StataError:
    parentheses = "" if option.args is None else "()"
    return StataError(f"option {option.name}{parentheses} not allowed", 198, option.span)


def incorrectly_specified(name: str, span: Span | None) -> StataError:
    """Stata's answer to arguments that do not fit an option."""
    return StataError(f"option {name}() incorrectly specified", 198, span)
