"""return clear: forget what was to be returned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..results.base import Stored
from ..syntax.tree import Statement
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("return clear", shortest="ret clear", start="raw")
def return_clear(context: Context, statement: Statement) -> None:
    """return clear: what the running program was to return so far is forgotten; outside of programs r() is emptied."""
    if statement.rest.strip():
        raise StataError("invalid syntax", 198)
    context.frame.returned = Stored("r")
    if context.frame.program is None:
        context.change(returned=Stored("r"))
