"""infile: read values separated by blanks, tabs, commas or line ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..data.csv_read import read_text
from ..data.dataset import Dataset
from ..data.freeform import read_free
from ..errors import NotBuilt, StataError
from ..records import record
from ..results.base import Result, Stored
from ..syntax.parser import parse
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.data import counted
from ._shared.files import file_name, refuse_data_in_memory
from ._shared.newvars import read_new_variables
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("clear", "clear", help="drop the data in memory"),
    Option("automatic", "a", planned=True),
    Option("byvariable", "by", Kind.INTEGER, planned=True),
)
_USING = re.compile(r"(?:^|(?<=[\s)]))using(?=[\s\"`])")


@record
class FileRead(Result):
    """What infile read: texts that were no numbers, whether the file ended inside an observation, how many there are."""

    mistakes: tuple[str, ...]
    cut_short: bool
    observations: int

    def stored(self) -> Stored:
        return Stored("r", scalars={"N": float(self.observations)})


@command("infile", shortest="inf", start="raw", options=OPTIONS)
def infile(context: Context, statement: Statement) -> FileRead:
    """infile varlist [_skip[(#)]] using filename [if] [in] [, clear]

    Read text in free format (.raw is assumed): values separated by blanks, tabs, commas or line ends, dealt out to the
    variables in turn.  A type before a name (str10 name) or before a list (byte(a b)) says how to store it.
    """
    found = _USING.search(statement.rest)
    if found is None:
        raise StataError("using required", 100)
    offset = len(statement.text) - len(statement.rest)
    head = parse(statement.text, "standard", statement.word, offset + found.start())
    options = context.options(head, OPTIONS)
    if not statement.rest[: found.start()].strip():
        raise NotBuilt("infile with a dictionary")
    refuse_data_in_memory(context, options["clear"])
    variables = read_new_variables(context, Dataset(), statement.rest[: found.start()], offset, skips=True)
    columns, mistakes, n, cut_short = read_free(read_text(file_name(head, ".raw")), variables)
    data = _chosen(context, Dataset(columns, n, changed=True), head)
    context.data = data
    return FileRead(tuple(mistake.message for mistake in mistakes), cut_short, data.n)


def _chosen(context: Context, data: Dataset, head: Statement) -> Dataset:
    from ..expr.sample import sample_mask

    if head.condition is None and head.in_range is None:
        return data
    rows = sample_mask(data, head.condition, head.in_range, context.environment())
    return data.take(rows)


@layout(FileRead)
def lay_out(result: FileRead, style: Style) -> Document:
    from ..report.document import Document, line

    lines = [line(text) for text in result.mistakes]
    if result.cut_short:
        lines.append(line("(eof not at end of obs)"))
    read = counted(result.observations, "observation", "observations", style.version)
    return Document((*lines, line(f"({read} read)")))
