"""From text to statements: one reader for shell arguments, standard input, the prompt and do-files.

It takes away comments, continuations, prompts of pasted logs and the delimiter, and keeps for every character of a
statement where it came from.  Nothing here knows a command, apart from ``#delimit``.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

from ..errors import SyntaxFailure
from ..records import field, record


class Incomplete(SyntaxFailure):
    """The text typed so far ends inside a comment or with ``///``; a prompt should ask for another line."""

    def __init__(self, offset: int) -> None:
        super().__init__("unexpected end of input", (offset, offset))


@record
class Positions:
    """Where the characters of a statement stood: ``positions[offset]`` is a 1-based (line, column).

    ``starts`` are the offsets at which a new run of adjacent characters begins, ``places`` where those runs begin.
    """

    starts: tuple[int, ...] = (0,)
    places: tuple[tuple[int, int], ...] = ((1, 1),)

    def __getitem__(self, offset: int) -> tuple[int, int]:
        run = max(bisect.bisect_right(self.starts, offset) - 1, 0)
        line, column = self.places[run]
        return line, column + offset - self.starts[run]


@record
class SourceStatement:
    """One statement, without comments and on one line, ready for macro substitution and the parser.

    ``line`` is where it begins (1-based), ``lines`` the physical lines it was written on, without prompts, for echoing.
    ``name`` names the source in messages.  ``text`` is empty for a comment or a blank line.
    """

    text: str
    line: int = 1
    positions: Positions = field(default=Positions(), compare=False, repr=False)
    lines: tuple[str, ...] = ()
    name: str = ""


def read_statements(
    text: str, name: str = "", interactive: bool = False, comments: bool = False, whole: bool = False
) -> Iterator[SourceStatement]:
    """The statements of ``text`` in order.

    ``comments``: comment lines and blank lines come too, as statements without text, so that a log can echo them.
    ``whole``: a ``/*`` that is never closed is an error.
    ``interactive``: raise `Incomplete` instead of reading on past the end of what was typed.
    """
    reader = _Reader(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), name, interactive)
    reader.whole = whole
    for statement in reader.statements():
        if statement.text or comments:
            yield statement


_DELIMIT = re.compile(r"#d(?:e(?:l(?:i(?:m(?:it?)?)?)?)?)?[ \t]*(;|cr(?!\w))[ \t]*;?", re.ASCII)
_PROMPT = re.compile(r"\. (?=[ \t]*[^\s])")
_LONE_DOT = re.compile(r"\.[ \t]*(?=\n|\Z)")
_CONTINUED = re.compile(r">(?: |(?=\n|\Z))")
# Characters that can never begin anything special; skipping them in one step keeps long files fast.
_PLAIN = re.compile(r"""[^"`'/;\n]+""")


class _Reader:
    """Walks over the text once; the fields below ``text`` describe the statement being read."""

    def __init__(self, text: str, name: str, interactive: bool) -> None:
        self.text = text
        self.name = name
        self.interactive = interactive
        self.whole = False
        self.semicolon = False
        self.at = 0
        self.line = 1
        self.line_start = 0
        self.prompt_width = 0

    # ---- statements ----

    def statements(self) -> Iterator[SourceStatement]:
        while self.at < len(self.text):
            self._begin()
            if self._delimit():
                yield self._finish()
                continue
            if self.text.startswith("*", self.at):
                self._star_comment()
                self.out.clear()
            else:
                self._body()
            yield self._finish()

    def _begin(self) -> None:
        """Start a statement: skip what stands before it on the line, and the prompt of a pasted log."""
        self.prompted = False
        self.stripped: set[int] = set()
        while True:
            if self.at == self.line_start:
                self._skip_prompt()
            self._skip_blanks()
            if not (self.semicolon and self.text.startswith("\n", self.at)):
                break
            self._newline()
        self.begin = self.at if self.semicolon else self.line_start + self.prompt_width
        self.begin_line = self.line
        self.out: list[str] = []
        self.length = 0
        self.starts: list[int] = []
        self.places: list[tuple[int, int]] = []
        self.expected = -1

    def _skip_prompt(self) -> None:
        self.prompt_width = 0
        match = _PROMPT.match(self.text, self.at) or _LONE_DOT.match(self.text, self.at)
        if match:
            self.prompted = True
            self.at = match.end()
            self.prompt_width = match.end() - match.start()

    def _finish(self) -> SourceStatement:
        raw = self.text[self.begin : self.at].removesuffix("\n")
        lines = raw.split("\n")
        for i in range(1, len(lines)):
            if self.begin_line + i in self.stripped:
                lines[i] = _CONTINUED.sub("", lines[i], count=1)
        positions = Positions(tuple(self.starts), tuple(self.places)) if self.starts else Positions()
        return SourceStatement("".join(self.out).rstrip(), self.begin_line, positions, tuple(lines), self.name)

    def _delimit(self) -> bool:
        """``#delimit ;`` and ``#delimit cr`` change how statements end, from here on."""
        match = _DELIMIT.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        self.semicolon = match[1] == ";"
        if not self.semicolon:
            while self.at < len(self.text) and self.text[self.at] != "\n":
                self.at += 1
            if self.at < len(self.text):
                self._newline()
        return True

    # ---- the text of one statement ----

    def _body(self) -> None:
        """Copy text until the statement ends, leaving comments out; quotes protect what is inside them."""
        depth = 0  # 0: outside quotes; 1: in "..."; 2 and more: in nested `"..."'
        text = self.text
        while self.at < len(text):
            plain = _PLAIN.match(text, self.at)
            if plain:
                self._copy(plain.end() - self.at)
                continue
            two = text[self.at : self.at + 2]
            if two[0] == "\n":
                if self._end_of_line(quoted=depth > 0):
                    return
            elif two[0] == ";" and self.semicolon and not depth:
                self.at += 1
                return
            elif two == '`"' and depth != 1:
                depth = max(depth, 1) + 1
                self._copy(2)
            elif two == "\"'" and depth >= 2:
                depth = depth - 1 if depth > 2 else 0
                self._copy(2)
            elif two[0] == '"' and depth < 2:
                depth = 1 - depth
                self._copy(1)
            elif two == "/*" and not depth:
                self._block_comment()
            elif two == "//" and not depth and self._opens_comment():
                self._line_comment()
            else:
                self._copy(1)

    def _end_of_line(self, quoted: bool) -> bool:
        """Pass a newline; True if the statement ends there."""
        if self.semicolon:
            self._copy_as(" ", 0)
            self._newline()
            return False
        self._newline()
        if self.prompted and _CONTINUED.match(self.text, self.at):
            # A log breaks a long line anywhere, even inside a word, and marks the rest with "> ".
            self._strip_continued()
            return False
        return True

    def _star_comment(self) -> None:
        """A statement that begins with a star is a comment, to where that statement would end."""
        text = self.text
        while self.at < len(text):
            if text[self.at] == "\n" and not self.semicolon:
                self._newline()
                if not (self.prompted and _CONTINUED.match(text, self.at)):
                    return
                self._strip_continued()
            elif text[self.at] == ";" and self.semicolon:
                self.at += 1
                return
            elif text.startswith("/*", self.at):
                self._block_comment()
            elif text.startswith("///", self.at) and self._opens_comment():
                self._line_comment()
            elif text[self.at] == "\n":
                self._newline()
            else:
                self.at += 1

    def _block_comment(self) -> None:
        """Skip ``/* ... */``, which nests and may span lines; one blank stays in its place."""
        text, depth = self.text, 0
        self._copy_as(" ", 0)
        while self.at < len(text):
            two = text[self.at : self.at + 2]
            if two == "/*":
                depth += 1
                self.at += 2
            elif two == "*/":
                depth -= 1
                self.at += 2
                if depth == 0:
                    return
            elif two[0] == "\n":
                self._newline()
            else:
                self.at += 1
        if self.interactive:
            raise Incomplete(self.length)
        if self.whole:
            raise SyntaxFailure("unexpected end of file: a comment is not closed", (0, 0), 612)

    def _opens_comment(self) -> bool:
        """``//`` opens a comment only at the start of a line or after white space (http://... is no comment)."""
        return self.at == self.line_start or self.text[self.at - 1] in " \t\n" or self.text.endswith("*/", 0, self.at)

    def _line_comment(self) -> None:
        """Skip ``// ...`` to the end of the line; ``/// ...`` joins the next line to this one."""
        joins = self.text.startswith("///", self.at)
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end
        if not joins:
            return
        if end < 0:
            if self.interactive:
                raise Incomplete(self.length)
            return
        self._newline()
        if _CONTINUED.match(self.text, self.at) and (self.prompted or not self._in_expression()):
            self._strip_continued()

    def _in_expression(self) -> bool:
        """Whether a line that begins with ``> `` could go on with a comparison rather than be a pasted log's."""
        text = "".join(self.out)
        return "," not in text and ("=" in text or re.search(r"\b(?:if|assert|di\w*|while)\b", text) is not None)

    # ---- steps ----

    def _copy(self, count: int) -> None:
        self._copy_as(self.text[self.at : self.at + count], count)

    def _copy_as(self, copied: str, count: int) -> None:
        """Put ``copied`` into the statement for the next ``count`` characters of the source."""
        if self.at != self.expected:
            self.starts.append(self.length)
            self.places.append((self.line, self.at - self.line_start + 1))
        self.out.append(copied)
        self.length += len(copied)
        self.at += count
        self.expected = self.at if count else -1

    def _skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t\f\v\xa0":
            self.at += 1

    def _strip_continued(self) -> None:
        match = _CONTINUED.match(self.text, self.at)
        if match:
            self.stripped.add(self.line)
            self.at = match.end()

    def _newline(self) -> None:
        self.at += 1
        self.line += 1
        self.line_start = self.at
        self.prompt_width = 0
