"""``global``: global macros."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._macro.expansion import assign
from .context import Context
from .registry import command


@command("global", shortest="gl", start="raw", control=True)
def global_(context: Context, statement: Statement) -> None:
    """global name [text | = exp | : function]

    Keep a text under a name: $name stands for it everywhere.
    """
    assign(context, statement.rest, "global", context.set_global)
