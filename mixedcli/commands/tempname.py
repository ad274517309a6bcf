"""``tempname``: names for temporary scalars and matrices, which are dropped when the program or do-file ends."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._shared.temporary import temporary_name
from .context import Context
from .registry import command


@command("tempname", start="raw", control=True)
def tempname(context: Context, statement: Statement) -> None:
    """tempname name [name ...]

    Put names for temporary scalars and matrices, which are dropped when the program or do-file ends, into local macros.
    """
    for name in statement.rest.split():
        made = temporary_name(context)
        context.frame.names.append(made)
        context.set_local(name, made)
