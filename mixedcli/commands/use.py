"""use: load a data set."""

from __future__ import annotations

import re
from dataclasses import replace

from ..data.dataset import Dataset
from ..data.load import load
from ..errors import StataError
from ..syntax.parser import parse
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._data import (
    Loaded,
    find_outside,
    invalid_syntax,
    options_from,
    refuse_unsaved,
    tokens,
    without_quotes,
    without_variables,
)
from .context import Context
from .registry import command

OPTIONS = (
    Option("clear", "clear", help="drop the data in memory even if they have changed"),
    Option("nolabel", "nol", help="leave the value labels in the file"),
)


@command("use", shortest="u", start="raw", options=OPTIONS)
def use(context: Context, statement: Statement) -> Loaded:
    """use filename [, clear nolabel]
    use [varlist] [if] [in] using filename [, clear nolabel]

    Load a data set: a .dta file (the suffix may be left out), a .csv file, or one of the bundled sets by name
    (see `sysuse dir`) when no file of that name is in the way.
    """
    text, start = statement.text, statement.span[0]
    using = re.search(r"(?<![\w.])using(?![\w.])", without_quotes(text[start:]))
    name_start = start + using.end() if using else start
    comma = find_outside(text, ",", name_start)
    options = context.options(replace(statement, options=options_from(text, comma)), OPTIONS)
    name = file_name(text, name_start, comma)
    refuse_unsaved(context, options["clear"])
    data = load(name)
    if using:
        data = _part(context, data, parse(text[: start + using.start()], "standard", offset=start))
    if options["nolabel"]:
        columns = {k: replace(column, value_label="") for k, column in data.columns.items()}
        data = replace(data, columns=columns, value_labels={})
    return put_in_memory(context, data)


def file_name(text: str, start: int, end: int) -> str:
    """The one file name in ``text[start:end]``, with or without quotes."""
    words = tokens(text, start, end)
    if not words:
        raise StataError("invalid file specification", 198, (start, end))
    if words[0].quoted:
        if len(words) > 1:
            raise invalid_syntax(words[1].span)
        return words[0].text
    plain = text[start:end].strip()
    if len(plain.split()) > 1:
        raise StataError(f"invalid '{plain.split()[1]}'", 198, (start, end))
    return plain


def _part(context: Context, data: Dataset, head: Statement) -> Dataset:
    """The variables and observations of ``data`` that ``use varlist if in using`` asks for."""
    from ..design.varlist import expand_names
    from ..expr.sample import sample_mask

    rows = sample_mask(data, head.condition, head.in_range, context.environment())
    wanted = set(expand_names(head.varlist, data)) if head.varlist else set(data.names)
    part = data if rows.all() else data.take(rows)
    part = without_variables(part, [name for name in data.names if name not in wanted])
    return replace(part, changed=False)


def put_in_memory(context: Context, data: Dataset) -> Loaded:
    """Make ``data`` the data in memory."""
    context.data = data
    return Loaded(data.filename, data.label, data.n, len(data.columns))
