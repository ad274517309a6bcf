"""``macro drop``: forget macros."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.tree import Statement
from ._macro.listing import fits
from .context import Context
from .registry import command


@command("macro drop", shortest="ma drop", start="raw", control=True)
def macro_drop(context: Context, statement: Statement) -> None:
    """macro drop name [name ...] | _all

    Forget global macros; the name of a local macro is written with _ before it.  * and ? stand for any characters.
    """
    wanted = statement.rest.split()
    if not wanted:
        raise StataError("invalid syntax", 198)
    for name in [name for name in context.globals if fits(name, wanted)]:
        context.set_global(name, "")
    for name in [name for name in context.frame.locals if fits(f"_{name}", wanted)]:
        context.set_local(name, "")
