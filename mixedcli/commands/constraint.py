"""constraint: define a linear constraint for the commands that fit under constraints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import StataError
from ..syntax.tree import Statement
from ._shared.constraints import constraint_numbers
from .registry import command

if TYPE_CHECKING:
    from .context import Context

_HEAD = re.compile(r"\s*(?:de(?:f(?:i(?:n(?:e)?)?)?)?\s+)?(\d+)(?=\s|$|\[|\()")


@command("constraint", shortest="cons", start="raw")
def constraint(context: Context, statement: Statement) -> None:
    """constraint [define] # [exp = exp | coefficients]

    Keep a constraint on coefficients under a number from 1 to 1999, for constraints() of the me commands:
    `constraint 1 x1 = x2`, `constraint 2 [y]_cons = 0`, `constraint 3 x1 x2` (both are zero). What the names stand for
    is settled when a model is fitted. A number without anything is free again.
    """
    start = len(statement.text) - len(statement.rest)
    match = _HEAD.match(statement.rest)
    if match is None:
        raise StataError("invalid syntax", 198, (start, len(statement.text)))
    (number,) = constraint_numbers(match[1], (start + match.start(1), start + match.end(1)))
    text = " ".join(statement.rest[match.end() :].split())
    kept = {key: value for key, value in context.state.constraints.items() if key != number}
    context.change(constraints={**kept, number: text} if text else kept)
