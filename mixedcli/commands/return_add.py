"""return add: hand on what is in r()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..results.base import Stored
from ..syntax.tree import Statement
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("return add", shortest="ret add", start="raw")
def return_add(context: Context, statement: Statement) -> None:
    """return add: the running program also returns what is in r() now; names that it returns already stay."""
    if statement.rest.strip():
        raise StataError("invalid syntax", 198)
    pending, now = context.frame.returned or Stored("r"), context.state.returned
    taken = {*pending.scalars, *pending.macros, *pending.matrices}
    context.frame.returned = Stored(
        "r",
        {**pending.scalars, **{name: value for name, value in now.scalars.items() if name not in taken}},
        {**pending.macros, **{name: value for name, value in now.macros.items() if name not in taken}},
        {**pending.matrices, **{name: value for name, value in now.matrices.items() if name not in taken}},
    )
