"""``which``: where a command comes from."""

from __future__ import annotations

from ..errors import StataError
from ..results.base import Messages
from ..syntax.tree import Statement
from . import registry
from .context import Context
from .registry import command


@command("which", start="names")
def which(context: Context, statement: Statement) -> Messages:
    """which command

    Say whether a command is part of mixedcli or a program in memory; r(111) if it is neither.
    """
    context.options(statement, ())
    if len(statement.arguments) != 1:
        raise StataError("invalid syntax", 198)
    name = statement.arguments[0].text
    if name in registry.command_files() or name in registry.families():
        return Messages((f"built-in command:  {name}",))
    if name in context.state.programs:
        return Messages((f"program in memory:  {name}",))
    raise StataError(f"command {name} not found as either built-in or ado-file", 111)
