"""levelsof: the distinct values of a variable, as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import group_codes, numeric
from ..data.storage import MISSING, is_numeric, missing_name
from ..errors import StataError, no_observations
from ..formats import g
from ..records import record
from ..results.base import Result, Stored
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.tables import chosen_names, chosen_rows, folded, page, refuse
from .registry import command, layout

if TYPE_CHECKING:
    from ..data.dataset import Column
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("clean", "c", help="show strings without quotes"),
    Option("local", "l", Kind.NAME, help="put the list into this local macro"),
    Option("missing", "m", help="include missing values"),
    Option("separate", "s", Kind.STRING, help="what stands between two values; default a blank"),
    Option("hexadecimal", "h", planned=True),
    Option("matrow", "matrow", Kind.RAW, planned=True),
)


@record
class LevelList(Result):
    """``levels``: the values as they are listed; ``N``: observations used."""

    schema: ClassVar[str] = "levelsof"

    variable: str
    levels: tuple[str, ...]
    separator: str
    N: int

    @property
    def text(self) -> str:
        return self.separator.join(self.levels)

    def stored(self) -> Stored:
        scalars = {"N": float(self.N), "r": float(len(self.levels))}
        return Stored("r", scalars=scalars, macros={"levels": self.text})


@command("levelsof", options=OPTIONS)
def levelsof(context: Context, statement: Statement) -> LevelList:
    """levelsof varname [if] [in] [, local(name) clean separate(text) missing]: the distinct values in ascending order,
    for a loop."""
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    if not statement.varlist:
        raise StataError("varlist required", 100)
    names = chosen_names(context, statement)
    if len(names) > 1:
        raise StataError("too many variables specified", 103)
    rows = chosen_rows(context, statement)
    if not len(rows):
        raise no_observations()
    column = context.data.columns[names[0]]
    codes, first = group_codes([column], rows, bool(options["missing"]))
    separator = " " if options["separate"] is None else options["separate"]
    levels = _texts(column, first, bool(options["clean"]))
    result = LevelList(names[0], levels, separator, int((codes >= 0).sum()))
    if options["local"]:
        context.set_local(options["local"], result.text)
    return result


def _texts(column: Column, rows: np.ndarray, clean: bool) -> tuple[str, ...]:
    """The values as text that reads back as the same value; strings in compound quotes unless ``clean``."""
    if not is_numeric(column.storage):
        texts = [t.decode("latin-1") if isinstance(t, bytes) else t for t in column.values[rows]]
        return tuple(texts) if clean else tuple(f"`\"{text}\"'" for text in texts)
    out = []
    for value, native in zip(numeric(column)[rows].tolist(), column.values[rows].tolist(), strict=True):
        if value >= MISSING:
            out.append(missing_name(value))
        elif value == int(value):
            out.append(f"{value:.0f}" if abs(value) < 1e17 else g(value, 18))
        else:
            out.append(_decimal(native if column.storage != "float" else np.float32(native), value))
    return tuple(out)


def _decimal(native: float | np.floating, value: float) -> str:
    """The shortest decimal that is the value again after storage."""
    text = np.format_float_positional(native, trim="-") if 1e-5 <= abs(value) < 1e12 else repr(float(native))
    return text.replace("-0.", "-.", 1) if text.startswith("-0.") else text.removeprefix("0")


@layout(LevelList)
def lay_out(result: LevelList, style: Style) -> Document:
    return page(folded(result.text, style.linesize) if result.levels else [])
