"""use: load a data set."""

from __future__ import annotations

from ..data.dataset import Dataset
from ..data.load import load
from ..errors import StataError
from ..records import replace
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.data import Loaded, refuse_unsaved, without_variables
from .context import Context
from .registry import command

OPTIONS = (
    Option("clear", "clear", help="drop the data in memory even if they have changed"),
    Option("nolabel", "nol", help="leave the value labels in the file"),
)


@command("use", shortest="u", start="file", options=OPTIONS)
def use(context: Context, statement: Statement) -> Loaded:
    """use filename [, clear nolabel]
    use [varlist] [if] [in] using filename [, clear nolabel]

    Load a data set: a .dta file (the suffix may be left out), a .csv file, or one of the bundled sets by name
    (see `sysuse dir`) when no file of that name is in the way.
    """
    options = context.options(statement, OPTIONS)
    if not statement.using:
        raise StataError("invalid file specification", 198)
    refuse_unsaved(context, options["clear"])
    data = _part(context, load(statement.using), statement)
    if options["nolabel"]:
        columns = {k: replace(column, value_label="") for k, column in data.columns.items()}
        data = replace(data, columns=columns, value_labels={})
    return put_in_memory(context, data)


def _part(context: Context, data: Dataset, head: Statement) -> Dataset:
    """The variables and observations of ``data`` that ``use varlist if in using`` asks for."""
    from ..design.varlist import expand_names
    from ..expr.sample import sample_mask

    if not head.varlist and head.condition is None and head.in_range is None:
        return data
    rows = sample_mask(data, head.condition, head.in_range, context.environment())
    wanted = set(expand_names(head.varlist, data)) if head.varlist else set(data.names)
    part = data if rows.all() else data.take(rows)
    part = without_variables(part, [name for name in data.names if name not in wanted])
    return replace(part, changed=False)


def put_in_memory(context: Context, data: Dataset) -> Loaded:
    """Make ``data`` the data in memory."""
    context.data = data
    return Loaded(data.filename, data.label, data.n, len(data.columns))
