"""label copy: make a value label like another."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.data import check_name, invalid_syntax
from .context import Context
from .label_define import widened, with_value_label
from .registry import command

OPTIONS = (Option("replace", "replace", help="replace a label that exists"),)


@command("label copy", shortest="la copy", start="names", options=OPTIONS)
def label_copy(context: Context, statement: Statement) -> None:
    """label copy lblname newname [, replace]

    Define a value label with the values and texts of another.
    """
    options = context.options(statement, OPTIONS)
    words = statement.arguments
    if len(words) != 2 or any(word.quoted for word in words):
        raise invalid_syntax()
    (old, new), data = words, context.data
    if old.text not in data.value_labels:
        raise StataError(f"value label {old.text} not found", 111, old.span)
    check_name(new.text, new.span)
    if new.text in data.value_labels and not options["replace"]:
        raise StataError(f"label {new.text} already defined", 110, new.span)
    context.data = widened(with_value_label(data, new.text, data.value_labels[old.text]), new.text)
