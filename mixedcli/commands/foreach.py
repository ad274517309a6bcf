"""``foreach``: a loop over words, variables, numbers or the words of a macro."""

from __future__ import annotations

import re

from ..design.varlist import expand_names
from ..errors import StataError
from ..syntax.numlist import read_numlist
from ..syntax.parser import parse_varlist
from ..syntax.tree import Statement
from ._macro.expansion import macro_name, number_text
from ._shared.data import check_new_variable
from ._shared.program import check_count, needs_body, run_turns, words
from .context import Context
from .registry import command

_HEADER = re.compile(
    r"\s*(?P<name>\w+)\s+(?:(?P<in>in)(?:\s+|\Z)|of\s+(?P<type>\w+)(?:\s+|\Z))(?P<list>.*)\Z", re.DOTALL
)


@command("foreach", start="raw", control=True)
def foreach(context: Context, statement: Statement) -> None:
    """foreach name in list { ... }  or  foreach name of varlist|newlist|numlist|local|global list { ... }

    Run the statements once for each element, with the element in the local macro `name`.
    """
    match = _HEADER.match(statement.rest)
    if match is None:
        raise StataError("invalid syntax", 198, statement.span)
    body = needs_body(statement.body, statement.text)
    elements = _elements(context, match)
    check_count(len(elements), "foreach")
    run_turns(context, macro_name(match["name"]), elements, body)


def _elements(context: Context, match: re.Match[str]) -> list[str]:
    text = match["list"]
    if match["in"]:
        return words(text)
    kind = match["type"]
    if kind in ("local", "loc", "loca"):
        return words(context.frame.locals.get(text.strip(), ""))
    if kind in ("global", "glo", "glob", "globa"):
        return words(context.globals.get(text.strip(), ""))
    if kind in ("varlist", "var", "varl", "varli", "varlis"):
        return list(expand_names(parse_varlist(text), context.data))
    if kind in ("newlist", "new", "newl", "newli", "newlis"):
        for name in text.split():
            check_new_variable(name, context.data)
        return text.split()
    if kind in ("numlist", "num", "numl", "numli", "numlis"):
        return [number_text(value) for value in read_numlist(text)]
    raise StataError("invalid syntax", 198)
