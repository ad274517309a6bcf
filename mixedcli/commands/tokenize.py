"""``tokenize``: the words of a text as the local macros 1, 2, ..."""

from __future__ import annotations

import re

from ..syntax.tree import Statement
from ._shared.tokens import parse_characters, tokens
from .context import Context
from .registry import command

_PARSE = re.compile(r",\s*p(?:a(?:r(?:s(?:e)?)?)?)?\s*\((?P<characters>.*)\)\s*\Z", re.DOTALL)


@command("tokenize", shortest="token", start="raw", control=True)
def tokenize(context: Context, statement: Statement) -> None:
    """tokenize text [, parse("characters")]

    Put the words of a text into the local macros 1, 2, ... as if they were the arguments of a program.  With parse()
    these characters, not blanks alone, separate words; those that are not blanks are words themselves.
    """
    text, characters = statement.rest.strip(), " "
    match = _PARSE.search(text)
    if match:
        text, characters = text[: match.start()].rstrip(), parse_characters(match["characters"])
    found = [token.text for token in tokens(_opened(text), characters)]
    for name in [name for name in context.frame.locals if name.isdecimal() and name != "0"]:
        context.set_local(name, "")
    for place, word in enumerate(found, start=1):
        context.set_local(str(place), word)


def _opened(text: str) -> str:
    """The text without the quotes around all of it."""
    from ._macro.expansion import unquoted

    return unquoted(text)
