"""Macro substitution: in the text, when a statement is about to run, before the parser sees it.

`` `name' `` is a local macro, ``$name`` and ``${name}`` a global one; both nest.  `` `=exp' `` is the value of an
expression, `` `:function' `` an extended macro function, `` `++name' `` and `` `name--' `` step a counter.  What is
put in is substituted in turn, so a macro may hold references.  A backslash before a backquote or a dollar keeps it for
later.
([U] 18.3 describes the language.)
"""

from __future__ import annotations

import re
from typing import Protocol

from ..errors import StataError
from ..records import record
from .source import Positions

MOST_CHARACTERS = 4_000_000
DEEPEST = 200

_SPECIAL = re.compile(r"\\(?=[`$\\])|`|\$(?=[\w{`])")
_NAME = re.compile(r"\w*")
_STEP = re.compile(r"(\+\+|--)?\s*(\w+)\s*(\+\+|--)?\Z")


class Macros(Protocol):
    """What a macro reference can ask of the session."""

    def local(self, name: str) -> str:
        """The content of a local macro; empty if there is none."""

    def global_(self, name: str) -> str:
        """The content of a global macro; empty if there is none."""

    def evaluate(self, text: str) -> str:
        """The value of an expression as text."""

    def function(self, text: str) -> str:
        """The result of an extended macro function."""

    def step(self, name: str, by: int, after: bool) -> str:
        """Add ``by`` to a local counter; its text before (``after`` False) or after the step."""


@record
class Expanded:
    """A statement after substitution.

    ``pieces``: (offset in ``text``, offset in the original) where runs of characters begin that stood together.
    """

    text: str
    pieces: tuple[tuple[int, int], ...]

    def positions(self, original: Positions) -> Positions:
        """Where the characters of ``text`` came from, for messages: those of a macro from where it was referred to."""
        starts, places = [], []
        ends = [start for start, _ in self.pieces[1:]] + [len(self.text)]
        for (start, source), end in zip(self.pieces, ends, strict=True):
            cuts = [s for s in original.starts if source < s < source + (end - start)]
            for cut in (source, *cuts):
                starts.append(start + cut - source)
                places.append(original[cut])
        return Positions(tuple(starts), tuple(places)) if starts else Positions()


def has_references(text: str) -> bool:
    """True if ``text`` may refer to a macro."""
    return "`" in text or "$" in text or "\\" in text


def expand(text: str, macros: Macros) -> Expanded:
    """``text`` with every macro reference replaced.

    Raises r(920) if macros refer to each other without end or the text grows beyond all bounds, r(132) for a reference
    that does not end, and what expressions and functions inside references raise.
    """
    if not has_references(text):
        return Expanded(text, ((0, 0),))
    out, pieces, length, at = [], [], 0, 0
    while at < len(text):
        match = _SPECIAL.search(text, at)
        literal = text[at : match.start()] if match else text[at:]
        if literal:
            pieces.append((length, at))
            out.append(literal)
            length += len(literal)
        if match is None:
            break
        value, end = _reference(text, match.start(), macros, 0)
        if value:
            pieces.append((length, match.start()))
            out.append(value)
            length += len(value)
        at = end
        if length > MOST_CHARACTERS:
            raise _too_long()
    return Expanded("".join(out), tuple(pieces) or ((0, 0),))


def _plain(text: str, macros: Macros, depth: int) -> str:
    """``text`` substituted, when nobody needs to know where it came from."""
    if not has_references(text):
        return text
    if depth > DEEPEST or len(text) > MOST_CHARACTERS:
        raise _too_long()
    out, at = [], 0
    while at < len(text):
        match = _SPECIAL.search(text, at)
        if match is None:
            out.append(text[at:])
            break
        out.append(text[at : match.start()])
        value, at = _reference(text, match.start(), macros, depth)
        out.append(value)
    return "".join(out)


def _too_long() -> StataError:
    return StataError("macro substitution results in line that is too long", 920)


def _reference(text: str, at: int, macros: Macros, depth: int) -> tuple[str, int]:
    """What the special character at ``at`` stands for, and where the text goes on."""
    sign = text[at]
    if sign == "\\":
        # \` and \$ lose their backslash and are left alone; \\ is one backslash only before a macro.
        follows = text[at + 1]
        if follows == "\\":
            return ("\\", at + 2) if text[at + 2 : at + 3] in ("`", "$") else ("\\\\", at + 2)
        return follows, at + 2
    if sign == "$":
        return _global(text, at, macros, depth)
    if text.startswith('`"', at):
        return '`"', at + 2
    end = _closing(text, at)
    if end < 0:
        return "`", at + 1
    return _local(text[at + 1 : end], macros, depth), end + 1


def _closing(text: str, at: int) -> int:
    """The place of the quote that closes the reference opened at ``at``; -1 if there is none."""
    depth = 0
    i = at
    while i < len(text):
        if text.startswith('`"', i):
            i += 2
            continue
        if text.startswith("\"'", i) and depth and '`"' in text[at:i]:
            i += 2
            continue
        if text[i] == "`":
            depth += 1
        elif text[i] == "'":
            depth -= 1
            if depth == 0:
                return i
        i += 1
    return -1


def _global(text: str, at: int, macros: Macros, depth: int) -> tuple[str, int]:
    if text.startswith("${", at):
        end = text.find("}", at)
        if end < 0:
            return "$", at + 1
        name = _plain(text[at + 2 : end], macros, depth + 1).strip()
        return _plain(macros.global_(name), macros, depth + 1), end + 1
    if text.startswith("$`", at):
        inner, end = _reference(text, at + 1, macros, depth)
        rest = _NAME.match(text, end)
        assert rest is not None
        return _plain(macros.global_(inner + rest[0]), macros, depth + 1), rest.end()
    name = _NAME.match(text, at + 1)
    assert name is not None
    return _plain(macros.global_(name[0]), macros, depth + 1), name.end()


def _local(content: str, macros: Macros, depth: int) -> str:
    """What stands between the quotes of a local reference, evaluated."""
    inner = _plain(content, macros, depth + 1)
    if inner.startswith("="):
        return macros.evaluate(inner[1:])
    if inner.startswith(":"):
        return macros.function(inner[1:])
    if inner.startswith("macval(") and inner.endswith(")"):
        return macros.local(inner[7:-1].strip())
    step = _STEP.match(inner)
    if step and (step[1] or step[3]):
        return macros.step(step[2], 1 if (step[1] or step[3]) == "++" else -1, after=bool(step[1]))
    return _plain(macros.local(inner.strip()), macros, depth + 1)
