"""decode: a string variable from the value labels of a numeric variable."""

from __future__ import annotations

import numpy as np

from ..data.columns import LONGEST_FIXED_STRING, new_string, numeric
from ..data.storage import is_numeric
from ..errors import StataError
from ..expr.sample import sample_mask
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.data import Generated, check_new_variable, cut
from ._shared.tables import refuse
from ._shared.variables import one_variable
from .context import Context
from .registry import command

OPTIONS = (
    Option("generate", "g", Kind.NAME, required=True, help="the new variable"),
    Option("maxlength", "maxl", Kind.INTEGER, low=1, high=32000, help="cut the texts to this many bytes"),
)


@command("decode", shortest="dec", options=OPTIONS)
def decode(context: Context, statement: Statement) -> Generated:
    """decode varname [if] [in], generate(newvar) [maxlength(#)]

    Make a string variable of the value labels of a numeric one; values without a label give an empty text.
    """
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    data = context.data
    source = data.columns[one_variable(statement.varlist, data)]
    if not is_numeric(source.storage):
        raise StataError("not possible with string variable", 108, statement.varlist[0].span)
    labels = data.value_labels.get(source.value_label, {}) if source.value_label else {}
    if not labels:
        raise StataError("not labeled", 182, statement.varlist[0].span)
    check_new_variable(options["generate"], data, options.spans["generate"])
    rows = sample_mask(data, statement.condition, statement.in_range, context.environment())
    texts = np.full(data.n, "", dtype=object)
    texts[rows] = [labels.get(value, "") for value in numeric(source)[rows].tolist()]
    most = options["maxlength"] or 32000
    texts = cut(texts, most)
    storage = "strL" if most > LONGEST_FIXED_STRING and any(len(t) > LONGEST_FIXED_STRING for t in texts) else ""
    column = new_string(options["generate"], texts, storage, source.label)
    context.data = data.with_column(column)
    return Generated(column.name, column.storage, int(sum(not text for text in texts)))
