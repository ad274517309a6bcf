"""Each ``tests/transcripts/*.log`` is a Stata log: its commands are run in one session and the output compared.

Layout must agree character by character, numbers to one unit of the last printed digit.  A line that begins with
``. `` is a command, ``> `` or ``  2. `` continues it, and what follows up to the next command is what it must print.
"""

from __future__ import annotations

import pathlib
import re

import pytest

from mixedcli.report.text import to_text
from mixedcli.session import Outcome, Session
from mixedcli.verify.compare import compare

NUMBERED = re.compile(r" {1,2}\d+\. ")      # a line of a loop or a program
FOLDER = pathlib.Path(__file__).parent / "transcripts"


def blocks(log: str) -> list[tuple[int, str, str]]:
    """(line number, command, expected output) of every command in a log."""
    found: list[tuple[int, list[str], list[str]]] = []
    in_command = False
    for number, line in enumerate(log.split("\n"), start=1):
        if line.startswith(". "):
            found.append((number, [line[2:]], []))
            in_command = True
        elif in_command and line.startswith("> "):
            found[-1][1].append(line[2:])
        elif in_command and (match := NUMBERED.match(line)):
            found[-1][1].append(line[match.end() :])
        elif found:
            in_command = False
            found[-1][2].append(line)
    return [(number, "\n".join(command), "\n".join(output)) for number, command, output in found]


def printed(outcomes: list[Outcome]) -> str:
    """What a log would show for these outcomes."""
    shown = [o.document for o in outcomes if o.document is not None and o.document.blocks]
    text = "".join(to_text(each) + ("" if each.continues else "\n") for each in shown)
    failed = next((o.error for o in outcomes if o.stops and o.error), None)
    return f"{text}{failed.message}\nr({failed.rc});\n" if failed else text


def trimmed(text: str) -> str:
    """Without the blank line that a log puts before the next command."""
    return text.rstrip("\n").lstrip("\n")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.log")), ids=lambda p: p.stem)
def test_transcript(path: pathlib.Path) -> None:
    session = Session()
    wrong = []
    for number, command, expected in blocks(path.read_text(encoding="utf-8")):
        actual = printed(list(session.run(command)))
        differences = compare(trimmed(expected), trimmed(actual))
        if differences:
            shown = "\n".join(str(d) for d in differences[:5])
            wrong.append(f"{path.name}:{number}: . {command}\n{shown}\n--- printed ---\n{actual}")
    assert not wrong, "\n\n".join(wrong)


def test_there_are_transcripts() -> None:
    assert len(list(FOLDER.glob("*.log"))) >= 2
