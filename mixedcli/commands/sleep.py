"""``sleep``: wait."""

from __future__ import annotations

import time

from ..errors import StataError
from ..syntax.tree import Statement
from .context import Context
from .registry import command

LONGEST = 86_400_000      # a day


@command("sleep", start="raw", control=True)
def sleep(context: Context, statement: Statement) -> None:
    """sleep #

    Wait for # milliseconds.
    """
    text = statement.rest.strip()
    if not text.isdecimal() or int(text[:12]) > LONGEST:
        raise StataError("invalid syntax", 198)
    time.sleep(int(text) / 1000)
