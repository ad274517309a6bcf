"""What stands before the dot of a varlist term: factor operators and time-series operators."""

from __future__ import annotations

import re

from ..errors import StataError, SyntaxFailure
from .numlist import read_integers
from .tree import FactorOperator, Span

_TIME = re.compile(r"(?:[lfds](?:\d+|\([^()]*\))?)+", re.IGNORECASE)
_BASE = re.compile(r"b(?:n|(\d+)|\((first|last|freq|none|n|\d+|#\d+)\))?")
_OMITTED = re.compile(r"o")
_LEVELS = re.compile(r"(\d+)|\(([^()]*)\)")
MOST_LEVEL = 2_147_483_620


def read_operator(text: str, span: Span) -> FactorOperator | str:
    """The meaning of ``text`` (without its dot); time-series operators come back as their text, in capitals.

    Raises ``...: operator invalid`` r(198).
    """
    if text in ("c", "co", "oc"):
        return FactorOperator("c", omitted="o" in text, span=span)
    if _TIME.fullmatch(text):
        return text.upper()
    rest = text.removeprefix("i")
    if not rest and text != "i":
        raise _invalid(text, span)
    return _factor(text, rest, span)


def _factor(text: str, rest: str, span: Span) -> FactorOperator:
    """An ``i`` operator: any of base, omission and levels, each at most once."""
    base: int | str | None = None
    base_at: int | None = None
    levels: tuple[int, ...] = ()
    omitted = False
    while rest:
        match = _BASE.match(rest)
        if match and base is None and base_at is None:
            base, base_at = _base(match, levels)
            if base is None and base_at is None:
                raise _invalid(text, span)
        elif (match := _OMITTED.match(rest)) and not omitted:
            omitted = True
        elif (match := _LEVELS.match(rest)) and not levels:
            levels = _levels(match[1] or match[2], text, span)
        else:
            raise _invalid(text, span)
        rest = rest[match.end() :]
    return FactorOperator("i", base, base_at, levels, omitted, span)


def _base(match: re.Match[str], levels: tuple[int, ...]) -> tuple[int | str | None, int | None]:
    """The base that ``b...`` names: a level (or a word), or a place ``#k``.  In ``2b.`` it is the level itself."""
    number, word = match[1], match[2]
    if match[0] == "bn" or word in ("n", "none"):
        return "none", None
    if number or (word and word.isdigit()):
        return int((number or word)[:19]), None  # Python refuses to read thousands of digits
    if word and word.startswith("#"):
        return None, int(word[1:20])
    return word or (levels[0] if len(levels) == 1 else None), None


def _levels(text: str, whole: str, span: Span) -> tuple[int, ...]:
    try:
        levels = read_integers(text, span)
    except StataError:
        raise _invalid(whole, span) from None
    if not all(0 <= level <= MOST_LEVEL for level in levels):
        raise _invalid(whole, span)
    return levels


def _invalid(text: str, span: Span) -> SyntaxFailure:
    return SyntaxFailure(f"{text}.: operator invalid", span)
