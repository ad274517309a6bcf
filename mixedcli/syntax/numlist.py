"""Number lists: ``1 2 3``, ``1/5``, ``1(2)9``, ``5[5]20``, ``10 20 to 50``, ``10 20:50``."""

from __future__ import annotations

import re

from ..errors import StataError
from .tree import Span

MOST = 10_000

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_ITEM = re.compile(
    rf"\s*(?:(?P<to>to(?!\w)|:)\s*(?P<last>{_NUMBER})"
    rf"|(?P<a>{_NUMBER})(?:\s*(?:/\s*(?P<b>{_NUMBER})|[(\[]\s*(?P<step>{_NUMBER})\s*[)\]]\s*(?P<c>{_NUMBER})))?)"
    r"(?=[\s,:]|$)\s*,?"
)


def read_numlist(text: str, span: Span | None = None) -> tuple[float, ...]:
    """The numbers that ``text`` lists.  Raises ``invalid numlist`` r(121) or ``... too many elements`` r(123)."""
    values: list[float] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _ITEM.match(text, at)
        if match is None:
            raise StataError("invalid numlist", 121, span)
        at = match.end()
        if match["to"]:
            values += _continued(values, float(match["last"]), span)
        else:
            values += _item(match, span)
        if len(values) > MOST:
            raise StataError("numlist has too many elements", 123, span)
    if not values:
        raise StataError("invalid numlist", 121, span)
    return tuple(values)


def read_integers(text: str, span: Span | None = None) -> tuple[int, ...]:
    """The same for whole numbers (the levels in ``i(1/3).x``)."""
    values = read_numlist(text, span)
    if any(value != int(value) for value in values):
        raise StataError("invalid numlist", 121, span)
    return tuple(int(value) for value in values)


def _item(match: re.Match[str], span: Span | None) -> list[float]:
    first = float(match["a"])
    if match["b"] is not None:
        last = float(match["b"])
        return _steps(first, 1.0 if last >= first else -1.0, last, span)
    if match["c"] is not None:
        return _steps(first, float(match["step"]), float(match["c"]), span)
    return [first]


def _continued(values: list[float], last: float, span: Span | None) -> list[float]:
    """``a b to last``: go on with the step from a to b."""
    if len(values) < 2:
        raise StataError("invalid numlist", 121, span)
    return _steps(values[-1], values[-1] - values[-2], last, span)[1:]


def _steps(first: float, step: float, last: float, span: Span | None) -> list[float]:
    if step == 0 or (last - first) / step < 0:
        raise StataError("invalid numlist", 121, span)
    # The small surplus keeps 0(.1)1 from losing its last element to rounding.
    count = (last - first) / step * (1 + 1e-12) + 1e-9
    if count > MOST:
        raise StataError("numlist has too many elements", 123, span)
    return [first + i * step for i in range(int(count) + 1)]
