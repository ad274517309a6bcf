"""return list: what the last general command left in r()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.postest import StoredListing
from ..syntax.tree import Statement
from ._shared.tables import refuse
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context


@command("return list", shortest="ret li")
def return_list(context: Context, statement: Statement) -> StoredListing:
    """return list: the scalars, macros and matrices in r()."""
    context.options(statement, ())
    refuse(statement, varlist=True, using=True)
    return StoredListing(context.state.returned)


@layout(StoredListing)
def lay_out(result: StoredListing, style: Style) -> Document:
    from ..report.listings import stored_document

    return stored_document(result, style)
