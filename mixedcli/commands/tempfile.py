"""``tempfile``: names for temporary files, which are deleted when the program or do-file ends."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._shared.temporary import temporary_file
from .context import Context
from .registry import command


@command("tempfile", start="raw", control=True)
def tempfile(context: Context, statement: Statement) -> None:
    """tempfile name [name ...]

    Put names for temporary files, which are deleted when the program or do-file ends, into local macros.
    """
    for name in statement.rest.split():
        made = temporary_file(context)
        context.frame.files.append(made)
        context.set_local(name, made)
