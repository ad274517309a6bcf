"""Splitting text into words, as gettoken, foreach and the macro functions do: quotes keep blanks together."""

from __future__ import annotations

from ..errors import StataError
from ..records import record


@record
class QuotedWord:
    """One word: ``raw`` as it stands, with its quotes, and ``text`` without them."""

    raw: str
    text: str


def split_words(text: str) -> tuple[QuotedWord, ...]:
    """The words of ``text``.  Raises ``too few quotes`` r(132) if a quote is not closed."""
    out = []
    at = _past_blanks(text, 0)
    while at < len(text):
        word, at = next_word(text, at)
        out.append(word)
        at = _past_blanks(text, at)
    return tuple(out)


def next_word(text: str, at: int = 0) -> tuple[QuotedWord, int]:
    """The word that begins at or after ``at``, and where it ends; an empty one at the end of the text."""
    at = _past_blanks(text, at)
    end = _word_end(text, at)
    raw = text[at:end]
    if raw.startswith('`"'):
        return QuotedWord(raw, raw[2:-2]), end
    if raw.startswith('"'):
        return QuotedWord(raw, raw[1:-1]), end
    return QuotedWord(raw, raw), end


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _word_end(text: str, at: int) -> int:
    if text.startswith('`"', at):
        return compound_end(text, at)
    if text.startswith('"', at):
        end = text.find('"', at + 1)
        if end < 0:
            raise StataError("too few quotes", 132)
        return end + 1
    while at < len(text) and not text[at].isspace():
        at += 1
    return at


def compound_end(text: str, at: int) -> int:
    """Past the end of the compound string that opens at ``at``; r(132) if it is not closed."""
    depth = 0
    while at < len(text):
        two = text[at : at + 2]
        if two == '`"':
            depth, at = depth + 1, at + 2
        elif two == "\"'":
            depth, at = depth - 1, at + 2
            if depth == 0:
                return at
        else:
            at += 1
    raise StataError("too few quotes", 132)


def bound(text: str) -> str:
    """``text`` as one word, with as few quotes as it needs: none, double ones, or compound ones."""
    if '"' in text:
        return f"`\"{text}\"'"
    return f'"{text}"' if not text or any(sign.isspace() for sign in text) else text
