"""``macro list``: macros and their contents."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.tree import Statement
from ._macro.listing import MacroListing, all_macros, fits
from .context import Context
from .registry import command


@command("macro list", shortest="ma l", start="raw")
def macro_list(context: Context, statement: Statement) -> MacroListing:
    """macro list [name ...]

    Show macros and their contents; the name of a local macro begins with _ here.
    """
    found, wanted = all_macros(context), statement.rest.split()
    for name in wanted:
        if not any(fits(each, (name,)) for each in found) and not any(sign in name for sign in "*?") and name != "_all":
            raise StataError(f"{name} not found", 111)
    return MacroListing(tuple((name, text) for name, text in found.items() if not wanted or fits(name, wanted)))
