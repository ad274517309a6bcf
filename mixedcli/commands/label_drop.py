"""label drop: remove value labels."""

from __future__ import annotations

from ..errors import StataError
from ..records import replace
from ..syntax.tree import Statement
from ._shared.data import invalid_syntax
from .context import Context
from .registry import command


@command("label drop", shortest="la drop", start="names")
def label_drop(context: Context, statement: Statement) -> None:
    """label drop lblname ... | _all

    Remove value labels.  Variables that have one keep its name, and show their numbers.
    """
    context.options(statement, ())
    words = statement.arguments
    if not words:
        raise invalid_syntax()
    data = context.data
    gone = {word.text for word in words}
    if gone == {"_all"}:
        context.data = replace(data, value_labels={}, changed=True)
        return
    for word in words:
        if word.text not in data.value_labels:
            raise StataError(f"value label {word.text} not found", 111, word.span)
    kept = {name: label for name, label in data.value_labels.items() if name not in gone}
    context.data = replace(data, value_labels=kept, changed=True)
