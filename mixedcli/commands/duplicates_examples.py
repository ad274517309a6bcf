"""duplicates examples: one observation of each group that occurs more than once."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._shared.duplicates import LIST_OPTIONS, DuplicateList, listed
from .context import Context
from .registry import command


@command("duplicates examples", shortest="duplicates e", options=LIST_OPTIONS)
def duplicates_examples(context: Context, statement: Statement) -> DuplicateList:
    """duplicates examples [varlist] [if] [in] [, separator(#) sepby(varlist) abbreviate(#) nolabel clean noheader]

    List the first observation of each group of equal ones, and how often it occurs.
    """
    return listed(context, statement, examples=True)
