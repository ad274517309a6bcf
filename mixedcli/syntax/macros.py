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
_QUOTE = re.compile(r"""`"|"'|[`']|\$\{|\}""")
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

    Raises r(920) if macros refer to each other without end or the text grows beyond all bounds, and what expressions
    and functions inside references raise.
    """
    if not has_references(text):
        return Expanded(text, ((0, 0),))
    out, pieces, length, at = [], [], 0, 0
    expansion = _Expansion(macros)
    closings = _closings(text)
    while at < len(text):
        match = _SPECIAL.search(text, at)
        literal = text[at : match.start()] if match else text[at:]
        if literal:
            pieces.append((length, at))
            out.append(literal)
            length += len(literal)
        if match is None:
            break
        value, end = expansion.reference(text, match.start(), closings, 0)
        if value:
            pieces.append((length, match.start()))
            out.append(value)
            length += len(value)
        at = end
    return Expanded("".join(out), tuple(pieces) or ((0, 0),))


class _Expansion:
    """The replacing of the references of one statement.

    ``left`` is how many characters it may still produce, at every depth and each reference counting for one: macros
    that hold two references each to the next would otherwise double the work a hundred times.
    """

    def __init__(self, macros: Macros) -> None:
        self.macros = macros
        self.left = MOST_CHARACTERS

    def plain(self, text: str, depth: int) -> str:
        """``text`` substituted, when nobody needs to know where it came from."""
        self.left -= len(text) + 1
        if depth > DEEPEST or self.left < 0:
            raise StataError("macro substitution results in line that is too long", 920)
        if not has_references(text):
            return text
        out, at = [], 0
        closings = _closings(text)
        while at < len(text):
            match = _SPECIAL.search(text, at)
            if match is None:
                out.append(text[at:])
                break
            out.append(text[at : match.start()])
            value, at = self.reference(text, match.start(), closings, depth)
            out.append(value)
        return "".join(out)

    def reference(self, text: str, at: int, closings: dict[int, int], depth: int) -> tuple[str, int]:
        """What the special character at ``at`` stands for, and where the text goes on."""
        sign = text[at]
        if sign == "\\":
            # \` and \$ lose their backslash and are left alone; \\ is one backslash only before a macro.
            follows = text[at + 1]
            if follows == "\\":
                return ("\\", at + 2) if text[at + 2 : at + 3] in ("`", "$") else ("\\\\", at + 2)
            return follows, at + 2
        if sign == "$":
            return self.global_(text, at, closings, depth)
        if text.startswith('`"', at):
            return '`"', at + 2
        end = closings.get(at, -1)
        if end < 0:
            return "`", at + 1
        return self.local(text[at + 1 : end], depth), end + 1

    def global_(self, text: str, at: int, closings: dict[int, int], depth: int) -> tuple[str, int]:
        """The global macro that the dollar at ``at`` refers to."""
        if text.startswith("${", at):
            end = closings.get(at, -1)
            if end < 0:
                return "$", at + 1
            name = self.plain(text[at + 2 : end], depth + 1).strip()
            return self.plain(self.macros.global_(name), depth + 1), end + 1
        if text.startswith("$`", at):
            inner, end = self.reference(text, at + 1, closings, depth)
            rest = _NAME.match(text, end)
            assert rest is not None
            return self.plain(self.macros.global_(inner + rest[0]), depth + 1), rest.end()
        found = _NAME.match(text, at + 1)
        assert found is not None
        return self.plain(self.macros.global_(found[0]), depth + 1), found.end()

    def local(self, content: str, depth: int) -> str:
        """What stands between the quotes of a local reference, evaluated."""
        inner = self.plain(content, depth + 1)
        macros = self.macros
        if inner.startswith("="):
            return macros.evaluate(inner[1:])
        if inner.startswith(":"):
            return macros.function(inner[1:])
        if inner.startswith("macval(") and inner.endswith(")"):
            return macros.local(inner[7:-1].strip())
        step = _STEP.match(inner)
        if step and (step[1] or step[3]):
            return macros.step(step[2], 1 if (step[1] or step[3]) == "++" else -1, after=bool(step[1]))
        return self.plain(macros.local(inner.strip()), depth + 1)


def _closings(text: str) -> dict[int, int]:
    """What closes each reference: place of the backquote or of ``${`` -> place of the quote or the brace.

    Compound quotes nest with references: a quote inside one closes only what was opened inside it.
    """
    found: dict[int, int] = {}
    opened: list[int] = []      # places of backquotes; -1 for the opening of a compound quote
    braces: list[int] = []
    for match in _QUOTE.finditer(text):
        sign = match[0]
        if sign == "${":
            braces.append(match.start())
        elif sign == "}":
            if braces:
                found[braces.pop()] = match.start()
        elif sign == '`"':
            opened.append(-1)
        elif sign == "\"'" and -1 in opened:
            while opened.pop() != -1:
                pass
        elif sign == "`":
            opened.append(match.start())
        elif opened and opened[-1] >= 0:
            found[opened.pop()] = match.end() - 1
    return found
