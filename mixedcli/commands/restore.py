"""``restore``: bring preserved data back."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.spec import Option
from ..syntax.tree import Statement
from .context import Context
from .registry import command

OPTIONS = (
    Option("not", "not", help="keep the data in memory and forget the preserved ones"),
    Option("preserve", "preserve", help="bring them back and keep them preserved"),
)


@command("restore", shortest="rest", start="names", options=OPTIONS, control=True)
def restore(context: Context, statement: Statement) -> None:
    """restore [, not preserve]

    Bring the preserved data back.
    """
    options = context.options(statement, OPTIONS)
    kept = context.frame.preserved
    if kept is None:
        raise StataError("nothing to restore", 622)
    if not options["not"]:
        context.data = kept
    if not options["preserve"]:
        context.frame.preserved = None
