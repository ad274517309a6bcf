"""``estimates restore``: make stored results the active ones."""

from __future__ import annotations

from ..errors import StataError
from ..results.base import Messages
from ..syntax.tree import Statement
from ._estimates.common import find_estimates
from .context import Context
from .registry import command


@command("estimates restore", shortest="est res", start="names")
def estimates_restore(context: Context, statement: Statement) -> Messages:
    """estimates restore name

    Make the results stored under a name the active ones, as if their command had just run.
    """
    context.options(statement, ())
    words = statement.arguments
    if not words:
        raise StataError("name required", 100)
    if len(words) > 1:
        raise StataError("too many names specified", 103, words[1].span)
    context.change(estimates=find_estimates(context, words[0]))
    return Messages((f"(results {words[0].text} are active now)",))
