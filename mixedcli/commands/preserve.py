"""``preserve``: keep the data, to have them back."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.tree import Statement
from .context import Context
from .registry import command


@command("preserve", shortest="pres", start="names", control=True)
def preserve(context: Context, statement: Statement) -> None:
    """preserve

    Keep the data as they are now; restore, or the end of the program or do-file, brings them back.
    """
    context.options(statement, ())
    if context.frame.preserved is not None:
        raise StataError("already preserved", 621)
    context.frame.preserved = context.data
