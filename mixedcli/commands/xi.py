"""xi: the old way to make indicator variables; factor variables do its work."""

from __future__ import annotations

import re

from ..errors import NotBuilt, StataError
from ..results.base import Messages
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.by import placed
from .context import Context
from .registry import command

OPTIONS = (
    Option("prefix", "p", Kind.RAW, "accepted; no variables are made that would need it"),
    Option("noomit", "noomit", help="keep all indicators", planned=True),
)
_NOTE = "(note: no indicator variables are made; i. terms are factor variables)"
# What xi means by a term, in factor-variable notation; the names on both sides go over.
_TERMS = (
    (re.compile(r"\b[iI]\.(\w+)\*[iI]\.(\w+)"), r"i.\1##i.\2"),
    (re.compile(r"\b[iI]\.(\w+)\*(\w+)"), r"i.\1##c.\2"),
    (re.compile(r"\b[iI]\.(\w+)\|(\w+)"), r"\2 i.\1#c.\2"),
    (re.compile(r"\bI\.(\w+)"), r"i.\1"),
)


@command("xi", start="raw", control=True)
def xi(context: Context, statement: Statement) -> None:
    """xi [, prefix(string)]: command

    Run the command.  Terms such as i.group*x are read as factor variables (i.group##c.x); no variables are made.
    """
    assert context.runner is not None
    if not statement.prefixed.strip():
        raise NotBuilt("xi without a command")
    _check(context, statement)
    context.runner.show(Messages((_NOTE,)))
    typed = statement.prefixed.lstrip()
    text = with_factor_variables(typed)
    if text != typed:
        context.runner.run_line(text)
        return
    with placed(statement):
        context.runner.run_line(text)


def with_factor_variables(text: str) -> str:
    """A command with the terms of xi before its comma in factor-variable notation."""
    terms, comma, rest = text.partition(",")
    for pattern, meaning in _TERMS:
        terms = pattern.sub(meaning, terms)
    return f"{terms}{comma}{rest}"


def _check(context: Context, statement: Statement) -> None:
    """Only options may stand between xi and the colon."""
    from ..syntax.parser import parse

    head = statement.text[: statement.span[1] - 1]
    parsed = parse(head, "standard", "xi", statement.span[0] + len("xi"))
    if parsed.varlist or parsed.condition is not None or parsed.in_range is not None:
        raise StataError("invalid syntax", 198)
    context.options(parsed, OPTIONS)
