"""Splitting text into tokens as tokenize and gettoken do."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import StataError
from ...syntax.words import QuotedWord, compound_end
from .._macro.expansion import unquoted


def parse_characters(text: str) -> str:
    """The characters that ``parse("...")`` lists."""
    return unquoted(text)


def tokens(text: str, characters: str) -> Iterator[QuotedWord]:
    """The tokens of ``text``, one after the other."""
    at = 0
    while True:
        token, at = next_token(text, at, characters)
        if not token.raw:
            return
        yield token


def next_token(text: str, at: int, characters: str, binds: bool = False) -> tuple[QuotedWord, int]:
    """The token that begins at or after ``at``, and where it ends; an empty one if there is none.

    A token ends at one of ``characters``, each of which is a token by itself unless it is a blank; what stands in
    quotes is one token.  ``binds``: what stands in parentheses or brackets is not cut.  Raises r(132) for quotes that
    stay open.
    """
    while " " in characters and at < len(text) and text[at] in " \t":
        at += 1
    start = at
    if start == len(text):
        return QuotedWord("", ""), at
    if text[at] == '"' or text.startswith('`"', at):
        end = _past_string(text, at)
        inner = 2 if text[at] == "`" else 1
        return QuotedWord(text[at:end], text[at + inner : end - inner]), end
    if text[at] in characters:
        return QuotedWord(text[at], text[at]), at + 1
    depth = 0
    while at < len(text) and (depth > 0 or text[at] not in characters):
        if binds:
            depth += (text[at] in "([") - (text[at] in ")]")
        at += 1
    return QuotedWord(text[start:at], text[start:at]), at


def _past_string(text: str, at: int) -> int:
    if text[at] == "`":
        return compound_end(text, at)
    end = text.find('"', at + 1)
    if end < 0:
        raise StataError("too few quotes", 132)
    return end + 1
