"""Commands that begin with a list of their own form, and go on like any other: if, in, weights, options."""

from __future__ import annotations

import re

from ...records import replace
from ...syntax.parser import parse
from ...syntax.tree import Statement

_OPENS, _CLOSES = "([", ")]"
_QUALIFIER = re.compile(r"(?:if|in|using)(?!\w)|\[\s*(?:fw|aw|pw|iw|w)[a-z]*\s*=(?!=)")


def split_clauses(statement: Statement) -> tuple[str, int, Statement]:
    """The list as text, where it begins, and the statement with the clauses after it parsed.

    The list ends before the first comma, ``if``, ``in``, ``using`` or weight outside quotes and parentheses.
    """
    text = statement.text
    start = len(text) - len(statement.rest)
    end = _end_of_list(text, start)
    tail = parse(text, "standard", statement.word, end)
    return text[start:end], start, replace(tail, rest=statement.rest)


def _end_of_list(text: str, start: int) -> int:
    depth, at = 0, start
    while at < len(text):
        sign = text[at]
        if sign == '"':
            closing = text.find('"', at + 1)
            at = closing if closing >= 0 else len(text)
        elif depth == 0 and (sign == "," or (_begins_word(text, at, start) and _QUALIFIER.match(text, at))):
            return at
        elif sign in _OPENS:
            depth += 1
        elif sign in _CLOSES:
            depth -= 1
        at += 1
    return len(text)


def _begins_word(text: str, at: int, start: int) -> bool:
    return at == start or text[at] == "[" or not (text[at - 1].isalnum() or text[at - 1] in "_.")
