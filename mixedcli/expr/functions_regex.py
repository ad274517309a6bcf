"""Regular expressions: ``regexm regexr regexs`` and their ``ustr`` twins; what a match found is kept for the next call.

Patterns are Python's, which has what Stata's engines share; POSIX classes such as ``[[:alpha:]]`` are rewritten.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from ..errors import StataError
from .environment import Value
from .evaluate import Evaluator
from .functions import Function
from .functions_string import over_rows

_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "cntrl": r"\x00-\x1f\x7f", "word": r"\w",
}
_POSIX = re.compile(r"\[:(\w+):\]")
_REFERENCE = re.compile(r"\\(.)|\$(\d)", re.DOTALL)


@cache
def pattern(text: str, ignore_case: bool = False) -> re.Pattern[str]:
    """A compiled regular expression; r(198) if it is none."""
    python = _POSIX.sub(lambda match: _CLASSES.get(match[1], match[0]), text)
    try:
        return re.compile(python, re.IGNORECASE if ignore_case else 0)
    except (re.error, RecursionError, OverflowError):
        raise StataError("regexp: invalid regular expression", 198) from None


def _match(key: str) -> Any:
    """``regexm(s, re)``, ``ustrregexm(s, re[, noc])``: 1 where re matches; the matches are kept under ``key``."""

    def run(rows: Evaluator, text: Any, wanted: Any, no_case: Any = 0.0) -> Value:
        find: Any = np.frompyfunc(lambda s, r, n: pattern(r, n != 0).search(s), 3, 1)
        found = find(text, wanted, no_case)
        rows.env.memory[key] = found
        return found.astype(bool).astype(np.float64) if np.ndim(found) else float(found is not None)

    return run


def _part(key: str) -> Any:
    """``regexs(n)``: the nth parenthesis of the last match of that row (0: all of it); empty without a match."""

    def one(match: Any, n: float) -> str:
        known = match is not None and 0 <= n <= match.re.groups
        return (match.group(int(n)) or "") if known else ""

    def run(rows: Evaluator, number: Any) -> Value:
        each: Any = np.frompyfunc(one, 2, 1)
        matches: Any = rows.env.memory.get(key)
        if np.ndim(matches) and len(matches) != rows.dataset.n:   # left by other data
            matches = None
        out = each(matches, number)
        return out if np.ndim(out) else str(out)

    return run


def replace_first(text: str, wanted: str, new: str) -> str:
    """``regexr(s, re, new)``: the first match replaced."""
    return pattern(wanted).sub(lambda match: new, text, count=1)


def _replace(count: int) -> Any:
    """``ustrregexrf`` and ``ustrregexra``: the first match, or all; ``$1`` in the new text is a parenthesis of it."""

    def one(text: str, wanted: str, new: str, no_case: float = 0.0) -> str:
        def insert(match: re.Match[str]) -> str:
            def value(found: re.Match[str]) -> str:
                if found[1] is not None:
                    return found[1]
                number = int(found[2])
                return (match.group(number) or "") if number <= match.re.groups else found[0]

            return _REFERENCE.sub(value, new)

        return pattern(wanted, no_case != 0).sub(insert, text, count=count)

    return one


FUNCTIONS = {
    "regexm": Function(_match("regex"), kinds="s", least=2, most=2, needs_rows=True),
    "regexs": Function(_part("regex"), kinds="n", needs_rows=True),
    "regexr": Function(over_rows(replace_first, text=True), kinds="s", least=3, most=3, strict=False),
    "ustrregexm": Function(_match("uregex"), kinds="ssn", least=2, most=3, needs_rows=True),
    "ustrregexs": Function(_part("uregex"), kinds="n", needs_rows=True),
    "ustrregexrf": Function(over_rows(_replace(1), text=True), kinds="sssn", least=3, most=4, strict=False),
    "ustrregexra": Function(over_rows(_replace(0), text=True), kinds="sssn", least=3, most=4, strict=False),
}
