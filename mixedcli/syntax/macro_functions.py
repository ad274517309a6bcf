"""Extended macro functions: what stands after the colon of ``local x : word 2 of a b c`` ([P] macro).

They ask the session for what they need through a `MacroWorld`, so this file knows neither data nor results.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from ..errors import NotBuilt, StataError
from .macro_lists import evaluate_list
from .macro_text import TEXT_FUNCTIONS
from .macro_world import Function, MacroWorld, invalid_syntax, one_name, refuse_options, split_options
from .words import QuotedWord, split_words

__all__ = ["MacroWorld", "evaluate_macro_function"]

_MISSING = 2.0**1023
_LONGEST_NAME = 32
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z")


def evaluate_macro_function(text: str, world: MacroWorld) -> str:
    """The result of the function that ``text`` (without the colon) calls.

    Raises r(198) for what is no function or has the wrong arguments, r(111) for a variable or matrix that is not there,
    r(132) for quotes that do not match, r(601) for a folder that is not there.
    """
    match = re.match(r"\s*([A-Za-z]\w*)", text)
    if match is None:
        raise invalid_syntax()
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
    raise invalid_syntax()


# ---- variables and labels ------------------------------------------------------------------------------------


def _of_variable(attribute: str, after: str = "") -> Function:
    """``type x``, ``format x``; ``variable label x``, ``value label x`` have the word ``after`` in between."""

    def run(text: str, world: MacroWorld) -> str:
        if after:
            text = _past_word(text, after)
        return str(getattr(world.variable(one_name(text)), attribute))

    return run


def _past_word(text: str, word: str, shortest: int = 3) -> str:
    """``text`` after the word that must come first."""
    match = re.match(r"\s+(\w+)", text)
    if match is None or len(match[1]) < shortest or not word.startswith(match[1]):
        raise invalid_syntax()
    return text[match.end() :]


def _data(text: str, world: MacroWorld) -> str:
    if _past_word(text, "label").strip():
        raise invalid_syntax()
    return world.data_label()


def _sorted_by(text: str, world: MacroWorld) -> str:
    if text.strip():
        raise invalid_syntax()
    return " ".join(world.sorted_by())


def _label(text: str, world: MacroWorld) -> str:
    """``label {name | (varname)} {# | maxlength} [#] [, strict]``: the text that labels a number, else the number."""
    body, options = split_options(text)
    refuse_options(options, "strict")
    match = re.match(r"\s*(?:\(\s*(\w+)\s*\)|(\w+))\s+(\S+)(?:\s+(\d+))?\s*\Z", body)
    if match is None:
        raise invalid_syntax()
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
        raise invalid_syntax()
    return float(text)


def _char(text: str, world: MacroWorld) -> str:
    """``char x[name]``: its content; ``char x[]``: the names of all."""
    match = re.match(r"\s*(\w+)\s*\[\s*(\w*)\s*\]\s*\Z", text)
    if match is None:
        raise invalid_syntax()
    found = world.characteristics(match[1])
    return found.get(match[2], "") if match[2] else " ".join(found)


def _permname(text: str, world: MacroWorld) -> str:
    """``permname name [, length(#)]``: a variable name like ``name`` that is still free."""
    body, options = split_options(text)
    length = _LONGEST_NAME
    for option in options:
        match = re.fullmatch(r"length\((\d+)\)", option)
        if match is None or not 8 <= int(match[1]) <= _LONGEST_NAME:
            raise invalid_syntax()
        length = int(match[1])
    wanted = re.sub(r"\W", "_", body.strip())
    if not wanted:
        raise invalid_syntax()
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
        body, options = split_options(text)
        refuse_options(options, "quoted")
        if not re.fullmatch(r"\s*(?:\w+|[er]\(\s*\w+\s*\))\s*", body):
            raise invalid_syntax()
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
        raise invalid_syntax()
    return " ".join(world.stored(kind).get(match[1], ()))


def _all(text: str, world: MacroWorld) -> str:
    """``all {globals | scalars | matrices | numeric scalars | string scalars} ["pattern"]``."""
    match = re.match(r"\s+(globals|scalars|matrices|(?:numeric|string)\s+scalars)(?=\s|\"|\Z)", text)
    if match is None:
        raise invalid_syntax()
    names = world.names(" ".join(match[1].split()))
    patterns = split_words(text[match.end() :])
    if len(patterns) > 1:
        raise invalid_syntax()
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
    body, options = split_options(text)
    refuse_options(options, "nofail", "respectcase")
    words: tuple[QuotedWord, ...] = split_words(body)
    if len(words) not in (2, 3) or words[1].text not in _KINDS:
        raise invalid_syntax()
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
            raise invalid_syntax()
        return world.temporary(kind)

    return run


_STORED = ("e", "r", "s")
NOT_BUILT = frozenset((
    "adosubdir", "bcolvarlist", "constraint", "properties", "results", "rowvarlist", "colvarlist", "rownumb", "colnumb",
    "serset", "sysdir", "tsnorm",
))
# Functions that may be abbreviated, and the shortest form of each.
_SHORT = (("display", 2), ("variable", 3), ("value", 3), ("label", 3), ("environment", 3))
_FUNCTIONS: dict[str, Function] = {
    **TEXT_FUNCTIONS,
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
