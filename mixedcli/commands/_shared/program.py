"""What programs and loops share: splitting arguments as Stata does, and running the turns of a loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import takewhile

from ...errors import LoopSignal, StataError
from ...records import replace
from ...syntax.words import split_words
from ..context import Context, Program

MOST_TURNS = 100_000           # of a while loop
MOST_ELEMENTS = 1_000_000      # of the list of foreach or forvalues


def words(text: str) -> list[str]:
    """The words of ``text``; what stands in quotes is one word, its outer quotes taken off."""
    return [word.text for word in split_words(text)]


def positional(arguments: str) -> dict[str, str]:
    """The local macros 0, *, 1, 2, ... of a program or do-file called with ``arguments``."""
    found = {str(k): word for k, word in enumerate(words(arguments), start=1)}
    return {name: text for name, text in {"0": arguments, "*": arguments, **found}.items() if text}


def run_turns(context: Context, name: str, values: Iterable[str], body: tuple[object, ...]) -> None:
    """Run ``body`` once for each value, with it in the local macro ``name``, which is gone afterwards."""
    held = context.frame.locals.get(name)
    try:
        for value in values:
            context.set_local(name, value)
            if run_turn(context, body):
                break
    finally:
        context.set_local(name, held or "")


def run_turn(context: Context, body: tuple[object, ...]) -> bool:
    """Run ``body`` as one turn of a loop; True if the loop is to be left."""
    context.take_turn()
    frame = context.frame
    frame.loops += 1
    try:
        context.run_nodes(body)
    except LoopSignal as signal:
        return signal.ends
    finally:
        frame.loops -= 1
    return False


def check_count(count: float, command: str) -> None:
    """Raise r(1000) for a list that is so long that it can only be a mistake."""
    if count > MOST_ELEMENTS:
        raise StataError(f"system limit exceeded: {command} over more than {MOST_ELEMENTS:,} elements", 1000)


@contextmanager
def same_order(context: Context, program: Program) -> Iterator[None]:
    """For ``sortpreserve``: the observations that are left are put back in the order they had."""
    if not program.sortpreserve:
        yield
        return
    import numpy as np

    before, key = context.data, f"_order_{len(context.frames)}"
    context.data = replace(before, hidden={**before.hidden, key: np.arange(before.n)})
    try:
        yield
    finally:
        data, places = context.data, context.data.hidden.get(key)
        if places is not None:
            sorted_by, changed = tuple(takewhile(data.columns.__contains__, before.sorted_by)), data.changed
            data = data.take(np.argsort(places, kind="stable"))
            kept = {name: values for name, values in data.hidden.items() if name != key}
            context.data = replace(data, hidden=kept, sorted_by=sorted_by, changed=changed)


def needs_body(body: tuple[object, ...] | None, text: str = "") -> tuple[object, ...]:
    """The body of a block; r(100) if there is none, r(198) if it stands on the line of its brace."""
    if body is None:
        raise follows_brace() if "{" in text else StataError("{ required", 100)
    return body


def follows_brace() -> StataError:
    """The error for ``foreach x in 1 2 { display "`x'" }`` on one line."""
    return StataError("program error:  code follows on the same line as open brace", 198)
