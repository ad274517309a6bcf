"""``confirm``: stop unless something is what it is said to be."""

from __future__ import annotations

import os
import re

from ..data.storage import is_numeric
from ..design.varlist import expand_names
from ..errors import StataError, variable_not_found
from ..formats import parse_format
from ..syntax.parser import parse_varlist
from ..syntax.spec import abbreviates
from ..syntax.tree import Statement
from ._macro.expansion import unquoted
from ._matrix.tables import find_matrix
from ._shared.data import check_new_variable, is_valid_name
from .context import Context
from .registry import command

# What may be confirmed, with the least abbreviation; tried in this order.
_THINGS = (
    ("existence", "e"), ("number", "n"), ("names", "nam"), ("file", "f"), ("format", "for"), ("matrix", "mat"),
    ("scalar", "sca"), ("variable", "v"),
)  # fmt: skip
# What may stand before the thing, and the things it may stand before.
_QUALIFIERS = (
    ("new", "new", ("variable", "file")), ("numeric", "num", ("variable", "format")),
    ("string", "str", ("variable", "format")), ("date", "date", ("format",)), ("integer", "int", ("number",)),
)  # fmt: skip
_STORAGE = re.compile(r"(?:byte|int|long|float|double|strL|str\d+)\Z")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?\Z")


@command("confirm", shortest="conf", start="raw", control=True)
def confirm(context: Context, statement: Statement) -> None:
    """confirm existence text | [integer] number text | names names | [new] file name | matrix name | scalar name |
    [numeric | string | date] format text | [new | numeric | string | type] variable varlist [, exact]

    Say and do nothing if that is so; otherwise stop with the return code 6, 7, 110, 111, 601 or 602.
    """
    qualifier, thing, text = _request(statement.rest.strip())
    if thing == "variable":
        _variables(context, qualifier, text)
    elif thing == "file":
        _file(qualifier, unquoted(text))
    elif thing == "matrix":
        if find_matrix(context, text) is None:
            raise StataError(f"matrix {text} not found", 111)
    elif thing == "scalar":
        if text not in context.state.scalars:
            raise StataError(f"scalar {text} not found", 111)
    else:
        _text(qualifier, thing, unquoted(text))


def _request(text: str) -> tuple[str, str, str]:
    """The qualifier (or ""), the thing in full, and what is left of the text."""
    first, rest = _word(text)
    second, after = _word(rest)
    kind = next((name for name, least, _ in _QUALIFIERS if abbreviates(first, name, least)), "")
    if not kind and _STORAGE.match(first):
        kind = first
    allowed = next((things for name, _, things in _QUALIFIERS if name == kind), ("variable",)) if kind else ()
    thing = _thing(second)
    if kind and thing in allowed:
        return kind, thing, after
    thing = _thing(first)
    if not thing:
        raise StataError("invalid syntax", 198)
    return "", thing, rest


def _thing(word: str) -> str:
    return next((name for name, least in _THINGS if abbreviates(word, name, least)), "")


def _word(text: str) -> tuple[str, str]:
    match = re.match(r"\w*", text)
    assert match is not None
    return match[0], text[match.end() :].strip()


def _variables(context: Context, qualifier: str, text: str) -> None:
    varlist, _, option = (part.strip() for part in text.partition(","))
    if option not in ("", "exact"):
        raise StataError(f"option {option.split()[0]} not allowed", 198)
    if not varlist:
        raise StataError("varlist required", 100)
    data = context.data
    if qualifier == "new":
        for name in varlist.split():
            check_new_variable(name, data)
        return
    names = expand_names(parse_varlist(varlist), data)
    if option:
        for name in varlist.split():
            if name not in data.columns:
                raise variable_not_found(name)
    for name in names:
        storage = data.columns[name].storage
        fits = {"": True, "numeric": is_numeric(storage), "string": not is_numeric(storage)}
        if not fits.get(qualifier, storage == qualifier):
            raise _found(name, f"{qualifier} variable")


def _file(qualifier: str, name: str) -> None:
    if not name:
        raise _found("", "filename")
    path = os.path.expanduser(name)
    if qualifier == "new":
        if os.path.exists(path):
            raise StataError(f"file {name} already exists", 602)
        if not os.access(os.path.dirname(path) or ".", os.W_OK):
            raise StataError(f"file {name} could not be opened", 603)
    elif not os.path.isfile(path):
        raise StataError(f"file {name} not found", 601)
    elif not os.access(path, os.R_OK):
        raise StataError(f"file {name} could not be opened", 603)


def _text(qualifier: str, thing: str, text: str) -> None:
    """existence, number, names, format."""
    if thing == "existence":
        if not text:
            raise StataError("'' found where something expected", 6)
    elif thing == "number":
        if not _NUMBER.match(text) or (qualifier and float(text.lower().replace("d", "e")) % 1):
            raise _found(text, qualifier or "number")
    elif thing == "names":
        for name in text.split() or [""]:
            if not is_valid_name(name):
                raise _found(name, "name")
    else:
        parts = parse_format(text)
        kind = {"s": "string", "t": "date"}.get(parts.kind, "numeric") if parts else ""
        if not parts or (qualifier and kind != qualifier and (qualifier, kind) != ("numeric", "date")):
            raise _found(text, f"{qualifier} format".strip())


def _found(text: str, wanted: str) -> StataError:
    return StataError(f"'{text}' found where {wanted} expected", 7)
