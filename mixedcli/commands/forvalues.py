"""``forvalues``: a loop over evenly spaced numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ..data.storage import MISSING
from ..errors import StataError
from ..syntax.tree import Statement
from ._macro.expansion import macro_name, number_text, value_text
from ._shared.program import check_count, needs_body, run_turns
from .context import Context
from .registry import command

_HEADER = re.compile(r"\s*(?P<name>\w+)\s*=\s*(?P<range>.+)\Z", re.DOTALL)
_RANGES = (
    re.compile(r"(?P<first>[^/(]+)/(?P<last>.+)\Z"),
    re.compile(r"(?P<first>[^(\[]+)[(\[](?P<step>[^)\]]+)[)\]](?P<last>.+)\Z"),
    re.compile(r"(?P<first>\S+)\s+(?P<second>\S+)\s+(?:to\s+|:\s*)(?P<last>\S+)\Z"),
)


@command("forvalues", shortest="forv", start="raw", control=True)
def forvalues(context: Context, statement: Statement) -> None:
    """forvalues name = #/# | #(step)# | # # to # { ... }

    Run the statements once for each number, with the number in the local macro `name`.
    """
    match = _HEADER.match(statement.rest)
    if match is None:
        raise StataError("invalid syntax", 198, statement.span)
    body = needs_body(statement.body, statement.text)
    values = _numbers(context, match["range"].strip())
    run_turns(context, macro_name(match["name"]), (number_text(value) for value in values), body)


def _numbers(context: Context, text: str) -> Iterator[float]:
    for pattern in _RANGES:
        match = pattern.match(text)
        if match is None:
            continue
        found = match.groupdict()
        first, last = _number(context, found["first"]), _number(context, found["last"])
        if "second" in found:
            return _steps(first, _number(context, found["second"]) - first, last)
        return _steps(first, _number(context, found["step"]) if "step" in found else 1.0, last)
    raise StataError("invalid syntax", 198)


def _number(context: Context, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(value_text(context, text))
    except ValueError:
        raise StataError("invalid syntax", 198) from None


def _steps(first: float, step: float, last: float) -> Iterator[float]:
    """first, first + step, ... up to last, each reckoned from the first so that rounding does not add up."""
    if not all(abs(number) < MISSING for number in (first, step, last)):
        raise StataError("invalid syntax", 198)
    turns = (last - first) / step + 1e-9 if step else -1.0
    check_count(turns, "forvalues")
    return (first + k * step for k in range(math.floor(turns) + 1))
