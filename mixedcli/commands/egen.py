"""egen: new variables from functions of groups of observations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..data.columns import group_codes, missing_rows, new_numeric
from ..data.dataset import Column, Dataset
from ..data.storage import DTYPES, MISSING, is_missing
from ..design.varlist import expand_names
from ..errors import NotBuilt, StataError, type_mismatch
from ..expr.evaluate import evaluate, is_string
from ..expr.sample import sample_mask
from ..records import record, replace
from ..syntax.parser import parse_expression, parse_varlist
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement, Word
from . import _egen
from ._data import Generated, check_name, check_new_variable, invalid_syntax, numbers_over_rows, short_label
from ._egen_group import label_of_groups
from .context import Context
from .registry import command

BY = Option("by", "by", Kind.VARLIST, help="do it within the groups of these variables")
MISSING_TOO = Option("missing", "m", help="total, min, max: missing if all values are; group, tag: keep missing values")
_RANKS = (
    Option("field", "f", help="rank: the largest has rank 1, ties have the best rank"),
    Option("track", "t", help="rank: the smallest has rank 1, ties have the best rank"),
    Option("unique", "u", help="rank: ties are broken by the order of the observations"),
)
_GROUP = (
    Option("label", "l", help="group: label the group numbers"),
    Option("lname", "lname", Kind.NAME, help="group: name of the value label"),
    Option("truncate", "trun", Kind.INTEGER, low=1, help="group: cut the parts of the labels to this length"),
    Option("autotype", "a", help="group: the smallest storage type that holds the numbers"),
)
_P = Option("p", "p", Kind.REAL, low=0, high=100, help="pctile: which percentile (50)")
OPTIONS = (BY, MISSING_TOO, *_RANKS, *_GROUP, _P)

_NOT_BUILT = (
    "anycount anymatch anyvalue concat cut diff ends fill kurt mad mdev mode mtr pc rowfirst rowlast rowmax rowmean "
    "rowmedian rowmin rowmiss rownonmiss rowpctile rowsd rowtotal seq skew std"
)


@record
class Task:
    """One call of an egen function: on which rows (bool, shape (n,)), with which options."""

    name: str
    argument: Word
    options: OptionValues
    rows: np.ndarray
    context: Context

    @property
    def data(self) -> Dataset:
        return self.context.data


@record
class Made:
    """What a function made: values of shape (n,), and what goes with the variable."""

    values: np.ndarray
    label: str = ""
    storage: str = ""
    value_label: str = ""
    texts: Mapping[float, str] | None = None


@command("egen", start="egen", options=OPTIONS)
def egen(context: Context, statement: Statement) -> Generated:
    """egen [type] newvar = fcn(arguments) [if] [in] [, by(varlist) options]

    Functions of an expression, over all observations or within by(): count, total (or sum; missing values count as
    0), mean, sd, min, max, median, pctile (p(#)), iqr, rank (field, track, unique).  Functions of variables:
    group(varlist) numbers their combinations from 1 (missing, label, lname(), truncate(), autotype); tag(varlist)
    marks one observation of each combination (missing).
    """
    assignment = statement.assignment
    if assignment is None:
        raise invalid_syntax()
    function = assignment.exp.function  # type: ignore[union-attr]
    build, allowed = _function(function, assignment.exp.span)
    options = context.options(statement, tuple(o for o in OPTIONS if o is BY or o.name in allowed))
    if options["by"] is not None and "by" not in allowed:
        raise StataError(f"egen ... {function}() may not be combined with by", 190, options.spans["by"])
    check_new_variable(assignment.target, context.data, assignment.span)
    if assignment.storage is not None and assignment.storage not in DTYPES:
        raise type_mismatch(assignment.span)
    rows = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    made = build(Task(function, statement.arguments[0], options, rows, context))
    label, notes = short_label(made.label)
    storage = made.storage or assignment.storage or context.settings.type
    column = new_numeric(assignment.target, made.values, storage, label)
    context.data = _with_labels(context.data, column, made, options)
    return Generated(column.name, storage, int(missing_rows(column).sum()), commas=False, notes=notes)


def _function(name: str, span: tuple[int, int]) -> tuple[Callable[[Task], Made], tuple[str, ...]]:
    """The function called ``name`` and the options it takes."""
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    if name in _NOT_BUILT.split():
        raise NotBuilt(f"egen function {name}()", span)
    raise StataError(f"unknown egen function {name}()", 133, span)


def _with_labels(data: Dataset, column: Column, made: Made, options: OptionValues) -> Dataset:
    """The data with the new variable and, for group, the value label of its numbers."""
    if made.texts is None:
        return data.with_column(column)
    name = made.value_label or column.name
    check_name(name)
    if name in data.value_labels:
        raise StataError(f"value label {name} already defined", 110, options.spans.get("lname"))
    data = data.with_column(replace(column, value_label=name))
    return replace(data, value_labels={**data.value_labels, name: made.texts})


# ---- functions of an expression ------------------------------------------------------------------------------


def _values(task: Task) -> np.ndarray:
    """The expression in every row, float64 of shape (n,).  For count, a string counts as 1, or as missing if empty."""
    exp = parse_expression(task.argument.text, task.argument.span[0])
    value = evaluate(exp, task.data, task.context.environment())
    if not isinstance(value, str) and not is_string(value):
        return numbers_over_rows(value, task.rows)
    if task.name != "count":
        raise type_mismatch(exp.span)
    texts = np.broadcast_to(np.asarray(value, dtype=object), task.rows.shape)
    return np.fromiter((1.0 if text else MISSING for text in texts), dtype=np.float64, count=len(texts))


def _groups(task: Task, which: np.ndarray) -> tuple[np.ndarray, int]:
    """The by-group of each row number in ``which`` and the number of groups; missing values are a group too."""
    if task.options["by"] is None:
        return np.zeros(len(which), dtype=np.int64), 1
    names = expand_names(task.options["by"], task.data)
    codes, first = group_codes([task.data.columns[name] for name in names], which)
    return codes, len(first)


def _statistic(task: Task, compute: Callable[[np.ndarray, np.ndarray, int], np.ndarray]) -> Made:
    """A statistic of each group, given to all rows of the group."""
    values = _values(task)
    which = np.flatnonzero(task.rows)
    codes, groups = _groups(task, which)
    x = values[which]
    known = ~is_missing(x)
    with np.errstate(all="ignore"):
        result = compute(x[known], codes[known], groups)
    if task.name in ("total", "sum") and task.options["missing"]:
        result = np.where(_egen.count(x[known], codes[known], groups) > 0, result, MISSING)
    out = np.full(task.data.n, MISSING)
    out[which] = result[codes]
    return Made(out)


def _of(compute: Callable[[np.ndarray, np.ndarray, int], np.ndarray]) -> Callable[[Task], Made]:
    return lambda task: _statistic(task, compute)


def _percentile(task: Task) -> Made:
    p = 50.0 if task.name == "median" or task.options["p"] is None else task.options["p"]
    return _statistic(task, lambda x, codes, groups: _egen.percentile(x, codes, groups, p))


def _rank(task: Task) -> Made:
    given = [name for name in ("field", "track", "unique") if task.options[name]]
    if len(given) > 1:
        raise StataError(f"options {given[0]} and {given[1]} may not be combined", 198, task.options.spans[given[1]])
    ties = given[0] if given else "mean"
    values = _values(task)
    which = np.flatnonzero(task.rows & ~is_missing(values))
    codes, groups = _groups(task, which)
    out = np.full(task.data.n, MISSING)
    out[which] = _egen.rank(values[which], codes, groups, ties)
    by = "" if task.options["by"] is None else " by " + " ".join(expand_names(task.options["by"], task.data))
    kind = "" if ties == "mean" else f"{ties} "
    return Made(out, label=f"{kind}rank of ({task.argument.text.strip()}){by}")


# ---- functions of variables ----------------------------------------------------------------------------------


def _combinations(task: Task) -> tuple[list[Column], np.ndarray, np.ndarray, np.ndarray]:
    """The variables, the row numbers of the sample, the combination of each (-1: none), the first row of each."""
    names = expand_names(parse_varlist(task.argument.text, task.argument.span[0]), task.data)
    if not names:
        raise StataError("varlist required", 100, task.argument.span)
    columns = [task.data.columns[name] for name in names]
    which = np.flatnonzero(task.rows)
    codes, first = group_codes(columns, which, missing=bool(task.options["missing"]))
    return columns, which, codes, first


def _group(task: Task) -> Made:
    columns, which, codes, first = _combinations(task)
    out = np.full(task.data.n, MISSING)
    out[which] = np.where(codes >= 0, codes + 1.0, MISSING)
    storage = ""
    if task.options["autotype"]:
        storage = "byte" if len(first) <= 100 else "int" if len(first) <= 32740 else "long"
    texts = None
    if task.options["label"] or task.options["lname"]:
        cut = task.options["truncate"]
        texts = {k + 1.0: label_of_groups(task.data, columns, int(row), cut) for k, row in enumerate(first)}
    label = f"group({' '.join(column.name for column in columns)})"
    return Made(out, label, storage, task.options["lname"] or "", texts)


def _tag(task: Task) -> Made:
    columns, _, _, first = _combinations(task)
    out = np.zeros(task.data.n)
    out[first] = 1.0
    return Made(out, f"tag({' '.join(column.name for column in columns)})", "byte")


_FUNCTIONS: dict[str, tuple[Callable[[Task], Made], tuple[str, ...]]] = {
    "count": (_of(_egen.count), ("by",)),
    "total": (_of(_egen.total), ("by", "missing")),
    "sum": (_of(_egen.total), ("by", "missing")),
    "mean": (_of(_egen.mean), ("by",)),
    "sd": (_of(_egen.sd), ("by",)),
    "min": (_of(_egen.smallest), ("by", "missing")),
    "max": (_of(_egen.largest), ("by", "missing")),
    "iqr": (_of(_egen.iqr), ("by",)),
    "median": (_percentile, ("by",)),
    "pctile": (_percentile, ("by", "p")),
    "rank": (_rank, ("by", "field", "track", "unique")),
    "group": (_group, ("missing", "label", "lname", "truncate", "autotype")),
    "tag": (_tag, ("missing",)),
}
