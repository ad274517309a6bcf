"""label variable: attach a description to a variable."""

from __future__ import annotations

from ..expr.names import resolve_variable
from ..records import replace
from ..results.base import Messages
from ..syntax.tree import Statement
from ._shared.data import invalid_syntax, short_label
from .context import Context
from .registry import command


@command("label variable", shortest="la var", start="names")
def label_variable(context: Context, statement: Statement) -> Messages | None:
    """label variable varname ["label"]

    Give a variable a label of at most 80 characters; without a label the old one is removed.
    """
    context.options(statement, ())
    words = statement.arguments
    if not words or len(words) > 2 or (len(words) == 2 and not words[1].quoted):
        raise invalid_syntax(words[1].span if len(words) > 1 else None)
    data = context.data
    name = resolve_variable(words[0].text, data, words[0].span)
    label, notes = short_label(words[1].text if len(words) == 2 else "")
    context.data = data.with_column(replace(data.columns[name], label=label))
    return Messages(notes) if notes else None
