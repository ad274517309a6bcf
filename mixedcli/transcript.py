"""What a run looks like on paper: results alone, or a log with each command before its results.

The same writer serves the terminal, ``do``, ``-b`` and ``log using``; only streams and colours differ.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from .errors import StataError
from .events import Echo, EndOfFile, Outcome

if TYPE_CHECKING:
    from .report.document import Document


class Transcript:
    """Writes what a session tells of to a stream, at once, so that a run cut short leaves what it had done.

    ``echo``: show commands as Stata's log does.  Without it only those of do-files that a command runs are shown, and
    the blank lines before the first result are left out.  ``colour`` is that of `mixedcli.report.colour.to_terminal`.
    """

    def __init__(self, stream: Any, echo: bool = False, colour: bool | None = False) -> None:
        self.stream = stream
        self.echo = echo
        self.colour = colour
        self._started = False
        self._blank_due = False      # before the next command, if one has run since the last

    def take(self, event: Outcome | Echo) -> None:
        """Write one event."""
        if isinstance(event, EndOfFile):
            self._ending(event.left)
        elif isinstance(event, Echo):
            if self.echo or event.level:
                self._command(event)
        else:
            if event.document is not None:
                self._document(event.document)
                self._blank_due = self.echo and bool(event.text or event.result)
            if event.stops and event.error is not None:
                self._error(event.error)

    def _command(self, event: Echo) -> None:
        self._blank_line()
        self._started = True
        self._blank_due = not event.comment
        self.stream.writelines(f"{text}\n" for text in numbered(event.lines, event.first, event.continued))
        self.stream.flush()

    def _blank_line(self) -> None:
        if self._blank_due:
            self.stream.write("\n")
            self._blank_due = False

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
        for _ in range(error.files):
            self.stream.write(f"\nend of do-file\n\nr({error.rc});\n")
        self.stream.flush()

    def fail(self, error: StataError) -> None:
        """An error that belongs to no statement: data or a do-file not found."""
        self._error(error)

    def end(self, rc: int, left: bool = False) -> None:
        """Close a do-file: ``end of do-file``, and the code once more if it failed; ``left``: by ``exit``."""
        if not self.echo:
            return
        if rc:
            self.stream.write(f"\nend of do-file\n\nr({rc});\n")
        else:
            self._ending(left)
        self.stream.flush()

    def _ending(self, left: bool) -> None:
        """A do-file that did not fail has ended; ``left``: by ``exit``."""
        if left:
            self.stream.write("\nend of do-file\n")
        else:
            self._blank_line()
            self.stream.write(". \nend of do-file\n")
        self._blank_due = True


class LogFile(Transcript):
    """A log over a file; ``path`` and ``smcl`` are for those who ask.  ``paused`` by ``log off``."""

    def __init__(self, stream: TextIO, path: str, smcl: bool) -> None:
        super().__init__(_SmclStream(stream) if smcl else stream, echo=True)
        self.path = path
        self.smcl = smcl
        self.paused = False
        self._file = stream

    def take(self, event: Outcome | Echo) -> None:
        if not self.paused:
            super().take(event)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _SmclStream:
    """A stream that writes plain text as SMCL, in which braces mean something."""

    _BRACES = str.maketrans({"{": "{c -(}", "}": "{c )-}"})

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if not stream.tell():
            stream.write("{smcl}\n{com}{sf}{ul off}{txt}\n")

    def write(self, text: str) -> int:
        return self._stream.write(text.translate(self._BRACES))

    def writelines(self, lines: Iterable[str]) -> None:
        for each in lines:
            self.write(each)

    def flush(self) -> None:
        self._stream.flush()


def open_log(path: str, append: bool, smcl: bool) -> LogFile:
    """A log that writes to ``path`` line by line.  Raises r(603) if the file cannot be written."""
    try:
        stream = open(path, "a" if append else "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - until log close
    except OSError as error:
        raise StataError(f"file {path} could not be opened", 603) from error
    return LogFile(stream, path, smcl)


def numbered(lines: Sequence[str], first: int | None, continued: Container[int] = ()) -> list[str]:
    """The lines of a command as a log shows them: ``. `` and ``> ``, or, for a block, numbered from ``first``.

    ``continued``: the lines of a block that go on with the statement of the line before.
    """
    if not lines:
        return [". "]
    shown, number = [f". {lines[0]}"], first
    for place, text in enumerate(lines[1:], start=1):
        if number is None or place in continued:
            shown.append(f"> {text}")
        else:
            shown.append(f"{number:3d}. {text}")
            number += 1
    return shown
