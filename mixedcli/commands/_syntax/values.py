"""The values that ``syntax`` puts into local macros: variables, names, numbers, checked as the description says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from ...data.dataset import Dataset
from ...data.storage import is_numeric
from ...design.varlist import expand_names, expand_pattern, expand_series
from ...errors import StataError
from ...records import replace
from ...syntax import tree
from ...syntax.numlist import read_numlist
from ...syntax.parser import parse_varlist
from ...syntax.unparse import unparse
from .._macro.expansion import number_text
from .._shared.data import check_name, check_new_variable

_TYPE = re.compile(r"(?:byte|int|long|float|double|strL|str\d*)\Z")
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*\Z")


# ---- variables -----------------------------------------------------------------------------------------------


def variables(text: str, details: dict[str, str], data: Dataset) -> str:
    """The varlist ``text``, names in full, checked against ``min max numeric string fv ts``.

    Raises r(102) or r(103) for too few or too many, r(109) for the wrong type, r(111) for what is not there.
    """
    if not data.columns:
        raise StataError("no variables defined", 111)
    varlist = parse_varlist(text)
    if "fv" in details:
        return unparse(tuple(_full(term, data) for term in varlist))
    names = expand_series(varlist, data) if "ts" in details else expand_names(varlist, data)
    check_types(names, details, data)
    check_number(names, details)
    return " ".join(names)


def check_types(names: Sequence[str], details: dict[str, str], data: Dataset) -> None:
    """Raise r(109) for a variable of the wrong type."""
    for name in names:
        column = data.columns.get(name)
        numeric = column is None or is_numeric(column.storage)
        if "numeric" in details and not numeric:
            raise StataError(f"string variables not allowed in varlist;\n{name} is a string variable", 109)
        if "string" in details and numeric:
            raise StataError(f"numeric variables not allowed in varlist;\n{name} is a numeric variable", 109)


def check_number(names: Sequence[str], details: dict[str, str], what: str = "variables") -> None:
    """Raise r(102) or r(103) for too few or too many names."""
    if len(names) < int(details.get("min") or 0):
        raise StataError(f"too few {what} specified", 102)
    if len(names) > int(details.get("max") or len(names)):
        raise StataError(f"too many {what} specified", 103)


def _full(term: tree.VarTerm, data: Dataset) -> tree.VarTerm:
    """A term with its abbreviations written out; operators and interactions stay."""
    if isinstance(term, tree.NamePattern):
        names = expand_pattern(term, data)
        full = tuple(tree.NamePattern(name) for name in names)
        return full[0] if len(full) == 1 else tree.TermGroup(full)
    if isinstance(term, tree.Operated | tree.TimeOperated):
        return replace(term, operand=_full(term.operand, data))
    if isinstance(term, tree.Interaction):
        return replace(term, parts=tuple(_full(part, data) for part in term.parts))
    if isinstance(term, tree.TermGroup):
        return replace(term, terms=tuple(_full(part, data) for part in term.terms))
    return tree.TermGroup(tuple(tree.NamePattern(name) for name in expand_names((term,), data)))


def new_variables(text: str, details: dict[str, str], data: Dataset, default: str) -> tuple[str, str]:
    """The names and the storage types of a list of new variables: ``double a b str5 c``, ``x1-x3``."""
    names: list[str] = []
    types: list[str] = []
    storage = default
    for word in text.split():
        if _TYPE.match(word):
            storage = word
            continue
        for name in _series(word):
            check_new_variable(name, data)
            names.append(name)
            types.append(storage)
    check_number(names, details)
    return " ".join(names), " ".join(types)


def _series(word: str) -> list[str]:
    """``x1-x3`` as x1 x2 x3; any other word is one name."""
    match = re.fullmatch(r"([^\W\d]\w*?)(\d+)-(?:\1)(\d+)", word)
    if match is None:
        return [word]
    first, last = int(match[2]), int(match[3])
    if not first <= last < first + 10_000:
        raise StataError("invalid syntax", 198)
    return [f"{match[1]}{k}" for k in range(first, last + 1)]


def names(text: str, details: dict[str, str]) -> str:
    """A list of names, whatever they name.  Raises r(198) for what cannot be a name."""
    found = text.split()
    for name in found:
        check_name(name)
    check_number(found, details, "names")
    return " ".join(found)


# ---- arguments of options ------------------------------------------------------------------------------------


def number(option: str, text: str, kind: str, details: str) -> str:
    """The number in the parentheses of a ``real``, ``integer`` or ``cilevel`` option, as typed."""
    if not _NUMBER.match(text):
        raise StataError(f"option {option}() incorrectly specified", 198)
    value = float(text)
    if kind == "integer" and value != int(value):
        raise StataError(f"option {option}() incorrectly specified", 198)
    if kind == "cilevel" and not 10 <= value <= 99.99:
        raise StataError(f"{option}() must be between 10 and 99.99 inclusive", 198)
    return text.strip()


def numbers(text: str, details: dict[str, str]) -> str:
    """A number list written out.  ``details``: ``ascending descending integer sort min=# max=# >0 <=1``.

    Raises r(121) to r(126) as Stata does.
    """
    found = read_numlist(text)
    if "sort" in details:
        found = tuple(sorted(found))
    if "integer" in details and any(value != int(value) for value in found):
        raise StataError("invalid numlist has elements outside of allowed range", 126)
    steps = [b - a for a, b in itertools.pairwise(found)]
    rising, falling = "ascending" in details, "descending" in details
    if (rising and any(step <= 0 for step in steps)) or (falling and any(step >= 0 for step in steps)):
        raise StataError("invalid numlist has elements out of order", 124)
    for sign, bound in details.items():
        if sign[0] in "<>" and not all(_within(value, sign, float(bound)) for value in found):
            raise StataError("invalid numlist has elements outside of allowed range", 125)
    if len(found) < int(details.get("min") or 0):
        raise StataError("invalid numlist has too few elements", 122)
    if len(found) > int(details.get("max") or len(found)):
        raise StataError("invalid numlist has too many elements", 123)
    return " ".join(number_text(value) for value in found)


def _within(value: float, sign: str, bound: float) -> bool:
    if sign.startswith(">"):
        return value > bound or (sign == ">=" and value == bound)
    return value < bound or (sign == "<=" and value == bound)
