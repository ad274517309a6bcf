"""``estimates query``: which results are active, and whether they are stored."""

from __future__ import annotations

from ..errors import StataError
from ..results.base import Messages
from ..syntax.tree import Statement
from .context import Context
from .registry import command


@command("estimates query", shortest="est q", start="names")
def estimates_query(context: Context, statement: Statement) -> Messages:
    """estimates query

    Say which command made the active estimation results, and under which name they are stored.
    """
    context.options(statement, ())
    if statement.arguments:
        raise StataError("invalid syntax", 198, statement.arguments[0].span)
    active = context.state.estimates
    if active is None:
        return Messages(("(no active results)",))
    stored = context.state.saved.get(active.name)
    known = stored is not None and stored.result is active.result
    where = f"also stored as {active.name}" if known else "not yet stored"
    return Messages((f"(active results produced by {active.stored().macros.get('cmd', '')}; {where})",))
