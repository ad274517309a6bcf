"""``log``: keep what is typed and printed in a file."""

from __future__ import annotations

import os
import time

from ..errors import StataError
from ..records import record
from ..report.document import Document, Style, line
from ..results.base import Result
from ..syntax.spec import Kind, Option, abbreviates, read_options
from ..syntax.tree import Statement
from .context import Context
from .registry import command, layout

OPTIONS = (
    Option("text", "t", help="write plain text"),
    Option("smcl", "s", help="write SMCL (the default unless the name ends in .log)"),
    Option("replace", "replace", help="overwrite a file of that name"),
    Option("append", "append", help="write at the end of a file of that name"),
    Option("name", "name", Kind.NAME, "a name for the log", planned=True),
    Option("nomsg", "nomsg", help="do not print the log's particulars"),
)


@record
class LogNote(Result):
    """What ``log`` reports.  ``event``: ``opened``, ``closed``, ``paused``, ``resumed`` or ``on`` (status only)."""

    path: str
    smcl: bool
    event: str
    when: str


@command("log", start="raw")
def log(context: Context, statement: Statement) -> LogNote | None:
    """log using filename [, text smcl replace append];  log close | off | on | query

    Write everything that is typed and printed to a file, line by line.
    """
    word, _, rest = statement.rest.strip().partition(" ")
    if word and abbreviates(word, "using", "u"):
        return _open(context, statement, rest)
    if word in ("close", "off", "on"):
        return _change(context, word)
    if word in ("", "query", "status"):
        return _status(context)
    raise StataError("invalid syntax", 198, statement.span)


def _open(context: Context, statement: Statement, rest: str) -> LogNote | None:
    from ..syntax.parser import parse

    if context.log is not None:
        raise StataError("log file already open", 604)
    given = parse(rest, "names")
    options = read_options(given.options, OPTIONS, rest)
    if len(given.arguments) != 1:
        raise StataError("invalid file specification", 198)
    path = os.path.expanduser(given.arguments[0].text)
    stem, suffix = os.path.splitext(path)
    smcl = options["smcl"] or (not options["text"] and suffix != ".log")
    if not suffix:
        path = f"{stem}{'.smcl' if smcl else '.log'}"
    if os.path.exists(path) and not (options["replace"] or options["append"]):
        raise StataError(f"file {path} already exists", 602)
    assert context.runner is not None
    context.runner.open_log(path, options["append"], smcl)
    return None if options["nomsg"] else _note(context, "opened")


def _change(context: Context, word: str) -> LogNote:
    if context.log is None:
        raise StataError("no log file open", 606)
    if word == "close":
        note = _note(context, "closed")
        context.closing = True
        return note
    context.log.paused = word == "off"
    return _note(context, "paused" if word == "off" else "resumed")


def _status(context: Context) -> LogNote:
    return LogNote("", False, "closed", "") if context.log is None else _note(context, "on")


def _note(context: Context, event: str) -> LogNote:
    now = time.localtime()
    when = f"{now.tm_mday:2d} {time.strftime('%b %Y, %H:%M:%S', now)}"
    return LogNote(os.path.abspath(context.log.path), context.log.smcl, event, when)


@layout(LogNote)
def lay_out(result: LogNote, style: Style) -> Document:
    if not result.path:
        return Document((line("(log closed)"),))
    rows = [line("      name:  <unnamed>"), line(f"       log:  {result.path}"),
            line(f"  log type:  {'smcl' if result.smcl else 'text'}")]
    if result.event != "on":
        rows.append(line(f"{result.event:>7} on:  {result.when}"))
    rule = line("-" * style.linesize)
    if result.event == "opened":
        rows = [rule, *rows]
    if result.event == "closed":
        rows = [*rows, rule]
    return Document(tuple(rows))
