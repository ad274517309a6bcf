"""rename: change the names of variables, one or many."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..data.dataset import Dataset
from ..design.varlist import expand_names
from ..errors import StataError
from ..records import record
from ..syntax.parser import parse_varlist
from ..syntax.spec import Option
from ..syntax.tree import Span, Statement, Word
from ._shared.data import is_valid_name, renamed
from .context import Context
from .registry import command

OPTIONS = (
    Option("upper", "u", help="names in capitals"),
    Option("lower", "l", help="names in small letters"),
    Option("proper", "p", help="names with a capital first letter"),
    Option("renumber", "r", planned=True),
    Option("addnumber", "a", planned=True),
    Option("sort", "s", planned=True),
    Option("dryrun", "d", planned=True),
)
_CASES: dict[str, Callable[[str], str]] = {"upper": str.upper, "lower": str.lower, "proper": str.title}
_WILD = re.compile(r"[*?#]")


@command("rename", shortest="ren", start="names", options=OPTIONS)
def rename(context: Context, statement: Statement) -> None:
    """rename old new
    rename (old1 old2 ...) (new1 new2 ...)
    rename varlist, upper | lower | proper

    Rename variables.  In old names * stands for any characters, ? for one, # for a number; in the new name the same
    signs put them back in order, and = stands for the whole old name: rename s* score*, rename (a b) (=_old).
    """
    options = context.options(statement, OPTIONS)
    data, span = context.data, _span_of_names(statement)
    case = next((convert for name, convert in _CASES.items() if options[name]), None)
    if case is not None:
        names = expand_names(parse_varlist(statement.text[slice(*span)], span[0]), data)
        pairs = [(name, case(name)) for name in names]
    else:
        old, new = _lists(_names_in(statement.text, span), span)
        pairs = _pairs(old, new, data)
    changes = {old: new for old, new in pairs if old != new}
    _check(pairs, changes, data, span)
    if changes:
        context.data = renamed(data, changes)


def _span_of_names(statement: Statement) -> Span:
    """From the first word to the last, options not counted."""
    words = statement.arguments
    if not words or any(word.quoted for word in words):
        raise StataError("syntax error", 198)
    return words[0].span[0], words[-1].span[1]


def _names_in(text: str, span: Span) -> list[Word]:
    """The names, patterns and parentheses in ``text[span]``."""
    pattern = re.compile(r"[()]|[^\s()]+")
    return [Word(match.group(), span=match.span()) for match in pattern.finditer(text, *span)]


def _lists(words: Sequence[Word], span: Span) -> tuple[list[Word], list[Word]]:
    """The old names and the new names, each a name or a parenthesised list."""
    lists: list[list[Word]] = []
    inside = False
    for word in words:
        if word.text in "()":
            if inside == (word.text == "("):
                raise StataError("syntax error", 198, word.span)
            inside = word.text == "("
            if inside:
                lists.append([])
        elif inside:
            lists[-1].append(word)
        else:
            lists.append([word])
    if inside or len(lists) != 2 or not all(lists):
        raise StataError(
            "syntax error\n    rename needs old names and new names: rename old new, or rename (old ...) (new ...)",
            198,
            span,
        )
    return lists[0], lists[1]


@record
class _Found:
    """A variable that an old name means, and what its wildcards stand for."""

    name: str
    parts: tuple[str, ...]


def _pairs(old: list[Word], new: list[Word], data: Dataset) -> list[tuple[str, str]]:
    """Old name and new name of each variable."""
    found = [_expand(word, data) for word in old]
    if len(old) == len(new):
        groups = list(zip(found, new, strict=True))
        if all(len(names) == 1 or _is_pattern(word.text) for names, word in groups):
            return [(item.name, _fill(word, item)) for names, word in groups for item in names]
    flat = [item for names in found for item in names]
    if len(new) == 1 and _is_pattern(new[0].text):
        return [(item.name, _fill(new[0], item)) for item in flat]
    if len(flat) != len(new):
        raise StataError(
            f"syntax error\n    {len(flat)} old {_noun(len(flat))} but {len(new)} new {_noun(len(new))} specified",
            198,
            (old[0].span[0], new[-1].span[1]),
        )
    return [(item.name, _fill(word, item)) for item, word in zip(flat, new, strict=True)]


def _noun(count: int) -> str:
    return "name" if count == 1 else "names"


def _is_pattern(text: str) -> bool:
    return bool(_WILD.search(text)) or "=" in text


def _expand(word: Word, data: Dataset) -> list[_Found]:
    if not _WILD.search(word.text):
        return [_Found(name, ()) for name in expand_names(parse_varlist(word.text, word.span[0]), data)]
    meaning = {"*": "(.*)", "?": "(.)", "#": "([0-9]+)"}
    expression = "".join(meaning.get(sign) or re.escape(sign) for sign in word.text)
    matches = ((name, re.fullmatch(expression, name)) for name in data.names)
    found = [_Found(name, match.groups()) for name, match in matches if match]
    if not found:
        raise StataError(f"variable {word.text} not found", 111, word.span)
    return found


def _fill(word: Word, item: _Found) -> str:
    """The new name for ``item``: the signs of the pattern replaced by what they stand for."""
    signs = _WILD.findall(word.text)
    if len(signs) > len(item.parts):
        if signs == ["*"] and not item.parts:
            return word.text.replace("*", item.name).replace("=", item.name)
        raise StataError(f"syntax error\n    {word.text} has more wildcards than the old name", 198, word.span)
    parts = iter(item.parts)
    return _WILD.sub(lambda _: next(parts), word.text).replace("=", item.name)


def _check(pairs: list[tuple[str, str]], changes: dict[str, str], data: Dataset, span: Span) -> None:
    """Raise r(198) for invalid new names and r(110) for names that are taken or given twice."""
    bad = [(old, new) for old, new in changes.items() if not is_valid_name(new)]
    if bad:
        noun = "name" if len(bad) == 1 else "names"
        attempts = ", ".join(f"{old} to {new}" for old, new in bad[:2]) + (", ..." if len(bad) > 2 else "")
        verdict = "That is an invalid Stata variable name." if len(bad) == 1 else "Those are invalid variable names."
        raise StataError(
            f"{len(bad)} new variable {noun} invalid\n    You attempted to rename {attempts}.  {verdict}", 198, span
        )
    taken = set(data.names) - set(changes)
    seen: set[str] = set()
    for _, new in pairs:
        if new in seen or (new in taken and new in changes.values()):
            raise StataError(f"variable {new} already defined", 110, span)
        seen.add(new)
