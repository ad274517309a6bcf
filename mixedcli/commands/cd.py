"""``cd``: change the folder that file names refer to."""

from __future__ import annotations

import os

from ..errors import StataError
from ..results.base import Messages
from ..syntax.tree import Statement
from ._macro.expansion import unquoted
from .context import Context
from .registry import command


@command("cd", start="raw")
def cd(context: Context, statement: Statement) -> Messages:
    """cd [folder]

    Change the folder that file names refer to; without one, to your own.
    """
    name = unquoted(statement.rest) or "~"
    try:
        os.chdir(os.path.expanduser(name))
    except (OSError, ValueError):
        raise StataError(f"unable to change to {name}", 170) from None
    return Messages((os.getcwd(),))
