"""order: change the order of the variables."""

from __future__ import annotations

from ..design.varlist import expand_names
from ..errors import StataError
from ..expr.names import resolve_variable
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.data import moved, with_order
from .context import Context
from .registry import command

OPTIONS = (
    Option("first", "first", help="put the variables first (the default)"),
    Option("last", "last", help="put the variables last"),
    Option("before", "b", Kind.NAME, help="put the variables before this one"),
    Option("after", "a", Kind.NAME, help="put the variables after this one"),
    Option("alphabetic", "alpha", help="put the variables in alphabetical order among themselves"),
    Option("sequential", "seq", planned=True),
)


@command("order", options=OPTIONS)
def order(context: Context, statement: Statement) -> None:
    """order varlist [, first last before(varname) after(varname) alphabetic]

    Move variables to the front of the data set, or where an option says.
    """
    options = context.options(statement, OPTIONS)
    data = context.data
    if not statement.varlist:
        raise StataError("varlist required", 100)
    which = list(dict.fromkeys(expand_names(statement.varlist, data)))
    given = [name for name in ("first", "last", "before", "after") if options[name]]
    if len(given) > 1:
        raise StataError(f"options {given[0]} and {given[1]} may not be combined", 184)
    if options["alphabetic"]:
        which.sort()
    before, after = (resolve_variable(options[k], data) if options[k] else None for k in ("before", "after"))
    for target in (before, after):
        if target in which:
            raise StataError(f"{target} may not be in varlist and in before() or after()", 198)
    rest = [name for name in data.names if name not in which]
    if not given or options["first"]:
        context.data = with_order(data, which + rest)
    else:
        context.data = with_order(data, moved(data.names, which, before, after))
