"""duplicates drop: keep one of each group of equal observations."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..errors import StataError
from ..records import record
from ..results.base import Result, Stored
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.data import counted
from ._shared.duplicates import equal_observations, heading
from ._shared.tables import page
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (Option("force", "force", help="observations may differ in the variables that are not named"),)


@record
class DuplicatesDropped(Result):
    """How many observations were dropped."""

    schema: ClassVar[str] = "duplicates_drop"

    where: str
    dropped: int

    def stored(self) -> Stored:
        return Stored("r", scalars={"N_drop": float(self.dropped)})


@command("duplicates drop", options=OPTIONS)
def duplicates_drop(context: Context, statement: Statement) -> DuplicatesDropped:
    """duplicates drop [if] [in]
    duplicates drop varlist [if] [in], force

    Keep the first of each group of observations that are equal on all variables, or with force on those named.
    """
    options = context.options(statement, OPTIONS)
    if statement.varlist and not options["force"]:
        raise StataError("force option required when using duplicates drop varlist", 198, statement.varlist[0].span)
    groups = equal_observations(context, statement)
    surplus = groups.rows[~groups.first]
    if surplus.size:
        keep = np.ones(context.data.n, dtype=bool)
        keep[surplus] = False
        context.data = context.data.take(keep)
    return DuplicatesDropped(groups.where, len(surplus))


@layout(DuplicatesDropped)
def lay_out(result: DuplicatesDropped, style: Style) -> Document:
    deleted = f"({counted(result.dropped, 'observation', 'observations', style.version)} deleted)"
    return page([*heading(result.where, style), "", deleted if result.dropped else "(0 observations are duplicates)"])
