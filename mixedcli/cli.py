"""The process boundary: arguments, streams, colour, exit status.

Exit status: 0 ok; 1 stopped on an r(#); 2 wrong usage of this program; 130 interrupted.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from .commands.context import NEWEST_VERSION, OLDEST_VERSION
from .errors import NotBuilt, StataError
from .records import field, record
from .session import Outcome, Session

if TYPE_CHECKING:
    import click

    from .report.document import Document
    from .syntax.source import SourceStatement

OK, STOPPED, USAGE, INTERRUPTED = 0, 1, 2, 130
FORMATS = ("text", "json", "latex", "html", "markdown", "tidy")


@record(frozen=False)
class Invocation:
    """What the arguments ask for, and the streams to use."""

    use: str | None = None
    format: str = "text"
    version: float = 13.0
    linesize: int = 79
    color: str = "auto"
    quiet: bool = False
    lines: tuple[str, ...] = ()
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    @property
    def colour(self) -> bool | None:
        """What ``--color`` says; None leaves it to the terminal."""
        return {"auto": None, "always": True, "never": False}[self.color]


def run(arguments: list[str]) -> int:
    """Parse ``arguments`` (without the program's name), do what they say, and return the exit status."""
    plain = _plain(arguments)
    if plain is not None:
        return execute(plain)
    import click

    command = _command_line()
    try:
        return int(command.main(arguments, prog_name="mixedcli", standalone_mode=False) or OK)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        sys.stderr.write("--Break--\nr(1);\n")
        return INTERRUPTED
    except click.ClickException as error:
        error.show(sys.stderr)
        return USAGE


def _plain(arguments: list[str]) -> Invocation | None:
    """What a plain one-liner asks for: ``[-u DATA] LINE...``; None if there is any other option.

    Importing click takes as long as fitting the model, and this form, by far the most used, needs nothing of it.
    """
    use, lines = None, arguments
    if arguments[:1] in (["-u"], ["--use"]):
        use, lines = "".join(arguments[1:2]), arguments[2:]
    if not lines or use == "" or any(text.startswith("-") for text in [use or "", *lines]):
        return None
    return Invocation(use=use, lines=tuple(lines))


def _command_line() -> click.Command:
    import click

    from . import __version__

    @click.command(
        context_settings={"help_option_names": ["-h", "--help"], "allow_interspersed_args": True},
        epilog="Examples:  mixedcli -u gcse 'xtmixed gcse lrt || school:, mle' 'estat icc';  mixedcli do analysis.do",
    )
    @click.version_option(__version__, "-V", "--version", prog_name="mixedcli")
    @click.option("-u", "--use", metavar="DATA", help="Data to load first: a file, a bundled name, or - for CSV on stdin.")
    @click.option("-f", "--format", type=click.Choice(FORMATS), default="text", show_default=True, help="Output form.")
    @click.option("--stata-version", metavar="N", type=click.FloatRange(OLDEST_VERSION, NEWEST_VERSION), default=13.0,
                  show_default=True, help="Print as this version of Stata does.")
    @click.option("--linesize", metavar="N", type=click.IntRange(40, 255), default=79, show_default=True,
                  help="Characters per line.")
    @click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True,
                  help="Colours on the terminal.")
    @click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
    @click.argument("lines", nargs=-1, metavar="[LINE]...")
    def mixedcli(
        use: str | None, format: str, stata_version: float, linesize: int, color: str, quiet: bool, lines: tuple[str, ...]
    ) -> int:
        """Read Stata's language and fit multilevel mixed models.

        Every LINE is one Stata command line, run in order.  Instead of lines: `do FILE` runs a do-file, and - reads
        commands from standard input.
        """
        if not lines and not use:
            raise click.UsageError("nothing to run: give Stata commands, `do FILE`, or - (see --help)")
        if format not in ("text", "json"):
            raise click.UsageError(f"--format {format} is not built yet")
        return execute(Invocation(use, format, stata_version, linesize, color, quiet, lines))

    return mixedcli


def execute(invocation: Invocation) -> int:
    """Run what an invocation asks for; the exit status."""
    session = Session()
    session.context.set(version=invocation.version, linesize=invocation.linesize)
    sink: _TextSink | _JsonSink = _JsonSink(invocation) if invocation.format == "json" else _TextSink(invocation)
    status = OK
    try:
        for outcome in _outcomes(session, invocation, sink):
            sink.take(outcome)
            if outcome.exits is not None:
                status = outcome.exits
            elif outcome.stops:
                status = INTERRUPTED if outcome.rc == 1 else STOPPED
    except StataError as error:
        sink.fail(error)
        status = STOPPED
    sink.close(status)
    return status


def _outcomes(session: Session, invocation: Invocation, sink: _TextSink | _JsonSink) -> Iterator[Outcome]:
    """Load the data asked for, then run the lines, the do-file or standard input."""
    lines = invocation.lines
    if invocation.use is not None:
        from .data.load import load

        session.context.data = load(invocation.use, stream=sys.stdin.buffer if invocation.use == "-" else None)
    if lines[:1] in (("check",), ("verify",)) and len(lines) > 1:
        raise NotBuilt(f"mixedcli {lines[0]}")
    if lines[:1] == ("do",) and len(lines) > 1:
        if len(lines) > 2:
            raise NotBuilt("passing arguments to a do-file")
        sink.echo = True
        yield from session.run(_read_script(lines[1]), lines[1], comments=True)
    elif lines == ("-",):
        sink.echo = True
        yield from session.run(_decode(sys.stdin.buffer.read(), "standard input"), "stdin", comments=True)
    else:
        for text in lines:
            for outcome in session.run(text):
                yield outcome
                if outcome.stops or outcome.exits is not None:
                    return


def _read_script(path: str) -> str:
    """The text of a do-file; ``.do`` may be left out.  Raises r(601) if there is none."""
    for candidate in (path, f"{path}.do"):
        if os.path.isfile(candidate):
            with _file_errors(path), open(candidate, "rb") as stream:
                return _decode(stream.read(), path)
    raise StataError(f"file {path} not found", 601)


def _decode(raw: bytes, name: str) -> str:
    if b"\0" in raw:
        raise StataError(f"file {name} is not a text file", 610)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Do-files written before Stata 14 are in the author's code page, nearly always this one.
        return raw.decode("cp1252", errors="replace")


@contextlib.contextmanager
def _file_errors(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StataError(f"file {path} could not be opened", 603) from error


class _TextSink:
    """Writes outcomes as Stata's own text: results to stdout, errors to stderr."""

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation
        self.echo = False
        self._started = False

    def take(self, outcome: Outcome) -> None:
        if self.echo and not self.invocation.quiet:
            self._echo(outcome)
        if outcome.document is not None and not self.invocation.quiet:
            self._write(outcome.document)
        if outcome.stops and outcome.error is not None:
            self._error(outcome.error, outcome)

    def fail(self, error: StataError) -> None:
        """An error that belongs to no statement (data or script not found)."""
        self._error(error, None)

    def close(self, status: int) -> None:
        if self.echo and status == OK and not self.invocation.quiet:
            self.invocation.out.write("\nend of do-file\n")

    def _echo(self, outcome: Outcome) -> None:
        out = self.invocation.out
        if self._started:
            out.write("\n")
        self._started = True
        for i, text in enumerate(outcome.source.lines):
            out.write(f"{'> ' if i else '. '}{text}\n")

    def _write(self, document: Document) -> None:
        from .report.colour import to_terminal
        from .report.document import BLANK, Document

        out = self.invocation.out
        blocks = document.blocks
        if not self.echo and not self._started:
            # One-liners print results alone: no blank line before the first of them.
            first = next((i for i, block in enumerate(blocks) if block != BLANK), 0)
            document = Document(blocks[first:], document.continues)
        self._started = True
        to_terminal(document, out, self.invocation.colour)
        out.flush()

    def _error(self, error: StataError, outcome: Outcome | None) -> None:
        invocation = self.invocation
        if self.echo and not invocation.quiet:
            closing = "" if error.rc == 1 else f"\nend of do-file\n\nr({error.rc});\n"
            invocation.out.write(f"{error.message}\nr({error.rc});\n{closing}")
            invocation.out.flush()
        text = diagnostic(error, outcome.source if outcome is not None else None, placed=self.echo)
        from .report.colour import to_terminal
        from .report.document import ERROR, Document, lines

        to_terminal(Document(lines(text.rstrip("\n"), ERROR)), invocation.err, invocation.colour)


def diagnostic(error: StataError, source: SourceStatement | None, placed: bool) -> str:
    """An error for standard error: Stata's message and code, and where in the text it arose, with a caret.

    ``placed``: say ``file.do:12:18:`` before the message, as compilers do, and show the line.
    """
    place, shown = "", ""
    if source is not None and error.span is not None:
        start, end = error.span
        line, column = source.positions[min(start, max(len(source.text) - 1, 0))]
        number = line - source.line
        if placed:
            place = f"{source.name}:{line}:{column}: "
        if 0 <= number < len(source.lines):
            text = source.lines[number].expandtabs(1)
            width = max(1, min(end - start, len(text) - column + 1))
            shown = f"  {text}\n  {' ' * (column - 1)}^{'~' * (width - 1)}\n"
    elif source is not None and placed:
        place = f"{source.name}:{source.line}:1: "
    return f"{place}{error.message}\nr({error.rc});\n{shown}"


class _JsonSink:
    """Collects outcomes into one JSON envelope, written at the end."""

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation
        self.echo = False
        self._commands: list[dict[str, Any]] = []
        self._failure: StataError | None = None

    def take(self, outcome: Outcome) -> None:
        from .report.json import command_record
        from .report.text import to_text

        if not outcome.source.text:
            return
        text = to_text(outcome.document) if outcome.document is not None else ""
        self._commands.append(
            command_record(
                outcome.source.text, outcome.rc, text, outcome.result, outcome.estimation, outcome.returned,
                command=outcome.command, message=outcome.error.message if outcome.error else "",
            )  # fmt: skip
        )

    def fail(self, error: StataError) -> None:
        self._failure = error

    def close(self, status: int) -> None:
        from . import __version__
        from .report.json import envelope, to_json

        failed = (self._failure.rc, self._failure.message) if self._failure else None
        self.invocation.out.write(to_json(envelope(__version__, self._commands, status, failed)) + "\n")
