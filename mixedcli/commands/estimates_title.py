"""``estimates title``: a title for the active estimation results."""

from __future__ import annotations

from ..errors import StataError
from ..results.base import Messages
from ..syntax.tree import Statement
from ._estimates.remarks import TITLE, user_title, with_macros
from .context import Context
from .registry import command


@command("estimates title", shortest="est ti", start="raw")
def estimates_title(context: Context, statement: Statement) -> Messages | None:
    """estimates title: [text]
    estimates title

    Give the active estimation results a title, which `estimates store` and `estimates save` keep; without a text take it
    away. Without a colon show it.
    """
    before, colon, text = statement.rest.partition(":")
    if before.strip():
        raise StataError("invalid syntax", 198)
    if not colon:
        title = user_title(context.estimates)
        return Messages((title,) if title else ())
    with_macros(context, {TITLE: text.strip().strip('"')})
    return None
