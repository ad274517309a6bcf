"""``unab``: a varlist with all names written in full."""

from __future__ import annotations

import re

from ..design.varlist import expand_names
from ..errors import StataError
from ..syntax.parser import parse, parse_varlist
from ..syntax.spec import Kind, Option, read_options
from ..syntax.tree import Statement
from ._macro.expansion import macro_name
from .context import Context
from .registry import command

OPTIONS = (
    Option("min", "min", Kind.INTEGER, "fewest variables"),
    Option("max", "max", Kind.INTEGER, "most variables"),
    Option("name", "name", Kind.STRING, "what to call the list in messages"),
)
_FORM = re.compile(r"\s*(?P<name>\w+)\s*:(?P<list>[^,]*)(?P<options>,.*)?\Z", re.DOTALL)


@command("unab", start="raw", options=OPTIONS, control=True)
def unab(context: Context, statement: Statement) -> None:
    """unab name : [varlist] [, min(#) max(#) name(text)]

    Put the varlist, abbreviations and ranges written out, into the local macro `name`; no varlist means all variables.
    """
    match = _FORM.match(statement.rest)
    if match is None:
        raise StataError("invalid syntax", 198)
    options = read_options(parse(match["options"] or "", "names").options, OPTIONS, statement.text)
    data = context.data
    names = expand_names(parse_varlist(match["list"].strip()), data) if match["list"].strip() else data.names
    called = f"{options['name']}:  " if options["name"] else ""
    if options["max"] is not None and len(names) > options["max"]:
        raise StataError(f"{called}too many variables specified", 103)
    if options["min"] is not None and len(names) < options["min"]:
        raise StataError(f"{called}too few variables specified", 102)
    context.set_local(macro_name(match["name"]), " ".join(names))
