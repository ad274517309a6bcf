"""The rules of recode, as typed and as applied: ``(1 2 = 1 "low") (3/max = 2 "high") (else = .)``."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ...data.storage import MISSING, MISSING_BY_NAME, is_missing
from ...errors import StataError
from ...records import record
from .data import check_name, invalid_syntax
from .variables import as_held

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_VALUE = re.compile(rf"{_NUMBER}|\.[a-z]?|min|max")
_NOT_RECODED = {"nonmissing": "nonm", "missing": "mis", "else": "else", "*": "*"}
_TEXT = r'`"(?:.*?)"\'|"[^"]*"'
_WORD = rf"{_NUMBER}(?![\w.])|\.[a-z]?(?!\w)|\w+|\*"
_TOKEN = re.compile(rf"\s*(?:(?P<text>{_TEXT})|(?P<sign>[=/()])|(?P<word>{_WORD}))")


@record
class Element:
    """A piece of the left side: a value (``low`` equal to ``high``), a range, or a keyword for what is left over.

    ``low`` is -inf for ``min``; ``high`` is inf for ``max``, which means the largest value that is not missing.
    """

    low: float = 0.0
    high: float = 0.0
    keyword: str = ""


@record
class Rule:
    """What becomes ``target`` (None: a keyword rule that keeps the values), with a label for it or an empty one."""

    elements: tuple[Element, ...]
    target: float
    label: str = ""


# ---- reading -------------------------------------------------------------------------------------------------


def split_rules(text: str) -> int:
    """Where the rules begin in ``varlist rules``: at the first parenthesis, or the first word that is no name."""
    opening, equal = text.find("("), text.find("=")
    if opening >= 0 and (equal < 0 or opening < equal):
        return opening
    for word in re.finditer(r"[^\s=]+", text):
        if _VALUE.match(word[0]) and not re.match(r"(?:min|max)\w", word[0]):
            return word.start()
        if text[word.end() :].lstrip().startswith("=") or _keyword(word[0]):
            return word.start()
    return len(text)


def _keyword(word: str) -> str:
    return next((name for name, short in _NOT_RECODED.items() if len(word) >= len(short) and name.startswith(word)), "")


def check_varlist(text: str, start: int) -> None:
    """Raise ``# invalid name`` r(198) for a text in quotes among the variables, where Stata stops too."""
    quoted = re.search(r'"[^"\s]*', text)
    if quoted:
        check_name(quoted[0], (start + quoted.start(), start + quoted.end()))


def read_rules(text: str, start: int) -> tuple[Rule, ...]:
    """The rules in ``text``, each in parentheses or all without."""
    tokens = list(_tokens(text, start))
    rules, at = [], 0
    while at < len(tokens):
        if tokens[at][0] == "(":
            end = next((k for k in range(at, len(tokens)) if tokens[k][0] == ")"), None)
            if end is None:
                raise invalid_syntax(tokens[at][1])
            rules.append(_rule(tokens[at + 1 : end], tokens[at][1]))
            at = end + 1
        else:
            end = _end_of_bare_rule(tokens, at)
            rules.append(_rule(tokens[at:end], tokens[at][1]))
            at = end
    if not rules:
        raise StataError("no recode rules specified", 198, (start, start + len(text)))
    return tuple(rules)


Token = tuple[str, tuple[int, int], bool]
"""Text, place in the statement, and whether it stood in quotes."""


def _tokens(text: str, start: int) -> Iterator[Token]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise invalid_syntax((start + at, start + len(text)))
        span = (start + match.start(match.lastgroup or 0), start + match.end())
        quoted = match["text"]
        if quoted is not None:
            yield quoted[2:-2] if quoted.startswith("`") else quoted[1:-1], span, True
        else:
            yield match[match.lastgroup or 0], span, False
        at = match.end()


def _end_of_bare_rule(tokens: list[Token], at: int) -> int:
    """A rule without parentheses ends after its target and the label of that."""
    equal = next((k for k in range(at, len(tokens)) if tokens[k][0] == "=" and not tokens[k][2]), None)
    if equal is None or equal + 1 >= len(tokens):
        raise invalid_syntax(tokens[at][1])
    end = equal + 2
    return end + 1 if end < len(tokens) and tokens[end][2] else end


def _rule(tokens: list[Token], span: tuple[int, int]) -> Rule:
    equal = next((k for k, token in enumerate(tokens) if token[0] == "=" and not token[2]), None)
    if not equal or equal + 1 >= len(tokens) or len(tokens) > equal + 3:
        raise invalid_syntax(span)
    target = _number(tokens[equal + 1])
    if not np.isfinite(target):
        raise invalid_syntax(tokens[equal + 1][1])
    label = ""
    if len(tokens) == equal + 3:
        if not tokens[-1][2]:
            raise invalid_syntax(tokens[-1][1])
        label = tokens[-1][0]
    return Rule(tuple(_elements(tokens[:equal])), target, label)


def _elements(tokens: list[Token]) -> Iterator[Element]:
    at = 0
    while at < len(tokens):
        keyword = "" if tokens[at][2] else _keyword(tokens[at][0])
        if keyword:
            yield Element(keyword="else" if keyword == "*" else keyword)
            at += 1
        elif at + 2 < len(tokens) and tokens[at + 1][0] == "/":
            yield Element(_number(tokens[at]), _number(tokens[at + 2]))
            at += 3
        else:
            value = _number(tokens[at])
            # min and max alone are the smallest and the largest value: see `_matches`.
            yield Element(value, value)
            at += 1


def _number(token: Token) -> float:
    text, span, quoted = token
    if quoted or not _VALUE.fullmatch(text):
        raise invalid_syntax(span)
    if text in ("min", "max"):
        return -np.inf if text == "min" else np.inf
    return MISSING_BY_NAME[text] if text in MISSING_BY_NAME else float(text)


# ---- applying ------------------------------------------------------------------------------------------------


def apply(rules: tuple[Rule, ...], values: np.ndarray, storage: str) -> tuple[np.ndarray, list[int], list[int]]:
    """The recoded values, shape (n,); the rules that met no value; the rules that met a value of an earlier one.

    The first rule that a value meets counts.  ``storage``: the type of the variable.
    """
    out = values.copy()
    left = np.ones(len(values), dtype=bool)
    unused, overlapping = [], []
    for k, rule in enumerate(rules):
        met = np.zeros(len(values), dtype=bool)
        for element in rule.elements:
            met |= _matches(element, values, left, storage)
        if not met.any():
            unused.append(k)
        elif (met & ~left).any():
            overlapping.append(k)
        out[met & left] = rule.target
        left &= ~met
    return out, unused, overlapping


def _matches(element: Element, values: np.ndarray, left: np.ndarray, storage: str) -> np.ndarray:
    """Where ``values`` fit an element; a keyword fits only what is ``left`` over."""
    missing = is_missing(values)
    if element.keyword:
        return left & {"else": np.ones(len(values), bool), "missing": missing, "nonmissing": ~missing}[element.keyword]
    low, high = as_held((element.low, element.high), storage).tolist()
    known = values[~missing]
    if low == high and np.isinf(low):
        low = high = (known.min() if low < 0 else known.max()) if known.size else MISSING
    inside = (values >= low) & (values <= high)
    return inside if high >= MISSING and np.isfinite(high) else inside & ~missing

