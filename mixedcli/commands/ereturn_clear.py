"""ereturn clear: forget the estimation results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..syntax.tree import Statement
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("ereturn clear", shortest="eret clear", start="raw")
def ereturn_clear(context: Context, statement: Statement) -> None:
    """ereturn clear: forget the active estimation results; stored ones stay."""
    if statement.rest.strip():
        raise StataError("invalid syntax", 198)
    context.change(estimates=None)
