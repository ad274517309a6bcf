"""Extended macro functions: what stands after the colon of ``local x : word 2 of a b c`` ([P] macro).

They ask the session for what they need through a `MacroWorld`, so this file knows neither data nor results.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ..errors import NotBuilt, StataError
from .macro_lists import evaluate_list
from .words import QuotedWord, next_word, split_words

_MISSING = 2.0**1023
_LONGEST_NAME = 32
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z")
_ONE_NAME = re.compile(r"\s*(\w+)\s*\Z")
_MACRO = re.compile(r"\s*(local|global)\s+(\w+)\s*\Z")


class Described(Protocol):
    """A variable, as far as macro functions describe it."""

    @property
    def storage(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def value_label(self) -> str: ...


class Named(Protocol):
    """A matrix, as far as its names go: each prints as ``name`` or ``equation:name``."""

    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def columns(self) -> Sequence[Any]: ...


class MacroWorld(Protocol):
    """What the functions can ask of the session."""

    def macro(self, kind: str, name: str) -> str:
        """The content of a ``local`` or ``global`` macro; empty if there is none."""

    def set_macro(self, kind: str, name: str, text: str) -> None:
        """Set a ``local`` or ``global`` macro."""

    def variable(self, name: str) -> Described:
        """The variable that ``name`` is or abbreviates; r(111) if there is none."""

    def variables(self) -> Sequence[str]:
        """The names of all variables, in order."""

    def value_labels(self, name: str) -> Mapping[float, str] | None:
        """The texts of a value label by value (missing codes by their doubles); None if there is no such label."""

    def data_label(self) -> str:
        """The label of the dataset."""

    def sorted_by(self) -> Sequence[str]:
        """The variables by which the data are sorted."""

    def characteristics(self, owner: str) -> Mapping[str, str]:
        """The characteristics of a variable or of ``_dta``."""

    def matrix(self, name: str) -> Named | None:
        """The matrix of that name (``A``, ``e(b)``); None if there is none."""

    def stored(self, kind: str) -> Mapping[str, Sequence[str]]:
        """The names in ``e r s``, under ``scalars macros matrices functions``."""

    def names(self, kind: str) -> Sequence[str]:
        """The names of all ``globals``, ``scalars``, ``matrices``, ``numeric scalars`` or ``string scalars``."""

    def display(self, text: str) -> str:
        """What ``display text`` would print."""

    def temporary(self, kind: str) -> str:
        """A new name for a ``tempvar`` or ``tempfile``."""


Function = Callable[[str, MacroWorld], str]


def evaluate_macro_function(text: str, world: MacroWorld) -> str:
    """The result of the function that ``text`` (without the colon) calls.

    Raises r(198) for what is no function or has the wrong arguments, r(111) for a variable or matrix that is not there,
    r(132) for quotes that do not match, r(601) for a folder that is not there.
    """
    match = re.match(r"\s*([A-Za-z]\w*)", text)
    if match is None:
        raise _invalid()
    word, rest = match[1], text[match.end() :]
    if word in _STORED and rest.lstrip().startswith("("):
        return _stored_names(word, rest, world)
    if word in NOT_BUILT:
        raise NotBuilt(f"the macro function {word}", match.span(1))
    return _function(word)(rest, world)


def _function(word: str) -> Function:
    """The function called ``word``, which a few may be abbreviated to."""
    if word in _FUNCTIONS:
        return _FUNCTIONS[word]
    for name, shortest in _SHORT:
        if len(word) >= shortest and name.startswith(word):
            return _FUNCTIONS[name]
    raise _invalid()


def _invalid() -> StataError:
    return StataError("invalid syntax", 198)


def _name(text: str) -> str:
    match = _ONE_NAME.match(text)
    if match is None:
        raise _invalid()
    return match[1]


def _options(text: str) -> tuple[str, list[str]]:
    """The text before the first comma outside quotes, and the words after it."""
    at = 0
    while at < len(text):
        if text[at] == ",":
            return text[:at], text[at + 1 :].split()
        at = next_word(text, at)[1] if text[at] == '"' or text.startswith('`"', at) else at + 1
    return text, []


def _refuse(options: Sequence[str], *known: str) -> None:
    if set(options) - set(known):
        raise _invalid()


def _whole(text: str) -> int:
    if not re.fullmatch(r"\s*[-+]?\d+\s*", text):
        raise _invalid()
    return int(text)


# ---- words and characters ------------------------------------------------------------------------------------


def _word(text: str, world: MacroWorld) -> str:
    """``word count string`` and ``word # of string``."""
    count = re.match(r"\s+count(?=\s|\"|`|\Z)", text)
    if count:
        return str(len(split_words(text[count.end() :])))
    match = re.match(r"\s+([-+]?\d+)\s+of(?=\s|\"|`|\Z)", text)
    if match is None:
        raise _invalid()
    words, number = split_words(text[match.end() :]), int(match[1])
    return words[number - 1].text if 1 <= number <= len(words) else ""


def _piece(text: str, world: MacroWorld) -> str:
    """``piece # # of "string" [, nobreak]``: that piece of the string, none longer than the second number."""
    match = re.match(r"\s+(\d+)\s+(\d+)\s+of\s+", text)
    if match is None:
        raise _invalid()
    number, width = int(match[1]), int(match[2])
    body = text[match.end() :]
    options: list[str] = []
    if body.lstrip()[:1] in ('"', "`"):
        word, end = next_word(body)
        _, options = _options(body[end:])
        body = word.text
    _refuse(options, "nobreak")
    if width < 1:
        raise _invalid()
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
            raise _invalid()
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
        raise _invalid()
    return world.macro(match[1], match[2])


def _subinstr(text: str, world: MacroWorld) -> str:
    """``subinstr local x "from" "to" [, all word count(local n)]``: the first occurrence replaced, or all."""
    match = re.match(r"\s*(local|global)\s+(\w+)\s+", text)
    if match is None:
        raise _invalid()
    old, at = _operand(text, match.end())
    new, at = _operand(text, at)
    rest = text[at:].strip()
    if rest and not rest.startswith(","):
        raise _invalid()
    counter = re.search(r"\bcount\(\s*(local|global)\s+(\w+)\s*\)", rest)
    words = (rest[: counter.start()] + rest[counter.end() :] if counter else rest).lstrip(",").split()
    _refuse(words, "all", "word")
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
        raise _invalid()
    return plain, end - len(word.raw) + len(plain)


def _substituted(text: str, old: str, new: str, every: bool, word: bool) -> tuple[str, int]:
    if not old:
        return text, 0
    pattern = rf"(?<!\S){re.escape(old)}(?!\S)" if word else re.escape(old)
    return re.subn(pattern, lambda match: new, text, count=0 if every else 1)


# ---- variables and labels ------------------------------------------------------------------------------------


def _of_variable(attribute: str, after: str = "") -> Function:
    """``type x``, ``format x``; ``variable label x``, ``value label x`` have the word ``after`` in between."""

    def run(text: str, world: MacroWorld) -> str:
        if after:
            text = _past_word(text, after)
        return str(getattr(world.variable(_name(text)), attribute))

    return run


def _past_word(text: str, word: str, shortest: int = 3) -> str:
    """``text`` after the word that must come first."""
    match = re.match(r"\s+(\w+)", text)
    if match is None or len(match[1]) < shortest or not word.startswith(match[1]):
        raise _invalid()
    return text[match.end() :]


def _data(text: str, world: MacroWorld) -> str:
    if _past_word(text, "label").strip():
        raise _invalid()
    return world.data_label()


def _sorted_by(text: str, world: MacroWorld) -> str:
    if text.strip():
        raise _invalid()
    return " ".join(world.sorted_by())


def _label(text: str, world: MacroWorld) -> str:
    """``label {name | (varname)} {# | maxlength} [#] [, strict]``: the text that labels a number, else the number."""
    body, options = _options(text)
    _refuse(options, "strict")
    match = re.match(r"\s*(?:\(\s*(\w+)\s*\)|(\w+))\s+(\S+)(?:\s+(\d+))?\s*\Z", body)
    if match is None:
        raise _invalid()
    owner, name, wanted, longest = match.groups()
    if owner:
        name = world.variable(owner).value_label
    texts = (world.value_labels(name) if name else None) or {}
    if wanted == "maxlength":
        return str(max(map(len, texts.values()), default=0))
    value = _value(wanted)
    if value in texts:
        return texts[value][: int(longest)] if longest else texts[value]
    return "" if "strict" in options else wanted


def _value(text: str) -> float:
    """A number or a missing code as a double."""
    if re.fullmatch(r"\.[a-z]?", text):
        return _MISSING * (1 + (ord(text[1]) - 96 if len(text) > 1 else 0) / 4096)
    if not _NUMBER.match(text):
        raise _invalid()
    return float(text)


def _char(text: str, world: MacroWorld) -> str:
    """``char x[name]``: its content; ``char x[]``: the names of all."""
    match = re.match(r"\s*(\w+)\s*\[\s*(\w*)\s*\]\s*\Z", text)
    if match is None:
        raise _invalid()
    found = world.characteristics(match[1])
    return found.get(match[2], "") if match[2] else " ".join(found)


def _permname(text: str, world: MacroWorld) -> str:
    """``permname name [, length(#)]``: a variable name like ``name`` that is still free."""
    body, options = _options(text)
    length = _LONGEST_NAME
    for option in options:
        match = re.fullmatch(r"length\((\d+)\)", option)
        if match is None or not 8 <= int(match[1]) <= _LONGEST_NAME:
            raise _invalid()
        length = int(match[1])
    wanted = re.sub(r"\W", "_", body.strip())
    if not wanted:
        raise _invalid()
    wanted = (f"_{wanted}" if wanted[0].isdigit() else wanted)[:length]
    taken, free, number = set(world.variables()), wanted, 0
    while free in taken:
        number += 1
        free = f"{wanted[: length - len(str(number))]}{number}"
    return free


# ---- matrices and stored results -----------------------------------------------------------------------------


def _names_of(side: str, part: str) -> Function:
    """``rownames``, ``coleq``, ``rowfullnames`` ... of a matrix; ``, quoted`` puts each name in quotes."""

    def run(text: str, world: MacroWorld) -> str:
        body, options = _options(text)
        _refuse(options, "quoted")
        if not re.fullmatch(r"\s*(?:\w+|[er]\(\s*\w+\s*\))\s*", body):
            raise _invalid()
        name = "".join(body.split())
        matrix = world.matrix(name)
        if matrix is None:
            raise StataError(f"matrix {name} not found", 111)
        shown = [_part_of(str(each), part) for each in getattr(matrix, side)]
        return " ".join(f'"{each}"' for each in shown) if "quoted" in options else " ".join(shown)

    return run


def _part_of(full: str, part: str) -> str:
    equation, colon, name = full.rpartition(":")
    return {"name": name, "equation": equation if colon else "_", "full": full}[part]


def _stored_names(kind: str, text: str, world: MacroWorld) -> str:
    """``e(scalars)``, ``r(macros)`` ...: the names that are there."""
    match = re.fullmatch(r"\s*\(\s*(\w+)\s*\)\s*", text)
    if match is None or match[1] not in ("scalars", "macros", "matrices", "functions"):
        raise _invalid()
    return " ".join(world.stored(kind).get(match[1], ()))


def _all(text: str, world: MacroWorld) -> str:
    """``all {globals | scalars | matrices | numeric scalars | string scalars} ["pattern"]``."""
    match = re.match(r"\s+(globals|scalars|matrices|(?:numeric|string)\s+scalars)(?=\s|\"|\Z)", text)
    if match is None:
        raise _invalid()
    names = world.names(" ".join(match[1].split()))
    patterns = split_words(text[match.end() :])
    if len(patterns) > 1:
        raise _invalid()
    return " ".join(_matching(names, patterns[0].text if patterns else "*"))


def _matching(names: Sequence[str], pattern: str) -> list[str]:
    from fnmatch import translate

    wanted = re.compile(translate(re.sub(r"[\[\]]", lambda sign: f"[{sign[0]}]", pattern)))
    return sorted(name for name in names if wanted.match(name))


# ---- the world outside ---------------------------------------------------------------------------------------


def _environment(text: str, world: MacroWorld) -> str:
    return os.environ.get(text.strip(), "")


def _dir(text: str, world: MacroWorld) -> str:
    """``dir "folder" {files | dirs | other} ["pattern"] [, nofail respectcase]``: names, each in quotes, sorted."""
    body, options = _options(text)
    _refuse(options, "nofail", "respectcase")
    words: tuple[QuotedWord, ...] = split_words(body)
    if len(words) not in (2, 3) or words[1].text not in _KINDS:
        raise _invalid()
    folder = words[0].text or "."
    wanted = _KINDS[words[1].text]
    try:
        with os.scandir(os.path.expanduser(folder)) as entries:
            names = [entry.name for entry in entries if wanted(entry)]
    except OSError:
        raise StataError(f"directory {folder} not found", 601) from None
    return " ".join(f'"{name}"' for name in _matching(names, words[2].text if len(words) == 3 else "*"))


def _other(entry: os.DirEntry[str]) -> bool:
    return not entry.is_file() and not entry.is_dir()


_KINDS: dict[str, Callable[[os.DirEntry[str]], bool]] = {
    "files": os.DirEntry.is_file, "dirs": os.DirEntry.is_dir, "other": _other,
}


# ---- the table -----------------------------------------------------------------------------------------------


def _display(text: str, world: MacroWorld) -> str:
    return world.display(text.strip())


def _list(text: str, world: MacroWorld) -> str:
    return evaluate_list(text, world.macro)


def _temporary(kind: str) -> Function:
    def run(text: str, world: MacroWorld) -> str:
        if text.strip():
            raise _invalid()
        return world.temporary(kind)

    return run


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


_STORED = ("e", "r", "s")
NOT_BUILT = frozenset((
    "adosubdir", "bcolvarlist", "constraint", "properties", "results", "rowvarlist", "colvarlist", "rownumb", "colnumb",
    "serset", "sysdir", "tsnorm",
))
# Functions that may be abbreviated, and the shortest form of each.
_SHORT = (("display", 2), ("variable", 3), ("value", 3), ("label", 3), ("environment", 3))
_FUNCTIONS: dict[str, Function] = {
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
    "type": _of_variable("storage"),
    "format": _of_variable("format"),
    "variable": _of_variable("label", after="label"),
    "value": _of_variable("value_label", after="label"),
    "data": _data,
    "sortedby": _sorted_by,
    "label": _label,
    "char": _char,
    "permname": _permname,
    "rownames": _names_of("rows", "name"),
    "colnames": _names_of("columns", "name"),
    "roweq": _names_of("rows", "equation"),
    "coleq": _names_of("columns", "equation"),
    "rowfullnames": _names_of("rows", "full"),
    "colfullnames": _names_of("columns", "full"),
    "all": _all,
    "environment": _environment,
    "dir": _dir,
    "display": _display,
    "list": _list,
    "tempvar": _temporary("tempvar"),
    "tempfile": _temporary("tempfile"),
}
