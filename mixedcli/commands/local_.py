"""``local``: local macros."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._macro.expansion import assign
from .context import Context
from .registry import command


@command("local", shortest="loc", start="raw", control=True)
def local_(context: Context, statement: Statement) -> None:
    """local name [text | = exp | : function]

    Keep a text under a name: `name' stands for it in this program or do-file.
    """
    assign(context, statement.rest, "local", context.set_local)
