"""Damaged command lines end in a result or in one of Stata's errors, never in anything else, and quickly."""

from __future__ import annotations

import pathlib
import random

import pytest

from mixedcli.errors import StataError
from mixedcli.syntax.macros import expand
from mixedcli.syntax.parser import STARTS, parse, split_head
from mixedcli.syntax.source import read_statements
from mixedcli.syntax.spec import Kind, Option, read_options
from mixedcli.syntax.unparse import unparse

FIXTURE = pathlib.Path(__file__).parent / "fixtures" / "identity.txt"
SEEDS = [line.partition(": ") for line in FIXTURE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
PIECES = [
    "||", "|", ":", ",", "(", ")", "[", "]", '"', '`"', "\"'", "'", "`", "#", "##", "i.", "ib(", "2.", ".",
    ".a", "=", "==", "if", " in ", "in 1/", "using", "*", "~", "!", "^", "-", "+", "/", "//", "///", "/*", "*/",
    ";", "\n", "\n> ", "\t", "\0", "é", "\U0001f600", "{", "}", "@", "$", "\\", "%9.2f", "1e999", "0x1f", "_b[",
    "[fw=", "R.", " ", "\ufeff", "\u2028",
]  # fmt: skip
SPECS = tuple(Option(kind.value, kind.value[:2], kind) for kind in Kind)


def damage(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(text))
        match chance.randint(0, 4):
            case 0:
                text = text[:at] + chance.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[at + chance.randint(1, 5) :]
            case 2:
                text = text[:at]
            case 3:
                other = chance.choice(SEEDS)[2]
                text = text[:at] + other[chance.randint(0, len(other)) :]
            case _:
                text = text[:at] + text[at : at + 8][::-1] + text[at + 8 :]
    return text


class NoMacros:
    """A session without macros."""

    def local(self, name: str) -> str:
        return ""

    global_ = evaluate = function = local

    def step(self, name: str, by: int, after: bool) -> str:
        return str(by)


def attempt(start: str, source: str) -> None:
    """All the way from the source to typed options, as a session goes."""
    for statement in read_statements(source):
        text = statement.text
        try:
            text = expand(text, NoMacros()).text
            head = split_head(text)
            parsed = parse(text, start, head.word, head.offset)
            assert isinstance(unparse(parsed), str)
            read_options(parsed.options, SPECS, parsed.text)
        except StataError as error:
            assert error.message
            assert error.rc > 0
            if error.span is not None:
                low, high = error.span
                assert 0 <= low <= high <= len(text)
                assert statement.positions[low] >= (1, 1)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_lines(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        start, _, text = chance.choice(SEEDS)
        if chance.random() < 0.1:
            start = chance.choice(STARTS)
        attempt(start, damage(text, chance))


def test_noise() -> None:
    chance = random.Random(7)
    for _ in range(300):
        attempt(chance.choice(STARTS), "".join(chance.choices(PIECES, k=chance.randint(1, 12))))
