"""The two forms of `list`: a table with one line per observation, and a box per observation for wide data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...formats import abbreviate
from ...records import record, replace
from .tables import folded


@record
class Heading:
    """A column of the listing: the name as shown, the width of the column, and on which side its values stand."""

    name: str
    width: int
    left: bool

    @classmethod
    def of(cls, name: str, texts: Iterable[str], left: bool, shortest: int) -> Heading:
        """The column for ``texts``: a name longer than they are is cut, but not to less than ``shortest``."""
        widest = max((len(text) for text in texts), default=0)
        shown = abbreviate(name, max(shortest, widest))
        return cls(shown, max(len(shown), widest), left)

    def place(self, text: str) -> str:
        return text.ljust(self.width) if self.left else text.rjust(self.width)


# ---- table form ----------------------------------------------------------------------------------------------


def table(
    headings: Sequence[Heading],
    cells: Sequence[Sequence[str]],
    margins: Sequence[str],
    rules_before: set[int],
    linesize: int,
    clean: bool,
    header: bool,
) -> Iterator[str]:
    """The lines of the table form; ``margins`` are the observation numbers, all of one width."""
    blank = " " * len(margins[0])
    inner = "-" * (sum(h.width for h in headings) + 3 * (len(headings) - 1) + 2)
    left, right = ("  ", "  ") if clean else ("| ", " |")

    def row(margin: str, texts: Iterable[str]) -> str:
        middle = "   ".join(h.place(text) for h, text in zip(headings, texts, strict=True))
        return f"{margin}{left}{middle}{right}"

    def lines() -> Iterator[str]:
        if not clean:
            yield f"{blank}+{inner}+"
        if header:
            yield row(blank, (h.name for h in headings))
            if not clean:
                yield f"{blank}|{inner}|"
        for k, (margin, texts) in enumerate(zip(margins, cells, strict=True)):
            if k in rules_before and not clean:
                yield f"{blank}|{inner}|"
            yield row(margin, texts)
        if not clean:
            yield f"{blank}+{inner}+"

    yield ""
    for line in lines():
        yield from folded(line, linesize)


# ---- display form --------------------------------------------------------------------------------------------


def boxes(
    headings: Sequence[Heading],
    cells: Sequence[Sequence[str]],
    margins: Sequence[str],
    linesize: int,
    header: bool,
) -> Iterator[str]:
    """The lines of the display form: a box per observation, the variables in as many rows as they need."""
    most = max(linesize - len(margins[0]) - 2, 10)
    narrowed = [replace(h, width=min(h.width, most - 2)) for h in headings]
    rows = _broken(narrowed, most)
    inner = max(_natural(narrowed[row]) for row in rows)
    for margin, texts in zip(margins, cells, strict=True):
        yield ""
        yield from _box(narrowed, rows, texts, margin, inner, header)


def _natural(headings: Sequence[Heading]) -> int:
    return sum(h.width for h in headings) + 3 * (len(headings) - 1) + 2


def _broken(headings: Sequence[Heading], most: int) -> list[slice]:
    """Which variables stand in which row: the first as many as the page holds, the others no wider than the first."""
    rows, start, limit = [], 0, most
    for end in range(1, len(headings) + 1):
        if end == len(headings) or _natural(headings[start : end + 1]) > limit:
            rows.append(slice(start, end))
            limit = min(limit, max(_natural(headings[start:end]), 2)) if len(rows) == 1 else limit
            start = end
    return rows


def _box(
    headings: Sequence[Heading], rows: Sequence[slice], texts: Sequence[str], margin: str, inner: int, header: bool
) -> Iterator[str]:
    blank = " " * len(margin)
    yield f"{blank}+{'-' * inner}+"
    first = margin
    for k, row in enumerate(rows):
        if k:
            yield f"{blank}|{'-' * inner}|"
        for line in _row_lines(headings[row], texts[row], inner, header):
            yield first + line
            first = blank
    yield f"{blank}+{'-' * inner}+"


def _row_lines(headings: Sequence[Heading], texts: Sequence[str], inner: int, header: bool) -> Iterator[str]:
    """Names and values of one row of a box.  Room to spare goes to the columns evenly, the rest to the last ones;
    within a column half of it stands before the value.  A text wider than its column is broken into several lines."""
    spare, over = divmod(inner - _natural(headings), len(headings))
    extra = [spare + (k >= len(headings) - over) for k in range(len(headings))]

    def row(parts: Iterable[str]) -> str:
        fields = (
            " " * (1 + e // 2) + h.place(part) + " " * (1 + e - e // 2)
            for h, part, e in zip(headings, parts, extra, strict=True)
        )
        return "|" + "|".join(fields) + "|"

    if header:
        yield row(abbreviate(h.name, h.width) for h in headings)
    pieces = [[text[i : i + h.width] for i in range(0, len(text), h.width)] or [""]
              for h, text in zip(headings, texts, strict=True)]
    for depth in range(max(len(piece) for piece in pieces)):
        yield row(piece[depth] if depth < len(piece) else "" for piece in pieces)
