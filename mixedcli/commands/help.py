"""``help``: what a command does and which options it takes, from its own declaration."""

from __future__ import annotations

import inspect
import textwrap

from ..errors import StataError
from ..records import record
from ..report.document import BLANK, HEADING, Document, Line, Span, Style, line
from ..results.base import Result
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from . import registry
from .context import Context
from .registry import command, layout


@record
class HelpText(Result):
    """A command's name with its least abbreviation, its description, and its options with theirs."""

    name: str
    shortest: str
    text: str
    options: tuple[Option, ...]


@record
class HelpIndex(Result):
    """The names of all commands."""

    names: tuple[str, ...]


@command("help", shortest="h", start="raw")
def help_(context: Context, statement: Statement) -> HelpText | HelpIndex:
    """help [command]

    Show what a command does and which options it takes; without a command, list them all.
    """
    words = statement.rest.replace(",", " ").split()
    if not words:
        return HelpIndex(tuple(sorted(registry.command_files())))
    spec, two_words = registry.resolve(words[0], words[1] if len(words) > 1 else "")
    if len(words) > (2 if two_words else 1):
        raise StataError("invalid syntax", 198, statement.span)
    return HelpText(spec.name, spec.shortest, inspect.cleandoc(spec.help), spec.options)


@layout(HelpIndex)
def lay_out_index(result: HelpIndex, style: Style) -> Document:
    rows = textwrap.wrap(", ".join(result.names), style.linesize - 4)
    return Document((line(Span("Commands", HEADING)), *(line(f"    {row}") for row in rows), BLANK,
                     line("help NAME describes one.")))  # fmt: skip


@layout(HelpText)
def lay_out(result: HelpText, style: Style) -> Document:
    lines: list[Line] = [line(Span(result.name, HEADING), _abbreviation(result.name, result.shortest)), BLANK]
    for paragraph in result.text.split("\n\n"):
        lines += [line(f"    {row}") for row in textwrap.wrap(" ".join(paragraph.split()), style.linesize - 8)] + [BLANK]
    if result.options:
        lines += [line(Span("Options", HEADING)), *(row for o in result.options for row in _option_lines(o, style))]
    return Document(tuple(lines))


def _abbreviation(name: str, shortest: str) -> str:
    return "" if name == shortest else f"  (may be abbreviated to {shortest})"


def _option_lines(option: Option, style: Style) -> list[Line]:
    """``    level(real)        l         confidence level``, the description wrapped in its own column."""
    argument = "" if option.kind is Kind.FLAG else f"({'|'.join(c.name for c in option.choices) or option.kind.value})"
    about = f"{option.help} (not built yet)".strip() if option.planned else option.help
    head = f"    {option.name}{argument}"
    rows = textwrap.wrap(about, max(style.linesize - 32, 20)) or [""]
    first = [line(head), line(f"{'':31}{rows[0]}".rstrip())] if len(head) > 30 else [line(f"{head:<31}{rows[0]}".rstrip())]
    return [*first, *(line(f"{'':31}{row}") for row in rows[1:])]
