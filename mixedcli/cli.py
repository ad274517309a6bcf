"""The process boundary: arguments, streams, colour, exit status.

Exit status: 0 ok; 1 stopped on an r(#); 2 wrong usage of this program; 130 interrupted.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from .commands._shared.program import positional
from .commands._shared.scripts import decode_script, read_script, script_name
from .commands.context import NEWEST_VERSION, OLDEST_VERSION
from .errors import NotBuilt, StataError
from .events import Echo, Outcome
from .records import field, record
from .session import Session
from .transcript import Transcript, open_log

if TYPE_CHECKING:
    import click

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
    batch: bool = False
    allow_shell: bool = False
    lines: tuple[str, ...] = ()
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    @property
    def is_script(self) -> bool:
        """Whether a do-file or standard input is to be run, with commands echoed."""
        return self.lines == ("-",) or (self.lines[:1] == ("do",) and len(self.lines) > 1)

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
    @click.option("-u", "--use", metavar="DATA",
                  help="Data to load first: a file, a bundled name, or - for CSV on stdin.")
    @click.option("-f", "--format", type=click.Choice(FORMATS), default="text", show_default=True, help="Output form.")
    @click.option("--stata-version", metavar="N", type=click.FloatRange(OLDEST_VERSION, NEWEST_VERSION), default=13.0,
                  show_default=True, help="Print as this version of Stata does.")
    @click.option("--linesize", metavar="N", type=click.IntRange(40, 255), default=79, show_default=True,
                  help="Characters per line.")
    @click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True,
                  help="Colours on the terminal.")
    @click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
    @click.option("-b", "--batch", is_flag=True, help="With do: write FILE.log instead of printing.")
    @click.option("--allow-shell", is_flag=True, help="Let do-files run programs of the system with shell and !.")
    @click.argument("lines", nargs=-1, metavar="[LINE]...")
    def mixedcli(
        use: str | None,
        format: str,
        stata_version: float,
        linesize: int,
        color: str,
        quiet: bool,
        batch: bool,
        allow_shell: bool,
        lines: tuple[str, ...],
    ) -> int:
        """Read Stata's language and fit multilevel mixed models.

        Every LINE is one Stata command line, run in order.  Instead of lines: `do FILE` runs a do-file, and - reads
        commands from standard input.
        """
        if not lines and not use:
            raise click.UsageError("nothing to run: give Stata commands, `do FILE`, or - (see --help)")
        if use == "-" and lines == ("-",):
            raise click.UsageError("standard input cannot hold both data and commands")
        if format not in ("text", "json"):
            raise click.UsageError(f"--format {format} is not built yet")
        return execute(Invocation(use, format, stata_version, linesize, color, quiet, batch, allow_shell, lines))

    return mixedcli


def execute(invocation: Invocation) -> int:
    """Run what an invocation asks for; the exit status."""
    session = Session()
    context = session.context
    context.set(version=invocation.version, linesize=invocation.linesize)
    context.allow_shell = invocation.allow_shell
    with _output(invocation) as sink:
        session.listener = sink.take
        last: Outcome | None = None
        try:
            for outcome in _outcomes(session, invocation):
                last = outcome
        except StataError as error:
            sink.fail(error)
            return STOPPED
        except OSError:
            raise  # of the streams: nobody can be told here
        except Exception as error:
            if os.environ.get("MIXEDCLI_DEBUG"):
                raise
            sink.fail(StataError(internal_error(error), 9999))
            return STOPPED
        finally:
            session.close()
        sink.close(last)
    return _status(last)


def internal_error(error: Exception) -> str:
    """What went wrong in this program, and where; MIXEDCLI_DEBUG=1 shows the traceback instead."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = f" ({os.path.basename(at.tb_frame.f_code.co_filename)}:{at.tb_lineno})" if at is not None else ""
    return f"internal error, please report it: {type(error).__name__}: {error}{place}"


def _status(last: Outcome | None) -> int:
    """The exit status that the last outcome of a run calls for."""
    if last is None:
        return OK
    if last.exits is not None:
        # A shell keeps eight bits of the status; failure must not become success.
        return last.exits if last.exits < 256 else STOPPED
    if last.stops:
        return INTERRUPTED if last.rc == 1 else STOPPED
    return OK


def _outcomes(session: Session, invocation: Invocation) -> Iterator[Outcome]:
    """Load the data asked for, then run the lines, the do-file or standard input."""
    lines = invocation.lines
    if invocation.use is not None:
        from .data.load import load

        session.context.data = load(invocation.use, stream=sys.stdin.buffer if invocation.use == "-" else None)
    if lines[:1] in (("check",), ("verify",)) and len(lines) > 1:
        raise NotBuilt(f"mixedcli {lines[0]}")
    if invocation.is_script:
        text, name = _script(lines)
        session.context.frame.locals.update(positional(" ".join(map(_quoted, lines[2:]))))
        yield from session.run(text, name)
    elif lines[:1] == ("help",):
        yield from session.run(" ".join(lines))
    else:
        yield from session.run("\n".join(lines), whole=True)


def _script(lines: tuple[str, ...]) -> tuple[str, str]:
    """The text and the name of the do-file, or of standard input."""
    if lines == ("-",):
        return decode_script(sys.stdin.buffer.read(), "standard input"), "stdin"
    return read_script(lines[1]), script_name(lines[1])


def _quoted(argument: str) -> str:
    """An argument of a do-file, in quotes if it holds blanks."""
    return f'"{argument}"' if " " in argument or not argument else argument


@contextlib.contextmanager
def _output(invocation: Invocation) -> Iterator[_TextSink | _JsonSink]:
    """Where the run is shown: JSON, the batch log, or the terminal."""
    if invocation.format == "json":
        yield _JsonSink(invocation)
    elif invocation.batch and invocation.is_script:
        path = os.path.basename(invocation.lines[-1 if invocation.lines == ("-",) else 1]).removesuffix(".do") + ".log"
        log = open_log(path, append=False, smcl=False)
        try:
            yield _TextSink(invocation, log)
        finally:
            log.close()
    else:
        yield _TextSink(invocation, Transcript(invocation.out, invocation.is_script, invocation.colour))


class _TextSink:
    """Shows a run as Stata's own text: results to the transcript, errors to standard error."""

    def __init__(self, invocation: Invocation, transcript: Transcript) -> None:
        self.invocation = invocation
        self.transcript = transcript

    def take(self, event: Outcome | Echo) -> None:
        if not self.invocation.quiet:
            self.transcript.take(event)
        if isinstance(event, Outcome) and event.stops and event.error is not None:
            self._error(event.error, event.source)

    def fail(self, error: StataError) -> None:
        """An error that belongs to no statement (data or script not found)."""
        if not self.invocation.quiet:
            self.transcript.fail(error)
        self._error(error, None)

    def close(self, last: Outcome | None) -> None:
        if self.invocation.quiet:
            return
        if last is None:
            self.transcript.end(0)
        elif last.exits is not None:
            self.transcript.end(last.exits, left=True)
        elif not (last.stops and last.rc == 1):      # after ctrl-C there is nothing more to say
            self.transcript.end(last.rc if last.stops else 0)

    def _error(self, error: StataError, source: SourceStatement | None) -> None:
        from .report.colour import to_terminal
        from .report.document import ERROR, Document, lines

        text = diagnostic(error, source, placed=self.transcript.echo)
        to_terminal(Document(lines(text.rstrip("\n"), ERROR)), self.invocation.err, self.invocation.colour)


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
    message = f"{error.message}\n" if error.message else ""
    return f"{place}{message}r({error.rc});\n{shown}"


class _JsonSink:
    """Collects outcomes into one JSON envelope, written at the end."""

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation
        self._commands: list[dict[str, Any]] = []
        self._failure: StataError | None = None

    def take(self, event: Outcome | Echo) -> None:
        from .report.json import command_record
        from .report.text import to_text

        if isinstance(event, Echo) or not (event.text or event.error):
            return
        if event.stops and event.error is not None:
            self.invocation.err.write(diagnostic(event.error, event.source, placed=self.invocation.is_script))
        text = to_text(event.document) if event.document is not None else ""
        self._commands.append(
            command_record(
                event.text, event.rc, text, event.result, event.estimation, event.returned,
                command=event.command, message=event.error.message if event.error else "",
            )
        )

    def fail(self, error: StataError) -> None:
        self._failure = error
        self.invocation.err.write(diagnostic(error, None, placed=False))

        self._write(STOPPED)

    def close(self, last: Outcome | None) -> None:
        self._write(_status(last))

    def _write(self, status: int) -> None:
        from . import __version__
        from .report.json import envelope, to_json

        failed = (self._failure.rc, self._failure.message) if self._failure else None
        self.invocation.out.write(to_json(envelope(__version__, self._commands, status, failed)) + "\n")
