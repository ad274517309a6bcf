"""xtdescribe: how many panels and periods there are, and which patterns of participation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import group_codes, numeric
from ..errors import no_observations
from ..expr.timeseries import time_steps
from ..formats import format_number, g
from ..records import record
from ..results.base import Result, Stored
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.moments import PERCENTS, quantiles
from ._shared.panel import describe_declaration, required_panel
from ._shared.tables import chosen_rows, page, refuse, result_line
from .registry import command, layout

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..report.document import Document, Line, Style
    from .context import Context

OPTIONS = (
    Option("patterns", "pa", Kind.INTEGER, low=0, help="how many patterns to show; default 9"),
    Option("width", "w", Kind.INTEGER, low=1, help="how wide a pattern may be; default 100"),
)
_WIDEST, _MOST = 100, 9
_OTHER = " (other patterns)"


@record
class Patterns(Result):
    """``ids`` and ``times``: the distinct values as shown, all or the first two and the last.

    ``sizes``: pairs (percent, T_i) with 0 for the minimum and 100 for the maximum.  ``patterns``: pairs (text, panels),
    the most frequent first.  ``ever``: in which periods anyone took part.
    """

    schema: ClassVar[str] = "xtdescribe"

    panel: str
    time: str
    ids: str
    times: str
    n: int
    T: int
    delta: str
    span: int
    sizes: tuple[tuple[int, float], ...]
    patterns: tuple[tuple[str, int], ...]
    others: int
    ever: str

    def stored(self) -> Stored:
        names = {0: "min", 100: "max"}
        scalars = {"N": float(self.n)} | {names.get(p, f"p{p}"): value for p, value in self.sizes}
        return Stored("r", scalars=scalars)


@command("xtdescribe", shortest="xtdes", options=OPTIONS, by="loop")
def xtdescribe(context: Context, statement: Statement) -> Patterns:
    """xtdescribe [if] [in] [, patterns(#) width(#)]: the pattern of panel data; needs xtset panelvar timevar."""
    options = context.options(statement, OPTIONS)
    refuse(statement, varlist=True, using=True)
    data, declared = context.data, required_panel(context.data, time=True)
    rows = chosen_rows(context, statement)
    known, _, steps = time_steps(data, declared)
    rows = rows[known[rows]]
    if not len(rows):
        raise no_observations()
    codes, first = group_codes([data.columns[declared.panel]], rows)
    table = _participation(codes, steps[rows], len(first))
    most = _MOST if options["patterns"] is None else options["patterns"]
    found = _counted(table, options["width"] or _WIDEST)
    sizes = quantiles(np.bincount(codes).astype(float), None, False)
    percents = [(p, x) for p, x in sizes.percentiles if p in PERCENTS and p not in (1, 10, 90, 99)]
    return Patterns(
        declared.panel, declared.time, _listed(data, declared.panel, rows), _listed(data, declared.time, rows),
        n=len(first), T=len(np.unique(steps[rows])), delta=describe_declaration(data, declared).delta_text,
        span=table.shape[1], sizes=((0, sizes.smallest[0]), *percents, (100, sizes.largest[-1])),
        patterns=tuple(found[:most]), others=sum(count for _, count in found[most:]),
        ever=_text(np.asarray(table.any(axis=0)), options["width"] or _WIDEST, "X"),
    )


def _participation(codes: np.ndarray, steps: np.ndarray, panels: int) -> np.ndarray:
    """Which panel (row) was seen in which period (column) between the first and the last: bool, shape (n, span)."""
    steps = steps - steps.min()
    table = np.zeros((panels, int(steps.max()) + 1), dtype=bool)
    table[codes, steps] = True
    return table


def _counted(table: np.ndarray, width: int) -> list[tuple[str, int]]:
    """The patterns and how many panels have each, the most frequent first, then in the order of their texts."""
    rows, counts = np.unique(table, axis=0, return_counts=True)
    found: dict[str, int] = {}
    for row, count in zip(rows, counts.tolist(), strict=True):
        text = _text(row, width, "1")
        found[text] = found.get(text, 0) + count
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _text(seen: np.ndarray, width: int, mark: str) -> str:
    """A pattern; where it is wider than ``width``, each character stands for several periods."""
    if len(seen) > width:
        each = -(-len(seen) // width)
        padded = np.append(seen, np.zeros(-len(seen) % each, dtype=bool)).reshape(-1, each)
        counts = padded.sum(axis=1)
        if mark != "1":
            seen = counts > 0
        else:
            return "".join("." if c == 0 else str(c) if c < 10 else "*" for c in counts.tolist())
    return "".join(mark if one else "." for one in seen.tolist())


def _listed(data: Dataset, name: str, rows: np.ndarray) -> str:
    """The distinct values: all of up to three, else the first two and the last."""
    column = data.columns[name]
    values = np.unique(numeric(column)[rows])
    texts = [format_number(float(v), column.format).strip() for v in (*values[:3], values[-1])]
    if len(values) <= 3:
        return ", ".join(texts[: len(values)])
    return f"{texts[0]}, {texts[1]}, ..., {texts[-1]}"


# ---- layout --------------------------------------------------------------------------------------------------


@layout(Patterns)
def lay_out(result: Patterns, style: Style) -> Document:
    width = max(len("Delta()") + len(result.time), len("Span()") + len(result.time))
    margin = " " * 11
    lines: list[str | Line] = [
        "",
        _heading(result.panel, result.ids, "n", result.n),
        _heading(result.time, result.times, "T", result.T),
        f"{margin}{f'Delta({result.time})':<{width}} = {result.delta}",
        f"{margin}{f'Span({result.time})':<{width}} = {result.span} period{'' if result.span == 1 else 's'}",
        f"{margin}({result.panel}*{result.time} uniquely identifies each observation)",
        "",
        "Distribution of T_i:   min      5%     25%       50%       75%     95%     max",
        "".join(f"{g(value):>{w}}" for (_, value), w in zip(result.sizes, (26, 8, 8, 10, 10, 8, 8), strict=True)),
        "",
        *_table(result),
    ]
    return page(lines)


def _heading(name: str, values: str, letter: str, count: int) -> str:
    return f"{name:>8}:  {values}".ljust(61) + f"{letter} ={count:>11}"


def _table(result: Patterns) -> list[str | Line]:
    if not result.patterns:
        return []
    width = max(len("  Pattern"), len(result.ever) + 2)
    rule = " " + "-" * 27 + "+" + "-" * width
    lines: list[str | Line] = ["     Freq.  Percent    Cum. |  Pattern", rule]
    running = 0
    rows = [(count, f"  {text}") for text, count in result.patterns]
    for count, text in [*rows, *([(result.others, _OTHER)] if result.others else [])]:
        running += count
        numbers = f"{count:>9}{100 * count / result.n:>10.2f}{100 * running / result.n:>8.2f}"
        lines.append(result_line("", f"{numbers} |{text}"))
    return [*lines, rule, result_line("", f"{result.n:>9}{100.0:>10.2f}         |  {result.ever}")]
