"""statsby: statistics of a command on each group of observations, collected into a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import new_numeric
from ..data.dataset import Column, Dataset
from ..data.storage import MISSING, from_double, is_numeric
from ..records import record, replace
from ..results.base import Result
from ..syntax.tree import Statement
from ._shared.by import placed
from ._shared.data import refuse_unsaved, short_label
from ._statsby.common import Request, Wanted, read_request
from ._statsby.groups import Groups, groups_of, run_on_all, run_on_groups
from ._statsby.regress import grouped_statistics, plain_regression
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style


@record
class StatsbyResult(Result):
    """What statsby did: the command, (name, expression) of each statistic, and which groups failed."""

    schema: ClassVar[str] = "statsby"

    command: str
    name: str
    statistics: tuple[tuple[str, str], ...]
    by: tuple[str, ...]
    failed: tuple[bool, ...]
    dots: bool = True
    legend: bool = True


@command("statsby", start="raw")
def statsby(context: Context, statement: Statement) -> StatsbyResult:
    """statsby [name=exp ...] [, by(varlist) clear saving(file, replace) total double nodots]: command

    Run the command on each group and make a data set with one observation per group: the by-variables, and each
    expression (of _b[], _se[], e() or r()) as a float.  It takes the place of the data in memory, or goes to the file.
    Regressions on continuous variables are all done at once.
    """
    with placed(statement):
        request = read_request(context, statement)
        refuse_unsaved(context, request.options["clear"] or request.saving is not None)
        before = context.state
        wanted, groups, values, failed, total = _run(context, request)
        context.state = before
    made = _results(before.data, request, wanted, groups, values, total)
    if request.saving is not None:
        from ..data.dta_write import write_dta

        write_dta(made, request.saving.path)
    else:
        context.data = made
    return StatsbyResult(
        command=request.command.text,
        name=request.command.name,
        statistics=tuple((each.name, each.text) for each in wanted),
        by=request.by,
        failed=tuple(failed.tolist()),
        dots=not request.options["nodots"],
        legend=not request.options["nolegend"],
    )


_Run = tuple[tuple[Wanted, ...], Groups, np.ndarray, np.ndarray, np.ndarray]


def _run(context: Context, request: Request) -> _Run:
    """The statistics, the groups, their values (groups, statistics), which failed, and the values on all rows."""
    plain = plain_regression(context, request)
    if plain is not None and np.count_nonzero(plain.touse) > 1 and not request.options["total"]:
        groups = groups_of(context.data, request, plain.touse)
        found = grouped_statistics(context, plain, request.statistics, groups.rows, groups.codes, groups.starts)
        values, trusted = found
        failed = run_on_groups(context, request, request.statistics, groups, ~trusted, values)
        return request.statistics, groups, values, failed, np.zeros(0)
    state = context.state
    first = run_on_all(context, request)
    context.state = state
    groups = groups_of(context.data, request, first.touse)
    values = np.full((len(groups.starts), len(first.wanted)), MISSING)
    every = np.ones(len(groups.starts), dtype=bool)
    failed = run_on_groups(context, request, first.wanted, groups, every, values)
    return first.wanted, groups, values, failed, first.values


def _results(
    data: Dataset, request: Request, wanted: tuple[Wanted, ...], groups: Groups, values: np.ndarray, total: np.ndarray
) -> Dataset:
    """The data set of results: by-variables as they were, statistics with their expressions as labels."""
    if request.options["total"]:
        values = np.vstack([values, total])
    double = request.options["double"] or (request.saving is not None and request.saving.double)
    columns = {name: _by_column(data.columns[name], groups, request.options["total"]) for name in request.by}
    for k, each in enumerate(wanted):
        label, _ = short_label(each.text)
        columns[each.name] = new_numeric(each.name, values[:, k], "double" if double else "float", label)
    labels = {column.value_label for column in columns.values()}
    return Dataset(
        columns=columns,
        n=len(values),
        label=f"statsby: {request.command.name}",
        sorted_by=request.by,
        value_labels={name: kept for name, kept in data.value_labels.items() if name in labels},
        changed=True,
    )


def _by_column(column: Column, groups: Groups, total: bool) -> Column:
    """A by-variable in the first row of each group, and missing in the row of the total."""
    values = column.values[groups.first]
    if total:
        if is_numeric(column.storage):
            last = from_double(np.array([MISSING]), column.storage)
        else:
            last = np.array([""], dtype=object)
        values = np.concatenate([values, last])
    values.flags.writeable = False
    return replace(column, values=values)


@layout(StatsbyResult)
def lay_out(result: StatsbyResult, style: Style) -> Document:
    """What is run, the legend, and a dot per group."""
    from ..report.document import BLANK, Document, line

    lines = [line(f"(running {result.name} on estimation sample)")]
    if result.legend:
        lines += [BLANK, *(line(text) for text in _legend(result, style.version >= 17))]
    if result.dots:
        lines += [BLANK, line("Statsby groups"), line("----+--- 1 ---+--- 2 ---+--- 3 ---+--- 4 ---+--- 5 ")]
        lines += [line(text) for text in _dots(result.failed)]
    return Document(tuple(lines))


def _legend(result: StatsbyResult, modern: bool) -> list[str]:
    """Labels that end in column 13; before 17 in lower case, with two blanks after the colon."""
    titles = ("Command", "By") if modern else ("command", "by")
    rows = [(titles[0], result.command), *result.statistics, (titles[1], " ".join(result.by) or "<none>")]
    return [f"{label:>13}:{' ' if modern else '  '}{text}" for label, text in rows]


def _dots(failed: tuple[bool, ...]) -> list[str]:
    """A dot for each group, x for one that failed, fifty to a line with the count so far."""
    marks = "".join("x" if each else "." for each in failed)
    rows = [marks[at : at + 50] for at in range(0, len(marks), 50)]
    return [f"{row}{(k + 1) * 50:>6}" if len(row) == 50 else row for k, row in enumerate(rows)]
