"""The groups of statsby, and the command run on one after the other."""

from __future__ import annotations

import math
import re

import numpy as np

from ...data.columns import group_codes, missing_rows
from ...data.dataset import Dataset
from ...data.storage import MISSING
from ...errors import StataError
from ...expr.evaluate import evaluate_scalar
from ...expr.sample import sample_mask
from ...records import record, replace
from ...syntax.parser import parse_expression
from .._shared.by import rows_between
from .._shared.data import is_valid_name
from ..context import Context
from .common import GroupCommand, Request, Wanted, counts_rows, without_sample


@record
class Groups:
    """``rows``: the row numbers of the sample, group after group.  ``codes``: the group of each of them.

    ``starts``: where each group begins in ``rows``.
    """

    rows: np.ndarray
    codes: np.ndarray
    starts: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """The row number of the first row of each group."""
        return np.asarray(self.rows[self.starts])


def groups_of(data: Dataset, request: Request, touse: np.ndarray) -> Groups:
    """The groups among the rows of ``touse`` (bool, shape (n,)) in the order of their values."""
    if not request.missing:
        for name in request.by:
            touse = touse & ~missing_rows(data.columns[name])
    rows = np.flatnonzero(touse)
    if not request.by:
        return Groups(rows, np.zeros(len(rows), dtype=np.int64), np.zeros(min(len(rows), 1), dtype=np.int64))
    codes, first = group_codes([data.columns[name] for name in request.by], rows)
    if not np.all(codes[1:] >= codes[:-1]):
        order = _stable_order(codes)
        rows, codes = rows[order], codes[order]
    starts = np.searchsorted(codes, np.arange(len(first)))
    return Groups(rows, codes, starts)


def _stable_order(codes: np.ndarray) -> np.ndarray:
    """What `numpy.argsort` gives for codes 0, 1, ...; sixteen bits at a time, for which it has a radix sort."""
    order = np.argsort((codes & 0xFFFF).astype(np.uint16), kind="stable")
    high = codes >> 16
    while high.any():
        order = order[np.argsort((high[order] & 0xFFFF).astype(np.uint16), kind="stable")]
        high = high >> 16
    return order


@record
class FirstRun:
    """The command on all data: which rows it used, the statistics to keep, and their values."""

    touse: np.ndarray
    wanted: tuple[Wanted, ...]
    values: np.ndarray


def run_on_all(context: Context, request: Request) -> FirstRun:
    """Run the command on the data in memory, which also tells whether it is an estimation command.

    Raises the error of the command, with a line that says where it arose.
    """
    assert context.runner is not None
    command, data, before = request.command, context.data, context.state.estimates
    try:
        context.runner.run_unseen(command.text)
    except StataError as error:
        error.message = f"{error.message}\nan error occurred when statsby executed {command.name}"
        raise
    estimation = context.state.estimates is not before and context.state.estimates is not None
    wanted = expanded(context, request.statistics, estimation)
    values = evaluated(context, wanted)
    touse = context.sample() if estimation else _own_sample(context, command, data)
    return FirstRun(touse, wanted, values)


def _own_sample(context: Context, command: GroupCommand, data: Dataset) -> np.ndarray:
    """The rows that if and in select, of a command that does not say which it used."""
    if command.parsed is None:
        return np.ones(data.n, dtype=bool)
    return sample_mask(data, command.parsed.condition, command.parsed.in_range, context.environment())


def expanded(context: Context, wanted: tuple[Wanted, ...], estimation: bool) -> tuple[Wanted, ...]:
    """The statistics with ``_b`` and ``_se`` spelled out; without any, ``_b`` of an estimation, else all of r()."""
    if not wanted and not estimation:
        return tuple(
            Wanted(name, parse_expression(f"r({name})"), f"r({name})") for name in context.state.returned.scalars
        )
    out: list[Wanted] = []
    for each in wanted or (Wanted("", None, "_b"),):
        out += [each] if each.exp is not None else _coefficients(context, each.text, len(out))
    return tuple(out)


def _coefficients(context: Context, kind: str, before: int) -> list[Wanted]:
    """All of ``_b`` or ``_se``: variables _b_lrt, _b_cons, and with several equations gcse_b_lrt."""
    columns = context.estimates.stored().matrices["b"].columns
    several = len({column.equation for column in columns}) > 1
    out: list[Wanted] = []
    for column in columns:
        suffix = column.name.removeprefix("_")
        name = f"{column.equation if several else ''}{kind}_{suffix}"
        if not is_valid_name(name) or re.search(r"\W", suffix):
            name = f"_stat_{before + len(out) + 1}"
        text = f"[{column.equation}]{kind}[{column.name}]" if several else f"{kind}[{column.name}]"
        key = f"{column.equation}:{column.name}" if several else column.name
        out.append(Wanted(name, parse_expression(f"{kind}[{key}]"), text))
    return out


def evaluated(context: Context, wanted: tuple[Wanted, ...]) -> np.ndarray:
    """The statistics after a run, shape (statistics,); r(109) if one is a string."""
    out = np.full(len(wanted), MISSING)
    env = context.environment()
    for k, each in enumerate(wanted):
        assert each.exp is not None
        value = evaluate_scalar(each.exp, context.data, env)
        if isinstance(value, str):
            raise StataError("type mismatch", 109)
        out[k] = value if math.isfinite(value) else MISSING
    return out


def run_on_groups(
    context: Context, request: Request, wanted: tuple[Wanted, ...], groups: Groups, which: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """Run the command on the groups ``which`` (bool) and put the statistics into ``values`` (groups, statistics).

    Returns which groups failed, bool of shape (groups,); their values are missing.
    """
    assert context.runner is not None
    failed = np.zeros(len(groups.starts), dtype=bool)
    if not which.any():
        return failed
    state, command = context.state, request.command
    data = replace(state.data.take(groups.rows), sorted_by=())
    text = without_sample(command) if _needs_all(command) else command.text
    stops = np.append(groups.starts[1:], len(groups.rows))
    for k in np.flatnonzero(which).tolist():
        context.change(data=rows_between(data, int(groups.starts[k]), int(stops[k])))
        try:
            context.runner.run_unseen(text)
            values[k] = evaluated(context, wanted)
        except StataError as error:
            if error.rc == 1:
                raise
            failed[k], values[k] = True, MISSING
        context.state = state
    return failed


def _needs_all(command: GroupCommand) -> bool:
    """Whether if or in refer to places in the whole data, which a group on its own does not know."""
    parsed = command.parsed
    return parsed is not None and (parsed.in_range is not None or counts_rows(parsed.condition))
