"""label data: attach a description to the data set."""

from __future__ import annotations

from ..records import replace
from ..results.base import Messages
from ..syntax.tree import Statement
from ._shared.data import invalid_syntax, short_label
from .context import Context
from .registry import command


@command("label data", shortest="la data", start="names")
def label_data(context: Context, statement: Statement) -> Messages | None:
    """label data ["label"]

    Give the data set a label of at most 80 characters; without a label the old one is removed.
    """
    context.options(statement, ())
    words = statement.arguments
    if len(words) > 1 or (words and not words[0].quoted):
        raise invalid_syntax()
    label, notes = short_label(words[0].text if words else "")
    context.data = replace(context.data, label=label, changed=True)
    return Messages(notes) if notes else None
