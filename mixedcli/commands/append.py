"""append: the observations of other files after those in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.columns import new_numeric
from ..data.combine import (
    common_storage,
    lengthened_hidden,
    missing_cells,
    recast,
    same_kind,
    stacked,
    with_metadata,
)
from ..data.dataset import Column, Dataset
from ..data.load import load
from ..design.varlist import expand_names
from ..records import record, replace
from ..results.base import Result
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement, Word
from ._shared.combining import Fitting, fit, fitting_lines
from ._shared.data import check_new_variable, invalid_syntax, without_variables
from ._shared.files import no_file
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("generate", "gen", Kind.NAME, help="a new variable: 0 for the data in memory, 1 for the first file, ..."),
    Option("keep", "keep", Kind.VARLIST, help="the variables to take from the files"),
    Option("nolabel", "nol", help="do not copy value labels"),
    Option("nonotes", "non", help="do not copy notes"),
    Option("force", "force", help="a string here and a number there becomes missing"),
)


@record
class Appended(Result):
    """How the variables of each file were fitted to those in memory."""

    fittings: tuple[Fitting, ...]


@command("append", shortest="ap", start="names", options=OPTIONS)
def append(context: Context, statement: Statement) -> Appended:
    """append using filename [filename ...] [, generate(newvar) keep(varlist) nolabel nonotes force]

    Put the observations of .dta files after those in memory.  Variables that one side lacks are missing there; storage
    types grow to hold both sides' values.
    """
    options = context.options(statement, OPTIONS)
    files = _files(statement.arguments)
    data, source = context.data, options["generate"]
    if source:
        check_new_variable(source, data)
    sizes, fittings = [data.n], []
    for name in files:
        using = load(name)
        if options["keep"]:
            wanted = set(expand_names(options["keep"], using))
            using = without_variables(using, [each for each in using.names if each not in wanted])
        if source:
            check_new_variable(source, using)
        data, fitting = _appended(data, using, options)
        sizes.append(using.n)
        fittings.append(fitting)
    if source:
        numbers = np.repeat(np.arange(len(sizes), dtype=np.float64), sizes)
        data = data.with_column(new_numeric(source, numbers, "byte" if len(sizes) <= 100 else "int"))
    context.data = data
    return Appended(tuple(fittings))


def _files(words: Sequence[Word]) -> list[str]:
    if not words or words[0].quoted or words[0].text != "using":
        raise invalid_syntax()
    files = [word.text for word in words[1:]]
    if not files or not all(files):
        raise no_file()
    return files


def _appended(master: Dataset, using: Dataset, options: Any) -> tuple[Dataset, Fitting]:
    shared = [name for name in using.names if name in master.columns]
    new = [name for name in using.names if name not in master.columns]
    fitting = fit(master, using, shared, options["force"], "append")
    columns = {name: _lengthened(column, using, master.n) for name, column in master.columns.items()}
    for name in new:
        column = using.columns[name]
        values = stacked([missing_cells(column.storage, master.n), column.values])
        columns[name] = replace(column, values=values)
    data = replace(
        master,
        columns=columns,
        n=master.n + using.n if columns else 0,
        hidden=lengthened_hidden(master, using.n) if columns else {},
        sorted_by=() if using.n else master.sorted_by,
        label=master.label if master.columns else using.label,
        changed=True,
    )
    data, taken = with_metadata(data, using, new, not options["nolabel"], not options["nonotes"])
    return data, replace(fitting, labels=taken)


def _lengthened(column: Column, using: Dataset, n: int) -> Column:
    """A variable of the master with the using data's values, or missing ones, after its own."""
    other = using.columns.get(column.name)
    if other is None or not same_kind(column, other):
        return replace(column, values=stacked([column.values, missing_cells(column.storage, using.n)]))
    storage = common_storage(column.storage, other.storage)
    wide = recast(column, storage)
    return replace(wide, values=stacked([wide.values, recast(other, storage).values]))


@layout(Appended)
def lay_out(result: Appended, style: Style) -> Document:
    from ._shared.tables import page

    return page(line for each in result.fittings for line in fitting_lines(each, style.version, style.linesize))
