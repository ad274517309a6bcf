"""``gettoken``: take the first token off a macro."""

from __future__ import annotations

import re

from ..errors import StataError
from ..syntax.parser import parse
from ..syntax.spec import Kind, Option, read_options
from ..syntax.tree import Statement
from ._macro.expansion import macro_name
from ._shared.tokens import next_token, parse_characters
from .context import Context
from .registry import command

OPTIONS = (
    Option("parse", "p", Kind.RAW, "characters that end a token, in quotes"),
    Option("quotes", "q", help="keep the quotes around a token"),
    Option("qed", "qed", Kind.NAME, "local macro to say whether the token was in quotes"),
    Option("match", "m", Kind.NAME, "local macro to say whether the token was in parentheses, which are taken off"),
    Option("bind", "bind", help="do not cut inside parentheses and brackets"),
)
_MACRO = r"(?:\(\s*(local|global)\s*\)\s*)?(\w+)"
_FORM = re.compile(rf"\s*(?:{_MACRO}(?:\s+{_MACRO})?\s*)?:\s*{_MACRO}\s*(?P<options>,.*)?\Z", re.DOTALL)


@command("gettoken", shortest="gettoken", start="raw", options=OPTIONS, control=True)
def gettoken(context: Context, statement: Statement) -> None:
    """gettoken first [rest] : macro [, parse("characters") quotes qed(name) match(name) bind]

    Put the first token of a macro into the local macro `first` and what follows it into `rest`.  (global) before a name
    means a global macro.
    """
    match = _FORM.match(statement.rest)
    if match is None:
        raise StataError("invalid syntax", 198)
    given = parse(match["options"] or "", "names").options
    options = read_options(given, OPTIONS, statement.text)
    characters = parse_characters(options["parse"]) if options["parse"] is not None else " "
    text = _held(context, match[5], match[6])
    inside, end = _in_parentheses(text, characters) if options["match"] else (None, 0)
    if inside is None:
        token, end = next_token(text, 0, characters, binds=options["bind"])
        inside_text = token.raw if options["quotes"] else token.text
        if options["qed"]:
            context.set_local(options["qed"], "1" if token.raw != token.text else "0")
    else:
        inside_text = inside
    if options["match"]:
        context.set_local(options["match"], "(" if inside is not None else "")
    if match[2]:
        _set(context, match[1], match[2], inside_text)
    if match[4]:
        _set(context, match[3], match[4], text[end:])


def _held(context: Context, kind: str | None, name: str) -> str:
    return (context.globals if kind == "global" else context.frame.locals).get(name, "")


def _set(context: Context, kind: str | None, name: str, text: str) -> None:
    (context.set_global if kind == "global" else context.set_local)(macro_name(name, 32), text)


def _in_parentheses(text: str, characters: str) -> tuple[str | None, int]:
    """The text of the parentheses that ``text`` begins with, and where it goes on; None if it begins otherwise."""
    at = len(text) - len(text.lstrip())
    if not text.startswith("(", at):
        return None, 0
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if depth == 0:
            return text[at + 1 : end], end + 1
    raise StataError("too few )'s", 132)
