"""collapse: a data set of statistics, one observation for each group."""

from __future__ import annotations

import numpy as np

from ..data.columns import new_numeric
from ..data.dataset import Column, Dataset
from ..data.storage import is_numeric
from ..design.varlist import expand_names
from ..errors import StataError, no_observations, type_mismatch
from ..records import replace
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.clauses import split_clauses
from ._shared.collapse import (
    Sample,
    Wanted,
    complete_rows,
    compute,
    group_sample,
    keeps_values,
    label_of,
    needs_numbers,
    read_list,
    storage_of,
    text_column,
)
from ._shared.tables import chosen_rows, read_weights
from .context import Context
from .registry import command

OPTIONS = (
    Option("by", "by", Kind.VARLIST, help="the groups; without it there is one"),
    Option("cw", "cw", help="use only observations in which no variable is missing"),
    Option("fast", "fast", help="accepted: the data are kept whole if something goes wrong anyway"),
)
_KINDS = ("fweight", "aweight", "iweight", "pweight")
_NO_PWEIGHTS = ("sd", "semean", "sebinomial", "sepoisson")


@command("collapse", start="raw", options=OPTIONS)
def collapse(context: Context, statement: Statement) -> None:
    """collapse [(stat)] varlist|newvar=varname ... [(stat) ...] [if] [in] [weight] [, by(varlist) cw]

    Replace the data by statistics, one observation for each group.  Statistics: mean (the default), median, p1-p99, sd,
    semean, sebinomial, sepoisson, sum, rawsum, count, percent, max, min, iqr, first, last, firstnm, lastnm.
    """
    text, start, clauses = split_clauses(statement)
    options = context.options(clauses, OPTIONS)
    data = context.data
    wanted = read_list(text, start, data)
    by = tuple(dict.fromkeys(expand_names(options["by"], data))) if options["by"] is not None else ()
    _check(data, wanted, by)
    kind, weights, rows = read_weights(context, clauses, chosen_rows(context, clauses), _KINDS)
    if kind == "pweight" and any(each.statistic in _NO_PWEIGHTS for each in wanted):
        name = next(each.statistic for each in wanted if each.statistic in _NO_PWEIGHTS)
        raise StataError(f"{name} not allowed with pweights", 135)
    if options["cw"]:
        complete = complete_rows(data, [each.source for each in wanted], rows)
        rows, weights = rows[complete], weights[complete] if weights is not None else None
    if not rows.size:
        raise no_observations()
    sample, first = group_sample(data, by, rows, weights, kind)
    context.data = _collapsed(data, wanted, by, sample, first, context.settings.type)


def _check(data: Dataset, wanted: tuple[Wanted, ...], by: tuple[str, ...]) -> None:
    for each in wanted:
        if needs_numbers(each.statistic) and not is_numeric(data.columns[each.source].storage):
            raise type_mismatch()
        if each.target in by:
            raise StataError(f"variable {each.target} already defined", 110)


def _collapsed(
    data: Dataset, wanted: tuple[Wanted, ...], by: tuple[str, ...], sample: Sample, first: np.ndarray, default: str
) -> Dataset:
    """The data set of statistics, in the order of the groups."""
    groups = data.take(first)
    columns = {name: groups.columns[name] for name in by}
    for each in wanted:
        columns[each.target] = _column(each, data.columns[each.source], sample, default)
    kept = {name: texts for name, texts in data.characteristics.items() if name in ("_dta", *by)}
    return replace(
        groups, columns=columns, n=sample.groups, sorted_by=by, hidden={}, characteristics=kept, changed=True
    )


def _column(wanted: Wanted, source: Column, sample: Sample, default: str) -> Column:
    """One new variable; it keeps the display format of its source, a single value its value label too."""
    values = compute(wanted, source, sample)
    label = label_of(wanted)
    if values.dtype == object:
        return text_column(wanted.target, values, source, label)
    storage = storage_of(wanted.statistic, source, default)
    counts = wanted.statistic in ("count", "percent")
    column = new_numeric(wanted.target, values, storage, label, "%8.0g" if counts else source.format)
    return replace(column, value_label=source.value_label if keeps_values(wanted.statistic) else "")
