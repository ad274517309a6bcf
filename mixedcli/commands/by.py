"""by: a command on each group of observations."""

from __future__ import annotations

import re

import numpy as np

from ..errors import StataError
from ..results.base import Messages
from ..syntax.parser import parse, split_head
from ..syntax.tree import Statement
from . import registry
from ._shared.by import (
    ByPrefix,
    group_starts,
    grouped_by,
    heading,
    in_order,
    placed,
    read_by,
    rows_between,
    with_traces,
)
from .context import ByGroups, Context
from .registry import CommandSpec, command

_SECOND = re.compile(r"\s*(\w*)")


@command("by", start="raw", control=True)
def by(context: Context, statement: Statement) -> None:
    """by varlist [(varlist)] [, sort rc0]: command  or  bysort varlist [(varlist)] [, rc0]: command

    Run the command within the groups of the first varlist.  The data must be sorted by both lists, or are sorted by
    `sort`.  `_n` and `_N` count within the group.  An error in a group ends the run, unless `rc0` is given.
    """
    assert context.runner is not None
    text = statement.prefixed.lstrip()
    if not text:
        raise StataError("invalid syntax", 198)
    before = context.state
    try:
        prefix = read_by(statement.rest, context.data)
        with placed(statement):
            spec = _command(context, text)
        context.data = in_order(context.data, prefix)
        starts = group_starts(context.data, prefix.names)
        with placed(statement):
            if spec.by == "native":
                with grouped_by(context, ByGroups(prefix.names, starts)):
                    context.runner.run_line(text)
            else:
                _loop(context, prefix, starts, text)
    except BaseException:
        context.state = before
        raise


def _command(context: Context, text: str) -> CommandSpec:
    """The command after the colon; r(190) if it may not stand there."""
    head = split_head(text)
    inner = next((prefix.name for prefix in head.prefixes if prefix.name in registry.command_files()), None)
    if inner is not None and inner != "version":
        raise StataError(f"{inner} may not be combined with by", 190)
    if head.word in context.state.programs and head.word not in registry.command_files():
        raise StataError(f"{head.word} may not be combined with by", 190)
    second = _SECOND.match(head.rest)
    at = (head.offset - len(head.word), head.offset)
    try:
        spec, _ = registry.resolve(head.word, second[1] if second else "")
    except StataError as error:
        raise error.at(at) from None
    if not spec.by:
        raise StataError(f"{spec.name} may not be combined with by", 190, at)
    if spec.start != "raw":
        found = parse(text, spec.start, head.word, head.offset)
        if found.in_range is not None:
            raise StataError("in may not be combined with by", 190, found.in_range.span)
    return spec


def _loop(context: Context, prefix: ByPrefix, starts: np.ndarray, text: str) -> None:
    """Run the command on the data of one group after the other, each under its heading."""
    assert context.runner is not None
    data = context.data
    stops = np.append(starts[1:], data.n)[: len(starts)]
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        context.runner.show(heading(data, prefix.names, start), f"by {' '.join(prefix.names)}: {text}", "by")
        part = rows_between(data, start, stop)
        context.data = part
        try:
            with grouped_by(context, ByGroups(prefix.names, np.zeros(1, dtype=np.int64))):
                context.runner.run_line(text)
        except StataError as error:
            if not prefix.rc0 or error.rc == 1:
                raise
            context.runner.show(Messages((error.message,)))
        data = with_traces(data, context.data, start) if context.data is not part else data
        context.data = data
