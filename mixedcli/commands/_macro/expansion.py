"""What macro references ask of the session: contents, values, counters, extended functions."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...data.storage import MISSING
from ...errors import StataError
from ...expr.evaluate import evaluate_scalar
from ...formats import format_number
from ...records import replace
from ...syntax.parser import parse_expression
from ..context import Context

_STORED = re.compile(r"(?P<kind>[rec])\((?P<key>\w+)\)\Z|(?P<owner>\w+)\[(?P<characteristic>\w+)\]\Z")
LONGEST_LOCAL, LONGEST_GLOBAL = 31, 32


class ContextMacros:
    """The macros of a context, as `mixedcli.syntax.macros.expand` wants them."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def local(self, name: str) -> str:
        if name[-1:] in (")", "]"):
            return _stored_text(self.context, name)
        return self.context.frame.locals.get(name, "")

    def global_(self, name: str) -> str:
        return self.context.globals.get(name, "")

    def evaluate(self, text: str) -> str:
        return value_text(self.context, text)

    def function(self, text: str) -> str:
        from .functions import macro_function

        return macro_function(self.context, text)

    def step(self, name: str, by: int, after: bool) -> str:
        before = self.local(name)
        stepped = stepped_text(self.context, before, by)
        self.context.set_local(name, stepped)
        return stepped if after else before


def _stored_text(context: Context, name: str) -> str:
    """What ``r(mean)``, ``e(cmd)``, ``c(level)`` or the characteristic ``x[note1]`` holds, as text; empty if nothing."""
    match = _STORED.match(name)
    if match is None:
        return ""
    if match["owner"]:
        return context.data.characteristics.get(match["owner"], {}).get(match["characteristic"], "")
    value = context.lookup(match["kind"], match["key"])
    if isinstance(value, str):
        return value
    return number_text(MISSING if value != value else value) if isinstance(value, float) else ""


def value_text(context: Context, text: str) -> str:
    """The value of the expression ``text`` as a macro holds it: a number in %18.0g, or the string."""
    value = evaluate_scalar(parse_expression(text), context.data, replace(context.environment(), display=True))
    return value if isinstance(value, str) else number_text(value)


def number_text(value: float) -> str:
    """A number as a macro holds it."""
    if abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return format_number(value, "%18.0g").strip()


def stepped_text(context: Context, text: str, by: int) -> str:
    """The content ``text`` of a counter (empty counts as 0) plus ``by``."""
    if text.isdecimal() and len(text) < 15:
        return str(int(text) + by)
    return value_text(context, f"({text or 0}) + ({by})")


def macro_name(name: str, longest: int = LONGEST_LOCAL) -> str:
    """``name``, if a macro can be called so; r(198) otherwise."""
    if not name or len(name) > longest or not all(ch.isalnum() or ch == "_" for ch in name):
        raise StataError(f"{name} invalid name" if name else "invalid syntax", 198)
    return name


def unquoted(text: str) -> str:
    """``text`` without the quotes around it, if one pair of them goes around all of it."""
    text = text.strip()
    if text.startswith('`"') and text.endswith("\"'") and _spans(text):
        return text[2:-2]
    if len(text) >= 2 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        return text[1:-1]
    return text


def _spans(text: str) -> bool:
    """Whether the compound quote that opens ``text`` closes at its end."""
    depth = 0
    for i in range(len(text) - 1):
        if text.startswith('`"', i):
            depth += 1
        elif text.startswith("\"'", i):
            depth -= 1
            if depth == 0:
                return i == len(text) - 2
    return False


def assign(context: Context, rest: str, current: str, set_to: Callable[[str, str], None]) -> None:
    """``name text``, ``name = exp`` or ``name : function`` of local and global; ``set_to(name, text)`` keeps it.

    ``current``: ``local`` or ``global``, for the limits on names.
    """
    longest = LONGEST_LOCAL if current == "local" else LONGEST_GLOBAL
    text = rest.strip()
    for sign, by in (("++", 1), ("--", -1)):
        if text.startswith(sign):
            name = macro_name(text[2:].strip(), longest)
            held = context.frame.locals.get(name, "") if current == "local" else context.globals.get(name, "")
            set_to(name, stepped_text(context, held, by))
            return
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    name = macro_name(text[:end], longest)
    content = text[end:]
    if content and not content[0].isspace() and content[0] not in '=:"`':
        raise StataError(f"{text.split()[0]} invalid name", 198)
    value = content.strip()
    if value.startswith("="):
        value = value_text(context, value[1:])
    elif value.startswith(":"):
        from .functions import macro_function

        value = macro_function(context, value[1:])
    else:
        value = unquoted(value)
    set_to(name, value)
