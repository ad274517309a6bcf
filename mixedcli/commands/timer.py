"""``timer``: how long things take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..errors import StataError
from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

MOST = 100


@record
class Clock:
    """One timer: seconds so far, how often it was stopped, and when it was started (None: it is off)."""

    total: float = 0.0
    count: int = 0
    since: float | None = None


@record
class Timings(Result):
    """Timers that have been stopped at least once: number -> (seconds, times)."""

    timers: dict[int, tuple[float, int]]

    def stored(self) -> Stored:
        scalars: dict[str, float] = {}
        for number, (seconds, times) in self.timers.items():
            scalars |= {f"t{number}": seconds, f"nt{number}": float(times)}
        return Stored("r", scalars=scalars)


@command("timer", start="raw")
def timer(context: Context, statement: Statement) -> Timings | None:
    """timer on # | off # | list [#] | clear [#]

    Up to 100 clocks: start one, stop it, show how many seconds they ran in all and on average, set them back.
    """
    clocks: dict[int, Clock] = context.memory.setdefault("timers", {})
    words = statement.rest.split()
    action = words[0] if words else ""
    number = _number(words[1]) if len(words) == 2 else None
    if action not in ("on", "off", "list", "clear") or len(words) > 2 or (action in ("on", "off") and number is None):
        raise StataError("invalid syntax", 198)
    if action == "list":
        return Timings({k: (c.total, c.count) for k, c in sorted(clocks.items()) if c.count and number in (None, k)})
    if action == "clear":
        for k in list(clocks) if number is None else [number]:
            clocks.pop(k, None)
        return None
    assert number is not None
    clock, now = clocks.get(number, Clock()), time.perf_counter()
    if action == "on":
        clocks[number] = Clock(clock.total, clock.count, now)
    elif clock.since is not None:
        clocks[number] = Clock(clock.total + now - clock.since, clock.count + 1)
    return None


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise StataError(f"timers are numbered from 1 to {MOST}", 198)
    return int(text)


@layout(Timings)
def lay_out(result: Timings, style: Style) -> Document:
    from ..report.document import Document, line

    return Document(tuple(
        line(f"{number:4d}: {seconds:9.2f} / {times:8d} = {seconds / times:12.4f}")
        for number, (seconds, times) in result.timers.items()
    ))  # fmt: skip
