"""What collapse computes: the list of statistics as typed, and each statistic of each group."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from ...data.columns import group_codes, missing_rows, new_string, numeric
from ...data.dataset import Column, Dataset
from ...data.storage import MISSING, is_missing, is_numeric
from ...design.varlist import expand_names
from ...errors import StataError
from ...expr.names import resolve_variable
from ...records import record
from ...syntax.parser import parse_varlist
from . import grouped as _grouped
from .data import check_name, invalid_syntax

Array = np.ndarray
_PERCENTILE = re.compile(r"p(\d{1,2})")
_ALIASES = {"med": "p50", "median": "p50"}
_ANY_TYPE = ("count", "percent", "first", "last", "firstnm", "lastnm")
_KEEPS_TYPE = ("first", "last", "firstnm", "lastnm", "min", "max")


@record
class Wanted:
    """One new variable: the statistic, the variable it is of, and the name it gets."""

    statistic: str
    source: str
    target: str


@record
class Sample:
    """The observations that are used, and their groups.

    ``rows``: row numbers, shape (m,).  ``codes``: the group of each.  ``weights``: of each, or None.  ``kind``: the
    kind of weight, or ``""``.
    """

    rows: Array
    codes: Array
    groups: int
    weights: Array | None = None
    kind: str = ""

    def of(self, values: Array) -> Array:
        """The values of a variable, shape (n,), in the rows of the sample."""
        return values if len(values) == len(self.rows) else values[self.rows]


# ---- the list ------------------------------------------------------------------------------------------------


def read_list(text: str, start: int, dataset: Dataset) -> tuple[Wanted, ...]:
    """``(mean) a b (sd) s=a`` as one `Wanted` for each new variable; without a statistic it is the mean."""
    statistic, out = "mean", []
    for match in re.finditer(r"\(([^()]*)\)|([^()]+)", text):
        if match[1] is not None:
            statistic = _statistic(match[1].strip(), (start + match.start(), start + match.end()))
        else:
            out += _targets(statistic, match[2], start + match.start(2), dataset)
    if not out:
        raise invalid_syntax((start, start + len(text)))
    names = [wanted.target for wanted in out]
    for k, name in enumerate(names):
        if name in names[:k]:
            raise StataError(f"variable {name} already defined", 110, (start, start + len(text)))
    return tuple(out)


def _statistic(word: str, span: tuple[int, int]) -> str:
    name = _ALIASES.get(word, word)
    if name in _STATISTICS or (_PERCENTILE.fullmatch(name) and 1 <= int(name[1:]) <= 99):
        return name
    raise invalid_syntax(span)


def _targets(statistic: str, text: str, start: int, dataset: Dataset) -> list[Wanted]:
    """The variables after one statistic: ``new=old`` pairs and plain varlists."""
    out: list[Wanted] = []
    at = 0
    for pair in re.finditer(r"([^\W\d]\w*)\s*=\s*([^\W\d]\w*)", text):
        out += _plain(statistic, text[at : pair.start()], start + at, dataset)
        check_name(pair[1], (start + pair.start(1), start + pair.end(1)))
        source = resolve_variable(pair[2], dataset, (start + pair.start(2), start + pair.end(2)))
        out.append(Wanted(statistic, source, pair[1]))
        at = pair.end()
    return out + _plain(statistic, text[at:], start + at, dataset)


def _plain(statistic: str, text: str, start: int, dataset: Dataset) -> list[Wanted]:
    names = expand_names(parse_varlist(text, start), dataset) if text.strip() else ()
    return [Wanted(statistic, name, name) for name in names]


# ---- the statistics ------------------------------------------------------------------------------------------


def needs_numbers(statistic: str) -> bool:
    return statistic not in _ANY_TYPE


def keeps_values(statistic: str) -> bool:
    """True for a statistic that is a value of its source: the type and the value label stay."""
    return statistic in _KEEPS_TYPE


def storage_of(statistic: str, source: Column, default: str) -> str:
    """The type of the result: that of the source for single values, double for sums, long for counts."""
    if keeps_values(statistic):
        return source.storage
    if statistic in ("sum", "rawsum"):
        return "double"
    if statistic == "count":
        return "long"
    return "double" if source.storage in ("double", "long") else default


def label_of(wanted: Wanted) -> str:
    """``(mean) x``; a percentile is ``(p 25) x``."""
    name = f"p {wanted.statistic[1:]}" if _PERCENTILE.fullmatch(wanted.statistic) else wanted.statistic
    return f"({name}) {wanted.source}"


def compute(wanted: Wanted, source: Column, sample: Sample) -> Array:
    """The statistic for each group: float64, or texts for strings; shape (groups,)."""
    if wanted.statistic in ("first", "last", "firstnm", "lastnm"):
        return _single(wanted.statistic, source, sample)
    if is_numeric(source.storage):
        x = sample.of(numeric(source))
        known = ~is_missing(x)
    else:
        known = sample.of(~missing_rows(source))
        x = np.zeros(len(known))
    codes, w = sample.codes, sample.weights
    if not known.all():
        x, codes, w = x[known], codes[known], w[known] if w is not None else None
    with np.errstate(all="ignore"):
        out = _value(wanted.statistic, Values(x, codes, sample.groups, w, sample.kind))
    return np.where(np.isfinite(out), out, MISSING)


def _single(statistic: str, source: Column, sample: Sample) -> Array:
    """The first or last value of each group in the order of the data; ``nm``: among those not missing."""
    rows, codes = sample.rows, sample.codes
    if statistic.endswith("nm"):
        known = ~missing_rows(source)[rows]
        rows, codes = rows[known], codes[known]
    if statistic.startswith("first"):
        rows, codes = rows[::-1], codes[::-1]
    place = np.full(sample.groups, -1)
    place[codes] = rows                       # the last assignment to a group stays
    values = numeric(source) if is_numeric(source.storage) else source.values
    out = values[np.maximum(place, 0)]
    out[place < 0] = MISSING if is_numeric(source.storage) else ""
    return out


@record
class Values:
    """Values without missing ones, shape (m,), their groups, and their weights (None: one each) of some kind."""

    x: Array
    codes: Array
    groups: int
    w: Array | None
    kind: str

    @property
    def parts(self) -> tuple[Array, Array, int, Array | None]:
        return self.x, self.codes, self.groups, self.w

    def size(self) -> Array:
        """The number of observations; with fweights, iweights and pweights the sum of the weights."""
        return _grouped.count(self.x, self.codes, self.groups, None if self.kind == "aweight" else self.w)

    def sum(self) -> Array:
        """The sum; analytic weights are first scaled to add up to the number of observations of the group."""
        plain = _grouped.total(*self.parts)
        if self.kind != "aweight":
            return plain
        sum_w = _grouped.count(*self.parts)
        return np.where(sum_w > 0, plain / np.where(sum_w > 0, sum_w, 1) * self.size(), 0.0)

    def variance(self) -> Array:
        """The variance with divisor n-1, where n is `size`."""
        n, sum_w = self.size(), _grouped.count(*self.parts)
        second = _grouped.squares(*self.parts) / sum_w * n
        return np.where(n > 1, second / (n - 1), MISSING)


def _value(statistic: str, values: Values) -> Array:
    if _PERCENTILE.fullmatch(statistic):
        return _grouped.percentile(*values.parts[:3], float(statistic[1:]), values.w)
    return _STATISTICS[statistic](values)


def _root(squares: Array) -> Array:
    return np.where(squares < MISSING, np.sqrt(np.where(squares < MISSING, squares, 0)), MISSING)


def _sd(values: Values) -> Array:
    return _root(values.variance())


def _se_mean(values: Values) -> Array:
    sd = _sd(values)
    return np.where(sd < MISSING, sd / np.sqrt(values.size()), MISSING)


def _se_binomial(values: Values) -> Array:
    p, n = _grouped.mean(*values.parts), values.size()
    return np.where((n > 0) & (p >= 0) & (p <= 1), np.sqrt(p * (1 - p) / n), MISSING)


def _se_poisson(values: Values) -> Array:
    rate, n = _grouped.mean(*values.parts), values.size()
    return np.where((n > 0) & (rate >= 0), np.sqrt(rate / n), MISSING)


def _percent(values: Values) -> Array:
    n = values.size()
    return 100 * n / n.sum()


_STATISTICS: dict[str, Callable[[Values], Array]] = {
    "mean": lambda v: _grouped.mean(*v.parts),
    "sd": _sd,
    "semean": _se_mean,
    "sebinomial": _se_binomial,
    "sepoisson": _se_poisson,
    "sum": Values.sum,
    "rawsum": lambda v: _grouped.total(*v.parts[:3]),
    "count": Values.size,
    "percent": _percent,
    "max": lambda v: _grouped.largest(*v.parts[:3]),
    "min": lambda v: _grouped.smallest(*v.parts[:3]),
    "iqr": lambda v: _grouped.iqr(*v.parts),
    "first": Values.size,                     # these four take no part in the arithmetic: see `_single`
    "last": Values.size,
    "firstnm": Values.size,
    "lastnm": Values.size,
}


# ---- groups --------------------------------------------------------------------------------------------------


def group_sample(
    dataset: Dataset, by: Sequence[str], rows: Array, weights: Array | None, kind: str
) -> tuple[Sample, Array]:
    """The sample in its groups, and the first row of each; missing values form groups too."""
    if not by:
        return Sample(rows, np.zeros(len(rows), dtype=np.int64), 1, weights, kind), rows[:1]
    codes, first = group_codes([dataset.columns[name] for name in by], None if len(rows) == dataset.n else rows)
    return Sample(rows, codes, len(first), weights, kind), first


def complete_rows(dataset: Dataset, names: Sequence[str], rows: Array) -> Array:
    """Where none of the variables is missing: bool, shape (len(rows),)."""
    complete = np.ones(len(rows), dtype=bool)
    for name in names:
        complete &= ~missing_rows(dataset.columns[name])[rows]
    return complete


def text_column(name: str, texts: Array, source: Column, label: str) -> Column:
    """A string variable of the same type as its source."""
    return new_string(name, texts, source.storage, label)

