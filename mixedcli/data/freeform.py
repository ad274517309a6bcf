"""Numbers and texts separated by blanks, commas and line ends: what ``infile`` and ``input`` read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import StataError
from ..records import record
from .columns import new_numeric, new_string
from .dataset import Column
from .storage import MISSING, MISSING_BY_NAME, is_numeric

_TOKEN = re.compile(r'[ \t\r\n]*(?:`"(.*?)"\'|"([^"\r\n]*)"|([^\s,]+)|(,))', re.DOTALL)
_COMMA = re.compile(r"[ \t]*,")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?")
_MISTAKES_SHOWN = 20


@record
class NewVariable:
    """A variable to be read: its name ("" for one that is skipped), storage type, and value label."""

    name: str
    storage: str
    value_label: str = ""


@record
class Mistake:
    """A text where a number should be, and the variable and observation (from 1) that became missing for it."""

    text: str
    variable: str
    observation: int

    @property
    def message(self) -> str:
        return f"'{self.text}' cannot be read as a number for {self.variable}[{self.observation}]"


def tokens(text: str) -> Iterator[str]:
    """The values in ``text``; a comma after a comma, or at the start, stands for a value that is missing ("")."""
    if not any(sign in text for sign in ',"`'):
        yield from text.split()
        return
    at, after_comma = 0, True
    while match := _TOKEN.match(text, at):
        at = match.end()
        if match[4] is not None:
            if after_comma:
                yield ""
            after_comma = True
            continue
        yield next(piece for piece in match.groups()[:3] if piece is not None)
        comma = _COMMA.match(text, at)        # the comma that ends this value belongs to it
        after_comma = comma is not None
        at = comma.end() if comma else at


def read_number(text: str) -> float | None:
    """The number that ``text`` says (working representation), None if it says none."""
    if text in ("", *MISSING_BY_NAME):
        return MISSING_BY_NAME.get(text, MISSING)
    if not _NUMBER.fullmatch(text):
        return None
    return float(re.sub("[dD]", "e", text))


def make_columns(
    variables: Sequence[NewVariable], cells: Sequence[Sequence[str]]
) -> tuple[dict[str, Column], list[Mistake]]:
    """Columns from texts: ``cells[j]`` are those of ``variables[j]``.  Texts that are no numbers become ``.``."""
    columns: dict[str, Column] = {}
    mistakes: list[Mistake] = []
    for variable, texts in zip(variables, cells, strict=True):
        if not variable.name:
            continue
        if is_numeric(variable.storage):
            doubles = np.full(len(texts), MISSING)
            for i, text in enumerate(texts):
                number = read_number(text)
                if number is None:
                    mistakes.append(Mistake(text, variable.name, i + 1))
                else:
                    doubles[i] = number
            column = new_numeric(variable.name, doubles, variable.storage, value_label=variable.value_label)
        else:
            column = new_string(variable.name, [_cut(text, variable.storage) for text in texts], variable.storage)
        columns[variable.name] = column
    return columns, sorted(mistakes, key=lambda mistake: mistake.observation)[:_MISTAKES_SHOWN]


def _cut(text: str, storage: str) -> str:
    if storage == "strL":
        return text
    octets = text.encode("utf-8", "replace")
    width = int(storage[3:])
    return text if len(octets) <= width else octets[:width].decode("utf-8", "ignore")


def read_free(
    text: str, variables: Sequence[NewVariable]
) -> tuple[dict[str, Column], list[Mistake], int, bool]:
    """(columns, mistakes, observations, whether the text ended inside an observation) of free-format text.

    Values are dealt out to the variables in turn, wherever lines end.
    """
    if not variables:
        raise StataError("varlist required", 100)
    flat = list(tokens(text))
    width = len(variables)
    short = -len(flat) % width
    flat += [""] * short
    cells = [flat[j::width] for j in range(width)]
    columns, mistakes = make_columns(variables, cells)
    return columns, mistakes, len(flat) // width, short > 0
