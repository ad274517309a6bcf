"""``program``: define, drop and list programs."""

from __future__ import annotations

import re

from ..errors import NotBuilt, StataError
from ..results.base import Messages
from ..syntax.spec import Option, abbreviates, read_options
from ..syntax.tree import OptionText, Statement
from . import registry
from ._macro.expansion import macro_name
from .context import Context, Program
from .registry import command

OPTIONS = (
    Option("rclass", "rclass", help="the program leaves results in r()"),
    Option("eclass", "eclass", help="the program leaves results in e()"),
    Option("nclass", "nclass", help="the program leaves no results"),
    Option("sortpreserve", "sort", help="the order of the data is put back afterwards"),
    Option("byable", "by", planned=True, help="the program may be combined with by"),
    Option("sclass", "sclass", planned=True, help="the program leaves results in s()"),
    Option("properties", "prop", planned=True, help="properties of the program"),
)
_OPTION = re.compile(r"(\w+)(?:\(([^)]*)\))?")


@command("program", shortest="pr", start="raw", control=True)
def program(context: Context, statement: Statement) -> Messages | None:
    """program [define] name [, rclass eclass sortpreserve] ... end;  program drop name|_all;  program dir

    Define a program: statements that run, with their own local macros, when its name is typed like a command.
    """
    words = statement.rest.replace(",", " , ").split()
    first = words[0] if words else ""
    if first == "drop":
        _drop(context, words[1:])
        return None
    if first == "dir":
        return Messages(tuple(f"{'':8}{name}" for name in sorted(context.state.programs)))
    if first == "list":
        raise NotBuilt("program list")
    if first and abbreviates(first, "define", "de"):
        words = words[1:]
    if not words or statement.body is None:
        raise StataError("invalid syntax", 198, statement.span)
    _define(context, statement, words)
    return None


def _define(context: Context, statement: Statement, words: list[str]) -> None:
    name = macro_name(words[0], 32)
    if name in context.state.programs or name in registry.command_files():
        raise StataError(f"program {name} already defined" if name in context.state.programs
                         else f"{name} is a command and may not be redefined", 110)
    text = statement.rest.partition(",")[2]
    given = tuple(OptionText(m[1], m[2]) for m in _OPTION.finditer(text))
    options = read_options(given, OPTIONS, statement.text)
    made = Program(
        name,
        statement.body or (),
        rclass=options["rclass"],
        eclass=options["eclass"],
        sortpreserve=options["sortpreserve"],
    )
    context.change(programs={**context.state.programs, name: made})


def _drop(context: Context, names: list[str]) -> None:
    programs = dict(context.state.programs)
    if names in (["_all"], ["_allado"]):
        programs.clear()
    else:
        for name in names:
            if name not in programs:
                raise StataError(f"{name} not found", 111)
            del programs[name]
    context.change(programs=programs)
