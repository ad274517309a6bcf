"""``macro dir``: all macros and their contents."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._macro.listing import MacroListing, all_macros
from .context import Context
from .registry import command


@command("macro dir", shortest="ma di", start="names")
def macro_dir(context: Context, statement: Statement) -> MacroListing:
    """macro dir

    Show all macros and their contents; the name of a local macro begins with _ here.
    """
    context.options(statement, ())
    return MacroListing(tuple(all_macros(context).items()))
