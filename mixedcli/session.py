"""Runs Stata statements one by one and keeps what they leave behind.

A statement ends in an `Outcome`; nothing is printed here.  If it fails, the state is what it was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .commands import registry
from .commands.context import Context, State
from .errors import Break, Leave, NotBuilt, StataError
from .records import record, replace
from .syntax.macros import expand
from .syntax.parser import Head, parse, split_head
from .syntax.source import SourceStatement, read_statements
from .syntax.tree import Prefix

if TYPE_CHECKING:
    from .report.document import Document
    from .results.base import Result, Stored


@record
class Outcome:
    """What one statement did.

    ``command`` is its full name, ``document`` what it prints (None: nothing).  ``error`` is what stopped it; under
    ``capture`` the error is kept but ``stops`` is False.
    """

    source: SourceStatement
    command: str = ""
    result: Result | None = None
    document: Document | None = None
    error: StataError | None = None
    stops: bool = False
    exits: int | None = None
    estimation: Stored | None = None
    returned: Stored | None = None

    @property
    def rc(self) -> int:
        return self.error.rc if self.error else 0


class Session:
    """One run of the language: a context and the statements that change it."""

    def __init__(self, context: Context | None = None) -> None:
        self.context = context or Context()

    def run(self, text: str, name: str = "", comments: bool = False) -> Iterator[Outcome]:
        """Run every statement of ``text``; stops after the first that fails or exits.

        ``comments``: comment lines come too, as outcomes of nothing, so that they can be echoed.
        """
        for source in read_statements(text, name, comments=comments):
            outcome = self.execute(source)
            yield outcome
            if outcome.stops or outcome.exits is not None:
                return

    def execute(self, source: SourceStatement) -> Outcome:
        """Run one statement; every failure a user can cause comes back in the outcome."""
        before = self.context.state
        try:
            return self._execute(source, before)
        except StataError as error:
            self.context.state = replace(before, rc=error.rc)
            return Outcome(source, error=error, stops=True)
        except KeyboardInterrupt:
            self.context.state = replace(before, rc=1)
            return Outcome(source, error=Break(), stops=True)
        except (MemoryError, RecursionError):
            error = _out_of_memory()
            self.context.state = replace(before, rc=error.rc)
            return Outcome(source, error=error, stops=True)

    def _execute(self, source: SourceStatement, before: State) -> Outcome:
        text = expand(source.text, {})
        head = split_head(text)
        if not head.word:
            return Outcome(source, document=_delimiter(source))
        modes = _Modes.of(head.prefixes)
        settings = before.settings
        if modes.version is not None:
            self.context.set(version=modes.version)
        try:
            if modes.wrong is not None:
                raise modes.wrong
            name, result = self._dispatch(text, head)
        except (StataError, MemoryError, RecursionError) as failed:
            error = failed if isinstance(failed, StataError) else _out_of_memory()
            if not modes.capture or isinstance(error, Break):
                raise error from None
            self.context.state = replace(before, rc=error.rc)
            return Outcome(source, error=error, document=_complaint(error) if modes.loud else None)
        except Leave as leave:
            return Outcome(source, exits=leave.status, stops=leave.status != 0)
        document = self._document(result) if result is not None and not modes.silent else None
        if modes.version is not None:
            self.context.set(version=settings.version)
        failure = result.failure() if result is not None else None
        self.context.change(rc=failure.rc if failure else 0)
        return self._outcome(
            source, name, result, document, failure, stops=failure is not None and not modes.capture
        )

    def _dispatch(self, text: str, head: Head) -> tuple[str, Result | None]:
        """The full name of the command, and what it returned."""
        word, offset = head.word, head.offset
        second, second_end = _second_word(head.rest)
        try:
            spec, two_words = registry.resolve(word, second)
        except StataError as error:
            raise error.at((offset - len(word), offset)) from None
        if two_words:
            word, offset = f"{word} {second}", offset + second_end
        result = spec.run(self.context, parse(text, spec.start, word, offset))
        stored = result.stored() if result is not None else None
        if stored is not None and stored.kind == "r":
            self.context.change(returned=stored)
        return spec.name, result

    def _document(self, result: Result) -> Document:
        return registry.layout_of(result)(result, self.context.style())

    def _outcome(
        self,
        source: SourceStatement,
        command: str,
        result: Result | None,
        document: Document | None,
        failure: StataError | None,
        stops: bool,
    ) -> Outcome:
        state = self.context.state
        return Outcome(
            source,
            command=command,
            result=result,
            document=document,
            error=failure,
            stops=stops,
            estimation=state.estimates.stored() if state.estimates else None,
            returned=state.returned,
        )


@record
class _Modes:
    """What the prefixes of a statement ask for; ``wrong`` is the mistake in them, raised under ``capture``."""

    silent: bool = False
    capture: bool = False
    loud: bool = False
    version: float | None = None
    wrong: StataError | None = None

    @classmethod
    def of(cls, prefixes: tuple[Prefix, ...]) -> _Modes:
        modes = cls()
        for prefix in prefixes:
            if prefix.name == "quietly":
                modes = replace(modes, silent=True)
            elif prefix.name == "noisily":
                modes = replace(modes, silent=False, loud=True)
            elif prefix.name == "capture":
                modes = replace(modes, silent=True, capture=True)
            elif prefix.name == "version":
                from .commands.version import version_number

                try:
                    modes = replace(modes, version=version_number(prefix.args))
                except StataError as error:
                    modes = replace(modes, wrong=modes.wrong or error)
            else:
                modes = replace(modes, wrong=modes.wrong or NotBuilt(f"the {prefix.name} prefix", prefix.span))
        return modes


def _complaint(error: StataError) -> Document:
    """What ``capture noisily`` shows of an error: its message, without the code."""
    from .report.document import ERROR, Document, lines

    return Document(lines(error.message, ERROR))


def _out_of_memory() -> StataError:
    return StataError("op. sys. refuses to provide memory", 909)


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
