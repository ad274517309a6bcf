"""Statements grouped into blocks: ``foreach ... {`` to ``}``, ``program define`` and ``input`` to ``end``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..errors import StataError
from ..records import record
from .source import SourceStatement

_PROGRAM = re.compile(
    r"(?:cap(?:t(?:u(?:r(?:e)?)?)?)?\s+)?pr(?:o(?:g(?:r(?:a(?:m)?)?)?)?)?\s+(?!drop\b|dir\b|list\b)\S"
)
_INPUT = re.compile(r"(?:(?:qui|cap|no)\w*+\s*+:?+\s*+)*+inp(?:u(?:t)?)?\b")
_FOREIGN = re.compile(r"(?:mata|python)\s*:?\s*\Z")
_END = re.compile(r"end\s*\Z")
DEEPEST = 200


@record
class Block:
    """A statement with a body.

    ``header`` is its first line without the brace.  ``body``: the statements inside, blocks among them.  ``raw``: the
    body's lines as they stand (the data of ``input``).  ``closing``: the ``}`` or ``end``.
    """

    header: SourceStatement
    body: tuple[Node, ...] = ()
    raw: tuple[str, ...] = ()
    closing: SourceStatement | None = None
    braces: bool = True

    @property
    def text(self) -> str:
        return self.header.text

    @property
    def lines(self) -> tuple[str, ...]:
        """All physical lines of the block, for echoing."""
        return tuple(line for line, _ in self.numbered_lines)

    @property
    def continued(self) -> frozenset[int]:
        """Which of `lines` go on with the statement of the line before."""
        return frozenset(place for place, (_, more) in enumerate(self.numbered_lines) if more)

    @property
    def numbered_lines(self) -> list[tuple[str, bool]]:
        """The lines, each with whether it goes on with the statement of the line before."""
        found = _numbered(self.header)
        for node in self.body:
            found += node.numbered_lines if isinstance(node, Block) else _numbered(node)
        found += [(line, False) for line in self.raw]
        return found + (_numbered(self.closing) if self.closing else [])


def _numbered(statement: SourceStatement) -> list[tuple[str, bool]]:
    return [(line, place > 0) for place, line in enumerate(statement.lines)]


Node = SourceStatement | Block


def group(statements: Iterator[SourceStatement]) -> Iterator[Node]:
    """The statements with bodies gathered under their headers; read as far as needed, a node at a time.

    Raises r(612) for a block that does not end, r(198) for text after a closing brace, r(1000) for blocks nested deeper
    than `DEEPEST`; the error knows the statement it arose at.
    """
    for statement in statements:
        yield _node(statement, statements, 0)


def _node(statement: SourceStatement, rest: Iterator[SourceStatement], depth: int) -> Node:
    if depth > DEEPEST:
        raise _placed(StataError("system limit exceeded: blocks nested too deeply", 1000), statement)
    text = statement.text
    if text.endswith("{") and not text.endswith("${"):
        header = _shortened(statement, text[:-1].rstrip())
        body, closing = _body(header, rest, _is_brace, depth)
        return Block(header, body, closing=closing)
    if _PROGRAM.match(text):
        body, closing = _body(statement, rest, _is_end, depth)
        return Block(statement, body, closing=closing, braces=False)
    if _INPUT.match(text) or _FOREIGN.match(text):
        return _raw_block(statement, rest)
    return statement


def _shortened(statement: SourceStatement, text: str) -> SourceStatement:
    return SourceStatement(text, statement.line, statement.positions, statement.lines, statement.name)


def _is_brace(statement: SourceStatement) -> bool:
    return statement.text == "}"


def _is_end(statement: SourceStatement) -> bool:
    return _END.match(statement.text) is not None


def _body(
    header: SourceStatement, rest: Iterator[SourceStatement], closes: Callable[[SourceStatement], bool], depth: int
) -> tuple[tuple[Node, ...], SourceStatement]:
    nodes: list[Node] = []
    for statement in rest:
        if closes(statement):
            return tuple(nodes), statement
        if statement.text.startswith("}") and closes is _is_brace:
            error = StataError("program error:  code follows on the same line as close brace", 198, (0, 1))
            raise _placed(error, statement)
        nodes.append(_node(statement, rest, depth + 1))
    raise Unclosed(header)


def _placed(error: StataError, statement: SourceStatement) -> StataError:
    error.source = statement
    return error


class Unclosed(StataError):
    """The text ends before a block does; a prompt should ask for another line."""

    def __init__(self, header: SourceStatement) -> None:
        super().__init__("unexpected end of file", 612, (0, len(header.text)))
        self.source = header


def _raw_block(statement: SourceStatement, rest: Iterator[SourceStatement]) -> Block:
    """``input`` up to ``end``: the lines between are data, whatever they look like."""
    lines: list[str] = []
    for each in rest:
        if _is_end(each):
            return Block(statement, raw=tuple(lines), closing=each, braces=False)
        lines.extend(each.lines)
    raise Unclosed(statement)
