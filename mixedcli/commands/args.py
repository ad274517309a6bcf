"""``args``: give the arguments of a program names."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._macro.expansion import macro_name
from .context import Context
from .registry import command


@command("args", start="raw", control=True)
def args(context: Context, statement: Statement) -> None:
    """args name name ...

    Put the first, second, ... argument of the program or do-file into local macros of these names.
    """
    for k, name in enumerate(statement.rest.split(), start=1):
        context.set_local(macro_name(name), context.frame.locals.get(str(k), ""))
