"""The few SMCL directives that ``display`` meets in strings, turned into plain text."""

from __future__ import annotations

import re

_DIRECTIVE = re.compile(r"\{([^{}]*)\}")
_STYLES = {"txt", "text", "res", "result", "err", "error", "inp", "input", "com", "cmd", "bf", "sf", "it", "ul", "hi"}
_SILENT = _STYLES | {"p_end", "smcl", "reset"}
_TEXTS = _STYLES | {"opt", "help", "helpb"}
_CHARACTERS = {"|": "|", "-": "-", "+": "+", "TT": "+", "BT": "+", "LT": "+", "RT": "+", "TLC": "+", "TRC": "+",
               "BLC": "+", "BRC": "+", "S|": "$", "'g": "`", "-(": "{", ")-": "}", "(": "{", ")": "}"}


def plain(text: str, linesize: int, column: int = 0) -> str:
    """``text`` as a text log shows it; ``column`` characters stand before it on the line.

    A directive that is not known stays as it is written.
    """
    out, at = "", 0
    for match in _DIRECTIVE.finditer(text):
        out += text[at : match.start()]
        done = _directive(match[1].strip(), linesize, column + len(out))
        out += match[0] if done is None else done
        at = match.end()
    return out + text[at:]


def _directive(inside: str, linesize: int, column: int) -> str | None:
    head, colon, text = inside.partition(":")
    word, _, argument = head.strip().partition(" ")
    argument = argument.strip()
    if colon and word in _TEXTS:
        return text
    if word in _SILENT and not colon:
        return ""
    if word in (".-", "hline"):
        return "-" * (int(argument) if argument.isdigit() else max(linesize - column, 0))
    if word == "c":
        return chr(int(argument)) if argument.isdigit() else _CHARACTERS.get(argument)
    if not argument.isdigit():
        return None
    return _sized(word, int(argument), text, column)


def _sized(word: str, size: int, text: str, column: int) -> str | None:
    """Directives with a number: ``{col 20}``, ``{space 3}``, ``{dup 5:-}``, ``{ralign 12:x}`` ..."""
    if word == "col":
        return " " * max(size - 1 - column, 0)
    if word == "space":
        return " " * size
    if word == "dup":
        return text * size
    if word == "ralign":
        return text.rjust(size)
    if word == "lalign":
        return text.ljust(size)
    return text.center(size) if word in ("center", "centre") else None
