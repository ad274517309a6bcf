"""Plain varlists: abbreviations, ranges and wildcards turned into the names of variables."""

from __future__ import annotations

import re

from ..data.dataset import Dataset
from ..errors import StataError, variable_not_found
from ..expr.names import ambiguous, resolve_variable
from ..expr.timeseries import declaration, operated_name, read_shifts
from ..syntax import tree


def expand_names(varlist: tree.Varlist, dataset: Dataset) -> tuple[str, ...]:
    """The full names a varlist means, in the order written; a variable named twice comes twice.

    Raises r(111) for a name that is unknown or ambiguous, r(101) for factor-variable or time-series operators.
    """
    return tuple(name for term in varlist for name in expand_plain(term, dataset))


def expand_series(varlist: tree.Varlist, dataset: Dataset) -> tuple[str, ...]:
    """As `expand_names`, for commands that take time-series operators: ``L(1/2).x`` gives ``L.x`` and ``L2.x``."""
    return tuple(name for term in varlist for name in _series(term, dataset))


def _series(term: tree.VarTerm, dataset: Dataset) -> tuple[str, ...]:
    if isinstance(term, tree.TimeOperated):
        return expand_operated(term, dataset)
    if isinstance(term, tree.TermGroup):
        return expand_series(term.terms, dataset)
    return expand_plain(term, dataset)


def expand_operated(term: tree.TimeOperated, dataset: Dataset) -> tuple[str, ...]:
    """The operated names that a term with a time-series operator means, all operators of one variable together.

    Raises r(111) if no time variable is set.
    """
    shifts = read_shifts(term.operator, term.span)
    names = _series(term.operand, dataset)
    if not declaration(dataset).time:
        raise StataError("time variable not set, use tsset varname ...", 111, term.span)
    return tuple(operated_name(shift, name) for name in names for shift in shifts)


def expand_plain(term: tree.VarTerm, dataset: Dataset) -> tuple[str, ...]:
    """The names that one term without operators means."""
    if isinstance(term, tree.NamePattern):
        return expand_pattern(term, dataset)
    if isinstance(term, tree.NameRange):
        return expand_range(term, dataset)
    if isinstance(term, tree.TermGroup):
        return expand_names(term.terms, dataset)
    raise StataError("factor-variable and time-series operators not allowed", 101, term.span)


def expand_pattern(term: tree.NamePattern, dataset: Dataset) -> tuple[str, ...]:
    """A name or abbreviation gives one variable, ``*`` and ``?`` give all that fit, ``~`` the only one that fits."""
    pattern = term.pattern
    if pattern == "_all":
        return dataset.names
    if not any(sign in pattern for sign in "*?~"):
        return (resolve_variable(pattern, dataset, term.span),)
    fits = re.compile(_expression(pattern)).fullmatch
    found = tuple(name for name in dataset.columns if fits(name))
    if not found:
        raise variable_not_found(pattern, term.span)
    if "~" in pattern and len(found) > 1:
        raise ambiguous(pattern, term.span)
    return found


def _expression(pattern: str) -> str:
    meaning = {"*": ".*", "~": ".*", "?": "."}
    return "".join(meaning.get(sign) or re.escape(sign) for sign in pattern)


def expand_range(term: tree.NameRange, dataset: Dataset) -> tuple[str, ...]:
    """``first-last``: all variables from the one to the other in dataset order."""
    names = dataset.names
    first = names.index(resolve_variable(term.first, dataset, term.span))
    last = names.index(resolve_variable(term.last, dataset, term.span))
    if first > last:
        raise StataError("variables out of order", 111, term.span)
    return names[first : last + 1]
