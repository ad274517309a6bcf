"""Whatever the README shows is run here: every ``console`` block's commands must print what stands under them."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"
BLOCKS = re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


def steps(block: str) -> list[tuple[str, str]]:
    """(command, output) pairs of a block: a line ``$ ...`` and what stands under it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (found[-1][0][:-1] + line.strip(), [])
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(output).strip("\n")) for command, output in found]


SHOWN = [step for block in BLOCKS for step in steps(block)]


@pytest.mark.parametrize(("command", "expected"), SHOWN, ids=lambda text: text.split("\n")[0][:50])
def test_shown_output(command: str, expected: str, tmp_path: pathlib.Path) -> None:
    words = shlex.split(command)
    assert words[0] == "mixedcli"
    environment = dict(os.environ, NO_COLOR="1")
    done = subprocess.run(
        [sys.executable, "-m", "mixedcli", *words[1:]],
        capture_output=True, text=True, cwd=tmp_path, env=environment, check=False,
    )  # fmt: skip
    printed = (done.stdout + done.stderr).strip("\n")
    if expected.startswith("..."):
        assert printed.endswith(expected[3:].strip("\n"))
    else:
        assert printed == expected


def test_the_readme_shows_something() -> None:
    assert len(SHOWN) >= 4
    assert "Log likelihood = -13998.423" in README.read_text(encoding="utf-8")


def test_every_command_is_listed() -> None:
    from mixedcli.commands import registry

    text = README.read_text(encoding="utf-8")
    for name in registry.command_files():
        assert f"`{name}`" in text, f"the README does not list {name}"
