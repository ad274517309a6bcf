"""Where matrices are kept: by name in the session, in e() and in r()."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...errors import StataError
from ...records import replace
from ...results.base import Matrix, Result
from ...syntax.tree import Statement
from .._shared.data import check_name

if TYPE_CHECKING:
    from ..context import Context
    from ..registry import Run

_STORED = re.compile(r"([er])\(\s*(\w+)\s*\)")
_NAME = re.compile(r"[^\W\d]\w*")
_ASSIGNS = re.compile(r"\s*(=(?!=)|\[)")


def find_matrix(context: Context, name: str) -> Matrix | None:
    """The matrix ``A``, ``e(b)`` or ``r(C)``; None if there is none."""
    match = _STORED.fullmatch(name)
    if match is None:
        return context.state.matrices.get(name)
    if match[1] == "r":
        return context.state.returned.matrices.get(match[2])
    estimates = context.state.estimates
    return estimates.stored().matrices.get(match[2]) if estimates else None


def named_matrix(context: Context, typed: str, span: tuple[int, int] | None = None) -> Matrix:
    """The matrix that ``typed`` names; r(111) if there is none, r(198) if it is no name, r(100) if it is empty."""
    name = "".join(typed.split())
    if not name:
        raise StataError("matrix name required", 100, span)
    if not _NAME.fullmatch(name) and not _STORED.fullmatch(name):
        raise StataError(f"{typed.strip()} invalid name", 198, span)
    found = find_matrix(context, name)
    if found is None:
        raise StataError(f"matrix {name} not found", 111, span)
    return found


def keep_matrix(context: Context, name: str, matrix: Matrix) -> None:
    """Keep ``matrix`` under ``name``.  Scalars and matrices share their names: a scalar called so is dropped."""
    check_name(name)
    scalars = {key: value for key, value in context.state.scalars.items() if key != name}
    context.change(matrices={**context.state.matrices, name: matrix}, scalars=scalars)


def drop_matrices(context: Context, names: tuple[str, ...]) -> None:
    """Drop the named matrices, which exist."""
    left = {name: matrix for name, matrix in context.state.matrices.items() if name not in names}
    context.change(matrices=left)


def or_assignment(word: str) -> Callable[[Run], Run]:
    """``matrix d = ...`` defines a matrix even though ``d`` abbreviates ``dir``: a decorator of such commands.

    ``word`` is the command that defines: ``matrix`` or ``scalar``.
    """

    def decorate(run: Run) -> Run:
        @functools.wraps(run)
        def either(context: Context, statement: Statement) -> Result | None:
            if not _ASSIGNS.match(statement.rest):
                return run(context, statement)
            from .. import registry

            second = statement.word.split()[-1]
            return registry.load(word).run(context, replace(statement, rest=f"{second}{statement.rest}"))

        return either

    return decorate
