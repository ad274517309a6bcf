"""What the commands that read and write files share: names with a default suffix, replace, what they say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from ...data.dataset import Dataset
from ...errors import StataError
from ...records import record
from ...results.base import Result, Stored
from ...syntax.tree import Statement
from ..context import Context
from ..registry import layout
from .data import refuse_unsaved, thousands
from .tables import chosen_names, chosen_rows

if TYPE_CHECKING:
    from ...report.document import Document, Style


def no_file() -> StataError:
    return StataError("invalid file specification", 198)


def file_name(statement: Statement, suffix: str) -> str:
    """The file after ``using`` (or alone), with ``suffix`` if it has none.  Raises r(198) if there is no file."""
    if not statement.using or not os.path.basename(statement.using.strip()):
        raise no_file()
    return with_suffix(statement.using, suffix)


def with_suffix(name: str, suffix: str) -> str:
    """``name`` with a leading ~ resolved, and ``suffix`` added if it has no suffix."""
    path = os.path.expanduser(name)
    return path if os.path.splitext(os.path.basename(path))[1] else path + suffix


def check_target(path: str, replace: bool) -> bool:
    """Raise r(602) if ``path`` exists and may not be replaced; returns whether there is no such file yet."""
    exists = os.path.exists(path)
    if exists and not replace:
        raise StataError(f"file {path} already exists", 602)
    return not exists


@record
class Saved(Result):
    """A file has been written.  ``missing``: there was nothing to replace, though ``replace`` was given.

    ``kind``: the format, where the file's suffix does not tell it; versions 17 on say it.
    """

    filename: str
    missing: bool = False
    kind: str = ""


@layout(Saved)
def lay_out_saved(result: Saved, style: Style) -> Document:
    from ...report.document import Document, line

    note = "" if style.version >= 17 else "note: "
    lines = [line(f"({note}file {result.filename} not found)")] if result.missing else []
    kind = f" as {result.kind} format" if result.kind and style.version >= 17 else ""
    return Document((*lines, line(f"file {result.filename} saved{kind}")))


@record
class Imported(Result):
    """Data have been read from a file that is not Stata's; ``encoding`` is what was found out, or ""."""

    variables: int
    observations: int
    encoding: str = ""
    silent_before: float = 0

    def stored(self) -> Stored:
        return Stored("r", scalars={"N": float(self.observations), "k": float(self.variables)})


@layout(Imported)
def lay_out_imported(result: Imported, style: Style) -> Document:
    from ...report.document import Document, line

    if style.version < result.silent_before:
        return Document()
    lines = []
    if result.encoding and style.version >= 17:
        lines.append(line(f"(encoding automatically selected: {result.encoding})"))
    variables, observations = thousands(result.variables, style.version), thousands(result.observations, style.version)
    nouns = ("var" if result.variables == 1 else "vars", "obs")
    return Document((*lines, line(f"({variables} {nouns[0]}, {observations} {nouns[1]})")))


def put_imported(
    context: Context, data: Dataset, clear: bool, encoding: str = "", silent_before: float = 0
) -> Imported:
    """Make imported data the data in memory; r(4) if that would lose changes."""
    from ...records import replace

    refuse_unsaved(context, clear)
    context.data = replace(data, changed=True)
    return Imported(len(data.columns), data.n, encoding, silent_before)


def refuse_data_in_memory(context: Context, clear: bool) -> None:
    """Raise r(18) unless memory is empty or ``clear`` was given (insheet, infile)."""
    if context.data.columns and not clear:
        raise StataError("you must start with an empty dataset", 18)


def part_to_export(context: Context, statement: Statement) -> tuple[tuple[str, ...], np.ndarray]:
    """The variables and row numbers that ``[varlist] [if] [in]`` name.  Raises r(111) if there are no variables."""
    if not context.data.columns:
        raise StataError("no variables defined", 111)
    return chosen_names(context, statement), chosen_rows(context, statement)


def new_names(statement: Statement) -> tuple[str, ...]:
    """The names in the varlist of a command that makes new variables; ``x1-x3`` means x1 x2 x3."""
    from ...syntax.tree import NamePattern, NameRange
    from .data import check_name

    names: list[str] = []
    for term in statement.varlist:
        if isinstance(term, NameRange):
            names += name_range(term.first, term.last)
        elif isinstance(term, NamePattern):
            names.append(term.pattern)
        else:
            raise StataError("factor-variable and time-series operators not allowed", 101, term.span)
    for name in names:
        check_name(name)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise StataError(f"variable {twice} already defined", 110)
    return tuple(names)


def name_range(first: str, last: str) -> list[str]:
    """``x1`` and ``x3`` as x1 x2 x3.  Raises r(198) if they do not differ in a number at the end alone."""
    stem, begin = _split_number(first)
    other, end = _split_number(last)
    if stem != other or not begin or not end or int(begin) > int(end) or len(end) > 6:
        raise StataError(f"{first}-{last} invalid name", 198)
    width = len(begin) if begin.startswith("0") else 0
    return [f"{stem}{number:0{width}d}" for number in range(int(begin), int(end) + 1)]


def _split_number(name: str) -> tuple[str, str]:
    stem = name.rstrip("0123456789")
    return stem, name[len(stem) :]
