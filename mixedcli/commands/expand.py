"""expand: copies of observations."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import new_numeric
from ..data.storage import is_missing
from ..errors import StataError, type_mismatch
from ..expr.evaluate import evaluate, is_string
from ..expr.sample import sample_mask
from ..records import record
from ..results.base import Result
from ..syntax.parser import parse
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.data import check_new_variable, counted
from ._shared.tables import page
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (Option("generate", "gen", Kind.NAME, help="a new variable: 1 for the copies, else 0"),)


@record
class Expanded(Result):
    """How many observations were added, and how many counts were below one and had no effect."""

    schema: ClassVar[str] = "expand"

    created: int
    missing: int
    negative: int
    zero: int


@command("expand", start="raw", options=OPTIONS)
def expand(context: Context, statement: Statement) -> Expanded:
    """expand [=]exp [if] [in] [, generate(newvar)]

    Replace each observation by as many copies of it as exp says; the new ones stand at the end.  Observations whose
    count is below 1 or missing stay as they are.
    """
    statement = _parsed(statement)
    options = context.options(statement, OPTIONS)
    data, env = context.data, context.environment()
    if options["generate"] is not None:
        check_new_variable(options["generate"], data, options.spans["generate"])
    assert statement.exp is not None
    value = evaluate(statement.exp, data, env)
    if is_string(value):
        raise type_mismatch(statement.exp.span)
    rows = sample_mask(data, statement.condition, statement.in_range, env)
    counts = np.broadcast_to(np.asarray(value, dtype=np.float64), (data.n,))
    known = rows & ~is_missing(counts)
    times = np.where(known, np.trunc(np.where(known, counts, 1.0)), 1.0)
    more = np.maximum(times - 1, 0)
    if more.sum() + data.n > np.iinfo(np.int32).max:
        raise StataError("op. sys. refuses to provide memory", 909)
    copies = np.repeat(np.arange(data.n), more.astype(np.int64))
    if copies.size or options["generate"] is not None:
        new = data.take(np.concatenate([np.arange(data.n), copies])) if copies.size else data
        if options["generate"] is not None:
            new = new.with_column(new_numeric(options["generate"], np.arange(new.n) >= data.n, "byte"))
        context.data = new
    below = known & (times < 1)
    return Expanded(
        len(copies), int((rows & ~known).sum()), int((below & (times < 0)).sum()), int((below & (times == 0)).sum())
    )


def _parsed(statement: Statement) -> Statement:
    """The expression, with or without an equal sign before it, and the clauses after it."""
    start = len(statement.text) - len(statement.rest)
    blanks = len(statement.rest) - len(statement.rest.lstrip())
    if not statement.rest.strip():
        raise StataError("=exp required", 100, (start, start))
    equal = statement.rest[blanks : blanks + 1] == "="
    return parse(statement.text, "expression_only", statement.word, start + (blanks + 1 if equal else 0))


@layout(Expanded)
def lay_out(result: Expanded, style: Style) -> Document:
    lines = []
    for kind in ("missing", "negative", "zero"):
        count = getattr(result, kind)
        if count:
            what = counted(count, f"{kind} count", f"{kind} counts", style.version)
            lines.append(f"({what} ignored; observation{'' if count == 1 else 's'} not deleted)")
    created = counted(result.created, "observation", "observations", style.version)
    return page([*lines, f"({created} created)"])
