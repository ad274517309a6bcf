"""``help`` shows each command's own declaration."""

from __future__ import annotations

import pytest

from mixedcli.commands import registry
from mixedcli.report.text import to_text
from mixedcli.session import Session


def shown(line: str) -> str:
    (outcome,) = Session().run(line)
    assert outcome.error is None
    assert outcome.document is not None
    return to_text(outcome.document)


@pytest.mark.parametrize("name", sorted(registry.command_files()))
def test_every_command_has_help_that_fits_the_page(name: str) -> None:
    text = shown(f"help {name}")
    assert text.startswith(name)
    assert all(len(line) <= 79 for line in text.split("\n")), text
    for option in registry.load(name).options:
        assert option.name in text


def test_abbreviations_and_the_index() -> None:
    assert shown("help su").startswith("summarize  (may be abbreviated to su)\n")
    assert shown("h estat icc").startswith("estat icc")
    assert "xtmixed" in shown("help")


def test_unknown_commands() -> None:
    (outcome,) = Session().run("help foo")
    assert outcome.error is not None
    assert outcome.error.rc == 199
