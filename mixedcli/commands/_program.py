"""What programs and loops share: splitting arguments as Stata does, and running the turns of a loop."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import LoopSignal, StataError
from .context import Context

_WORD = re.compile(r"""\s*(?:(?P<compound>`")|"(?P<plain>[^"]*)"|(?P<word>[^\s"]+))""")
MOST_TURNS = 100_000           # of a while loop
MOST_ELEMENTS = 1_000_000      # of the list of foreach or forvalues


def words(text: str) -> list[str]:
    """The words of ``text``; what stands in quotes is one word, its outer quotes taken off."""
    out, at = [], 0
    while True:
        match = _WORD.match(text, at)
        if match is None:
            # A quote that is never closed: what follows it is one word.
            return [*out, text[at:].strip()[1:]] if text[at:].strip() else out
        if match["compound"] is not None:
            content, at = _compound(text, match.end())
            out.append(content)
            continue
        at = match.end()
        out.append(match["plain"] if match["plain"] is not None else match["word"])


def _compound(text: str, at: int) -> tuple[str, int]:
    """The content of the compound quote that opened just before ``at``, and where the text goes on."""
    depth, i = 1, at
    while i < len(text):
        if text.startswith('`"', i):
            depth, i = depth + 1, i + 2
        elif text.startswith("\"'", i):
            depth -= 1
            if depth == 0:
                return text[at:i], i + 2
            i += 2
        else:
            i += 1
    raise StataError("too few quotes", 132)


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


def needs_body(body: tuple[object, ...] | None, text: str = "") -> tuple[object, ...]:
    """The body of a block; r(100) if there is none, r(198) if it stands on the line of its brace."""
    if body is None:
        raise follows_brace() if "{" in text else StataError("{ required", 100)
    return body


def follows_brace() -> StataError:
    """The error for ``foreach x in 1 2 { display "`x'" }`` on one line."""
    return StataError("program error:  code follows on the same line as open brace", 198)
