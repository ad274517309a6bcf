"""ereturn local: a text in e()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._shared.returns import estimation_entry, text_of
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("ereturn local", shortest="eret loc", start="raw")
def ereturn_local(context: Context, statement: Statement) -> None:
    """ereturn local name text | = exp | : function: add the text e(name) to the estimation results."""
    name, text = text_of(context, statement)
    estimation_entry(context, "macros", name, text)
