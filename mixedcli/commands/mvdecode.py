"""mvdecode: numbers that stand for missing values become missing values."""

from __future__ import annotations

import numpy as np

from ..data.columns import new_numeric, numeric
from ..data.storage import MISSING
from ..expr.sample import sample_mask
from ..records import replace
from ..syntax.numlist import read_numlist
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.mv import MissingRecoded, changed, chosen, missing_code, parts
from ._shared.tables import refuse
from ._shared.variables import as_held
from .context import Context
from .registry import command

OPTIONS = (Option("mv", "mv", Kind.RAW, required=True, help="numbers, or numbers=.code \\ numbers=.code ..."),)


@command("mvdecode", shortest="mvd", options=OPTIONS)
def mvdecode(context: Context, statement: Statement) -> MissingRecoded:
    """mvdecode varlist [if] [in], mv(numlist | numlist=mvc [\\ numlist=mvc ...])

    Change numbers to missing values: mv(-9) to `.`, mv(-9=.a \\ -8=.b) to extended ones.
    """
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    data = context.data
    names, strings = chosen(statement.varlist, data)
    rules = []
    for left, code in parts(options["mv"]):
        value = missing_code(code, statement) if code else MISSING
        rules.append((read_numlist(left, options.spans["mv"]), value))
    rows = sample_mask(data, statement.condition, statement.in_range, context.environment())
    counts = []
    for name in names:
        column = data.columns[name]
        before = numeric(column)
        after = before.copy()
        for numbers, value in rules:
            after[rows & np.isin(before, as_held(numbers, column.storage))] = value
        count = changed(before, after)
        if count:
            counts.append((name, count))
            data = data.with_column(replace(column, values=new_numeric(name, after, column.storage).values))
    if counts:
        context.data = data
    return MissingRecoded(tuple(counts), strings, "generated")
