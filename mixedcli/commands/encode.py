"""encode: a numeric variable with a value label from a string variable."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..data.columns import new_numeric
from ..data.storage import MISSING, is_numeric
from ..errors import StataError
from ..expr.evaluate import as_text
from ..expr.sample import sample_mask
from ..records import replace
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.data import check_name, check_new_variable, widen_format
from ._shared.tables import refuse
from ._shared.variables import one_variable
from .context import Context
from .registry import command

OPTIONS = (
    Option("generate", "g", Kind.NAME, required=True, help="the new variable"),
    Option("label", "l", Kind.NAME, help="the value label to use or make; default: the name of the new variable"),
    Option("noextend", "noe", help="refuse texts that the value label does not have"),
)
MOST_LEVELS = 65_536


@command("encode", shortest="en", options=OPTIONS)
def encode(context: Context, statement: Statement) -> None:
    """encode varname [if] [in], generate(newvar) [label(name) noextend]

    Number the distinct texts of a string variable in alphabetical order from 1, and label the numbers with the texts.
    A value label that exists is used, and extended by texts that it does not have.
    """
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    data = context.data
    source = data.columns[one_variable(statement.varlist, data)]
    if is_numeric(source.storage):
        raise StataError("not possible with numeric variable", 107, statement.varlist[0].span)
    check_new_variable(options["generate"], data, options.spans["generate"])
    name = options["label"] or options["generate"]
    check_name(name)
    rows = sample_mask(data, statement.condition, statement.in_range, context.environment())
    texts = as_text(source.values)
    codes, added = _codes(set(texts[rows].tolist()) - {""}, data.value_labels.get(name, {}))
    if added and options["noextend"]:
        raise StataError("unexpected value encountered", 180)
    values = [codes.get(text, MISSING) if used else MISSING for text, used in zip(texts, rows, strict=True)]
    labels = dict(sorted({**data.value_labels.get(name, {}), **added}.items()))
    column = new_numeric(options["generate"], np.array(values), "long", source.label, "%8.0g", name)
    data = data.with_column(widen_format(column, labels))
    context.data = replace(data, value_labels={**data.value_labels, name: labels})


def _codes(texts: set[str], known: Mapping[float, str]) -> tuple[dict[str, float], dict[float, str]]:
    """The number of each text, and what has to be added to the label: new texts follow its largest number."""
    codes: dict[str, float] = {}
    for value, text in known.items():
        codes.setdefault(text, value)
    new = sorted(texts - set(codes), key=lambda text: text.encode("utf-8", "surrogateescape"))
    if len(new) + len(known) > MOST_LEVELS:
        raise StataError("too many values", 134)
    top = max((value for value in known if value < MISSING), default=0.0)
    added = {max(top, 0.0) + k + 1: text for k, text in enumerate(new)}
    return codes | {text: value for value, text in added.items()}, added
