"""What return and ereturn share: reading ``name = exp`` and adding to what is stored.

Results that programs return are kept in the frame of the running program; the session makes them r() when the program
ends.  Listings show the newest first, so that is how they are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ...data.storage import MISSING
from ...errors import StataError, type_mismatch
from ...records import replace
from ...results.base import Matrix, Stored
from ...syntax.spec import Option
from ...syntax.tree import Statement
from .._matrix.tables import drop_matrices, named_matrix
from ..scalar import defined_value
from .clauses import split_clauses

if TYPE_CHECKING:
    from ..context import Context

T = TypeVar("T")
MATRIX_OPTIONS = (Option("copy", "copy", help="the matrix itself is kept; otherwise it moves"),)
_SCALAR = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")
_MATRIX = re.compile(r"\s*([^\W\d]\w*)\s*(?:=\s*|\s)\s*(\S.*?)\s*")


def scalar_of(context: Context, statement: Statement) -> tuple[str, float]:
    """The name and the number of ``name = exp``; a missing number is NaN.  Raises r(109) for text."""
    name, value = defined_value(context, statement, _SCALAR)
    if isinstance(value, str):
        raise type_mismatch()
    return name, value if value < MISSING else float("nan")


def text_of(context: Context, statement: Statement) -> tuple[str, str]:
    """The name and the text of ``name text``, ``name = exp`` or ``name : function``; no text drops the name."""
    from .._macro.expansion import assign

    found: list[tuple[str, str]] = []
    assign(context, statement.rest, "return", lambda name, text: found.append((name, text)))
    return found[0]


def matrix_of(context: Context, statement: Statement) -> tuple[str, Matrix, str]:
    """The name, the matrix, and what the matrix is called in the session and to be dropped ("" with ``copy``)."""
    typed, start, rest = split_clauses(statement)
    options = context.options(rest, MATRIX_OPTIONS)
    match = _MATRIX.fullmatch(typed)
    if match is None:
        raise StataError("invalid syntax", 198, (start, start + len(typed)))
    matrix = named_matrix(context, match[2], (start + match.start(2), start + match.end(2)))
    moved = "" if options["copy"] or match[2] not in context.state.matrices else match[2]
    return match[1], matrix, moved


def move_away(context: Context, name: str) -> None:
    """Drop the matrix that has become a result."""
    if name:
        drop_matrices(context, (name,))


def with_entry(stored: Stored, part: str, name: str, value: Any, first: bool) -> Stored:
    """``stored`` with ``value`` under ``name`` in ``scalars``, ``macros`` or ``matrices``, and nowhere else.

    ``first`` puts a new name before the others, otherwise after them.  A value of None takes the name away.
    """
    changed: dict[str, Mapping[str, Any]] = {}
    for each in ("scalars", "macros", "matrices"):
        entries: Mapping[str, Any] = getattr(stored, each)
        if each != part or value is None:
            changed[each] = {key: kept for key, kept in entries.items() if key != name}
        elif first and name not in entries:
            changed[each] = {name: value, **entries}
        else:
            changed[each] = {**entries, name: value}
    return replace(stored, **changed)


def return_entry(context: Context, part: str, name: str, value: Any) -> None:
    """Add to what the running program returns."""
    pending = context.frame.returned or Stored("r")
    context.frame.returned = with_entry(pending, part, name, value, first=True)


def estimation_entry(context: Context, part: str, name: str, value: Any) -> None:
    """Add to e(); without estimates, e() is made of it alone."""
    if context.state.estimates is None:
        from .posted import post_nothing

        post_nothing(context)
    estimates = context.estimates
    added = with_entry(estimates.added or Stored("e"), part, name, value, first=False)
    context.change(estimates=replace(estimates, added=added))
