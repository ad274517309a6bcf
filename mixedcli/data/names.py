"""Variable names made out of the headings of files that are not Stata's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

LONGEST_NAME = 32
_RESERVED = frozenset((
    "_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long", "_n", "_pi", "_pred", "_rc",
    "_skip", "strl", "using", "with",
))  # fmt: skip


def valid_names(
    headings: Iterable[str], case: Callable[[str], str] = str.lower, default: Callable[[int], str] | None = None
) -> list[str]:
    """One valid name per heading: ``case`` applied, forbidden characters left out, at most 32 characters, no two equal.

    Where nothing usable is left the name is ``default(j)``, by default ``v1``, ``v2`` ... by place.
    """
    out: list[str] = []
    taken: set[str] = set()
    for j, heading in enumerate(headings):
        name = case(re.sub(r"\W", "", heading))[:LONGEST_NAME]
        reserved = name.lower() in _RESERVED or re.fullmatch(r"str\d+", name)
        if not name or name[0].isdigit() or name in taken or reserved:
            name = default(j) if default is not None else f"v{j + 1}"
        while name in taken:
            name += "_"
        taken.add(name)
        out.append(name)
    return out
