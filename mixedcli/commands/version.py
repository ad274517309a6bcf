"""version: which Stata's printed form and defaults to follow."""

from __future__ import annotations

import re

from ..errors import NotBuilt, StataError
from ..results.base import Messages
from ..syntax.tree import Statement
from ._shared.data import invalid_syntax
from .context import NEWEST_VERSION, OLDEST_VERSION, Context
from .registry import command


@command("version", shortest="vers", start="raw")
def version(context: Context, statement: Statement) -> Messages | None:
    """version [#]

    Print tables and read commands as that version of Stata does; without a number, say which version is set.  The
    session starts in version 13.  `version #: command` does it for one command.
    """
    if not statement.rest.strip():
        return Messages((f"version {context.version:g}",))
    context.set(version=version_number(statement.rest))
    return None


def version_number(text: str) -> float:
    """The number in ``13``, ``12.1`` or ``14, user``.

    Raises `StataError` r(9) for a version later than this program knows, r(198) for what is no number; `NotBuilt` for
    versions before the oldest it knows.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*(?:,\s*(?:missing|user|born\(?.*)?\s*)?:?\s*", text)
    if match is None:
        raise invalid_syntax()
    number = float(match.group(1))
    if number > NEWEST_VERSION:
        raise StataError(
            f"this is version {NEWEST_VERSION:.1f} of Stata; it cannot run version {number:.1f} programs", 9
        )
    if number < OLDEST_VERSION:
        raise NotBuilt(f"version {number:g}")
    return number
