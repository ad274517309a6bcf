"""Lists of variables to be made, with types: ``str10 name byte(a b) x1-x5 y:lbl``, as infile and input take them."""

from __future__ import annotations

import re

from ...data.dataset import Dataset
from ...data.freeform import NewVariable
from ...data.storage import DTYPES
from ...errors import StataError, SyntaxFailure
from ..context import Context
from .data import check_name, check_new_variable
from .files import name_range

_PIECE = re.compile(r"\s*(?:(?P<type>byte|int|long|float|double|strL|str\d+)(?=[\s(]|$)|(?P<open>\()|(?P<close>\))"
                    r"|(?P<skip>_skip(?:\(\s*\d{1,6}\s*\))?)(?=\s|\)|$)"
                    r"|(?P<name>[^\W\d]\w*)(?:\s*-\s*(?P<last>[^\W\d]\w*))?(?:\s*:\s*(?P<label>[^\W\d]\w*))?)")
_LONGEST = 2045


def read_new_variables(
    context: Context, data: Dataset, text: str, offset: int, skips: bool
) -> list[NewVariable]:
    """The variables that ``text``, which begins at ``offset`` of the statement, declares beside those in ``data``.

    A type holds for the name after it, or for all in the parentheses after it; without one a variable gets the default
    type.  ``skips``: ``_skip`` and ``_skip(#)`` are allowed, and give variables without a name.
    Raises: StataError r(198) for invalid names and types, r(110) for a variable that exists, r(100) for none.
    """
    found: list[NewVariable] = []
    default = context.settings.type
    storage, inside, at = default, False, 0
    while text[at:].strip():
        match = _PIECE.match(text, at)
        if match is None or (match["skip"] and not skips):
            raise SyntaxFailure("invalid syntax", (offset + at, offset + len(text.rstrip())))
        at = match.end()
        if match["type"]:
            storage = _checked_type(match["type"])
            continue
        if match["open"] or match["close"]:
            if inside == bool(match["open"]):
                raise SyntaxFailure("invalid syntax", (offset + match.start(), offset + at))
            inside = bool(match["open"])
            storage = storage if inside else default
            continue
        if match["skip"]:
            count = int(re.sub(r"\D", "", match["skip"]) or 1)
            found += [NewVariable("", "byte")] * count
        else:
            found += _named(match, storage)
        storage = storage if inside else default
    if inside:
        raise SyntaxFailure("invalid syntax", (offset, offset + len(text.rstrip())))
    _check(data, found)
    return found


def _checked_type(text: str) -> str:
    if text.startswith("str") and text != "strL" and not 1 <= int(text[3:]) <= _LONGEST:
        raise StataError(f"{text} invalid type", 198)
    return text


def _named(match: re.Match[str], storage: str) -> list[NewVariable]:
    names = name_range(match["name"], match["last"]) if match["last"] else [match["name"]]
    label = match["label"] or ""
    if label:
        check_name(label)
    return [NewVariable(name, storage, label if storage in DTYPES else "") for name in names]


def _check(data: Dataset, found: list[NewVariable]) -> None:
    names = [variable.name for variable in found if variable.name]
    if not names:
        raise StataError("varlist required", 100)
    for name in names:
        check_new_variable(name, data)
    for name in names:
        if names.count(name) > 1:
            raise StataError(f"variable {name} already defined", 110)
