"""ereturn list: what the last estimation command left in e()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.base import Stored
from ..results.postest import StoredListing
from ..syntax.tree import Statement
from ._shared.tables import refuse
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context


@command("ereturn list", shortest="eret li")
def ereturn_list(context: Context, statement: Statement) -> StoredListing:
    """ereturn list: the scalars, macros, matrices and functions in e(); nothing if nothing has been estimated."""
    context.options(statement, ())
    refuse(statement, varlist=True, using=True)
    estimates = context.state.estimates
    return StoredListing(estimates.stored() if estimates else Stored("e"))


@layout(StoredListing)
def lay_out(result: StoredListing, style: Style) -> Document:
    from ..report.listings import stored_document

    return stored_document(result, style)
