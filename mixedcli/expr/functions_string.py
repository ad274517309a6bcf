"""String functions.  Plain names count bytes of UTF-8, as in Stata; names beginning with ``u`` count characters."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.storage import MISSING, MISSING_BY_NAME
from .environment import Value
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
    """``string(n)`` and ``string(n, "%fmt")``, blanks taken off; empty if the text is no numeric format."""
    from ..formats import format_number, parse_format

    parts = parse_format(form) if form is not None else None
    if form is not None and (parts is None or parts.kind == "s"):
        return ""
    return format_number(value, form or "%9.0g").strip()


def ascii_lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(s.lower() if s.isascii() else s for s in text)


def ascii_upper(text: str) -> str:
    return text.upper() if text.isascii() else "".join(s.upper() if s.isascii() else s for s in text)


def last_position(text: str, part: str) -> float:
    """``strrpos(s1, s2)``: the byte, from 1, where s2 last occurs; 0 if it does not."""
    return float(_bytes(text).rfind(_bytes(part)) + 1) if part else 0.0


def character_position(text: str, part: str, start: float = 1.0) -> float:
    """``ustrpos(s1, s2[, n])``: the character, from 1, where s2 first occurs at or after n."""
    if start >= MISSING or start < 1:
        return 0.0
    return float(text.find(part, int(start) - 1) + 1) if part else 0.0


def last_character_position(text: str, part: str, start: float = MISSING) -> float:
    """``ustrrpos(s1, s2[, n])``: the character, from 1, where s2 last begins at or before n."""
    end = len(text) if start >= MISSING else int(start) - 1 + len(part)
    return float(text.rfind(part, 0, max(end, 0)) + 1) if part else 0.0


def first_stranger(text: str, known: str) -> float:
    """``indexnot(s1, s2)``: the byte, from 1, of the first character of s1 that s2 does not have."""
    signs = frozenset(_bytes(known))
    return float(next((k for k, sign in enumerate(_bytes(text), 1) if sign not in signs), 0))


def substitute_word(text: str, old: str, new: str, count: float) -> str:
    """``subinword(s, old, new, n)``: like subinstr, but only where old is a word between blanks."""
    if not old:
        return text
    most = 0 if count >= MISSING else max(int(min(count, len(text))), 0)
    if count < MISSING and most == 0:
        return text
    return re.sub(rf"(?<![^ ]){re.escape(old)}(?![^ ])", lambda match: new, text, count=most)


def matches(text: str, wanted: str) -> float:
    """``strmatch(s1, s2)``: 1 where s1 is of the pattern s2 with its * and ?.

    Every * takes as little as it can and is never asked again, so no pattern takes longer than both lengths multiplied.
    """
    first, *middle, last = wanted.split("*") if "*" in wanted else (wanted, "")
    if "*" not in wanted:
        return float(len(text) == len(wanted) and _fits(text, wanted, 0))
    end = len(text) - len(last)
    if end < len(first) or not _fits(text, first, 0) or not _fits(text, last, end):
        return 0.0
    at = len(first)
    for part in middle:
        at = next((k for k in range(at, end - len(part) + 1) if _fits(text, part, k)), -1)
        if at < 0:
            return 0.0
        at += len(part)
    return 1.0


def _fits(text: str, part: str, at: int) -> bool:
    """Whether ``part``, in which ? stands for any character, lies in ``text`` at ``at``."""
    return all(sign in ("?", text[at + k]) for k, sign in enumerate(part))


def plural(n: float, word: str, other: str | None = None) -> str:
    """``plural(n, s[, s2])``: s where n is 1 or -1, else s2, or s with the ending +s2 added or -s2 taken off."""
    if abs(n) == 1:
        return word
    if other is None:
        return f"{word}s"
    if other.startswith("+"):
        return word + other[1:]
    return word.removesuffix(other[1:]) if other.startswith("-") else other


_SOUNDEX = {sign: str(k) for k, signs in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for sign in signs}


def soundex(text: str, through: str = "") -> str:
    """The first letter and three digits; equal digits count once.  Letters in ``through`` do not part equal ones."""
    letters = [sign for sign in text.upper() if "A" <= sign <= "Z"]
    if not letters:
        return ""
    out, last = letters[0], _SOUNDEX.get(letters[0], "")
    for sign in letters[1:]:
        digit = _SOUNDEX.get(sign, "")
        if digit and digit != last:
            out += digit
        if sign not in through:
            last = digit
    return out[:4].ljust(4, "0")


def to_name(text: str, prefixed: float = 1.0) -> str:
    """``strtoname(s[, p])``: s with what may not stand in a name made _; with p not 0 a leading digit gets one too."""
    return _as_name(text, prefixed, r"[^A-Za-z0-9_]")


def _as_name(text: str, prefixed: float, forbidden: str) -> str:
    out = re.sub(forbidden, "_", text)
    if prefixed != 0 and (not out or out[0].isdigit()):
        out = f"_{out}"
    return out[:32]


def quoted_bytes(text: str, everything: float = 0.0) -> str:
    """``tobytes(s[, n])``: bytes outside printable ASCII (with n not 0 all bytes) as decimals after a backslash d."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and everything == 0 else f"\\d{byte:03d}" for byte in _bytes(text)
    )


def unicode_words(text: str) -> list[str]:
    """Words and single signs, blanks left out."""
    return re.findall(r"\w+(?:['.]\w+)*|[^\w\s]", text)


def nth_unicode_word(text: str, n: float, locale: str = "") -> str:
    words = unicode_words(text)
    if n >= MISSING or int(n) == 0 or abs(int(n)) > len(words):
        return ""
    return words[int(n) - 1 if n > 0 else int(n)]


def width(text: str) -> float:
    """``udstrlen(s)``: how many columns s takes; East Asian wide signs take two, combining ones none."""
    import unicodedata

    columns = 0
    for sign in text:
        if not unicodedata.combining(sign):
            columns += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
    return float(columns)


def normalized(text: str, form: str) -> str:
    """``ustrnormalize(s, "nfc")``; empty if the form is unknown."""
    import unicodedata

    wanted = form.upper()
    known = {"NFC": "NFC", "NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}
    return unicodedata.normalize(known[wanted], text) if wanted in known else ""  # type: ignore[arg-type]


def _kind_of_first(kind: str) -> Callable[[str], float]:
    return lambda s: float(bool(s) and getattr(s[0], kind)())


def _strings(one: Callable[..., Any], kinds: str = "s", least: int = 1, most: int | None = None) -> Function:
    return Function(over_rows(one, text=True), kinds=kinds, least=least, most=most or least, strict=False)


def _numbers(one: Callable[..., Any], kinds: str = "s", least: int = 1, most: int | None = None) -> Function:
    return Function(over_rows(one, text=False), kinds=kinds, least=least, most=most or least, strict=False)


def _collapse(text: str) -> str:
    return re.sub(" {2,}", " ", text)


FUNCTIONS = {
    **dict.fromkeys(("length", "strlen"), _numbers(lambda s: float(len(_bytes(s))))),
    "ustrlen": _numbers(lambda s: float(len(s))),
    **dict.fromkeys(("lower", "strlower"), _strings(ascii_lower)),
    **dict.fromkeys(("upper", "strupper"), _strings(ascii_upper)),
    "ustrlower": _strings(lambda s, locale="": s.lower(), most=2),
    "ustrupper": _strings(lambda s, locale="": s.upper(), most=2),
    "ustrtitle": _strings(lambda s, locale="": proper(s), most=2),
    **dict.fromkeys(("trim", "strtrim"), _strings(lambda s: s.strip(" "))),
    **dict.fromkeys(("ltrim", "strltrim"), _strings(lambda s: s.lstrip(" "))),
    **dict.fromkeys(("rtrim", "strrtrim"), _strings(lambda s: s.rstrip(" "))),
    **dict.fromkeys(("itrim", "stritrim"), _strings(_collapse)),
    "ustrtrim": _strings(str.strip),
    "ustrltrim": _strings(str.lstrip),
    "ustrrtrim": _strings(str.rstrip),
    **dict.fromkeys(("proper", "strproper"), _strings(proper)),
    **dict.fromkeys(("reverse", "strreverse"), _strings(lambda s: s[::-1])),
    "ustrreverse": _strings(lambda s: s[::-1]),
    "substr": _strings(substring, "snn", least=2, most=3),
    "usubstr": _strings(lambda s, start, length=MISSING: _slice(s, start, length), "snn", least=2, most=3),
    **dict.fromkeys(("strpos", "index"), _numbers(position, least=2)),
    "strrpos": _numbers(last_position, least=2),
    "ustrpos": _numbers(character_position, "ssn", least=2, most=3),
    "ustrrpos": _numbers(last_character_position, "ssn", least=2, most=3),
    "indexnot": _numbers(first_stranger, least=2),
    "strmatch": _numbers(matches, least=2),
    "ustrleft": _strings(lambda s, n: s[: max(int(n), 0)] if n < MISSING else s, "sn", least=2),
    "ustrright": _strings(lambda s, n: s if n >= MISSING else s[len(s) - min(max(int(n), 0), len(s)) :], "sn", least=2),
    "subinstr": _strings(substitute, "sssn", least=4),
    "usubinstr": _strings(substitute, "sssn", least=4),
    "subinword": _strings(substitute_word, "sssn", least=4),
    "word": _strings(nth_word, "sn", least=2),
    "wordcount": _numbers(lambda s: float(len(s.split()))),
    "ustrword": _strings(nth_unicode_word, "sns", least=2, most=3),
    "ustrwordcount": _numbers(lambda s, locale="": float(len(unicode_words(s))), least=1, most=2),
    "abbrev": _strings(abbreviated, "sn", least=2),
    "plural": _strings(plural, "nss", least=2, most=3),
    "soundex": _strings(soundex),
    "soundex_nara": _strings(lambda s: soundex(s, "HW")),
    "strtoname": _strings(to_name, "sn", least=1, most=2),
    "ustrtoname": _strings(lambda s, p=1.0: _as_name(s, p, r"\W"), "sn", least=1, most=2),
    "tobytes": _strings(quoted_bytes, "sn", least=1, most=2),
    "udstrlen": _numbers(width),
    "ustrnormalize": _strings(normalized, least=2),
    "ustrinvalidcnt": _numbers(lambda s: float(sum("\ud800" <= sign <= "\udfff" for sign in s))),
    "ustrfix": _strings(lambda s, new="\ufffd": re.sub("[\ud800-\udfff]", new, s), least=1, most=2),
    "uisdigit": _numbers(_kind_of_first("isdigit")),
    "uisletter": _numbers(_kind_of_first("isalpha")),
    **dict.fromkeys(("string", "strofreal"), _strings(as_string, "ns", least=1, most=2)),
    "real": _numbers(real),
    "char": _strings(character, "n"),
    "uchar": _strings(unicode_character, "n"),
}
