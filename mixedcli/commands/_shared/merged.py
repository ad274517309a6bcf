"""The data set that a merge makes out of two, once it is known which rows go together."""

from __future__ import annotations

import numpy as np

from ...data.columns import missing_rows
from ...data.combine import common_storage, gathered, lengthened_hidden, recast, same_kind, with_metadata
from ...data.dataset import Column, Dataset
from ...data.join import Join
from ...records import replace

MASTER, USING, MATCH, UPDATED, CONFLICT = 1, 2, 3, 4, 5


def merged(
    master: Dataset, using: Dataset, pairs: Join, keys: tuple[str, ...], update: bool, overwrite: bool,
    labels: bool, notes: bool,
) -> tuple[Dataset, np.ndarray, tuple[str, ...]]:
    """(the merged data, the code 1-5 of each row, value labels that were defined already).

    Variables of both sides keep the master's values; only rows of the using data alone have theirs.  With ``update``
    they also fill the master's missing values, with ``overwrite`` they replace others that differ.
    """
    codes = np.full(len(pairs.master), MATCH, dtype=np.int64)
    codes[pairs.using < 0] = MASTER
    codes[pairs.master < 0] = USING
    matched = codes == MATCH
    columns = {}
    for name, column in master.columns.items():
        other = using.columns.get(name)
        if other is None or not same_kind(column, other):
            columns[name] = _own(column, pairs)
            continue
        columns[name] = both = _shared(column, other, pairs)
        if update and name not in keys:
            columns[name] = _updated(both, other, pairs, matched, overwrite, codes)
    new = [name for name in using.names if name not in master.columns]
    absent = bool((pairs.using < 0).any())
    for name in new:
        column = using.columns[name]
        columns[name] = replace(column, values=_frozen(gathered(column, pairs.using, absent)))
    data = replace(
        master, columns=columns, n=len(codes), hidden=_hidden(master, pairs),
        sorted_by=_order(master, pairs, keys), changed=True,
    )
    data, taken = with_metadata(data, using, new, labels, notes)
    return data, codes, taken


def _frozen(values: np.ndarray) -> np.ndarray:
    values.flags.writeable = False
    return values


def _own(column: Column, pairs: Join) -> Column:
    """A variable of the master alone: missing in rows of the using data."""
    if pairs.in_order and not pairs.appended:
        return column
    absent = bool(pairs.appended) and bool((pairs.master < 0).any())
    return replace(column, values=_frozen(gathered(column, pairs.master, absent)))


def _shared(column: Column, other: Column, pairs: Join) -> Column:
    """A variable of both sides, in a type that holds both: the using data's values where there is no master."""
    storage = common_storage(column.storage, other.storage)
    wide = _own(recast(column, storage), pairs)
    only_using = np.flatnonzero(pairs.master < 0) if pairs.appended else ()
    if len(only_using) == 0:
        return wide
    values = wide.values.copy()
    values[only_using] = recast(other, storage).values[pairs.using[only_using]]
    return replace(wide, values=_frozen(values))


def _updated(
    both: Column, other: Column, pairs: Join, matched: np.ndarray, overwrite: bool, codes: np.ndarray
) -> Column:
    """The variable with what the using data know better in the ``matched`` rows; ``codes`` is brought up to date."""
    rows = np.flatnonzero(matched)
    theirs = recast(other, both.storage).values[pairs.using[rows]]
    ours = both.values[rows]
    known = ~missing_rows(replace(both, values=theirs))
    empty = missing_rows(replace(both, values=ours))
    differs = known & ~empty & (theirs != ours).astype(bool)
    filled = known & empty
    codes[rows[filled]] = np.maximum(codes[rows[filled]], UPDATED)
    codes[rows[differs]] = CONFLICT
    taken = filled | differs if overwrite else filled
    if not taken.any():
        return both
    values = both.values.copy()
    values[rows[taken]] = theirs[taken]
    return replace(both, values=_frozen(values))


def _hidden(master: Dataset, pairs: Join) -> dict[str, np.ndarray]:
    """Estimation samples follow their rows; appended rows belong to none."""
    own = pairs.master[: len(pairs.master) - pairs.appended]
    if not pairs.in_order:
        master = replace(master, hidden={key: values[own] for key, values in master.hidden.items()})
    return lengthened_hidden(master, pairs.appended) if pairs.appended else dict(master.hidden)


def _order(master: Dataset, pairs: Join, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Rows are in the order of the keys unless some were put at the end."""
    if pairs.appended:
        return ()
    return keys or master.sorted_by
