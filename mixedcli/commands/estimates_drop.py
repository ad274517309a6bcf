"""``estimates drop``: forget stored results."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.tree import Statement
from ._estimates.common import forget, stored_names
from .context import Context
from .registry import command


@command("estimates drop", shortest="est drop", start="names")
def estimates_drop(context: Context, statement: Statement) -> None:
    """estimates drop names | _all

    Forget the named results, which may be patterns with * and ?. The active results stay.
    """
    context.options(statement, ())
    if not statement.arguments:
        raise StataError("name required", 100)
    forget(context, stored_names(context, statement.arguments))
