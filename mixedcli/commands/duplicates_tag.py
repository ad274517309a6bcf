"""duplicates tag: a variable that says how many other observations are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.columns import new_numeric, smallest_storage
from ..data.storage import MISSING, default_format
from ..records import record
from ..results.base import Result
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.data import check_new_variable
from ._shared.duplicates import equal_observations, heading
from ._shared.tables import page
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (Option("generate", "g", Kind.NAME, required=True, help="the new variable"),)


@record
class Tagged(Result):
    """``where``: the variables compared.  ``variable``: the new one."""

    where: str
    variable: str


@command("duplicates tag", shortest="duplicates t", options=OPTIONS)
def duplicates_tag(context: Context, statement: Statement) -> Tagged:
    """duplicates tag [varlist] [if] [in], generate(newvar)

    Make a variable that holds for each observation how many others are equal to it; 0 for those that occur once.
    """
    options = context.options(statement, OPTIONS)
    data = context.data
    check_new_variable(options["generate"], data, options.spans["generate"])
    groups = equal_observations(context, statement)
    others = np.full(data.n, MISSING)
    others[groups.rows] = groups.copies - 1
    storage = smallest_storage(others)
    context.data = data.with_column(new_numeric(options["generate"], others, storage, format=default_format("long")))
    return Tagged(groups.where, options["generate"])


@layout(Tagged)
def lay_out(result: Tagged, style: Style) -> Document:
    return page(heading(result.where, style))
