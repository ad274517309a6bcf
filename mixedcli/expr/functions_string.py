"""String functions.  Plain names count bytes of UTF-8, as in Stata; names beginning with ``u`` count characters."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..data.storage import MISSING, MISSING_BY_NAME
from ..errors import StataError
from .environment import Value
from .evaluate import Evaluator
from .functions import Function

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")


def over_rows(one: Callable[..., Any], text: bool) -> Callable[..., Value]:
    """``one``, which works on single values, applied to scalars or row by row; ``text`` says that it makes strings."""

    def all_rows(*values: Any) -> Value:
        if not any(isinstance(value, np.ndarray) and value.ndim for value in values):
            return one(*(value.item() if isinstance(value, np.ndarray) else value for value in values))
        out = np.frompyfunc(one, len(values), 1)(*values)
        return out if text else out.astype(np.float64)

    return all_rows


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _slice(sequence: Any, start: float, length: float) -> Any:
    """Stata's substr: ``start`` counts from 1, from the end if negative; a missing length reaches to the end."""
    if start >= MISSING or int(start) == 0:
        return sequence[:0]
    first = int(start) - 1 if start > 0 else len(sequence) + int(start)
    if first < 0:
        return sequence[:0]
    last = len(sequence) if length >= MISSING else first + max(int(length), 0)
    return sequence[first:last]


def substring(text: str, start: float, length: float = MISSING) -> str:
    """``substr(s, start, length)`` in bytes."""
    return _slice(text, start, length) if text.isascii() else _text(_slice(_bytes(text), start, length))


def position(text: str, part: str) -> float:
    """``strpos(s1, s2)``: the byte, from 1, where s2 first occurs; 0 if it does not."""
    return float(_bytes(text).find(_bytes(part)) + 1) if part else 0.0


def substitute(text: str, old: str, new: str, count: float) -> str:
    """``subinstr(s, old, new, n)``: the first n occurrences, all if n is missing."""
    if not old:
        return text
    return text.replace(old, new, -1 if count > len(text) else max(int(count), 0))


def nth_word(text: str, n: float) -> str:
    """``word(s, n)``: the nth blank-separated word, from the end if n is negative; empty if there is none."""
    words = text.split()
    if n >= MISSING or int(n) == 0 or abs(int(n)) > len(words):
        return ""
    return words[int(n) - 1 if n > 0 else int(n)]


def abbreviated(text: str, width: float) -> str:
    """``abbrev(s, n)``: s, or its first n-2 characters, a tilde and its last character."""
    room = 32 if width >= MISSING else min(max(int(width), 5), 32)
    return text if len(text) <= room else f"{text[: room - 2]}~{text[-1]}"


def proper(text: str) -> str:
    """A capital wherever a letter follows no letter, small letters elsewhere."""
    out, inside = [], False
    for sign in text:
        out.append(sign.lower() if inside else sign.upper())
        inside = sign.isalpha()
    return "".join(out)


def real(text: str) -> float:
    """``real(s)``: the number that s spells, ``.`` if it spells none."""
    word = text.strip()
    if word in MISSING_BY_NAME:
        return MISSING_BY_NAME[word]
    if not _NUMBER.fullmatch(word):
        return MISSING
    value = float(word.lower().replace("d", "e"))
    return value if abs(value) < MISSING else MISSING


def character(code: float) -> str:
    """``char(n)``: the byte n; empty beyond 0..255."""
    return _text(bytes([int(code)])) if 0 <= code < 256 else ""


def unicode_character(code: float) -> str:
    valid = 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(int(code)) if valid else ""


def as_string(value: float, form: str | None = None) -> str:
    """``string(n)`` and ``string(n, "%fmt")``; without a format %9.0g, blanks taken off."""
    from ..formats import format_number

    try:
        out = format_number(value, form or "%9.0g")
    except ValueError:
        return ""
    return out if form else out.strip()


@cache
def pattern(text: str) -> re.Pattern[str]:
    """A compiled regular expression; r(198) if it is none."""
    try:
        return re.compile(text)
    except re.error:
        raise StataError("regexp: invalid regular expression", 198) from None


def ascii_lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(s.lower() if s.isascii() else s for s in text)


def ascii_upper(text: str) -> str:
    return text.upper() if text.isascii() else "".join(s.upper() if s.isascii() else s for s in text)


def regex_match(rows: Evaluator, text: Any, wanted: Any) -> Value:
    """``regexm(s, re)``: 1 where re matches; the matches are kept for `regex_part`."""
    find: Any = np.frompyfunc(lambda s, r: pattern(r).search(s), 2, 1)
    matches = find(text, wanted)
    rows.env.memory["regex"] = matches
    return matches.astype(bool).astype(np.float64) if np.ndim(matches) else float(matches is not None)


def regex_part(rows: Evaluator, number: Any) -> Value:
    """``regexs(n)``: the nth parenthesis of the last match of that row (0: all of it); empty without a match."""

    def one(match: Any, n: float) -> str:
        known = match is not None and 0 <= n <= match.re.groups
        return (match.group(int(n)) or "") if known else ""

    each: Any = np.frompyfunc(one, 2, 1)
    matches: Any = rows.env.memory.get("regex")
    if np.ndim(matches) and len(matches) != rows.dataset.n:   # left by other data
        matches = None
    out = each(matches, number)
    return out if np.ndim(out) else str(out)


def regex_replace(text: str, wanted: str, new: str) -> str:
    """``regexr(s, re, new)``: the first match replaced."""
    return pattern(wanted).sub(lambda match: new, text, count=1)


def _strings(one: Callable[..., Any], kinds: str = "s", least: int = 1, most: int | None = None) -> Function:
    return Function(over_rows(one, text=True), kinds=kinds, least=least, most=most or least, strict=False)


def _numbers(one: Callable[..., Any], kinds: str = "s", least: int = 1) -> Function:
    return Function(over_rows(one, text=False), kinds=kinds, least=least, most=least, strict=False)


def _collapse(text: str) -> str:
    return re.sub(" {2,}", " ", text)


FUNCTIONS = {
    **dict.fromkeys(("length", "strlen"), _numbers(lambda s: float(len(_bytes(s))))),
    "ustrlen": _numbers(lambda s: float(len(s))),
    **dict.fromkeys(("lower", "strlower"), _strings(ascii_lower)),
    **dict.fromkeys(("upper", "strupper"), _strings(ascii_upper)),
    "ustrlower": _strings(str.lower),
    "ustrupper": _strings(str.upper),
    **dict.fromkeys(("trim", "strtrim"), _strings(lambda s: s.strip(" "))),
    **dict.fromkeys(("ltrim", "strltrim"), _strings(lambda s: s.lstrip(" "))),
    **dict.fromkeys(("rtrim", "strrtrim"), _strings(lambda s: s.rstrip(" "))),
    **dict.fromkeys(("itrim", "stritrim"), _strings(_collapse)),
    "ustrtrim": _strings(str.strip),
    **dict.fromkeys(("proper", "strproper"), _strings(proper)),
    **dict.fromkeys(("reverse", "strreverse"), _strings(lambda s: s[::-1])),
    "ustrreverse": _strings(lambda s: s[::-1]),
    "substr": _strings(substring, "snn", least=2, most=3),
    "usubstr": _strings(lambda s, start, length=MISSING: _slice(s, start, length), "snn", least=2, most=3),
    **dict.fromkeys(("strpos", "index"), _numbers(position, least=2)),
    "ustrpos": _numbers(lambda s, part: float(s.find(part) + 1) if part else 0.0, least=2),
    "subinstr": _strings(substitute, "sssn", least=4),
    "usubinstr": _strings(substitute, "sssn", least=4),
    "word": _strings(nth_word, "sn", least=2),
    "wordcount": _numbers(lambda s: float(len(s.split()))),
    "abbrev": _strings(abbreviated, "sn", least=2),
    **dict.fromkeys(("string", "strofreal"), _strings(as_string, "ns", least=1, most=2)),
    "real": _numbers(real),
    "char": _strings(character, "n"),
    "uchar": _strings(unicode_character, "n"),
    "regexm": Function(regex_match, kinds="s", least=2, most=2, needs_rows=True),
    "regexs": Function(regex_part, kinds="n", needs_rows=True),
    "regexr": _strings(regex_replace, "s", least=3),
}
