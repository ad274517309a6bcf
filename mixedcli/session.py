"""Runs Stata statements one by one and keeps what they leave behind.

A statement ends in an `Outcome`; nothing is printed here.  If it fails, the state is what it was before.  Blocks,
loops, programs and do-files run their statements through the same door, so each accounts for itself.
"""

from __future__ import annotations

import collections
import functools
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .commands import registry
from .commands.context import Context, Frame, Program
from .errors import Break, Leave, StataError
from .events import Echo, EndOfFile, Outcome
from .modes import Modes
from .records import replace
from .syntax.blocks import Block, Node, group
from .syntax.macros import Expanded, expand, has_references
from .syntax.parser import Head, parse, split_head
from .syntax.source import Positions, SourceStatement, read_statements
from .syntax.tree import Statement

if TYPE_CHECKING:
    from .report.document import Document
    from .results.base import Result, Stored

DEEPEST = 64                # programs and do-files that call each other; Stata's own limit
DEEPEST_STATEMENTS = 500    # statements that run statements: a program's loop's if, and so on
PYTHON_FRAMES = 10_000      # what the deepest nesting takes, and an expression at its bottom
MOST_OUTCOMES = 100_000     # of one statement, kept for the caller of `run`

_WHILE = re.compile(r"(?:(?:cap\w*+|qui\w*+|n\w*+|vers\w*+\s++[\d.]++)\s*+:?+\s*+)*+while\b")
Listener = Callable[["Outcome | Echo"], None]
_parse = functools.lru_cache(maxsize=1024)(parse)     # loops run the same text again and again


class Session:
    """One run of the language: a context and the statements that change it.

    ``listener`` is told of everything as it happens, nested statements included.  `run` then gives only the last
    outcome of each statement of the text, so that a loop of a million turns needs no memory.
    """

    def __init__(self, context: Context | None = None, listener: Listener | None = None) -> None:
        self.context = context or Context()
        self.context.runner = self
        self.listener = listener
        self._silent = False
        self._unseen = False
        self._level = 0
        self._depth = 0
        self._outcomes: collections.deque[Outcome] = collections.deque(maxlen=MOST_OUTCOMES)
        self._estimation: tuple[Any, Stored | None] = (None, None)
        if sys.getrecursionlimit() < PYTHON_FRAMES:
            sys.setrecursionlimit(PYTHON_FRAMES)

    # ---- running text ----

    def run(self, text: str, name: str = "", whole: bool = False) -> Iterator[Outcome]:
        """Run every statement of ``text``; the outcomes, those of nested statements among them.

        Stops after the first statement that fails or exits.  Of one statement the last `MOST_OUTCOMES` are kept.
        ``whole``: a comment left open is an error (in a do-file it hides the rest, as in Stata).
        """
        nodes = group(read_statements(text, name, comments=True, whole=whole))
        while True:
            stops = self._guarded(nodes)
            yield from self._drain()
            if stops:
                return

    def close(self) -> None:
        """End the session: close the log, put preserved data back, take temporary things away."""
        self.context.close_log()
        self._close_frame(self.context.frames[0])

    def _guarded(self, nodes: Iterator[Node]) -> bool:
        """Run the next statement of the user's text; True if nothing more is to be run."""
        try:
            node = next(nodes, None)
            if node is None:
                return True
            self.context.turns = 0
            self._echo(node)
            self._node(node)
            return False
        except Leave as leave:
            self._emit(Outcome(SourceStatement("exit"), text="exit", command="exit", exits=leave.status))
        except StataError as error:
            source = error.source or SourceStatement("")
            self.context.change(rc=error.rc)
            self._emit(Outcome(source, text=source.text, command=error.command, error=error, stops=True))
        return True

    def _drain(self) -> Iterator[Outcome]:
        outcomes = tuple(self._outcomes)
        self._outcomes.clear()
        yield from outcomes

    def _emit(self, outcome: Outcome) -> None:
        if self._unseen:
            return
        if self.listener is not None:
            self._outcomes.clear()
        self._outcomes.append(outcome)
        self._tell(outcome)

    def _tell(self, event: Outcome | Echo) -> None:
        if self.listener is not None:
            self.listener(event)
        if self.context.log is not None:
            self.context.log.take(event)
            if self.context.closing:
                self.context.closing = False
                self.context.close_log()

    def _echo(self, node: Node) -> None:
        if self._silent or (self.listener is None and self.context.log is None):
            return
        if isinstance(node, Block):
            # What input reads it shows itself, numbered.
            whole = node.braces or bool(node.body)
            lines, more = (node.lines, node.continued) if whole else (node.header.lines, frozenset())
            self._tell(Echo(lines, self._level, 2 if node.braces else 1, continued=more))
        else:
            self._tell(Echo(node.lines, self._level, comment=not node.text))

    # ---- what commands may ask for ----

    def run_nodes(self, nodes: tuple[Any, ...]) -> None:
        """Run the statements of a block, one after the other; the first error is raised."""
        for node in nodes:
            self._node(node)

    def run_line(self, text: str, silent: bool = False) -> None:
        """Run one command line, macros already replaced, as part of the statement now running."""
        with self._silence(self._silent or silent):
            self._statement(text, SourceStatement(text), None)

    def run_unseen(self, text: str) -> None:
        """Run one command line for what it leaves behind; nobody is told of it."""
        unseen, self._unseen = self._unseen, True
        try:
            self.run_line(text, silent=True)
        finally:
            self._unseen = unseen

    def show(self, result: Result, text: str = "", command: str = "") -> None:
        """Print ``result`` in the middle of the statement now running: the heading of a by-group.

        With a ``text`` it counts as the outcome of a statement, which JSON lists.
        """
        if not self._silent:
            document = registry.layout_of(result)(result, self.context.style())
            outcome = Outcome(SourceStatement(text), text=text, command=command, result=result, document=document)
            self._emit(outcome)

    def run_text(self, text: str, name: str, echo: bool) -> None:
        """Run the text of a do-file in the frame that is on top."""
        self._level += 1
        shown = echo and not self._silent and not self._unseen
        try:
            with self._silence(self._silent or not echo):
                for node in group(read_statements(text, name, comments=True)):
                    self._echo(node)
                    self._node(node)
        except StataError as error:
            error.files += shown
            raise
        except Leave:
            if shown:
                self._tell(EndOfFile((), self._level, left=True))
            raise
        else:
            if shown:
                self._tell(EndOfFile((), self._level))
        finally:
            self._level -= 1

    def open_log(self, path: str, append: bool, smcl: bool) -> None:
        """Write everything from here on to a log file too.  Raises r(603) if the file cannot be written."""
        from .transcript import open_log

        self.context.log = open_log(path, append, smcl)

    def call(self, program: Program, arguments: str) -> None:
        """Run a program with what was typed after its name; ``exit`` in it ends it."""
        from .commands._shared.program import positional, same_order

        frame = Frame(program.name, locals=positional(arguments), program=program)
        with self.frame(frame), same_order(self.context, program):
            self.run_nodes(program.body)
        if program.rclass and frame.returned is not None:
            self.context.change(returned=frame.returned)

    @contextmanager
    def frame(self, frame: Frame) -> Iterator[None]:
        """A new frame for a program or a do-file, which ``exit`` ends; what is temporary goes with it."""
        context = self.context
        if len(context.frames) >= DEEPEST:
            raise StataError("system limit exceeded: programs or do-files nested too deeply", 1000)
        context.take_turn()
        version = context.version
        context.frames.append(frame)
        try:
            yield
        except Leave as leave:
            if leave.everything:
                raise
            if leave.status:
                raise StataError("", leave.status) from None
        finally:
            context.frames.pop()
            self._close_frame(frame)
            context.set(version=version)

    def _close_frame(self, frame: Frame) -> None:
        """Put preserved data back and take temporary variables, names and files away."""
        context = self.context
        if frame.preserved is not None:
            context.data, frame.preserved = frame.preserved, None
        gone = [name for name in frame.variables if name in context.data.columns]
        if gone:
            changed = context.data.changed
            context.data = replace(context.data.without(gone), changed=changed)
        state = context.state
        if frame.names:
            keep = {name: value for name, value in state.scalars.items() if name not in frame.names}
            matrices = {name: value for name, value in state.matrices.items() if name not in frame.names}
            context.change(scalars=keep, matrices=matrices)
        for path in frame.files:
            for each in (path, f"{path}.dta"):
                if os.path.exists(each):
                    os.unlink(each)

    # ---- one statement ----

    def _node(self, node: Node) -> None:
        """Run one statement or block.  An error in it is raised with its source."""
        block = node if isinstance(node, Block) else None
        source = block.header if block else node
        assert isinstance(source, SourceStatement)
        if not source.text and block is None:
            self._emit(Outcome(source, document=_delimiter(source)))
            return
        made: Expanded | None = None
        ran = source
        try:
            if has_references(source.text) and not (block and _WHILE.match(source.text)):
                from .commands._macro.expansion import ContextMacros

                made = expand(source.text, ContextMacros(self.context))
                ran = SourceStatement(made.text.strip(), source.line, source.positions, source.lines, source.name)
            if ran.text or block:
                self._statement(ran.text, ran, block)
        except (StataError, KeyboardInterrupt, MemoryError, RecursionError) as failure:
            error = _as_error(failure)
            if error.source is None or error.source is ran:
                # Where every character of an expanded line came from matters only now.
                error.source = replace(ran, positions=_positions(made, source)) if made else ran
            raise error from None

    def _statement(self, text: str, source: SourceStatement, block: Block | None) -> None:
        if self._depth >= DEEPEST_STATEMENTS:
            raise StataError("system limit exceeded: statements nested too deeply", 1000)
        self._depth += 1
        try:
            head = split_head(text)
            modes = Modes.of(head.prefixes, text)
            if modes.capture:
                self._captured(text, head, modes, source, block)
            else:
                self._in_mode(text, head, modes, source, block)
        finally:
            self._depth -= 1

    def _captured(self, text: str, head: Head, modes: Modes, source: SourceStatement, block: Block | None) -> None:
        try:
            self._in_mode(text, head, modes, source, block)
        except (StataError, MemoryError, RecursionError) as failure:
            error = _as_error(failure)
            if isinstance(error, Break):
                raise error from None
            self.context.change(rc=error.rc)
            loud = modes.loud and error.message and not self._silent
            shown = _complaint(error) if loud else None
            self._emit(Outcome(source, text=text, command=error.command, error=error, document=shown))
        else:
            self.context.change(rc=0)

    def _in_mode(self, text: str, head: Head, modes: Modes, source: SourceStatement, block: Block | None) -> None:
        """Run the statement silently or aloud, under its own version if it asks for one."""
        if modes.wrong is not None:
            raise modes.wrong
        version = self.context.version
        if modes.version is not None:
            self.context.set(version=modes.version)
        try:
            with self._silence(modes.silent if modes.silent is not None else self._silent):
                self._run(text, head, modes, source, block)
        finally:
            if modes.version is not None:
                self.context.set(version=version)

    @contextmanager
    def _silence(self, silent: bool) -> Iterator[None]:
        before, self._silent = self._silent, silent
        try:
            yield
        finally:
            self._silent = before

    def _run(self, text: str, head: Head, modes: Modes, source: SourceStatement, block: Block | None) -> None:
        if modes.command is not None:
            spec = registry.load(modes.command.name)
            start, end = modes.command.span
            given = modes.command.args
            statement = Statement(text=text, word=spec.name, rest=given, prefixed=text[end:], span=(start, end))
        elif not head.word:
            if block is not None:
                self.run_nodes(block.body)
            return
        else:
            program = self.context.state.programs.get(head.word)
            if program is not None and head.word not in registry.command_files():
                self.context.frame.branch = None
                self.call(program, head.rest.strip())
                return
            spec, statement = self._parsed(text, head, block)
            if spec.name not in ("if", "else"):
                self.context.frame.branch = None
            if self.context.by is not None and not spec.by and not spec.control:
                raise StataError(f"{spec.name} may not be combined with by", 190)
        before = self.context.state
        try:
            result = spec.run(self.context, statement)
        except BaseException as failure:
            if isinstance(failure, StataError):
                failure.command = failure.command or spec.name
            # What a control command ran has accounted for itself; anything else fails as if it had not been typed.
            if not spec.control:
                self.context.state = before
            raise
        self._finish(text, source, spec, result)

    def _parsed(self, text: str, head: Head, block: Block | None) -> tuple[registry.CommandSpec, Statement]:
        """The command that ``head`` names, and its statement."""
        word, offset = head.word, head.offset
        second, second_end = _second_word(head.rest)
        try:
            spec, two_words = registry.resolve(word, second)
        except StataError as error:
            raise error.at((offset - len(word), offset)) from None
        if two_words:
            word, offset = f"{word} {second}", offset + second_end
        try:
            statement = _parse(text, spec.start, word, offset)
        except StataError as error:
            error.command = spec.name
            raise
        if block is not None:
            if not spec.control and not block.raw and block.braces:
                raise StataError("invalid syntax", 198, (len(text), len(text) + 1))
            statement = replace(statement, body=block.body, body_lines=block.raw)
        return spec, statement

    def _finish(self, text: str, source: SourceStatement, spec: registry.CommandSpec, result: Result | None) -> None:
        """Keep what the command returned, and tell of it."""
        stored = result.stored() if result is not None else None
        if stored is not None and stored.kind == "r":
            self.context.change(returned=stored)
        if spec.control and result is None:
            return
        document = None
        if result is not None and not self._silent:
            document = registry.layout_of(result)(result, self.context.style())
        failure = result.failure() if result is not None else None
        state = self.context.state
        self._emit(
            Outcome(
                source,
                text=text,
                command=spec.name,
                result=result,
                document=document,
                estimation=self._stored_estimates(),
                returned=state.returned,
            )
        )
        if failure is not None:
            failure.source = source
            raise failure

    def _stored_estimates(self) -> Stored | None:
        """e() of the active estimates, put together once for all statements that leave them alone."""
        estimates = self.context.state.estimates
        if estimates is not self._estimation[0]:
            self._estimation = (estimates, estimates.stored() if estimates else None)
        return self._estimation[1]


def _as_error(failure: BaseException) -> StataError:
    """What a failure is to the user."""
    if isinstance(failure, StataError):
        return failure
    if isinstance(failure, KeyboardInterrupt):
        return Break()
    return StataError("op. sys. refuses to provide memory", 909)


def _positions(made: Expanded, source: SourceStatement) -> Positions:
    """Where the characters of an expanded statement, blanks around it taken off, came from."""
    blanks = len(made.text) - len(made.text.lstrip())
    positions = made.positions(source.positions)
    return Positions(tuple(start - blanks for start in positions.starts), positions.places)


def _complaint(error: StataError) -> Document:
    """What ``capture noisily`` shows of an error: its message, without the code."""
    from .report.document import ERROR, Document, lines

    return Document(lines(error.message, ERROR))


def _delimiter(source: SourceStatement) -> Document | None:
    """What ``#delimit`` answers; it is the reader that obeys it, so here it is a statement without text."""
    words = source.lines[0].split() if source.lines else []
    if not words or not words[0].startswith("#d"):
        return None
    from .report.document import Document, lines

    return Document(lines(f"delimiter now {';' if ';' in source.lines[0] else 'cr'}"))


def _second_word(rest: str) -> tuple[str, int]:
    """The next plain word of ``rest`` and where it ends; empty when something else follows."""
    start = len(rest) - len(rest.lstrip())
    end = start
    while end < len(rest) and (rest[end].isalnum() or rest[end] == "_"):
        end += 1
    return rest[start:end], end
