"""The front of a statement: prefixes and the command's word.  No grammar is needed for it, so it costs nothing."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import StataError, SyntaxFailure
from .tree import Prefix


class Head(NamedTuple):
    """A statement taken apart: ``rest`` is the text after ``word`` and begins at ``offset`` of the statement."""

    prefixes: tuple[Prefix, ...]
    word: str
    rest: str
    offset: int


# Name and least abbreviation.  Those in _PLAIN take nothing before the command; the colon after them is optional.
_PLAIN = (("quietly", "qui"), ("noisily", "n"), ("capture", "cap"))
# These stand before a colon, with arguments of their own.
_COLON = (
    ("by", "by"), ("bysort", "bys"), ("xi", "xi"), ("version", "vers"), ("statsby", "statsby"),
    ("bootstrap", "bootstrap"), ("jackknife", "jackknife"), ("simulate", "simulate"), ("permute", "permute"),
    ("rolling", "rolling"), ("svy", "svy"), ("mi", "mi"), ("nestreg", "nestreg"), ("stepwise", "stepwise"),
    ("sw", "sw"), ("fp", "fp"), ("mfp", "mfp"), ("bayes", "bayes"), ("fmm", "fmm"), ("frame", "frame"),
    ("collect", "collect"),
)  # fmt: skip
_OTHER_NAMES = {"bs": "bootstrap", "bstrap": "bootstrap", "jknife": "jackknife"}
# Every allowed abbreviation, since each statement of a loop asks.
_NAMES = _OTHER_NAMES | {
    name[:n]: name for name, least in (*reversed(_COLON), *reversed(_PLAIN)) for n in range(len(least), len(name) + 1)
}
_WORD = re.compile(r"\s*([^\W\d]\w*|\S)")
_PLAIN_NAMES = frozenset(name for name, _ in _PLAIN)
_TEXT = re.compile(r"\S*")
_AFTER_PLAIN = re.compile(r"\s*:")
_MOST_PREFIXES = 64


def split_head(text: str) -> Head:
    """The prefixes, the command word, and what follows it.

    ``word`` is empty for a blank statement.  What begins with a character that cannot begin a name is a word up to the
    next blank, except that ``!`` is another name of ``shell``.
    """
    prefixes: list[Prefix] = []
    at = 0
    while len(prefixes) < _MOST_PREFIXES:
        found = _prefix(text, at)
        if found is None:
            break
        prefix, at = found
        prefixes.append(prefix)
    match = _WORD.match(text, at)
    if match is None:
        return Head(tuple(prefixes), "", "", len(text))
    word, end = match[1], match.end()
    if word == "!":
        return Head(tuple(prefixes), "shell", text[end:], end)
    if not (word[0].isalpha() or word[0] == "_" or word in "{}"):
        whole = _TEXT.match(text, match.start(1))
        assert whole is not None
        word, end = whole[0], whole.end()
    return Head(tuple(prefixes), word, text[end:], end)


def command_text(text: str) -> str:
    """A statement without its prefixes, as e(cmdline) keeps it."""
    head = split_head(text)
    return text[head.offset - len(head.word) :].strip()


def _prefix(text: str, at: int) -> tuple[Prefix, int] | None:
    """The prefix that begins at ``at`` and where the text after it begins; None if there is none."""
    match = _WORD.match(text, at)
    if match is None:
        return None
    word, start, end = match[1], match.start(1), match.end()
    name = _NAMES.get(word)
    if name is None:
        return None
    if name not in _PLAIN_NAMES:
        return _colon_prefix(text, name, start, end)
    colon = _AFTER_PLAIN.match(text, end)
    return Prefix(name, "", (start, end)), colon.end() if colon else end


def _colon_prefix(text: str, name: str, start: int, end: int) -> tuple[Prefix, int] | None:
    colon = top_level_colon(text, end)
    if colon is None:
        if name in ("by", "bysort"):
            raise SyntaxFailure("invalid syntax", (start, len(text)))
        # A command of the same name: version 13, mi set, timer on.
        return None
    args = text[end:colon].strip()
    if name in ("by", "bysort") and not args:
        raise StataError("varlist required", 100, (start, end))
    return Prefix(name, args, (start, colon + 1)), colon + 1


def top_level_colon(text: str, at: int) -> int | None:
    """Where the first colon outside quotes and parentheses stands, from ``at``."""
    depth, quoted = 0, False
    for i in range(at, len(text)):
        char = text[i]
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == ":" and depth == 0:
            return i
        elif char == "|" and text[i : i + 2] == "||":
            return None
    return None
