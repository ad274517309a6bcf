"""return local: a text for r()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._shared.returns import return_entry, text_of
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("return local", shortest="ret loc", start="raw")
def return_local(context: Context, statement: Statement) -> None:
    """return local name text | = exp | : function

    What the text r(name) will be when the rclass program that is running ends.
    """
    name, text = text_of(context, statement)
    return_entry(context, "macros", name, text or None)
