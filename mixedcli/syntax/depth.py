"""A limit on the depth of trees, so that no later walk over one can run out of stack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import StataError

# Stata allows 800 operators in a row; Python's stack is 1000 frames deep and evaluation takes about three per level.
DEEPEST = 250


def check_depth(built: Any) -> None:
    """Raise ``expression too long`` r(130) if ``built`` (nodes, tuples, dicts of them) is too deep to walk."""
    pending: list[tuple[Any, int]] = [(built, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > DEEPEST:
            raise StataError("expression too long", 130, getattr(node, "span", None))
        pending.extend((child, depth + 1) for child in _children(node))


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, tuple | list):
        yield from node
    elif hasattr(node, "__record_fields__"):
        for name in node.__slots__:
            value = getattr(node, name)
            if not isinstance(value, str | int | float) and value is not None and name != "span":
                yield value
