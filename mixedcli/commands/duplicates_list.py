"""duplicates list: the observations that occur more than once."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._shared.duplicates import LIST_OPTIONS, DuplicateList, listed
from .context import Context
from .registry import command


@command("duplicates list", shortest="duplicates l", options=LIST_OPTIONS)
def duplicates_list(context: Context, statement: Statement) -> DuplicateList:
    """duplicates list [varlist] [if] [in] [, separator(#) sepby(varlist) abbreviate(#) nolabel clean noheader]

    List all observations that are equal to another one on the variables, or on all variables, group by group.
    """
    return listed(context, statement, examples=False)
