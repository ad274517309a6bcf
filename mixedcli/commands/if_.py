"""``if`` and ``else`` as commands: statements that run when a single expression is true."""

from __future__ import annotations

import functools

from ..errors import StataError, type_mismatch
from ..expr.evaluate import evaluate_scalar
from ..records import replace
from ..syntax.parser import parse_expression, parse_leading_expression
from ..syntax.tree import Expr, Statement
from ._shared.program import follows_brace
from .context import Context
from .registry import command

_parsed = functools.lru_cache(maxsize=256)(parse_expression)     # the condition of a loop comes again and again


@command("if", start="raw", control=True)
def if_(context: Context, statement: Statement) -> None:
    """if exp { ... }  or  if exp command, and after it else { ... }, else command, else if ...

    Run the statements if exp, evaluated once (a variable is its first observation), is not zero.
    """
    text, offset = statement.text, len(statement.text) - len(statement.rest)
    branch(context, statement, text, offset)


def branch(context: Context, statement: Statement, text: str, offset: int) -> None:
    """Evaluate the condition of ``text`` from ``offset`` on and run what depends on it."""
    if statement.body is not None:
        taken = _holds(context, parse_expression(text[offset:], offset))
        if taken:
            context.run_nodes(statement.body)
    else:
        condition, end = parse_leading_expression(text, offset)
        command_text = text[end:].strip()
        if command_text.startswith("{"):
            raise follows_brace()
        if not command_text:
            raise StataError("invalid syntax", 198, (len(text) - 1, len(text)))
        taken = _holds(context, condition)
        if taken:
            assert context.runner is not None
            context.runner.run_line(command_text)
    context.frame.branch = taken


def is_true(context: Context, text: str) -> bool:
    """Whether the expression ``text`` is not zero."""
    return _holds(context, _parsed(text))


def _holds(context: Context, condition: Expr) -> bool:
    value = evaluate_scalar(condition, context.data, replace(context.environment(), display=True))
    if isinstance(value, str):
        raise type_mismatch(condition.span)
    return value != 0
