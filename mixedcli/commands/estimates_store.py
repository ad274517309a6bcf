"""``estimates store``: keep the active estimation results under a name."""

from __future__ import annotations

from ..errors import StataError
from ..records import replace
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._estimates.remarks import TITLE, with_macros
from ._shared.data import check_name
from .context import Context
from .registry import command

OPTIONS = (
    Option("title", "ti", Kind.STRING, "a title for the results"),
    Option("nocopy", "nocopy", help="the active results are left empty", planned=True),
)


@command("estimates store", shortest="est sto", start="names", options=OPTIONS)
def estimates_store(context: Context, statement: Statement) -> None:
    """estimates store name [, title(text)]

    Keep the active estimation results under a name; results already stored under it are replaced.
    """
    options = context.options(statement, OPTIONS)
    words = statement.arguments
    if not words:
        raise StataError("name required", 100)
    if len(words) > 1:
        raise StataError("too many names specified", 103, words[1].span)
    name = words[0].text
    check_name(name, words[0].span)
    if options["title"] is not None:
        with_macros(context, {TITLE: options["title"]})
    named = replace(context.estimates, name=name)
    context.change(estimates=named, saved={**context.state.saved, name: named})
