"""``scalar``: define a named number or text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import StataError
from ..syntax.tree import Statement
from ._shared.data import check_name
from .registry import command

if TYPE_CHECKING:
    from .context import Context

_HEAD = re.compile(r"\s*(?:def(?:i(?:n(?:e)?)?)?\s+(?=[^\W\d]))?([^\W\d]\w*)\s*=(?!=)")


@command("scalar", shortest="sca", start="raw")
def scalar(context: Context, statement: Statement) -> None:
    """scalar [define] name = expression

    Keep one number, at full precision, or one text under a name. A variable of the same name, or one whose name begins
    so, comes first in expressions; scalar(name) is always the scalar.
    """
    name, value = defined_value(context, statement, _HEAD)
    check_name(name)
    matrices = {key: matrix for key, matrix in context.state.matrices.items() if key != name}
    context.change(scalars={**context.state.scalars, name: value}, matrices=matrices)


def defined_value(context: Context, statement: Statement, head: re.Pattern[str]) -> tuple[str, float | str]:
    """The name and the value of ``name = expression``, where ``head`` matches all before the expression."""
    from ..expr.evaluate import evaluate_scalar
    from ..syntax.parser import parse_expression

    text = statement.text
    start = len(text) - len(statement.rest)
    match = head.match(text, start)
    if match is None:
        raise StataError("invalid syntax", 198, (start, len(text)))
    expression = parse_expression(text[match.end() :], match.end())
    return match[1], evaluate_scalar(expression, context.data, context.environment())
