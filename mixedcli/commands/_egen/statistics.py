"""egen functions of an expression within groups: statistics, and what compares each value with those of its group."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...data.columns import group_codes, new_string
from ...data.storage import MISSING, is_missing
from ...errors import StataError
from ...expr.evaluate import is_string
from .._shared import grouped as _grouped
from .task import (
    Build,
    Functions,
    Made,
    Task,
    at,
    by_text,
    grouped,
    groups_of,
    rows_of,
    spread,
    value_of,
    values_of,
)

Compute = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
_SEVERAL_MODES = (
    "Warning: at least one group contains multiple modes.  Missing",
    "values generated at these observations.  Use the missing,",
    "minmode, maxmode, or nummode() options to control this",
    "behavior.",
)


def statistic(task: Task, compute: Compute) -> Made:
    """A statistic of each group, given to all rows of the group."""
    values = grouped(task, values_of(task))
    with np.errstate(all="ignore"):
        result = compute(values.x, values.codes, values.groups)
    if task.name in ("total", "sum") and task.options["missing"]:
        result = np.where(_grouped.count(values.x, values.codes, values.groups) > 0, result, MISSING)
    return Made(values.to_all(result))


def of(compute: Compute) -> Build:
    return lambda task: statistic(task, compute)


def count(task: Task) -> Made:
    """The number of rows whose value is neither missing nor an empty string."""
    value = value_of(task)
    if isinstance(value, str) or is_string(value):
        texts = np.broadcast_to(np.asarray(value, dtype=object), task.rows.shape)
        full = np.fromiter((bool(text) for text in texts), dtype=bool, count=len(texts))
    else:
        full = np.broadcast_to(~is_missing(np.asarray(value, dtype=np.float64)), task.rows.shape)
    which = rows_of(task)
    codes, groups = groups_of(task, which)
    counted = at(full, which)
    counts = np.bincount(codes if counted.all() else codes[counted], minlength=groups)
    return Made(spread(task, which, counts[codes]))


def percentile(task: Task) -> Made:
    p = 50.0 if task.name == "median" or task.options["p"] is None else task.options["p"]
    return statistic(task, lambda x, codes, groups: _grouped.percentile(x, codes, groups, p))


def rank(task: Task) -> Made:
    ties = _one_of(task, ("field", "track", "unique")) or "mean"
    values = values_of(task)
    which = np.flatnonzero(task.rows & ~is_missing(values))
    codes, groups = groups_of(task, which)
    kind = "" if ties == "mean" else f"{ties} "
    ranks = _grouped.rank(values[which], codes, groups, ties)
    return Made(spread(task, which, ranks), label=f"{kind}rank of ({task.argument.text.strip()}){by_text(task)}")


def _one_of(task: Task, names: tuple[str, ...]) -> str | None:
    """The option among ``names`` that was given; r(198) if several were."""
    given = [name for name in names if task.options[name]]
    if len(given) > 1:
        message = f"options {given[0]} and {given[1]} may not be combined"
        raise StataError(message, 198, task.options.spans[given[1]])
    return given[0] if given else None


def standardize(task: Task) -> Made:
    """Values moved and scaled to have the mean mean() (0) and the standard deviation std() (1)."""
    scale = task.options["std"] if task.options["std"] is not None else task.options["sd"]
    values = grouped(task, values_of(task))
    x, codes, groups = values.x, values.codes, values.groups
    centre, sd = _grouped.mean(x, codes, groups)[codes], _grouped.sd(x, codes, groups)[codes]
    usable = (sd > 0) & (sd < MISSING)
    with np.errstate(all="ignore"):
        z = (x - centre) / sd * (1.0 if scale is None else scale) + (task.options["mean"] or 0.0)
    label = f"Standardized values of ({task.argument.text.strip()})"
    return Made(values.back(np.where(usable, z, MISSING)), label)


def percent(task: Task) -> Made:
    """Each value in percent of the total of its group, or as a proportion of it."""
    values = grouped(task, values_of(task))
    whole = _grouped.total(values.x, values.codes, values.groups)[values.codes]
    factor = 1.0 if task.options["prop"] else 100.0
    with np.errstate(all="ignore"):
        share = np.where(whole != 0, factor * values.x / whole, MISSING)
    return Made(values.back(share))


# ---- mode ----------------------------------------------------------------------------------------------------


def mode(task: Task) -> Made:
    """The most frequent value of a variable, which may be a string."""
    value = value_of(task)
    if isinstance(value, str) or is_string(value):
        return _mode_of_texts(task, np.broadcast_to(np.asarray(value, dtype=object), task.rows.shape))
    values = values_of(task)
    which = np.flatnonzero(task.rows)
    codes, groups = groups_of(task, which)
    counted = np.ones(len(which), dtype=bool) if task.options["missing"] else ~is_missing(values[which])
    result, notes = _modes(task, values[which][counted], codes[counted], groups)
    return Made(spread(task, which, result[codes]), notes=notes)


def _mode_of_texts(task: Task, texts: np.ndarray) -> Made:
    which = np.flatnonzero(task.rows)
    codes, groups = groups_of(task, which)
    ranks, first = group_codes([new_string("text", texts)], which)
    counted = np.fromiter((bool(task.options["missing"] or texts[row]) for row in which), dtype=bool, count=len(which))
    result, notes = _modes(task, ranks[counted].astype(np.float64), codes[counted], groups)
    out = np.full(task.data.n, "", dtype=object)
    found = result[codes] < MISSING
    out[which[found]] = texts[first[result[codes][found].astype(np.int64)]]
    return Made(out, notes=notes)


def _modes(task: Task, x: np.ndarray, codes: np.ndarray, groups: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """The mode of each group; several modes give none unless an option says which."""
    chosen = _one_of(task, ("minmode", "maxmode", "nummode"))
    place: dict[str | None, Callable[[np.ndarray], np.ndarray]] = {
        "minmode": np.zeros_like,
        "maxmode": lambda modes: modes - 1,
        "nummode": lambda modes: np.full_like(modes, (task.options["nummode"] or 1) - 1),
        None: lambda modes: np.where(modes == 1, 0, -1),
    }
    result, modes = _grouped.mode(x, codes, groups, place[chosen])
    return result, _SEVERAL_MODES if chosen is None and (modes > 1).any() else ()


STATISTICS: Functions = {
    "count": (count, ("by",)),
    "total": (of(_grouped.total), ("by", "missing")),
    "sum": (of(_grouped.total), ("by", "missing")),
    "mean": (of(_grouped.mean), ("by",)),
    "sd": (of(_grouped.sd), ("by",)),
    "min": (of(_grouped.smallest), ("by", "missing")),
    "max": (of(_grouped.largest), ("by", "missing")),
    "iqr": (of(_grouped.iqr), ("by",)),
    "skew": (of(_grouped.skewness), ("by",)),
    "kurt": (of(_grouped.kurtosis), ("by",)),
    "mdev": (of(_grouped.mean_deviation), ("by",)),
    "mad": (of(_grouped.median_deviation), ("by",)),
    "median": (percentile, ("by",)),
    "pctile": (percentile, ("by", "p")),
    "rank": (rank, ("by", "field", "track", "unique")),
    "std": (standardize, ("by", "mean", "std", "sd")),
    "pc": (percent, ("by", "prop")),
    "mode": (mode, ("by", "minmode", "maxmode", "nummode", "missing")),
}
