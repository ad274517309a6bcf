"""What a run looks like on paper: results alone, or a log with each command before its results.

The same writer serves the terminal, ``do``, ``-b`` and ``log using``; only streams and colours differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from .session import Echo, Outcome

if TYPE_CHECKING:
    from .errors import StataError
    from .report.document import Document


class Transcript:
    """Writes what a session tells of to a stream, at once, so that a run cut short leaves what it had done.

    ``echo``: show commands as Stata's log does.  Without it only those of do-files that a command runs are shown, and
    the blank lines before the first result are left out.  ``colour`` is that of `mixedcli.report.colour.to_terminal`.
    """

    def __init__(self, stream: TextIO, echo: bool = False, colour: bool | None = False) -> None:
        self.stream = stream
        self.echo = echo
        self.colour = colour
        self._started = False
        self._open_line = False

    def take(self, event: Outcome | Echo) -> None:
        """Write one event."""
        if isinstance(event, Echo):
            if self.echo or event.level:
                self._command(event)
        else:
            if event.document is not None:
                self._document(event.document)
            if event.stops and event.error is not None:
                self._error(event.error)

    def _command(self, event: Echo) -> None:
        if self._started:
            self.stream.write("\n")
        self._started = True
        self.stream.writelines(f"{text}\n" for text in numbered(event.lines, event.first))
        self.stream.flush()

    def _document(self, document: Document) -> None:
        from .report.colour import to_terminal
        from .report.document import BLANK, Document

        blocks = document.blocks
        if not self._started:
            first = next((i for i, block in enumerate(blocks) if block != BLANK), len(blocks))
            document = Document(blocks[first:], document.continues)
        self._started = self._started or bool(document.blocks)
        to_terminal(document, self.stream, self.colour)
        self.stream.flush()

    def _error(self, error: StataError) -> None:
        """In a log an error stands where it arose."""
        if not self.echo:
            return
        message = f"{error.message}\n" if error.message else ""
        self.stream.write(f"{message}r({error.rc});\n")
        self.stream.flush()

    def end(self, rc: int) -> None:
        """Close a do-file: ``end of do-file``, and the code once more if it failed."""
        if self.echo:
            self.stream.write(f"\nend of do-file\n{f'{chr(10)}r({rc});{chr(10)}' if rc else ''}")
            self.stream.flush()


def numbered(lines: Sequence[str], first: int | None) -> list[str]:
    """The lines of a command as a log shows them: ``. `` and ``> ``, or, for a block, numbered from ``first``."""
    if not lines:
        return [". "]
    rest = lines[1:]
    if first is None:
        return [f". {lines[0]}", *(f"> {text}" for text in rest)]
    return [f". {lines[0]}", *(f"{number:3d}. {text}" for number, text in enumerate(rest, start=first))]
