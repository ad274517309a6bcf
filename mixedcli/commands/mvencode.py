"""mvencode: missing values become numbers."""

from __future__ import annotations

import numpy as np

from ..data.columns import new_numeric, numeric, promoted_storage
from ..data.dataset import Column
from ..data.storage import MISSING, is_missing
from ..errors import StataError
from ..expr.sample import sample_mask
from ..formats import abbreviate
from ..records import replace
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.mv import MissingRecoded, changed, chosen, missing_code, parts
from ._shared.tables import refuse
from .context import Context
from .registry import command

OPTIONS = (
    Option("mv", "mv", Kind.RAW, required=True, help="a number, or .code=number \\ ... [else=number]"),
    Option("override", "o", help="even if the number is among the values already"),
)
Rules = list[tuple[float | None, float]]


@command("mvencode", shortest="mve", options=OPTIONS)
def mvencode(context: Context, statement: Statement) -> MissingRecoded:
    """mvencode varlist [if] [in], mv(#|mvc=# [\\ mvc=# ...] [\\ else=#]) [override]

    Change missing values to numbers: mv(-9) all of them, mv(.=-9 \\ .a=-8) by their code.  A number that the variable
    has already is refused, except with override.
    """
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    data = context.data
    names, strings = chosen(statement.varlist, data)
    rules = _rules(options["mv"], statement)
    rows = sample_mask(data, statement.condition, statement.in_range, context.environment())
    if not options["override"]:
        _refuse_present([data.columns[name] for name in names], rules, rows)
    counts = []
    for name in names:
        column = data.columns[name]
        before = numeric(column)
        after = _encoded(before, rules, rows)
        count = changed(before, after)
        if count:
            counts.append((name, count))
            storage = promoted_storage(column.storage, after)
            new = new_numeric(name, after, storage)
            data = data.with_column(replace(column, storage=storage, values=new.values))
    if counts:
        context.data = data
    return MissingRecoded(tuple(counts), strings, "recoded")


def _rules(text: str, statement: Statement) -> Rules:
    """Pairs (missing code or None for every other one, number), those with a code first."""
    rules: Rules = []
    for left, right in parts(text):
        code = None if not right or left == "else" else missing_code(left, statement)
        try:
            rules.append((code, float(right or left)))
        except ValueError:
            raise StataError("option mv() incorrectly specified", 198, statement.span) from None
    return sorted(rules, key=lambda rule: rule[0] is None)


def _refuse_present(columns: list[Column], rules: Rules, rows: np.ndarray) -> None:
    """Raise r(9) if a number that is to stand for missing values is among the values."""
    found = []
    for column in columns:
        values = numeric(column)
        for _, number in rules:
            count = int(np.count_nonzero(rows & (values == number)))
            if count:
                where = f"{count} observation{'' if count == 1 else 's'}"
                found.append(f"{abbreviate(column.name, 12):>12}: already {number:g} in {where}")
    if found:
        raise StataError("\n".join([*found, "no action taken"]), 9)


def _encoded(before: np.ndarray, rules: Rules, rows: np.ndarray) -> np.ndarray:
    after = before.copy()
    left = rows & is_missing(before)
    for code, number in rules:
        where = left if code is None else left & (before == code)
        after[where & (after >= MISSING)] = number
    return after
