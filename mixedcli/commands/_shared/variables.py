"""What commands check before they begin: lists of variables, new names, numbers typed to be compared with values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ...data.dataset import Dataset
from ...data.storage import FLOAT_MISSING, is_numeric
from ...design.varlist import expand_names
from ...errors import StataError
from ...syntax.parser import parse_varlist
from ...syntax.tree import Span, Varlist
from .data import check_new_variable


def variables_in(text: str, start: int, dataset: Dataset) -> tuple[str, ...]:
    """The variables that ``text``, which begins at ``start`` in the statement, names; r(100) if it names none."""
    names = expand_names(parse_varlist(text, start), dataset)
    if not names:
        raise StataError("varlist required", 100, (start, start + len(text)))
    return names


def numeric_only(names: Iterable[str], dataset: Dataset, span: Span | None = None) -> tuple[str, ...]:
    """``names``, if all are numeric variables; r(109) names the first that is not."""
    names = tuple(names)
    for name in names:
        if not is_numeric(dataset.columns[name].storage):
            text = f"string variables not allowed in varlist;\n{name} is a string variable"
            raise StataError(text, 109, span)
    return names


def one_variable(varlist: Varlist, dataset: Dataset) -> str:
    """The only variable that ``varlist`` names: r(100) for none, r(103) for several."""
    names = expand_names(varlist, dataset)
    if not names:
        raise StataError("varlist required", 100)
    if len(names) > 1:
        raise StataError("too many variables specified", 103, varlist[-1].span)
    return names[0]


def check_new_variables(names: Sequence[str], dataset: Dataset, span: Span | None = None) -> None:
    """Raise r(198) or r(110) unless ``names`` may all become new variables."""
    for k, name in enumerate(names):
        check_new_variable(name, dataset, span)
        if name in names[:k]:
            raise StataError(f"variable {name} already defined", 110, span)


def as_held(numbers: Sequence[float], storage: str) -> np.ndarray:
    """Numbers as typed, shape (m,), in the precision of a variable: .1 is meant as the .1 that a float holds."""
    typed = np.array(numbers, dtype=np.float64)
    if storage != "float":
        return typed
    small = np.abs(typed) < float(FLOAT_MISSING[0])
    typed[small] = typed[small].astype(np.float32)
    return typed
