"""The name column of a coefficient table: factor blocks, value labels, interactions, and how long names are cut.

A term gives one or more stub lines; the last of them carries its numbers.  Factor terms of the same variables form a
block: a line with the factor's name, then a line per level.  A factor with one level to show and no label for it stays
on one line (``1.cc``).  A variable with time-series operators is a block too: its name, then ``--.``, ``L1.``, ``D1.``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..formats import abbreviate
from ..records import record
from ..results.coefficients import CoefficientRow
from ..results.display import Show
from ..results.stripe import Part, Term, time_label

Labels = Mapping[str, Mapping[int, str]]
_Key = tuple[tuple[str, str | bool], ...]
_TIME = ""                           # what a key begins with for a variable that may carry time-series operators
NARROWEST = 12                       # the least width of the name column
NUMBERS = 67                         # columns taken by all that is not the name column, and the last of the page


@record
class NameLine:
    """One line of the name column, up to the bar; ``row`` is the coefficient whose numbers stand on it, if any."""

    stub: str
    row: CoefficientRow | None = None


@record
class Block:
    """Rows printed together.  ``header``: the factor's name, or "" when every row is a line of its own."""

    rows: tuple[CoefficientRow, ...]
    header: str
    before: bool
    after: bool


def visible(row: CoefficientRow, show: Show) -> bool:
    """Whether the row is printed at all."""
    if row.status == "omitted":
        return not show.noomitted
    if row.status == "empty":
        return not show.noemptycells
    if row.status == "base":
        main = isinstance(row.term, Term) and len(row.term.parts) == 1
        return show.allbaselevels or (show.baselevels and main)
    return True


def blocks(rows: Sequence[CoefficientRow], labels: Labels, show: Show) -> list[Block]:
    """The rows to print, in blocks, with the blank lines each asks for."""
    out = []
    for key, group in _runs(rows):
        shown = tuple(row for row in group if visible(row, show))
        if not shown:
            continue
        if key is not None and key[0][0] == _TIME:
            header = str(key[0][1]) if any("." in _term(row).parts[0].variable for row in shown) else ""
            out.append(Block(shown, header, bool(header), bool(header)))
        elif key is None:
            apart = isinstance(shown[0].term, Term) and len(shown[0].term.parts) > 1
            out.append(Block(shown, "", apart, apart))
        else:
            out.append(_factor_block(group, shown, labels))
    return out


def _factor_block(group: Sequence[CoefficientRow], shown: tuple[CoefficientRow, ...], labels: Labels) -> Block:
    """A factor's block.  Stata leaves a line after it when more than one level, shown or not, stands from its first
    printed line on, or when it is an interaction."""
    parts = _term(shown[0]).parts
    several = len(group) - group.index(shown[0]) > 1
    if len(parts) == 1 and not several and _label(parts[0], labels) is None:
        return Block(shown, "", False, False)
    header = "#".join(_plain(part) for part in parts)
    return Block(shown, header, True, several or len(parts) > 1)


def name_lines(found: Sequence[Block], labels: Labels, width: int, squish: bool = False) -> Iterator[NameLine]:
    """The lines of the name column, each ``width + 1`` characters long, with the blank lines between blocks."""
    for i, block in enumerate(found):
        if i and (block.before or found[i - 1].after) and not squish:
            yield NameLine(" " * (width + 1))
        if not block.header:
            for row in block.rows:
                yield from _attach(_wrapped(_line_name(row), width), row)
            continue
        for stub in _wrapped(block.header, width):
            yield NameLine(stub)
        for row in block.rows:
            yield from _attach(_level_lines(row, labels, width), row)


def name_width(found: Sequence[Block], labels: Labels, others: Sequence[str], linesize: int) -> int:
    """The width of the name column: the longest name, at least 12 and no more than the page allows."""
    wanted = NARROWEST
    for block in found:
        if block.header:
            wanted = max(wanted, len(block.header), *(len(_level_text(row, labels)) + 1 for row in block.rows))
        else:
            wanted = max(wanted, *(len(_line_name(row)) for row in block.rows))
    wanted = max([wanted, *(len(name) for name in others)])
    return max(NARROWEST, min(wanted, linesize - NUMBERS))


def shorten(label: str, width: int) -> str:
    """A value label cut to ``width``: a single word as a name is cut, several words with two points at the end (and
    the closing parenthesis, if the label ends in one)."""
    if len(label) <= width:
        return label
    if " " not in label:
        return abbreviate(label, width)
    tail = "..)" if label.endswith(")") else ".."
    return label[: width - len(tail)] + tail


# ---- pieces --------------------------------------------------------------------------------------------------


def _runs(rows: Sequence[CoefficientRow]) -> Iterator[tuple[_Key | None, list[CoefficientRow]]]:
    """Neighbouring rows of one factor or interaction; a row without factors is a run of its own (key None)."""
    run: list[CoefficientRow] = []
    last = None
    for row in rows:
        key = _key(row)
        if run and (key is None or key != last):
            yield last, run
            run = []
        run.append(row)
        last = key
    if run:
        yield last, run


def _key(row: CoefficientRow) -> _Key | None:
    if isinstance(row.term, str):
        return None
    if len(row.term.parts) == 1 and row.term.parts[0].level is None:
        return ((_TIME, row.term.parts[0].variable.rpartition(".")[2]),)
    if all(part.level is None for part in row.term.parts):
        return None
    return tuple((part.variable, part.level is None) for part in row.term.parts)


def _term(row: CoefficientRow) -> Term:
    assert isinstance(row.term, Term)
    return row.term


def _plain(part: Part) -> str:
    """A part in a heading: ``sex``, or ``c.age`` for a continuous variable."""
    if part.level is not None:
        return part.variable
    return f"c{part.variable}" if "." in part.variable else f"c.{part.variable}"


def _line_name(row: CoefficientRow) -> str:
    """The name of a row outside a block: ``age``, ``1.cc``, ``c.age#c.age``."""
    if isinstance(row.term, str):
        return row.term
    parts = row.term.parts
    if len(parts) > 1:
        return "#".join(_plain(part) for part in parts)
    return parts[0].variable if parts[0].level is None else f"{parts[0].level}.{parts[0].variable}"


def _label(part: Part, labels: Labels) -> str | None:
    return None if part.level is None else labels.get(part.variable, {}).get(part.level)


def _level_texts(row: CoefficientRow, labels: Labels) -> list[str]:
    return [_label(part, labels) or str(part.level) for part in _term(row).parts if part.level is not None]


def _operator(row: CoefficientRow) -> str:
    """The time-series operator that stands for a row in a block (``L1.``); "" for other rows."""
    parts = _term(row).parts
    return time_label(parts[0].variable) if len(parts) == 1 and parts[0].level is None else ""


def _level_text(row: CoefficientRow, labels: Labels) -> str:
    """The levels of a row on one line: joined by ``#`` when one of them has a label, by a blank otherwise."""
    if _operator(row):
        return _operator(row)
    return _joint(row, labels).join(_level_texts(row, labels))


def _joint(row: CoefficientRow, labels: Labels) -> str:
    return "#" if any(_label(part, labels) is not None for part in _term(row).parts) else " "


def _level_lines(row: CoefficientRow, labels: Labels, width: int) -> list[str]:
    """A level's stub; labels of an interaction that are too long together stand on a line each."""
    if _operator(row):
        return [_operator(row).rjust(width) + " "]
    text = _level_text(row, labels)
    if len(text) <= width - 1:
        return [text.rjust(width - 1) + "  "]
    texts = _level_texts(row, labels)
    if len(texts) == 1 or _joint(row, labels) == " ":
        return [shorten(text, width - 1).rjust(width - 1) + "  "]
    cut = [shorten(part, width - 1).rjust(width - 1) for part in texts]
    return [*(part + " #" for part in cut[:-1]), cut[-1] + "  "]


def _wrapped(name: str, width: int) -> list[str]:
    """A name right-justified before the bar; an interaction too long for the column breaks after a ``#``."""
    if len(name) <= width or "#" not in name:
        return [abbreviate(name, width).rjust(width) + " "]
    lines = [""]
    for piece in (abbreviate(piece, width) for piece in name.split("#")):
        joined = f"{lines[-1]}#{piece}" if lines[-1] else piece
        if len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(piece)
    return [*(line.rjust(width) + "#" for line in lines[:-1]), lines[-1].rjust(width) + " "]


def _attach(stubs: list[str], row: CoefficientRow) -> Iterator[NameLine]:
    for stub in stubs[:-1]:
        yield NameLine(stub)
    yield NameLine(stubs[-1], row)
