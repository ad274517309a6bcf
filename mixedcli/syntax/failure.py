"""From a parser's complaint to Stata's message."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..errors import StataError, SyntaxFailure
from .tree import Span

_PIECES = re.compile(r"""`"|"'|"|[()\[\]]""")
_CLOSES = {")": "(", "]": "["}
_RESERVED = ("if", "in", "using")
_WORD = re.compile(r"\"?[^\s,\"]*")


def syntax_failure(text: str, offset: int, at: int, start: str, expected: Collection[str]) -> StataError:
    """The error for text that the grammar of ``start`` does not accept.

    ``offset`` is where the parsed part begins, ``at`` where parsing stopped, ``expected`` the tokens it would take
    there.
    """
    unbalanced = unbalanced_at(text, offset)
    if unbalanced is not None:
        message, place = unbalanced
        return SyntaxFailure(message, (place, place + 1), 132)
    at = min(max(at, offset), len(text))
    if start in ("assignment", "egen") and "EQUALS" in expected and not text[at:].strip():
        return SyntaxFailure("=exp required", (at, at), 100)
    span = _word_at(text, at)
    word = text[slice(*span)]
    if word and word not in _RESERVED and ("VARNAME" in expected or ("NAME" in expected and not _is_operator(word))):
        return SyntaxFailure(f"{word} invalid name", span)
    return SyntaxFailure("invalid syntax", span if word else (at, min(at + 1, len(text))))


def unbalanced_at(text: str, offset: int = 0) -> tuple[str, int] | None:
    """Stata's message for quotes or parentheses that do not match, and the place of the culprit; None if all match."""
    open_brackets: list[tuple[str, int]] = []
    quotes: list[tuple[str, int]] = []
    for match in _PIECES.finditer(text, offset):
        piece, at = match[0], match.start()
        inside = quotes[-1][0] if quotes else ""
        if piece == '`"' and inside != '"':
            quotes.append((piece, at))
        elif (piece == "\"'" and inside == '`"') or (piece[0] == '"' and inside == '"'):
            quotes.pop()
        elif piece[0] == '"' and not inside:
            quotes.append(('"', at))
        elif inside or piece[0] in "\"`":
            continue
        elif piece in "([":
            open_brackets.append((piece, at))
        elif not open_brackets or open_brackets.pop()[0] != _CLOSES[piece]:
            return "too many ')' or ']'", at
    if quotes:
        return "too few quotes", quotes[0][1]
    if open_brackets:
        return "too few ')' or ']'", open_brackets[-1][1]
    return None


def _word_at(text: str, at: int) -> Span:
    """The run of characters at ``at``, up to a blank, a comma or the end of a string."""
    match = _WORD.match(text, at)
    assert match is not None
    return match.span()


def _is_operator(word: str) -> bool:
    return word[0] in "=<>!~&|+-*/^)],([:%"
