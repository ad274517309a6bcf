"""Documents as plain text and on a terminal."""

from __future__ import annotations

import io
import re
import subprocess
import sys

from mixedcli.report.colour import to_terminal, wants_colour
from mixedcli.report.document import (
    BLANK,
    COMMAND,
    ERROR,
    HEADING,
    RESULT,
    Cell,
    Document,
    Row,
    Rule,
    Span,
    Table,
    line,
    lines,
)
from mixedcli.report.text import to_lines, to_text

SAMPLE = Document((
    line(Span(". xtmixed y || [school]:", COMMAND)), BLANK,
    line("Iteration 0:   log likelihood = ", Span("-14018.571", RESULT), "  "),
    Table((Rule(), Row("           y ", (Cell("Coef.", 20),), heading=True), Rule(joint=True),
           Row("           x ", (Cell("1.5", 20), Cell("(omitted) :smile: [bold]", 22, left=True))), Rule()),
          width=24, bar=14),
    *lines("variable z not found\nr(111);", ERROR),
))
PRINTED = """\
. xtmixed y || [school]:

Iteration 0:   log likelihood = -14018.571 \x20
------------------------
           y | Coef.
-------------+----------
           x |   1.5 (omitted) :smile: [bold]
------------------------
variable z not found
r(111);"""


def test_plain_text_places_every_character():
    assert to_text(SAMPLE) == PRINTED


def test_an_empty_document_has_no_lines_and_a_blank_line_is_one():
    assert to_lines(Document()) == []
    assert to_lines(Document((BLANK,))) == [""]


def test_an_indented_table_and_a_row_without_a_bar():
    table = Table((Rule(joint=True), Row("name", bar=False)), width=10, bar=4, indent=2)
    assert to_lines(Document((table,))) == ["  ---+------", "  name"]


def test_without_colour_the_bytes_are_those_of_the_text():
    out = io.StringIO()
    to_terminal(SAMPLE, out, colour=False)
    assert out.getvalue() == PRINTED + "\n"
    empty = io.StringIO()
    to_terminal(Document(), empty)
    assert empty.getvalue() == ""


def test_colour_adds_escapes_and_changes_no_character():
    out = io.StringIO()
    to_terminal(SAMPLE, out, colour=True)
    coloured = out.getvalue()
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == PRINTED + "\n"
    styles = {style: re.search(r"\x1b\[[\d;]+m(?=" + re.escape(text) + ")", coloured)[0]
              for style, text in ((COMMAND, ". xtmixed"), (RESULT, "-14018"), (ERROR, "variable z"), (HEADING, "  "))}
    assert len(set(styles.values())) == 4


def test_a_long_line_is_not_wrapped_on_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    out = io.StringIO()
    to_terminal(Document((line("x" * 300),)), out, colour=True)
    assert out.getvalue().count("\n") == 1


def test_no_color_is_respected(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour(Terminal())
    assert not wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal())


def test_plain_output_does_not_load_rich():
    code = ("import sys, mixedcli.report.colour as c, mixedcli.report.document as d, mixedcli.report.mixed; "
            "c.to_terminal(d.Document((d.line('x'),)), sys.stdout); "
            "sys.exit(any(m in sys.modules for m in ('rich', 'json', 'pandas', 'scipy')))")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
