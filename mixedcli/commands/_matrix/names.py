"""What matrix rownames, colnames, roweq and coleq share: names of rows and columns, as typed and as kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...errors import StataError
from ...records import replace
from ...results.stripe import StripeName
from ...syntax.tree import Statement
from .._shared.program import words
from .tables import keep_matrix
from .values import Names, conformability_error

if TYPE_CHECKING:
    from ..context import Context

_HEAD = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")
_NO_EQUATION = "_"
LONGEST = 128


def rename_side(context: Context, statement: Statement, side: str, equations: bool) -> None:
    """``A = names``: new names of the ``rows`` or ``columns`` of a matrix; ``equations``: plain names are equations."""
    text = statement.text
    start = len(text) - len(statement.rest)
    match = _HEAD.match(text, start)
    if match is None:
        raise StataError("invalid syntax", 198, (start, len(text)))
    name = match[1]
    matrix = context.state.matrices.get(name)
    if matrix is None:
        raise StataError(f"matrix {name} not found", 111, match.span(1))
    before: Names = getattr(matrix, side)
    after = renamed(before, words(text[match.end() :]), equations)
    keep_matrix(context, name, replace(matrix, **{side: after}))


def renamed(before: Names, typed: list[str], equations: bool) -> Names:
    """The names after what was typed; the part of a name (equation or name) that is not given stays.

    If there are fewer equations than rows the last holds for the rest.  Raises r(503) for a wrong number of names,
    r(198) for one that is too long.
    """
    if not typed:
        raise StataError("names required", 100)
    short = len(typed) < len(before)
    if len(typed) > len(before) or (short and not (equations or _without_names(typed))):
        raise conformability_error()
    given = [*typed, *[typed[-1]] * (len(before) - len(typed))]
    return tuple(_one(old, new, equations) for old, new in zip(before, given, strict=True))


def _without_names(typed: list[str]) -> bool:
    return all(word.endswith(":") for word in typed)


def _one(old: StripeName, typed: str, equations: bool) -> StripeName:
    if len(typed) > LONGEST:
        raise StataError(f"{typed} invalid name", 198)
    equation, colon, name = typed.partition(":")
    if not colon and equations:
        return StripeName(_equation(typed), old.name)
    if not colon:
        return StripeName(old.equation, typed)
    return StripeName(_equation(equation), name or old.name)


def _equation(name: str) -> str:
    return "" if name == _NO_EQUATION else name
