"""``estimates clear``: forget all stored results."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.tree import Statement
from ._estimates.common import forget
from .context import Context
from .registry import command


@command("estimates clear", shortest="est clear", start="names")
def estimates_clear(context: Context, statement: Statement) -> None:
    """estimates clear

    Forget all stored results. The active results stay.
    """
    context.options(statement, ())
    if statement.arguments:
        raise StataError("invalid syntax", 198, statement.arguments[0].span)
    forget(context, tuple(context.state.saved))
