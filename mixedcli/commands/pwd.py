"""``pwd``: the folder that file names refer to."""

from __future__ import annotations

import os

from ..results.base import Messages
from ..syntax.tree import Statement
from .context import Context
from .registry import command


@command("pwd", start="names")
def pwd(context: Context, statement: Statement) -> Messages:
    """pwd

    Show the folder that file names refer to.
    """
    context.options(statement, ())
    return Messages((os.getcwd(),))
