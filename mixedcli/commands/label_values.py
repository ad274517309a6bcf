"""label values: attach a value label to variables."""

from __future__ import annotations

from ..data.storage import is_numeric
from ..design.varlist import expand_names
from ..errors import StataError
from ..records import replace
from ..syntax.parser import parse_varlist
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.data import check_name, invalid_syntax, widen_format
from .context import Context
from .registry import command

OPTIONS = (Option("nofix", "nofix", help="do not widen the display formats of the variables"),)


@command("label values", shortest="la val", start="names", options=OPTIONS)
def label_values(context: Context, statement: Statement) -> None:
    """label values varlist [lblname | .] [, nofix]

    Attach the value label lblname (it may be defined later) to variables; `.` or no name detaches.
    """
    options = context.options(statement, OPTIONS)
    words = statement.arguments
    if not words or any(word.quoted for word in words):
        raise invalid_syntax()
    targets = words[:-1] if len(words) > 1 else words
    label = words[-1].text if len(words) > 1 and words[-1].text != "." else ""
    if label:
        check_name(label, words[-1].span)
    data = context.data
    start, end = targets[0].span[0], targets[-1].span[1]
    for name in expand_names(parse_varlist(statement.text[start:end], start), data):
        column = replace(data.columns[name], value_label=label)
        if label and not is_numeric(column.storage):
            raise StataError("may not label strings", 181)
        if label in data.value_labels and not options["nofix"]:
            column = widen_format(column, data.value_labels[label])
        data = data.with_column(column)
    context.data = data
