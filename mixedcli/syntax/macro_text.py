"""Extended macro functions about words and characters: ``word``, ``piece``, ``length``, ``subinstr`` ..."""

from __future__ import annotations

import re
from collections.abc import Callable

from .macro_world import Function, MacroWorld, invalid_syntax, refuse_options, split_options
from .words import next_word, split_words

_MACRO = re.compile(r"\s*(local|global)\s+(\w+)\s*\Z")



def _word(text: str, world: MacroWorld) -> str:
    """``word count string`` and ``word # of string``."""
    count = re.match(r"\s+count(?=\s|\"|`|\Z)", text)
    if count:
        return str(len(split_words(text[count.end() :])))
    match = re.match(r"\s+([-+]?\d+)\s+of(?=\s|\"|`|\Z)", text)
    if match is None:
        raise invalid_syntax()
    words, number = split_words(text[match.end() :]), int(match[1])
    return words[number - 1].text if 1 <= number <= len(words) else ""


def _piece(text: str, world: MacroWorld) -> str:
    """``piece # # of "string" [, nobreak]``: that piece of the string, none longer than the second number."""
    match = re.match(r"\s+(\d+)\s+(\d+)\s+of\s+", text)
    if match is None:
        raise invalid_syntax()
    number, width = int(match[1]), int(match[2])
    body = text[match.end() :]
    options: list[str] = []
    if body.lstrip()[:1] in ('"', "`"):
        word, end = next_word(body)
        _, options = split_options(body[end:])
        body = word.text
    refuse_options(options, "nobreak")
    if width < 1:
        raise invalid_syntax()
    pieces = _pieces(body, width, whole="nobreak" in options)
    return pieces[number - 1] if 1 <= number <= len(pieces) else ""


def _pieces(text: str, width: int, whole: bool) -> list[str]:
    """``text`` cut at blanks into pieces; a longer word is cut too, or with ``whole`` left as it is."""
    out = []
    rest = text.strip(" ")
    while len(rest) > width:
        cut = rest.rfind(" ", 0, width + 1)
        if cut < 0:
            cut = rest.find(" ") if whole else width
            cut = len(rest) if cut < 0 else cut
        out.append(rest[:cut].rstrip(" "))
        rest = rest[cut:].lstrip(" ")
    return [*out, rest] if rest else out


def _length(measure: Callable[[str], int]) -> Function:
    def run(text: str, world: MacroWorld) -> str:
        match = _MACRO.match(text)
        if match is None:
            raise invalid_syntax()
        return str(measure(world.macro(match[1], match[2])))

    return run


def _case(change: Callable[[str], str]) -> Function:
    def run(text: str, world: MacroWorld) -> str:
        match = _MACRO.match(text)
        return change(world.macro(match[1], match[2]) if match else text.strip())

    return run


def _copy(text: str, world: MacroWorld) -> str:
    match = _MACRO.match(text)
    if match is None:
        raise invalid_syntax()
    return world.macro(match[1], match[2])


def _subinstr(text: str, world: MacroWorld) -> str:
    """``subinstr local x "from" "to" [, all word count(local n)]``: the first occurrence replaced, or all."""
    match = re.match(r"\s*(local|global)\s+(\w+)\s+", text)
    if match is None:
        raise invalid_syntax()
    old, at = _operand(text, match.end())
    new, at = _operand(text, at)
    rest = text[at:].strip()
    if rest and not rest.startswith(","):
        raise invalid_syntax()
    counter = re.search(r"\bcount\(\s*(local|global)\s+(\w+)\s*\)", rest)
    words = (rest[: counter.start()] + rest[counter.end() :] if counter else rest).lstrip(",").split()
    refuse_options(words, "all", "word")
    content = world.macro(match[1], match[2])
    changed, count = _substituted(content, old, new, "all" in words, "word" in words)
    if counter:
        world.set_macro(counter[1], counter[2], str(count))
    return changed


def _operand(text: str, at: int) -> tuple[str, int]:
    """The text to find or to put in, and where it ends: a string, or a word that a comma may end."""
    word, end = next_word(text, at)
    if word.raw != word.text:
        return word.text, end
    plain = word.raw.partition(",")[0]
    if not plain:
        raise invalid_syntax()
    return plain, end - len(word.raw) + len(plain)


def _substituted(text: str, old: str, new: str, every: bool, word: bool) -> tuple[str, int]:
    if not old:
        return text, 0
    pattern = rf"(?<!\S){re.escape(old)}(?!\S)" if word else re.escape(old)
    return re.subn(pattern, lambda match: new, text, count=0 if every else 1)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


TEXT_FUNCTIONS: dict[str, Function] = {
    "word": _word,
    "piece": _piece,
    "length": _length(_bytes),
    "strlen": _length(_bytes),
    "ustrlen": _length(len),
    "udstrlen": _length(len),
    "upper": _case(str.upper),
    "lower": _case(str.lower),
    "copy": _copy,
    "subinstr": _subinstr,
    "usubinstr": _subinstr,
}
