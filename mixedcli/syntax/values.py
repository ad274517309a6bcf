"""The value of one option: the text between its parentheses, read as its spec says."""

from __future__ import annotations

import re
from typing import Any

from ..errors import StataError, SyntaxFailure
from .numlist import read_numlist
from .spec import Kind, Option, abbreviates, incorrectly_specified
from .tree import OptionText

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_NAME = re.compile(r"[^\W\d]\w*")
_FORMAT = re.compile(r"%[-~]?\d*(?:[.,]\d+)?(?:[efg]c?|s|x|[HL]|t[a-zA-Z]\S*|d\S*)")
_QUOTED = re.compile(r"(?:\"([^\"]*)\"|`\"(.*)\"')", re.DOTALL)
_LONGEST_NAME = 32


def read_value(spec: Option, option: OptionText) -> Any:
    """The value of ``option`` by the kind of ``spec`` (see `Kind`).

    Raises `StataError`: r(198) for what does not fit, r(120) for a bad format, r(121) for a bad numlist.
    """
    text = option.args or ""
    match spec.kind:
        case Kind.REAL | Kind.INTEGER:
            return _number(spec, option, text)
        case Kind.NAME:
            return _names(spec, option, text, most=1)[0]
        case Kind.NAMES:
            return _names(spec, option, text, most=None)
        case Kind.CHOICE:
            return _choice(spec, option, text)
        case Kind.NUMLIST:
            return _numlist(spec, option, text)
        case Kind.FORMAT:
            if not _FORMAT.fullmatch(text):
                raise StataError("invalid %format", 120, option.args_span)
            return text
        case Kind.STRING:
            quoted = _QUOTED.fullmatch(text)
            return (quoted[1] if quoted[1] is not None else quoted[2]) if quoted else text
        case Kind.VARLIST | Kind.EXPRESSION:
            return _parsed(spec, option, text)
    return text


def _number(spec: Option, option: OptionText, text: str) -> float | int:
    if not _NUMBER.fullmatch(text):
        raise incorrectly_specified(spec.name, option.span)
    value = float(text)
    low, high = spec.low, spec.high
    if (low is not None and value < low) or (high is not None and value > high):
        raise StataError(f"{spec.name}() must be {_range(low, high)}", 198, option.args_span)
    if spec.kind is Kind.REAL:
        return value
    if value != int(value) if abs(value) < 2**53 else True:
        raise incorrectly_specified(spec.name, option.span)
    return int(value)


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"less than or equal to {high:g}"
    if high is None:
        return f"greater than or equal to {low:g}"
    return f"between {low:g} and {high:g} inclusive"


def _names(spec: Option, option: OptionText, text: str, most: int | None) -> tuple[str, ...]:
    names = tuple(text.split())
    if not names or (most is not None and len(names) > most):
        raise incorrectly_specified(spec.name, option.span)
    for name in names:
        if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
            raise SyntaxFailure(f"{name} invalid name", option.args_span)
    return names


def _choice(spec: Option, option: OptionText, text: str) -> str:
    exact = next((choice.name for choice in spec.choices if choice.name == text), None)
    for choice in spec.choices:
        if exact is None and abbreviates(text, choice.name, choice.shortest):
            exact = choice.name
    if exact is None:
        raise incorrectly_specified(spec.name, option.span)
    return exact


def _numlist(spec: Option, option: OptionText, text: str) -> tuple[float, ...]:
    try:
        return read_numlist(text, option.args_span)
    except StataError as error:
        raise StataError(f"{spec.name}() invalid -- {error.message}", error.rc, error.span) from None


def _parsed(spec: Option, option: OptionText, text: str) -> Any:
    from .parser import parse_expression, parse_varlist

    if not text:
        raise StataError(f"{spec.name}() invalid -- nothing found where expected", 100, option.span)
    return (parse_varlist if spec.kind is Kind.VARLIST else parse_expression)(text, option.args_span[0])
