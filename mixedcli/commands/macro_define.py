"""``macro define``: global macros, as ``global`` does."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._macro.expansion import assign
from .context import Context
from .registry import command


@command("macro define", shortest="ma de", start="raw", control=True)
def macro_define(context: Context, statement: Statement) -> None:
    """macro define name [text | = exp | : function]

    The same as global.
    """
    assign(context, statement.rest, "global", context.set_global)
