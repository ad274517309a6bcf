"""egen functions that number or cut: group, tag, cut, seq, fill, and those that make texts: concat, ends."""

from __future__ import annotations

import itertools

import numpy as np

from ...data.columns import group_codes, numeric
from ...data.dataset import Column
from ...data.storage import MISSING, is_missing, is_numeric
from ...errors import StataError, type_mismatch
from ...expr.evaluate import as_text, is_string
from ...formats import g
from ...syntax.numlist import read_numlist
from .._shared import grouped as _grouped
from .._shared.tables import labels_of
from .group import label_of_groups
from .task import Functions, Made, Task, groups_of, names_of, spread, value_of, variables_of

# ---- combinations of variables -------------------------------------------------------------------------------


def _combinations(task: Task) -> tuple[list[Column], np.ndarray, np.ndarray, np.ndarray]:
    """The variables, the row numbers of the sample, the combination of each (-1: none), the first row of each."""
    columns = variables_of(task, numeric_ones=False)
    which = np.flatnonzero(task.rows)
    codes, first = group_codes(columns, which, missing=bool(task.options["missing"]))
    return columns, which, codes, first


def group(task: Task) -> Made:
    columns, which, codes, first = _combinations(task)
    storage = ""
    if task.options["autotype"]:
        storage = "byte" if len(first) <= 100 else "int" if len(first) <= 32740 else "long"
    texts = None
    if task.options["label"] or task.options["lname"]:
        cut = task.options["truncate"]
        texts = {k + 1.0: label_of_groups(task.data, columns, int(row), cut) for k, row in enumerate(first)}
    out = spread(task, which, np.where(codes >= 0, codes + 1.0, MISSING))
    return Made(out, f"group({names_of(columns)})", storage, task.options["lname"] or "", texts)


def tag(task: Task) -> Made:
    columns, _, _, first = _combinations(task)
    out = np.zeros(task.data.n)
    out[first] = 1.0
    return Made(out, f"tag({names_of(columns)})", "byte")


# ---- intervals -----------------------------------------------------------------------------------------------


def cut(task: Task) -> Made:
    """The left end of the interval [a, b) that a value lies in, or its number from 0."""
    columns = variables_of(task)
    if len(columns) > 1:
        raise StataError("too many variables specified", 103, task.argument.span)
    values = numeric(columns[0])
    known = task.rows & ~is_missing(values)
    ends = _breaks(task, values[known])
    place = np.searchsorted(ends, values, side="right") - 1
    inside = known & (place >= 0) & (place < len(ends) - 1)
    codes = bool(task.options["icodes"] or task.options["label"] or task.options["group"] is not None)
    out = np.full(task.data.n, MISSING)
    out[inside] = place[inside] if codes else ends[place[inside]]
    texts = None
    if task.options["label"]:
        texts = {float(k): f"{g(float(end), 9)}-" for k, end in enumerate(ends[:-1])}
    return Made(out, texts=texts)


def _breaks(task: Task, known: np.ndarray) -> np.ndarray:
    """The ends of the intervals, ascending; the last is where the last interval ends."""
    at, groups = task.options["at"], task.options["group"]
    if (at is None) == (groups is None):
        text = "only one of at() and group() may be specified" if at is not None else "either at() or group() required"
        raise StataError(text, 198)
    if at is not None:
        if len(at) < 2 or any(b <= a for a, b in itertools.pairwise(at)):
            raise StataError("at() invalid -- invalid numlist has elements out of order", 124, task.options.spans["at"])
        return np.array(at)
    if not known.size:
        raise StataError("no observations", 2000)
    codes = np.zeros(len(known), dtype=np.int64)
    wanted = tuple(100 * k / groups for k in range(1, groups))
    inner = [float(value[0]) for value in _grouped.percentiles(known, codes, 1, wanted)]
    return np.unique([known.min(), *inner, np.inf])


# ---- sequences -----------------------------------------------------------------------------------------------


def sequence(task: Task) -> Made:
    """from, from+1, ..., to, again and again, each block() times; downwards if to() is less than from()."""
    if task.argument.text.strip():
        raise StataError("invalid syntax", 198, task.argument.span)
    which = np.flatnonzero(task.rows)
    codes, groups = groups_of(task, which)
    position = _grouped.rank(np.zeros(len(which)), codes, groups, "unique") - 1
    first = task.options["from"] if task.options["from"] is not None else 1
    last = np.bincount(codes, minlength=groups)[codes] if task.options["to"] is None else task.options["to"]
    step = np.floor(position / (task.options["block"] or 1))
    span = np.abs(last - first) + 1
    values = first + np.where(np.asarray(last) >= first, 1, -1) * np.mod(step, span)
    return Made(spread(task, which, values))


def fill(task: Task) -> Made:
    """The numbers given, and on in the same pattern: each block of them is the one before plus a constant."""
    given = np.array(read_numlist(task.argument.text, task.argument.span))
    if task.rows.size and not task.rows.all():
        raise StataError("if and in not allowed with egen ... fill()", 101)
    length = _period(given)
    if length is None:
        raise StataError("fill() found no pattern in the numbers", 198, task.argument.span)
    step = given[length] - given[0]
    turn, place = np.divmod(np.arange(task.data.n), length)
    return Made(given[place] + step * turn)


def _period(given: np.ndarray) -> int | None:
    """The length of the shortest block that repeats up to a constant, seen at least twice."""
    for length in range(1, len(given) // 2 + 1):
        steps = given[length:] - given[:-length]
        if (steps == steps[0]).all():
            return length
    return None


# ---- texts ---------------------------------------------------------------------------------------------------


def concat(task: Task) -> Made:
    """The values of the variables joined into a text."""
    columns = variables_of(task, numeric_ones=False)
    parts = [_texts(task, column) for column in columns]
    between = task.options["punct"] or ""
    out = np.full(task.data.n, "", dtype=object)
    for row in np.flatnonzero(task.rows).tolist():
        out[row] = between.join(part[row] for part in parts)
    return Made(out)


def _texts(task: Task, column: Column) -> list[str]:
    """A variable as texts: strings as they are, numbers by label (decode), in format(), or in up to nine characters."""
    if not is_numeric(column.storage):
        return as_text(column.values).tolist()
    from ...expr.functions_string import as_string

    labels = labels_of(task.data, column) if task.options["decode"] else {}
    most = task.options["maxlength"]
    known: dict[float, str] = {}
    for value in set(numeric(column).tolist()):
        known[value] = labels[value][:most] if value in labels else as_string(value, task.options["format"] or "%16.0g")
    return [known[value] for value in numeric(column).tolist()]


def ends(task: Task) -> Made:
    """The first word of a string (head), the last one (last), or all but the first (tail)."""
    value = value_of(task)
    if not (isinstance(value, str) or is_string(value)):
        raise type_mismatch(task.argument.span)
    given = [name for name in ("head", "last", "tail") if task.options[name]]
    if len(given) > 1:
        raise StataError(f"options {given[0]} and {given[1]} may not be combined", 198, task.options.spans[given[1]])
    part = given[0] if given else "head"
    mark = task.options["punct"] or " "
    texts = np.broadcast_to(np.asarray(value, dtype=object), task.rows.shape)
    out = np.full(task.data.n, "", dtype=object)
    for row in np.flatnonzero(task.rows):
        out[row] = _end(texts[row], part, mark, bool(task.options["trim"]))
    return Made(out)


def _end(text: str, part: str, mark: str, trim: bool) -> str:
    # With blanks between the words those at the ends are no separators.
    text = text.strip(" ") if mark == " " else text
    head, _, tail = text.partition(mark)
    out = {"head": head, "tail": tail, "last": text.rpartition(mark)[2]}[part]
    return out.strip(" ") if trim else out


CODE_FUNCTIONS: Functions = {
    "group": (group, ("missing", "label", "lname", "truncate", "autotype")),
    "tag": (tag, ("missing",)),
    "cut": (cut, ("at", "group", "icodes", "label")),
    "seq": (sequence, ("by", "from", "to", "block")),
    "fill": (fill, ()),
    "concat": (concat, ("format", "decode", "maxlength", "punct")),
    "ends": (ends, ("head", "last", "tail", "punct", "trim")),
}
TEXT_FUNCTIONS = ("concat", "ends")
