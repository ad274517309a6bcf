"""egen: new variables from functions of groups of observations, or of several variables."""

from __future__ import annotations

from ..data.columns import missing_rows, new_numeric, new_string
from ..data.dataset import Column, Dataset
from ..data.storage import DTYPES
from ..errors import NotBuilt, StataError, type_mismatch
from ..expr.sample import sample_mask
from ..records import replace
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._egen.codes import CODE_FUNCTIONS, TEXT_FUNCTIONS
from ._egen.rows import ROW_FUNCTIONS
from ._egen.statistics import STATISTICS
from ._egen.task import Build, Made, Task
from ._shared.data import Generated, check_name, check_new_variable, cut, invalid_syntax, short_label
from .context import Context
from .registry import command

BY = Option("by", "by", Kind.VARLIST, help="do it within the groups of these variables")
OPTIONS = (
    BY,
    Option("missing", "m", help="total, min, max, rowtotal: missing if all are; group, tag, mode: missing count"),
    Option("field", "f", help="rank: the largest has rank 1, ties have the best rank"),
    Option("track", "t", help="rank: the smallest has rank 1, ties have the best rank"),
    Option("unique", "u", help="rank: ties are broken by the order of the observations"),
    Option("label", "l", help="group, cut: label the numbers"),
    Option("lname", "lname", Kind.NAME, help="group: name of the value label"),
    Option("truncate", "trun", Kind.INTEGER, low=1, help="group: cut the parts of the labels to this length"),
    Option("autotype", "a", help="group: the smallest storage type that holds the numbers"),
    Option("p", "p", Kind.REAL, low=0, high=100, help="pctile, rowpctile: which percentile (50)"),
    Option("values", "v", Kind.NUMLIST, help="anycount, anymatch, anyvalue: the integers looked for"),
    Option("strok", "strok", help="rownonmiss: strings are allowed"),
    Option("at", "at", Kind.NUMLIST, help="cut: where the intervals begin, and where the last ends"),
    Option("group", "g", Kind.INTEGER, low=1, help="cut: this many groups of about the same size"),
    Option("icodes", "i", help="cut: numbers from 0, not the left ends"),
    Option("mean", "mean", Kind.REAL, help="std: the mean wanted (0)"),
    Option("std", "std", Kind.REAL, help="std: the standard deviation wanted (1)"),
    Option("sd", "sd", Kind.REAL, help="std: the same"),
    Option("prop", "prop", help="pc: proportions, not percent"),
    Option("minmode", "min", help="mode: of several modes the smallest"),
    Option("maxmode", "max", help="mode: of several modes the largest"),
    Option("nummode", "num", Kind.INTEGER, low=1, help="mode: of several modes this one, in ascending order"),
    Option("from", "fr", Kind.INTEGER, help="seq: where it begins (1)"),
    Option("to", "to", Kind.INTEGER, help="seq: where it ends (the number of observations)"),
    Option("block", "b", Kind.INTEGER, low=1, help="seq: how often each number is repeated (1)"),
    Option("format", "form", Kind.FORMAT, help="concat: display format of numbers"),
    Option("decode", "d", help="concat: value labels instead of numbers"),
    Option("maxlength", "maxl", Kind.INTEGER, low=1, help="concat: cut value labels to this length"),
    Option("punct", "punct", Kind.STRING, help="concat: what stands between; ends: what separates words (a blank)"),
    Option("head", "h", help="ends: the first word (the default)"),
    Option("last", "last", help="ends: the last word"),
    Option("tail", "tail", help="ends: all but the first word"),
    Option("trim", "trim", help="ends: take off blanks at the ends"),
)  # fmt: skip
_FUNCTIONS = {**STATISTICS, **ROW_FUNCTIONS, **CODE_FUNCTIONS}
_NOT_BUILT = ("mtr",)


@command("egen", start="egen", options=OPTIONS, by="native")
def egen(context: Context, statement: Statement) -> Generated:
    """egen [type] newvar = fcn(arguments) [if] [in] [, by(varlist) options]

    Of an expression, over all observations or within by(): count, total (or sum; missing values count as 0), mean, sd,
    min, max, median, pctile (p(#)), iqr, skew, kurt, mdev, mad, mode (minmode, maxmode, nummode(#), missing), rank
    (field, track, unique), std (mean(#), std(#)), pc (prop); seq() counts (from(#), to(#), block(#)).
    Of variables: group (missing, label, lname(), truncate(), autotype) numbers their combinations from 1, tag marks one
    observation of each, cut (at(), group(#), icodes, label) makes intervals, concat (punct(), format(), decode) joins
    texts, ends (head, last, tail, punct(), trim) takes them apart, fill(numlist) continues a pattern.
    Across variables: rowtotal, rowmean, rowmin, rowmax, rowsd, rowmedian, rowpctile (p(#)), rowfirst, rowlast, rowmiss,
    rownonmiss (strok), anycount, anymatch, anyvalue (values()), diff.
    """
    assignment = statement.assignment
    if assignment is None:
        raise invalid_syntax()
    function = assignment.exp.function  # type: ignore[union-attr]
    build, allowed = _function(function, assignment.exp.span)
    options = context.options(statement, tuple(o for o in OPTIONS if o is BY or o.name in allowed))
    grouped = options["by"] is not None or context.by is not None
    if grouped and "by" not in allowed:
        raise StataError(f"egen ... {function}() may not be combined with by", 190, options.spans.get("by"))
    check_new_variable(assignment.target, context.data, assignment.span)
    if assignment.storage is not None and assignment.storage in DTYPES and function in TEXT_FUNCTIONS:
        raise type_mismatch(assignment.span)
    rows = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    values = _with_every_name(options)
    made = build(Task(function, assignment.target, statement.arguments[0], values, rows, context))
    label, notes = short_label(made.label)
    column = _column(assignment.target, made, assignment.storage, context.settings.type, label, assignment.span)
    context.data = _with_labels(context.data, column, made, values)
    missing = int(missing_rows(column).sum())
    return Generated(column.name, column.storage, missing, commas=False, notes=(*made.notes, *notes))


def _with_every_name(options: OptionValues) -> OptionValues:
    """The options with all that other functions take as not given, so that a function may ask for any of them."""
    nothing = {o.name: False if o.kind is Kind.FLAG else None for o in OPTIONS}
    return OptionValues({**nothing, **options}, options.spans)


def _function(name: str, span: tuple[int, int]) -> tuple[Build, tuple[str, ...]]:
    """The function called ``name`` and the options it takes."""
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    if name in _NOT_BUILT:
        raise NotBuilt(f"egen function {name}()", span)
    raise StataError(f"unknown egen function {name}()", 133, span)


def _column(name: str, made: Made, asked: str | None, default: str, label: str, span: tuple[int, int]) -> Column:
    """The new variable, in the type asked for, the function's own, or the default."""
    if made.values.dtype != object:
        if asked is not None and asked not in DTYPES:
            raise type_mismatch(span)
        return new_numeric(name, made.values, made.storage or asked or default, label)
    if asked is None or asked == "str":
        return new_string(name, made.values, label=label)
    if asked in DTYPES:
        raise type_mismatch(span)
    return new_string(name, made.values if asked == "strL" else cut(made.values, int(asked[3:])), asked, label)


def _with_labels(data: Dataset, column: Column, made: Made, options: OptionValues) -> Dataset:
    """The data with the new variable and, for group and cut, the value label of its numbers."""
    if made.texts is None:
        return data.with_column(column)
    name = made.value_label or column.name
    check_name(name)
    if name in data.value_labels:
        raise StataError(f"value label {name} already defined", 110, options.spans.get("lname"))
    data = data.with_column(replace(column, value_label=name))
    return replace(data, value_labels={**data.value_labels, name: made.texts})
